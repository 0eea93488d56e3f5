//! The console's routes: pages, server functions, files.

use std::sync::OnceLock;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::request::Parts;
use axum::middleware::{from_fn, from_fn_with_state};
use heliograph_app::app::{ANYWHERE, App, shell};
use heliograph_app::session::Visit;
use leptos::prelude::*;
use leptos_axum::{
    AxumRouteListing, LeptosRoutes as _, ResponseOptions, generate_route_list_with_exclusions,
    render_app_async_with_context,
};
use tower_http::compression::CompressionLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, SessionManagerLayer};

use crate::session_store::SessionStore;
use crate::site::Site;
use crate::visit::Visits;
use crate::{security, typed, visit};

/// The name of the session's cookie.
const SESSION: &str = "heliograph_session";
/// How long a session lives without being used.
const SESSION_LIVES: Duration = Duration::days(14);

/// Whether the browser may send the session's cookie over plain HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookies {
    /// Over HTTPS only.
    Secure,
    /// Over HTTP too: the server is reached by it.
    Plain,
}

/// The console's routes. `provide` gives pages and server functions what they ask for by `expect_context`.
pub(crate) fn router(
    site: &Site,
    visits: Visits,
    cookies: Cookies,
    provide: impl Fn() + Clone + Send + Sync + 'static,
) -> Router {
    let options = site.options();
    let routes = routes();
    let document = {
        let options = options.clone();
        move || {
            protect();
            shell(options.clone())
        }
    };
    let store = visits.store.clone();
    let context = move || {
        provide_context(store.clone());
        provide_visit();
        provide();
    };
    let sessions = SessionManagerLayer::new(SessionStore(visits.store.clone()))
        .with_name(SESSION)
        .with_same_site(SameSite::Lax)
        .with_secure(cookies == Cookies::Secure)
        .with_expiry(Expiry::OnInactivity(SESSION_LIVES));
    Router::new()
        .leptos_routes_with_context(&options, routes, context.clone(), document.clone())
        .fallback(render_app_async_with_context(context, document))
        // The last layer is the outermost.
        .layer(from_fn(typed::remember))
        .layer(from_fn_with_state(visits, visit::recognise))
        .layer(sessions)
        .layer(from_fn(security::same_origin))
        .layer(CompressionLayer::new())
        .with_state(options)
        .merge(site.router())
}

/// What is at which address. While Leptos makes the list, no resource loads anywhere in the process, and a page that is
/// rendered meanwhile waits for ever: so it is made once, before the first router serves anything.
fn routes() -> Vec<AxumRouteListing> {
    static ROUTES: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    ROUTES
        .get_or_init(|| generate_route_list_with_exclusions(App, Some(vec![ANYWHERE.to_owned()])))
        .clone()
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
    if let Some(visit) = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Visit>().cloned()) {
        provide_context(visit);
    }
}

#[cfg(test)]
mod tests;
