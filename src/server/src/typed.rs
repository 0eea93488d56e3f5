//! Keeps what was typed into a form that was sent without any script, in case it comes back with an error; and refuses forms
//! that are no text.
//!
//! With a script the form stays in the page and so does what is in it. Without, the browser loads the page anew; what
//! was typed travels there in a cookie that lives for a minute and is forgotten once it was read. Secrets do not.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use heliograph_app::session::Typed;
use percent_encoding::percent_decode;

/// The cookie.
pub(crate) const COOKIE: &str = "heliograph_typed";
/// Makes the browser forget the cookie.
pub(crate) const FORGET: &str = "heliograph_typed=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
/// How long the cookie lives, in seconds: the redirect follows at once.
const LIVES: u32 = 60;
/// The largest cookie that browsers keep is 4,096 bytes, name and attributes included.
const LARGEST: usize = 3_800;
/// The largest form, in bytes. Files do not come by this way.
const LARGEST_FORM: usize = 1024 * 1024;
/// What the names of fields with secrets contain.
const SECRETS: [&str; 4] = ["password", "secret", "token", "key"];

/// Remembers a form's fields where its answer leads back with an error, and lets none through that is no text.
pub(crate) async fn remember(request: Request, next: Next) -> Response {
    if !is_form(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let plain = says(request.headers(), ACCEPT, "text/html");
    let address = request.uri().path().to_owned();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_FORM).await else {
        return (
            StatusCode::PAYLOAD_TOO_LARGE,
            "The form is too large: use less text.\n",
        )
            .into_response();
    };
    // Whoever decodes it next puts U+FFFD where there is no letter, and nobody would know.
    if percent_decode(&body).decode_utf8().is_err() {
        return (
            StatusCode::BAD_REQUEST,
            "The form is not UTF-8 text: load the page again and repeat what you did.\n",
        )
            .into_response();
    }
    let mut response = next
        .run(Request::from_parts(parts, Body::from(body.clone())))
        .await;
    let refused = response
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .is_some_and(|location| location.contains("__err="));
    if plain
        && refused
        && let Some(cookie) = write(address, &body)
    {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn is_form(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::POST && says(headers, CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn says(headers: &HeaderMap, name: HeaderName, what: &str) -> bool {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains(what))
}

fn write(address: String, form: &Bytes) -> Option<HeaderValue> {
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(form).ok()?;
    let fields = fields
        .into_iter()
        .filter(|(name, value)| !value.is_empty() && !SECRETS.iter().any(|secret| name.contains(secret)))
        .collect();
    let json = serde_json::to_vec(&Typed { address, fields }).ok()?;
    let value = URL_SAFE_NO_PAD.encode(json);
    // What does not fit is typed again; half of it would be worse.
    if value.len() > LARGEST {
        return None;
    }
    HeaderValue::from_str(&format!(
        "{COOKIE}={value}; Path=/; Max-Age={LIVES}; HttpOnly; SameSite=Lax"
    ))
    .ok()
}

/// What the cookie says.
pub(crate) fn read(cookie: &str) -> Option<Typed> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cookie).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_without_its_secrets() {
        let form =
            Bytes::from_static(b"email=a%40b.example&password=hunter22&name=%C3%85sa+K&api_key=1&empty=");
        let header = write("/console/x".to_owned(), &form).unwrap();
        let header = header.to_str().unwrap();
        assert!(header.contains("HttpOnly"));
        let value = header.split_once('=').unwrap().1.split(';').next().unwrap();
        let typed = read(value).unwrap();
        assert_eq!(typed.address, "/console/x");
        assert_eq!(
            typed.fields,
            [
                ("email".to_owned(), "a@b.example".to_owned()),
                ("name".to_owned(), "Åsa K".to_owned())
            ]
        );
    }

    #[test]
    fn a_form_that_does_not_fit_into_a_cookie_is_not_kept() {
        let form = Bytes::from(format!("body={}", "x".repeat(4000)));
        assert!(write("/console/x".to_owned(), &form).is_none());
    }

    #[test]
    fn a_cookie_that_is_not_ours_is_nothing() {
        assert_eq!(read("%%%"), None);
        assert_eq!(read("e30"), None);
    }
}
