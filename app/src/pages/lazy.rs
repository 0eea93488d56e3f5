//! Pages whose code the browser fetches when they are opened.

use leptos::prelude::*;

use crate::components::{EmptyState, IconName};

/// Makes a page of the function `view` beside it: `lazy_page! { /// What it is. Messages in console }`.
///
/// Pages of one module come to the browser together; what several modules need comes as files of its own, of which there
/// are the more, the more modules there are. `sign_in` is what everyone waits for; `console` is where people move around
/// between pages, which open at once after the first; `set_up` is opened seldom; `composer` and `canvas` are large.
macro_rules! lazy_page {
    ($(#[$about:meta])* $page:ident in $module:ident) => {
        $(#[$about])*
        #[derive(Debug)]
        pub struct $page;

        impl ::leptos_router::LazyRoute for $page {
            fn data() -> Self {
                Self
            }

            async fn view(_: Self) -> ::leptos::prelude::AnyView {
                $crate::pages::lazy::fetched(code::$page().await)
            }

            async fn preload() {
                code::fetch().await;
            }
        }

        mod code {
            use ::leptos::prelude::AnyView;
            #[cfg(feature = "hydrate")]
            use ::leptos::wasm_split::{SplitLoaderError, wasm_split};

            #[cfg(feature = "hydrate")]
            pub(super) async fn fetch() {
                // Where it fails now, it is tried again when the page is shown, and told then.
                let _ = fetch_module().await;
            }

            #[cfg(feature = "hydrate")]
            #[wasm_split($module, wasm_split_path = ::leptos::wasm_split, preload(fetch_module), fallible)]
            #[allow(non_snake_case, reason = "the name tells the splitter's entries of pages apart")]
            pub(super) fn $page() -> Result<AnyView, SplitLoaderError> {
                Ok(super::view())
            }

            #[cfg(not(feature = "hydrate"))]
            pub(super) async fn fetch() {}

            #[cfg(not(feature = "hydrate"))]
            #[allow(non_snake_case, reason = "as in the browser")]
            pub(super) async fn $page() -> Result<AnyView, std::convert::Infallible> {
                ::leptos::prefetch_lazy_fn_on_server(stringify!($module));
                Ok(super::view())
            }
        }
    };
}
pub(crate) use lazy_page;

/// The page, or what to do where its code did not come: the server may have been replaced by a newer one meanwhile, or
/// the connection may be gone.
pub(crate) fn fetched<E>(page: Result<AnyView, E>) -> AnyView {
    page.unwrap_or_else(|_| {
        view! {
            <EmptyState icon=IconName::Warn title="This page could not be fetched">
                <p>"The console may have been updated, or the connection is lost."</p>
                <div class="row"><a class="button primary" rel="external" href="">"Load it anew"</a></div>
            </EmptyState>
        }
        .into_any()
    })
}
