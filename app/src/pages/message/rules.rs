//! What the message is for, what keeps it back, and the rule sets that hold for it.

use heliograph_model::message::Purpose;
use heliograph_model::rules::Reach;
use leptos::prelude::*;

use super::api::{self, RuleSetChoice};
use super::delivery::{choice, key};
use super::draft::use_draft;
use super::timing::{RankField, TimingFields};
use crate::components::{Button, ButtonSize, Choice, Notice, SelectField, Tone, counted, grouped};

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

/// Asks who of an audience would be held back now, and why.
#[component]
fn HeldBack() -> impl IntoView {
    let draft = use_draft();
    let audiences = draft.known.with_value(|known| known.audiences.clone());
    let chosen = RwSignal::new(
        audiences
            .first()
            .map_or_else(String::new, |(id, _)| id.to_string()),
    );
    let choices: Vec<Choice> = audiences
        .iter()
        .map(|(id, name)| Choice::new(id.to_string(), name.clone()))
        .collect();
    let ask = Action::new(move |(): &()| async move {
        let audience = chosen.get_untracked().parse().ok()?;
        Some(api::held_back(audience, draft.content.get_untracked()).await)
    });
    let answer = move || {
        match ask.value().get().flatten()? {
        Err(error) => Some(view! { <Notice tone=Tone::Bad>{error.to_string()}</Notice> }.into_any()),
        Ok(outlook) => Some(
            view! {
                {outlook.cut_short.then(|| view! {
                    <p class="soft">
                        {format!("The audience is large: this is of the first {} people.", grouped(outlook.people))}
                    </p>
                })}
                <dl class="facts counts">
                    <dt>{if outlook.cut_short { "People looked at" } else { "People in the audience" }}</dt>
                    <dd>{grouped(outlook.people)}</dd>
                    <dt>"Would get it now"</dt><dd>{grouped(outlook.now)}</dd>
                    {outlook
                        .others
                        .into_iter()
                        .map(|(why, n)| view! { <dt>{why}</dt><dd>{counted(n, "person", "people")}</dd> })
                        .collect_view()}
                </dl>
            }
            .into_any(),
        ),
    }
    };
    (!audiences.is_empty()).then(|| {
        view! {
            <fieldset class="field">
                <legend>"Who would be held back now?"</legend>
                <div class="two">
                    <SelectField label="Audience" name="held-back-audience" choices bind=chosen/>
                </div>
                <div>
                    <Button size=ButtonSize::Small pending=ask.pending() on_click=move |_| { ask.dispatch(()); }>"Who, and why?"</Button>
                </div>
                <div aria-live="polite">{answer}</div>
            </fieldset>
        }
    })
}
