//! The product's mark: a mirror that sends a ray.

use leptos::prelude::*;

/// The mark, 20 px.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 20 20" fill="none" aria-hidden="true">
            <circle cx="7.5" cy="12.5" r="6" stroke="currentColor" stroke-width="2"></circle>
            <path d="M4.5 15.5 18.5 1.5" stroke="currentColor" stroke-width="2" stroke-linecap="round"></path>
            <circle cx="7.5" cy="12.5" r="1.9" fill="currentColor"></circle>
        </svg>
    }
}
