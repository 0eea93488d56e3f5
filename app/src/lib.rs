//! The Heliograph console: pages, components and server functions.
//!
//! One crate, compiled twice: with the feature `ssr` it renders pages and answers server functions inside the server;
//! with the feature `hydrate` it runs in the browser, where it sees `heliograph-model` and nothing else of ours.
//!
//! # A page
//!
//! A page is a folder `src/pages/<name>/`: `mod.rs` holds the page as a `lazy_page!`, so that the browser fetches its
//! code only when it is opened; its own components are files beside it; `api.rs` holds its server functions. Its address
//! is added to [`app`], its name to [`frame::places`], its style to `style/pages/<name>.css`.
//!
//! ```ignore
//! lazy_page! {
//!     /// What the page is for, in one sentence.
//!     Messages in console
//! }
//!
//! fn view() -> AnyView {
//!     let list = Resource::new(|| (), |()| api::list());
//!     view! {
//!         <Page>
//!             <PageHead title="Messages"/>
//!             <Load resource=list let:rows>…</Load>
//!         </Page>
//!     }
//!     .into_any()
//! }
//! ```
//!
//! # A server function
//!
//! It is thin: ask who is there, call one service or store method, map the error. What only the server has is imported
//! inside the body. The first line asks for the permission; a function that everyone who is signed in may call asks
//! for [`session::require_user`].
//!
//! ```ignore
//! #[server]
//! pub async fn list() -> Result<Vec<MessageRow>, AppError> {
//!     use heliograph_store::{Store, messages};
//!     let _who = require(Permission::ManageMessages)?;
//!     let store = expect_context::<Store>();
//!     let rows = messages::list(&mut store.read().await?).await?;
//!     Ok(rows.into_iter().map(MessageRow::from).collect())
//! }
//! ```
//!
//! Errors are [`error::AppError`], whose text is for people; an error of the store becomes one through `From`, which
//! writes the cause to the log under the reference that the person sees.
//!
//! # A form
//!
//! Forms are a [`components::Form`] around [`components::TextField`] and its kin, so that they work as a plain
//! POST before the wasm has arrived. The server answers such a POST with a redirect: to where the server function
//! said, or back to the form, with the error in the address and what was typed still in the fields.
//!
//! # Hydration
//!
//! What is rendered never depends on the clock, on randomness or on the browser's locale; see
//! [`components::RelativeTime`] for how a time is shown all the same.

pub mod app;
#[cfg(feature = "ssr")]
pub mod auth;
pub mod components;
pub mod error;
pub mod frame;
pub mod pages;
pub mod session;
pub(crate) mod zones;

/// The address under which people and apps reach this server, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(pub String);

/// Has the browser taken over the page? What is drawn before then came with it, and may have been typed into already.
#[cfg(feature = "hydrate")]
pub(crate) fn is_alive() -> bool {
    leptos::prelude::document()
        .document_element()
        .is_some_and(|root| root.has_attribute(ALIVE))
}

/// On the server no page is alive.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn is_alive() -> bool {
    false
}

/// The attribute of the page's root that says that the browser has taken over.
#[cfg(feature = "hydrate")]
const ALIVE: &str = "data-hydrated";

/// Takes over the page that the server rendered. Called by the script that the server puts into each page.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    use leptos::prelude::{document, set_timeout};

    console_error_panic_hook::set_once();
    components::listen_for_back();
    wasm_bindgen_futures::spawn_local(async {
        leptos::mount::hydrate_from_async(leptos::tachys::dom::body(), app::App)
            .await
            .forget();
        // What waited for a resource is alive a turn later. Tests, and whoever measures, can see that the page is.
        let alive = || {
            if let Some(root) = document().document_element() {
                // Setting an attribute with a valid name cannot fail.
                let _ = root.set_attribute(ALIVE, "true");
            }
        };
        set_timeout(alive, std::time::Duration::ZERO);
    });
}
