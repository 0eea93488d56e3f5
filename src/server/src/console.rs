//! The console's routes: pages, server functions, files.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, COOKIE};
use axum::http::request::Parts;
use heliograph_app::app::{App, shell};
use heliograph_app::session::{Theme, Visit};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes as _, ResponseOptions, generate_route_list};
use tower_http::compression::CompressionLayer;

use crate::security;
use crate::site::Site;

/// The console's routes.
pub(crate) fn router(site: &Site) -> Router {
    let options = site.options();
    let routes = generate_route_list(App);
    let document = {
        let options = options.clone();
        move || {
            protect();
            shell(options.clone())
        }
    };
    Router::new()
        .leptos_routes_with_context(&options, routes, provide_visit, document.clone())
        .fallback(leptos_axum::render_app_async_with_context(
            provide_visit,
            document,
        ))
        .layer(axum::middleware::from_fn(security::same_origin))
        .layer(CompressionLayer::new())
        .with_state(options)
        .merge(site.router())
}

/// Gives the page a policy under which only scripts with this answer's nonce run.
fn protect() {
    if let (Some(nonce), Some(response)) = (leptos::nonce::use_nonce(), use_context::<ResponseOptions>())
        && let Ok(policy) = HeaderValue::from_str(&security::page_policy(&nonce))
    {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// Tells pages and server functions who is there.
fn provide_visit() {
    let Some(parts) = use_context::<Parts>() else {
        return;
    };
    let mut visit = parts.extensions.get::<Visit>().cloned().unwrap_or_default();
    visit.theme = cookie(&parts, Theme::COOKIE)
        .map(Theme::from_cookie)
        .unwrap_or_default();
    provide_context(visit);
}

/// The value of a cookie of the request.
fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
