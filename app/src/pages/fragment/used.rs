//! How the fragment is called, what calls it, and which of that still says an older text.

use heliograph_model::fragment::{Carries, Shelf, UsedBy};
use heliograph_model::personalize::{Need, call};
use leptos::prelude::*;

use super::editing::use_editing;
use crate::components::{Badge, Card, CodeBlock, Notice, Tone, counted};

/// What stands in a call for a value that the marketer gives.
const VALUE: &str = "…";

/// The tag that calls it, to be copied into a message.
#[component]
pub(super) fn Calling() -> impl IntoView {
    let editing = use_editing();
    let tag = Signal::derive(move || {
        let arguments = editing.arguments.get();
        let given = arguments.iter().map(|argument| (argument.name.as_str(), VALUE));
        call(&editing.name.get(), given)
    });
    let unpublished = move || {
        editing
            .version
            .get()
            .is_none()
            .then(|| view! { <p class="small quiet">"Messages can use it once it is published."</p> })
    };
    let arguments = move || {
        let arguments = editing.arguments.get();
        (!arguments.is_empty()).then(|| {
            let lines = arguments.into_iter().map(|argument| {
                let need = match argument.need {
                    Need::Required => "is given in each message",
                    Need::HasText => "may be given; otherwise the fragment's own text stands there",
                };
                view! { <li><code>{argument.name}</code>" "<span class="quiet">{need}</span></li> }
            });
            view! { <ul class="arguments small">{lines.collect_view()}</ul> }
        })
    };
    view! {
        <div class="field calling">
            <span class="label">"In a message"</span>
            <CodeBlock text=tag label="How a message uses the fragment"/>
            {arguments}
            {unpublished}
        </div>
    }
}

/// What calls it.
#[component]
pub(super) fn UsedByCard() -> impl IntoView {
    view! {
        <Card title="Used by">
            <UsedByList/>
            <p class="quiet small">
                "Earlier versions of a message are not counted: each keeps the texts that it was published with."
            </p>
        </Card>
    }
}

/// What calls it, as links.
#[component]
pub(super) fn UsedByList() -> impl IntoView {
    let editing = use_editing();
    move || {
        let users = editing.used_by.get();
        if users.is_empty() {
            return view! { <p class="quiet small">"Nothing uses it yet."</p> }.into_any();
        }
        view! { <ul class="used-by">{users.into_iter().map(one_user).collect_view()}</ul> }.into_any()
    }
}

fn one_user(user: UsedBy) -> AnyView {
    match user {
        UsedBy::Message {
            name,
            id,
            carries,
            shelf,
        } => {
            let state = match carries {
                _ if shelf == Shelf::Archived => view! { <Badge>"Archived"</Badge> },
                Carries::Newest => view! { <Badge tone=Tone::Good>"Published with the newest text"</Badge> },
                Carries::Older => view! { <Badge tone=Tone::Warn>"Published with an older text"</Badge> },
                Carries::Nothing => view! { <Badge>"Only in the draft"</Badge> },
            };
            view! {
                <li>
                    <span><span class="quiet">"Message "</span><a class="link" href=format!("/messages/{id}")>{name}</a></span>
                    {state}
                </li>
            }
            .into_any()
        }
        UsedBy::Fragment { name, id } => view! {
            <li>
                <span>
                    <span class="quiet">"Fragment "</span>
                    // Another page of the same kind, which begins anew.
                    <a class="link" href=format!("/fragments/{id}")>{name}</a>
                </span>
            </li>
        }
        .into_any(),
    }
}

/// That messages are sent with an older text, and the way to each.
#[component]
pub(super) fn Behind() -> impl IntoView {
    let editing = use_editing();
    let behind = Memo::new(move |_| {
        editing.used_by.with(|users| {
            let messages = users.iter().filter(|user| user.is_behind());
            messages
                .filter_map(|user| match user {
                    UsedBy::Message { name, id, .. } => Some((name.clone(), *id)),
                    UsedBy::Fragment { .. } => None,
                })
                .collect::<Vec<_>>()
        })
    });
    move || {
        let messages = behind.get();
        let words = match messages.len() {
            0 => return None,
            1 => "1 published message still says an older text".to_owned(),
            many => format!(
                "{} still say an older text",
                counted(many as u64, "published message", "published messages")
            ),
        };
        let links = messages.into_iter().map(|(name, id)| {
            view! { <li><a class="link" href=format!("/messages/{id}")>{format!("Open “{name}” and publish it anew")}</a></li> }
        });
        Some(view! {
            <Notice tone=Tone::Warn title=words>
                "A message keeps the text that it was published with, so that nothing live changes by itself."
                <ul>{links.collect_view()}</ul>
            </Notice>
        })
    }
}
