//! `/sdk/…`: what an environment of a mobile property serves to the SDK.
//!
//! The SDK asks with `If-None-Match` and `If-Modified-Since` once it has a copy (core-android
//! `ConfigurationDownloader.kt`), and reads dates as RFC 2822 writes them, in GMT.

use std::io::{Cursor, Write};

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use heliograph_model::time::Timestamp;
use heliograph_store::properties::{self, Published};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};
use sha2::{Digest, Sha256};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{Error, Service};

/// `GET /sdk/{environment}/config.json`.
pub(crate) async fn configuration(
    State(service): State<Service>,
    Path(environment): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let published = find(&service, &environment).await?;
    let body = published.configuration.to_string().into_bytes();
    serve(body, "application/json", published.published_at, &headers)
}

/// `GET /sdk/{environment}/rules.zip`.
pub(crate) async fn rules(
    State(service): State<Service>,
    Path(environment): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let published = find(&service, &environment).await?;
    let body = rules_archive().map_err(|error| {
        tracing::error!(%error, "the archive of rules can't be made");
        Error::Internal
    })?;
    serve(body, "application/zip", published.published_at, &headers)
}

async fn find(service: &Service, environment: &str) -> Result<Published, Error> {
    let id = environment.parse().map_err(|_| Error::NotFound)?;
    properties::published(&mut service.store.read().await?, id)
        .await?
        .ok_or(Error::NotFound)
}

/// A zip with `rules.json` at its root, as the SDK's rules engine loads it. The same bytes each time.
fn rules_archive() -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("rules.json", SimpleFileOptions::DEFAULT)?;
    archive.write_all(br#"{"version":1,"rules":[]}"#)?;
    Ok(archive.finish()?.into_inner())
}

/// Answers with the body, or that the copy that the SDK has is still good.
fn serve(
    body: Vec<u8>,
    kind: &'static str,
    modified_at: Timestamp,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..16]));
    let modified = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&modified_at.to_jiff())
        .map_err(|_| Error::Internal)?;
    let fresh = is_fresh(headers, &tag, modified_at);
    let mut response = Response::new(if fresh { Body::empty() } else { Body::from(body) });
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Error::Internal);
    let answered = response.headers_mut();
    answered.insert(header::ETAG, value(&tag)?);
    answered.insert(header::LAST_MODIFIED, value(&modified)?);
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if !fresh {
        answered.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    Ok(response)
}

/// Is the copy that the SDK has still good? A tag decides alone (RFC 9110, 13.1.3); the SDK for Android sends an empty
/// one where it has none.
fn is_fresh(headers: &HeaderMap, tag: &str, modified_at: Timestamp) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
            .map(str::trim)
            .filter(|text| !text.is_empty())
    };
    if let Some(tags) = text(header::IF_NONE_MATCH) {
        return tags
            .split(',')
            .map(str::trim)
            .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag);
    }
    text(header::IF_MODIFIED_SINCE)
        .and_then(|since| DateTimeParser::new().parse_timestamp(since).ok())
        .is_some_and(|since| since.as_second() >= modified_at.as_seconds())
}
