//! The journeys that a person is in or was in, step by step.

use heliograph_model::access::Permission;
use heliograph_model::journey::Leaving;
use leptos::prelude::*;

use super::api::{Stay, StayStep};
use crate::components::{FullTime, RelativeTime, StatusBadge, Tone};
use crate::session::use_may;

/// Stays in journeys, newest first.
#[component]
pub(super) fn Stays(stays: Vec<Stay>) -> impl IntoView {
    if stays.is_empty() {
        return view! { <p class="quiet part-empty">"In no journey so far."</p> }.into_any();
    }
    view! { <ul class="part-rows">{stays.into_iter().map(|stay| view! { <StayRow stay/> }).collect_view()}</ul> }.into_any()
}

#[component]
fn StayRow(stay: Stay) -> impl IntoView {
    let (tone, status) = match (&stay.at, &stay.left) {
        (Some((at, _)), _) => (Tone::Info, format!("At “{at}”")),
        (None, Some((_, how))) => match how {
            Some(Leaving::End) => (Tone::Good, "Went through".to_owned()),
            Some(Leaving::Stopped) => (Tone::Bad, "Journey was stopped".to_owned()),
            Some(Leaving::TimedOut) => (Tone::Warn, "Stayed too long".to_owned()),
            Some(Leaving::Error) => (Tone::Bad, "A step failed".to_owned()),
            None => (Tone::Neutral, "Left".to_owned()),
        },
        (None, None) => (Tone::Neutral, "Left".to_owned()),
    };
    let name = format!("{}, version {}", stay.name, stay.version);
    let name = if use_may(Permission::ManageJourneys).get_untracked() {
        view! { <a class="medium" href=format!("/journeys/{}", stay.journey)>{name}</a> }.into_any()
    } else {
        view! { <span class="medium">{name}</span> }.into_any()
    };
    let end = match (stay.at, stay.left) {
        (Some((_, wakes)), _) => view! { ", goes on "<RelativeTime at=wakes/> }.into_any(),
        (None, Some((at, _))) => view! { ", left "<RelativeTime at/> }.into_any(),
        (None, None) => ().into_any(),
    };
    let count = stay.steps.len();
    let steps = stay
        .steps
        .into_iter()
        .map(|step| view! { <StepRow step/> })
        .collect_view();
    view! {
        <li>
            <div class="row between wrap">{name}<StatusBadge tone label=status/></div>
            <p class="quiet small">"Entered "<RelativeTime at=stay.entered_at/>{end}</p>
            {(count > 0)
                .then(|| {
                    view! {
                        <details>
                            <summary class="small quiet">"Show steps"</summary>
                            <ol class="steps">{steps}</ol>
                        </details>
                    }
                })}
        </li>
    }
}

#[component]
fn StepRow(step: StayStep) -> impl IntoView {
    view! {
        <li class="row between wrap">
            <span>{step.title}{step.way.map(|way| view! { <span class="quiet">" → "{way}</span> })}</span>
            <span class="quiet small"><FullTime at=step.at seconds=true/></span>
        </li>
    }
}
