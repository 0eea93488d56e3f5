//! The sign that something moves by itself.

use heliograph_model::time::Timestamp;
use leptos::prelude::*;

use super::RelativeTime;

/// A pulsing dot with the word "Live" and the time of the last change.
#[component]
pub fn Pulse(
    /// When something last changed; nothing yet where there is none.
    #[prop(into)]
    changed: Signal<Option<Timestamp>>,
) -> impl IntoView {
    let time = move || {
        changed
            .get()
            .map(|at| view! { <span class="quiet"><RelativeTime at/></span> })
    };
    view! {
        <span class="pulse row">
            <span class="live-dot"></span>
            "Live"
            {time}
        </span>
    }
}
