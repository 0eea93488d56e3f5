//! How many people the rule holds for, and some of them, following each change.

use std::time::Duration;

use heliograph_model::audience::{Place, Preview, Rule, SampleProfile, validate};
use leptos::prelude::*;

use super::api;
use crate::components::{Card, Icon, IconName, counted, grouped, share};
use crate::error::AppError;

/// How long after the last change it is counted.
const PAUSE: Duration = Duration::from_millis(300);

/// Where counting is.
#[derive(Debug, Clone, PartialEq)]
enum Counting {
    /// It is on its way.
    Pending,
    /// It is done.
    Done,
    /// There is something to mend in the rule first.
    Unusable,
    /// It failed.
    Failed(AppError),
}

/// The count and the sample.
#[component]
pub(super) fn LiveCount(rule: RwSignal<Rule>) -> impl IntoView {
    let state = RwSignal::new(Counting::Pending);
    let preview = RwSignal::new(None::<Preview>);
    // Which question was asked last; the answer to an earlier one is dropped.
    let asked = StoredValue::new(0_u64);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let ask = move || {
        let question = asked.get_value() + 1;
        asked.set_value(question);
        let rule = rule.get_untracked();
        leptos::task::spawn_local(async move {
            let answer = api::preview_rule(rule).await;
            if asked.try_get_value() != Some(question) {
                return;
            }
            match answer {
                Ok(found) => {
                    preview.set(Some(found));
                    state.set(Counting::Done);
                }
                Err(error) => state.set(Counting::Failed(error)),
            }
        });
    };
    Effect::new(move |earlier: Option<()>| {
        let usable = rule.with(|rule| validate(rule, Place::Audience).is_empty());
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        asked.update_value(|asked| *asked += 1);
        if !usable {
            state.set(Counting::Unusable);
            return;
        }
        state.set(Counting::Pending);
        let pause = if earlier.is_none() { Duration::ZERO } else { PAUSE };
        timer.set_value(set_timeout_with_handle(ask, pause).ok());
    });
    on_cleanup(move || {
        if let Some(timer) = timer.try_get_value().flatten() {
            timer.clear();
        }
    });
    let figure = move || {
        preview
            .get()
            .filter(|_| matches!(state.get(), Counting::Pending | Counting::Done))
            .map(|found| {
                let number = grouped(found.matched);
                if found.complete {
                    number
                } else {
                    format!("at least {number}")
                }
            })
            .unwrap_or_else(|| "–".to_owned())
    };
    let note = move || match state.get() {
        Counting::Pending => view! { <span>"Counting…"</span> }.into_any(),
        Counting::Unusable => view! { <span>"Counted once the rule is complete."</span> }.into_any(),
        Counting::Failed(error) => {
            view! { <span class="bad"><Icon name=IconName::Bad/>" "{error.to_string()}</span> }.into_any()
        }
        Counting::Done => preview
            .get()
            .map(|found| view! { <span>{judged(&found)}</span> })
            .into_any(),
    };
    view! {
        <div role="region" aria-label="People">
        <Card title="People">
            <div class="audience-count" aria-busy=move || (state.get() == Counting::Pending).then_some("true")>
                <p class="value">{figure}</p>
                <p class="note" role="status">{note}</p>
            </div>
            {move || preview.get().filter(|_| state.get() != Counting::Unusable).map(|found| view! { <Sample found/> })}
        </Card>
        </div>
    }
}

/// Of how many they are, and whether all were looked at.
fn judged(found: &Preview) -> String {
    if found.complete {
        format!(
            "{} of {}",
            share(found.matched, found.judged),
            counted(found.judged, "profile", "profiles")
        )
    } else {
        format!(
            "Among the first {} looked at; there may be more.",
            counted(found.judged, "profile", "profiles")
        )
    }
}

#[component]
fn Sample(found: Preview) -> impl IntoView {
    if found.sample.is_empty() {
        return view! { <p class="quiet small">"Nobody fits this rule now."</p> }.into_any();
    }
    let people = found
        .sample
        .into_iter()
        .map(|person| view! { <Person person/> })
        .collect_view();
    view! {
        <div class="stack">
            <h3>"Some of them"</h3>
            <ul class="sample">{people}</ul>
        </div>
    }
    .into_any()
}

#[component]
fn Person(person: SampleProfile) -> impl IntoView {
    let title = person.title().to_owned();
    let more = person.identity.filter(|_| person.name.is_some());
    let platforms = person
        .platforms
        .iter()
        .map(|platform| platform.title())
        .collect::<Vec<_>>()
        .join(", ");
    view! {
        <li>
            <a href=format!("/profiles/{}", person.id)>
                <span class="medium">{title}</span>
                {more.map(|more| view! { <small class="quiet">{more}</small> })}
            </a>
            <small class="quiet">{if platforms.is_empty() { "No device".to_owned() } else { platforms }}</small>
        </li>
    }
}
