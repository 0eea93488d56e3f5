//! What the message is for, what keeps it back, and the rule sets that hold for it.

use heliograph_model::message::Purpose;
use heliograph_model::rules::Reach;
use leptos::prelude::*;

use super::api::RuleSetChoice;
use super::delivery::{choice, key};
use super::draft::use_draft;
use super::outlook::HeldBack;
use super::timing::{RankField, TimingFields};
use crate::components::{Choice, SelectField};

/// The purpose, and the rule sets to choose from.
#[component]
pub(super) fn RuleSets() -> impl IntoView {
    let draft = use_draft();
    let purpose = choice(draft, |c| &c.purpose, |c| &mut c.purpose);
    let purposes = vec![
        Choice::new(key(&Purpose::Marketing), "Marketing: rule sets hold"),
        Choice::new(key(&Purpose::Transactional), "Transactional: passes rule sets"),
    ];
    let marketing = Memo::new(move |_| {
        draft
            .content
            .with(|content| content.purpose == Purpose::Marketing)
    });
    let sets = draft.known.with_value(|known| known.rule_sets.clone());
    let list = move || {
        let sets = sets.clone();
        if sets.is_empty() {
            return view! { <p class="soft">"There are no rule sets. An admin makes them under Administration, Rules."</p> }
                .into_any();
        }
        sets.into_iter()
            .map(|set| view! { <OneSet set/> })
            .collect_view()
            .into_any()
    };
    view! {
        <div class="two">
            <SelectField
                label="Purpose"
                name="purpose"
                choices=purposes
                bind=purpose
                hint="Transactional is for what the person waits for, such as a receipt. Only an admin may publish it."
            />
            <RankField/>
        </div>
        <TimingFields/>
        <Show when=move || marketing.get()>
            <fieldset class="field">
                <legend>"Rule sets"</legend>
                {list.clone()}
            </fieldset>
        </Show>
        <HeldBack/>
    }
}

#[component]
fn OneSet(set: RuleSetChoice) -> impl IntoView {
    let draft = use_draft();
    let (id, always) = (set.id, set.reach == Reach::Marketing);
    let chosen = move || always || draft.content.with(|content| content.rule_sets.contains(&id));
    let toggle = move |_| {
        draft.content.update(|content| {
            if content.rule_sets.contains(&id) {
                content.rule_sets.retain(|set| *set != id);
            } else {
                content.rule_sets.push(id);
            }
        });
    };
    view! {
        <label class="check lines">
            <input type="checkbox" checked=chosen() prop:checked=chosen disabled=always on:change=toggle/>
            <span>
                {set.name} " "
                <span class="quiet">{set.words}{always.then_some(" (holds for every marketing message)")}</span>
            </span>
        </label>
    }
}
