//! Sending the draft to the phones of a test profile.

use heliograph_model::delivery::Exclusion;
use heliograph_model::ids::{DeliveryId, MessageId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::api;
use super::draft::use_draft;
use crate::components::{Button, Icon, IconName, counted};
use crate::error::AppError;
use crate::pages::writing::use_viewer;

/// What became of a draft that was sent to a test profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// It is on its way, once for each phone.
    Sent(Vec<DeliveryId>),
    /// Nothing is sent, and why.
    Kept(Exclusion),
}

/// The button, what keeps it from being pressed, and what became of the last push.
#[component]
pub(super) fn SendProof(id: MessageId) -> impl IntoView {
    let (draft, viewer) = (use_draft(), use_viewer());
    let answer = RwSignal::new(None::<Result<Proof, AppError>>);
    let send = Action::new(move |(): &()| async move {
        let Some(tester) = viewer.tester() else { return };
        let content = draft.content.get_untracked();
        let context = untrack(|| viewer.context());
        let sent = api::send_proof(id, tester.id, content, context).await;
        // The page may have been left meanwhile.
        answer.try_set(Some(sent));
    });
    // What is said of the last push is not about the next one.
    Effect::watch(
        move || viewer.tester().map(|tester| tester.id),
        move |now, before, _| {
            if before != Some(now) {
                answer.set(None);
            }
        },
        false,
    );
    let obstacle = Memo::new(move |_| match viewer.tester() {
        None => Some("Choose a test profile, and the draft can be sent to their phones.".to_owned()),
        Some(tester) if !tester.test => Some(
            "Test pushes go only to profiles that are used for previews. Mark this one on its page."
                .to_owned(),
        ),
        Some(_) => match draft.counts().0 {
            0 => None,
            errors => Some(format!(
                "{} to mend before it can be sent.",
                counted(errors as u64, "error", "errors")
            )),
        },
    });
    let told = move || {
        if let Some(obstacle) = obstacle.get() {
            return view! { <span class="quiet">{obstacle}</span> }.into_any();
        }
        match answer.get() {
            None => view! { <span class="quiet">"Sends the draft as it is now. It is in no report."</span> }
                .into_any(),
            Some(Ok(Proof::Sent(deliveries))) => sent(deliveries).into_any(),
            Some(Ok(Proof::Kept(exclusion))) => view! {
                <Icon name=IconName::Bad class="warn"/>
                <span><b>{exclusion.title()}</b> ". " {exclusion.advice()}</span>
            }
            .into_any(),
            Some(Err(error)) => view! {
                <Icon name=IconName::Bad class="bad"/>
                <span>{error.to_string()}</span>
            }
            .into_any(),
        }
    };
    view! {
        <div class="proof">
            <Button
                icon=IconName::Send
                pending=send.pending()
                disabled=Signal::derive(move || obstacle.with(Option::is_some))
                on_click=move |_| { send.dispatch(()); }
            >
                "Send test push"
            </Button>
            <p class="small row" role="status">{told}</p>
        </div>
    }
}

/// To how many phones it went, each to be followed.
fn sent(deliveries: Vec<DeliveryId>) -> impl IntoView {
    let words = format!("Sent to {}.", counted(deliveries.len() as u64, "phone", "phones"));
    let several = deliveries.len() > 1;
    let links = deliveries
        .into_iter()
        .enumerate()
        .map(|(index, id)| {
            let label = if several {
                format!("Follow push {}", index + 1)
            } else {
                "Follow it".to_owned()
            };
            view! { " " <a class="link" href=format!("/deliveries/{id}")>{label}</a> }
        })
        .collect_view();
    view! {
        <Icon name=IconName::Ok class="good"/>
        <span>{words} {links}</span>
    }
}
