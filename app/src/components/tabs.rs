//! Tabs that change the address.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The bar with the tabs: a nav of [`TabLink`]s.
#[component]
pub fn Tabs(
    /// What the tabs are parts of.
    #[prop(into)]
    label: Signal<String>,
    /// The tabs.
    children: Children,
) -> impl IntoView {
    view! { <nav class="tabs" aria-label=label>{children()}</nav> }
}

/// One tab: a link that is marked while the address is in it.
#[component]
pub fn TabLink(
    /// Where it leads; may carry a query, which then has to match as well.
    #[prop(into)]
    href: Signal<String>,
    /// Its word, perhaps with a count in a `span` of the class `n`.
    children: Children,
) -> impl IntoView {
    let location = use_location();
    let current = move || {
        href.with(|href| match href.split_once('?') {
            None => location.pathname.with(|path| {
                path.strip_prefix(href.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }),
            Some((path, query)) => {
                location.pathname.with(|at| at == path)
                    && location
                        .search
                        .with(|search| search.trim_start_matches('?') == query)
            }
        })
    };
    view! { <a href=href aria-current=move || current().then_some("page")>{children()}</a> }
}
