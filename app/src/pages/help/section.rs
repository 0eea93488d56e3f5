//! A part of a reference page: what its entries have in common, and the entries.

use leptos::prelude::*;

use crate::components::Card;

/// A part of a reference page.
#[component]
pub(super) fn Section(
    /// Its heading.
    title: &'static str,
    /// What its entries have in common, in a sentence or two.
    #[prop(into)]
    about: String,
    /// Its entries, each a `li` with an `h3`.
    children: Children,
) -> impl IntoView {
    view! {
        <Card title flush=true>
            <p class="about soft">{about}</p>
            <ul class="entries">{children()}</ul>
        </Card>
    }
}
