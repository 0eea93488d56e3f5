//! What is shown at an address that does not exist.

use leptos::prelude::*;

use crate::components::{EmptyState, IconName, PageTitle};

/// Says that there is nothing here, and leads home.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
    view! {
        <PageTitle text="Nothing here"/>
        <EmptyState icon=IconName::Search title="There is nothing at this address" heading=true>
            <p>"The page may have moved, or what it showed was deleted."</p>
            <div class="row">
                <a class="button primary" href="/">"Go to Home"</a>
            </div>
        </EmptyState>
    }
}
