//! The properties of the selected step, or of the journey.

mod condition;
mod entry;
mod field;
mod settings;
mod ways;

use heliograph_model::journey::{Activity, NodeId, Severity};
use leptos::prelude::*;

use super::board::use_board;
use super::problems::ProblemList;
use super::words::{glyph, kind, title};
use crate::components::{Anew, Icon, IconButton, IconName, Notice, Tone};
use condition::ConditionFields;
use entry::{EventFields, ReadAudienceFields};
use field::{LabelField, MessageField, WaitFields};
use settings::SettingsFields;
use ways::Ways;

/// The panel at the right.
#[component]
pub(super) fn Panel() -> impl IntoView {
    let board = use_board();
    let chosen = Memo::new(move |_| {
        if board.settings.get() {
            None
        } else {
            board.only_selected()
        }
    });
    let content = move |chosen: Option<NodeId>| match chosen {
        Some(id) => view! { <StepPanel id/> }.into_any(),
        None => view! { <JourneyPanel/> }.into_any(),
    };
    view! {
        <aside class="panel" aria-label="Properties" on:focusout=move |_| board.settle()>
            <Anew of=move || chosen.get() children=content/>
        </aside>
    }
}

/// Of the whole journey.
#[component]
fn JourneyPanel() -> impl IntoView {
    let board = use_board();
    let any = Memo::new(move |_| board.problems.with(|problems| !problems.is_empty()));
    view! {
        <div class="panel-head">
            <span class="glyph"><Icon name=IconName::Journey/></span>
            <div><h2>"Journey"</h2><small>"Settings"</small></div>
        </div>
        <Anew of=move || board.turns.get() let:_turn><SettingsFields/></Anew>
        <Show when=move || any.get()>
            <section aria-label="Problems"><h3>"Problems"</h3><ProblemList/></section>
        </Show>
    }
}

/// Of one step.
#[component]
fn StepPanel(id: NodeId) -> impl IntoView {
    let board = use_board();
    let id = StoredValue::new(id);
    let node = Memo::new(move |_| id.with_value(|id| board.node(id)));
    // The fields are made anew only where something was undone, so that typing does not lose the focus.
    let what = Memo::new(move |_| {
        let kind = node.with(|node| node.as_ref().map(|node| kind(&node.activity)));
        (kind, board.turns.get())
    });
    let head = move || {
        node.get().map(|node| {
            let (tone, icon) = glyph(&node.activity);
            view! {
                <span class=format!("glyph {tone}")><Icon name=icon/></span>
                <div><h2>{title(&node)}</h2><small>{kind(&node.activity)}</small></div>
            }
        })
    };
    let fields = move |_| {
        node.get_untracked().map(|node| {
            let id = id.get_value();
            let label = view! { <LabelField id=id.clone() label=node.label/> };
            let fields = match node.activity {
                Activity::Event {
                    event_type,
                    conditions,
                    name,
                } => view! { <EventFields id event_type conditions name/> }.into_any(),
                Activity::ReadAudience { audience, schedule } => {
                    view! { <ReadAudienceFields id audience schedule/> }.into_any()
                }
                Activity::Condition { paths } => view! { <ConditionFields id paths/> }.into_any(),
                Activity::Wait { amount, unit } => view! { <WaitFields id amount unit/> }.into_any(),
                Activity::Message { message } => view! { <MessageField id message/> }.into_any(),
                Activity::End {} => ().into_any(),
            };
            view! { {label} {fields} }
        })
    };
    let problem = move || {
        id.with_value(|id| board.problem_of(id)).map(|(severity, text)| {
            let tone = match severity {
                Severity::Error => Tone::Bad,
                Severity::Warning => Tone::Warn,
            };
            view! { <Notice tone>{text}</Notice> }
        })
    };
    view! {
        <div class="panel-head">
            {head}
            <span class="push row">
                <IconButton icon=IconName::Trash label="Delete this step" on_click=move |_| board.delete_selected()/>
                <IconButton icon=IconName::Close label="Close properties" on_click=move |_| board.deselect()/>
            </span>
        </div>
        <section>
            {problem}
            <Anew of=move || what.get() children=fields/>
        </section>
        <Ways id=id.get_value()/>
    }
}
