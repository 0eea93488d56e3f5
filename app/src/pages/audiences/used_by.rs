//! What uses an audience, as links.

use heliograph_model::audience::UsedBy;
use leptos::prelude::*;

/// What uses an audience.
#[component]
pub(in crate::pages) fn UsedByList(used_by: Vec<UsedBy>) -> impl IntoView {
    if used_by.is_empty() {
        return view! { <span class="quiet">"Nothing"</span> }.into_any();
    }
    let links = used_by
        .into_iter()
        .map(|user| {
            let (kind, href, name) = match user {
                UsedBy::Journey { name, id } => ("Journey", format!("/journeys/{id}"), name),
                UsedBy::Message { name, id } => ("Message", format!("/messages/{id}"), name),
                UsedBy::Audience { name, id } => ("Audience", format!("/audiences/{id}"), name),
            };
            view! { <li><span class="quiet">{kind}" "</span><a href=href>{name}</a></li> }
        })
        .collect_view();
    view! { <ul>{links}</ul> }.into_any()
}
