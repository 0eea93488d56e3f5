//! What happened to a delivery, point by point.

use heliograph_model::delivery::{Hop, HopKind, Outcome, Retry, explain};
use leptos::prelude::*;

use crate::components::{FullTime, Icon, IconName};

/// The line of time, oldest first.
#[component]
pub(super) fn Hops(hops: Vec<Hop>) -> impl IntoView {
    view! { <ol class="hops">{hops.into_iter().map(|hop| view! { <Point hop/> }).collect_view()}</ol> }
}

#[component]
fn Point(hop: Hop) -> impl IntoView {
    let (icon, class) = sign(hop.kind);
    let detail = hop.detail;
    let attempt = detail
        .attempt
        .map(|attempt| format!("Attempt {attempt}"))
        .into_iter()
        .chain(detail.milliseconds.map(|took| format!("answered in {took} ms")))
        .collect::<Vec<_>>()
        .join(", ");
    let outcome = detail.reason.as_deref().and_then(Outcome::parse);
    let then = match outcome.map(Outcome::retry) {
        Some(Retry::AtItsMoment) => "Goes out",
        _ => "Tried again",
    };
    let told = detail
        .reason
        .as_deref()
        .and_then(explain)
        .map(|(title, words, advice)| {
            view! { <p><b>{title}</b> ". " {words} " " {advice}</p> }
        });
    view! {
        <li>
            <FullTime at=hop.at seconds=true/>
            <span class=format!("glyph {class}")><Icon name=icon/></span>
            <div>
                <b>{hop.kind.title()}</b>
                {(!attempt.is_empty()).then(|| view! { <p>{attempt}</p> })}
                {told}
                {detail.words.map(|words| view! { <div class="answer">{words}</div> })}
                {detail.until.map(|until| view! { <p>{then} " " <FullTime at=until seconds=true/></p> })}
            </div>
        </li>
    }
}

/// The icon of a point, and its class.
const fn sign(kind: HopKind) -> (IconName, &'static str) {
    match kind {
        HopKind::Queued => (IconName::List, ""),
        HopKind::Accepted => (IconName::Check, ""),
        HopKind::Waiting => (IconName::Hourglass, "held"),
        HopKind::Failed => (IconName::Bad, "warned"),
        HopKind::Excluded => (IconName::Ban, "held"),
        HopKind::Unknown => (IconName::Help, "held"),
        HopKind::Displayed => (IconName::Eye, ""),
        HopKind::Opened => (IconName::Tap, ""),
        HopKind::Clicked => (IconName::Pointer, ""),
        HopKind::Dismissed => (IconName::Close, ""),
    }
}
