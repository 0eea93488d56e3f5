//! One test: a sentence whose words are fields.

use heliograph_model::app_config::Platform;
use heliograph_model::audience::{Comparison, Operand, Operator};
use leptos::prelude::*;

use super::offered::Offered;
use super::state::{TestKind, TestState, WindowUnit};
use super::{Editing, FieldTests, TestedFields};
use crate::components::{IconButton, IconName};

/// A test of any kind.
#[component]
pub(super) fn TestRow(test: TestState, editing: Editing, remove: Callback<()>) -> impl IntoView {
    let kinds = editing.scope.kinds();
    let words = move || match test.kind.get() {
        TestKind::Attribute => view! { <FieldWords test fields=TestedFields::Profile/> }.into_any(),
        TestKind::EntryEvent => view! { <FieldWords test fields=TestedFields::Event/> }.into_any(),
        TestKind::Event => view! { <EventWords test/> }.into_any(),
        TestKind::Audience => view! { <AudienceWords test editing/> }.into_any(),
        TestKind::Device => view! { <DeviceWords test/> }.into_any(),
    };
    view! {
        <div class="rule-test">
            <div class="words">
                <select
                    class="input inline kind"
                    aria-label="What is tested"
                    on:change=move |event| test.kind.set(TestKind::of_key(&event_target_value(&event)))
                >
                    {kinds
                        .iter()
                        .map(|kind| {
                            let kind = *kind;
                            view! { <option value=kind.key() selected=move || test.kind.get() == kind>{kind.title()}</option> }
                        })
                        .collect_view()}
                </select>
                {words}
            </div>
            <IconButton icon=IconName::Close label="Remove this test" on_click=move |_| remove.run(())/>
            {editing.problems_of(test.key)}
        </div>
    }
}

/// A test of a field alone, in a list of conditions.
#[component]
pub(super) fn FieldTestRow(test: TestState, fields: TestedFields, remove: Callback<()>) -> impl IntoView {
    view! {
        <div class="rule-test">
            <div class="words"><FieldWords test fields/></div>
            <IconButton icon=IconName::Close label="Remove this condition" on_click=move |_| remove.run(())/>
        </div>
    }
}

/// Did the person type what a thing is called, instead of its technical name?
fn called(title: &str, typed: &str) -> bool {
    title.eq_ignore_ascii_case(typed.trim())
}

/// Field, operator and value.
#[component]
fn FieldWords(test: TestState, fields: TestedFields) -> impl IntoView {
    let offered = Offered::take();
    let list = format!("fields-{}", test.key);
    let options = move || {
        offered.fields(fields, |known| {
            known
                .iter()
                .map(|field| view! { <option value=field.path.clone()>{field.title.clone()}</option> })
                .collect_view()
        })
    };
    let operators = Memo::new(move |_| {
        let offered = test.path.with(|path| {
            offered.fields(fields, |known| {
                known.iter().find(|field| field.path == *path).map_or_else(
                    || Operator::ALL.to_vec(),
                    |field| Operator::for_type(field.field_type, field.list),
                )
            })
        });
        // What is chosen stays on offer, so that nothing changes by itself.
        let chosen = test.operator.get();
        if offered.contains(&chosen) {
            offered
        } else {
            [vec![chosen], offered].concat()
        }
    });
    let choices = move || {
        operators
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, operator)| {
                view! {
                    <option value=index selected=move || test.operator.get() == operator>{operator.title()}</option>
                }
            })
            .collect_view()
    };
    let operand = Memo::new(move |_| test.operator.get().operand());
    let value = move || {
        let (kind, label) = match operand.get() {
            Operand::Nothing => return ().into_any(),
            Operand::Scalar | Operand::Text => ("text", "Value"),
            Operand::Number => ("number", "Number"),
            Operand::Date => ("date", "Date"),
            Operand::Days => ("number", "Number of days"),
        };
        view! {
            <input
                class="input inline value"
                type=kind
                step="any"
                aria-label=label
                value=test.value.get_untracked()
                prop:value=move || test.value.get()
                on:input=move |event| test.value.set(event_target_value(&event))
            />
            {(operand.get_untracked() == Operand::Days).then_some("days")}
        }
        .into_any()
    };
    view! {
        <input
            class="input inline path"
            list=list.clone()
            aria-label="Field"
            placeholder="field"
            autocomplete="off"
            spellcheck="false"
            value=test.path.get_untracked()
            prop:value=move || test.path.get()
            on:input=move |event| test.path.set(event_target_value(&event))
            on:change=move |event| {
                let typed = event_target_value(&event);
                let meant = untrack(|| {
                    offered.fields(fields, |known| {
                        let field = known.iter().find(|field| called(&field.title, &typed))?;
                        Some(field.path.clone())
                    })
                });
                if let Some(path) = meant {
                    test.path.set(path);
                }
            }
        />
        <datalist id=list>{options}</datalist>
        <select
            class="input inline"
            aria-label="Question"
            on:change=move |event| {
                let index: usize = event_target_value(&event).parse().unwrap_or(0);
                if let Some(operator) = operators.with_untracked(|operators| operators.get(index).copied()) {
                    test.operator.set(operator);
                }
            }
        >
            {choices}
        </select>
        {value}
    }
}

/// Event type, how often, within what time, on which conditions.
#[component]
fn EventWords(test: TestState) -> impl IntoView {
    let list = format!("event-types-{}", test.key);
    let offered = Offered::take();
    let types = move || {
        offered
            .event_types()
            .into_iter()
            .map(|(event_type, title)| view! { <option value=event_type>{title}</option> })
            .collect_view()
    };
    let comparisons = [
        (Comparison::AtLeast, "at_least", "at least"),
        (Comparison::AtMost, "at_most", "at most"),
        (Comparison::Exactly, "exactly", "exactly"),
    ];
    let compare = move |event| {
        let key = event_target_value(&event);
        if let Some((comparison, _, _)) = comparisons.into_iter().find(|(_, k, _)| *k == key) {
            test.comparison.set(comparison);
        }
    };
    view! {
        <input
            class="input inline path"
            list=list.clone()
            aria-label="Event type"
            placeholder="event type"
            autocomplete="off"
            spellcheck="false"
            value=test.event_type.get_untracked()
            prop:value=move || test.event_type.get()
            on:input=move |event| test.event_type.set(event_target_value(&event))
            on:change=move |event| {
                let typed = event_target_value(&event);
                let types = untrack(|| offered.event_types());
                if let Some((meant, _)) = types.into_iter().find(|(_, title)| called(title, &typed)) {
                    test.event_type.set(meant);
                }
            }
        />
        <datalist id=list>{types}</datalist>
        <select class="input inline" aria-label="How the number compares" on:change=compare>
            {comparisons
                .into_iter()
                .map(|(comparison, key, title)| {
                    view! { <option value=key selected=move || test.comparison.get() == comparison>{title}</option> }
                })
                .collect_view()}
        </select>
        <input
            class="input inline number"
            type="number"
            min="0"
            aria-label="How often"
            value=test.count.get_untracked()
            prop:value=move || test.count.get()
            on:input=move |event| test.count.set(event_target_value(&event))
        />
        <span>"times"</span>
        <Show when=move || test.unit.get() != WindowUnit::Ever>
            <span>"in the last"</span>
            <input
                class="input inline number"
                type="number"
                min="1"
                aria-label="How long back"
                value=test.span.get_untracked()
                prop:value=move || test.span.get()
                on:input=move |event| test.span.set(event_target_value(&event))
            />
        </Show>
        <select
            class="input inline"
            aria-label="Unit of time"
            on:change=move |event| test.unit.set(WindowUnit::of_key(&event_target_value(&event)))
        >
            {WindowUnit::ALL
                .into_iter()
                .map(|unit| {
                    let title = if unit == WindowUnit::Ever { "at any time" } else { unit.key() };
                    view! { <option value=unit.key() selected=move || test.unit.get() == unit>{title}</option> }
                })
                .collect_view()}
        </select>
        <div class="rule-conditions"><FieldTests tests=test.conditions fields=TestedFields::Event/></div>
    }
}

/// Which audience.
#[component]
fn AudienceWords(test: TestState, editing: Editing) -> impl IntoView {
    let options = move || {
        let chosen = test.audience.get();
        editing
            .audiences
            .get()
            .into_iter()
            .map(|(id, name)| {
                let key = id.to_string();
                let selected = key == chosen;
                view! { <option value=key selected=selected>{name}</option> }
            })
            .collect_view()
    };
    view! {
        "is in"
        <select
            class="input inline"
            aria-label="Audience"
            on:change=move |event| test.audience.set(event_target_value(&event))
        >
            <option value="" selected=move || test.audience.with(String::is_empty)>"choose an audience"</option>
            {options}
        </select>
    }
}

/// Which platform.
#[component]
fn DeviceWords(test: TestState) -> impl IntoView {
    view! {
        "that takes pushes, on"
        <select
            class="input inline"
            aria-label="Platform"
            on:change=move |event| test.platform.set(Platform::parse(&event_target_value(&event)))
        >
            <option value="" selected=move || test.platform.get().is_none()>"any platform"</option>
            {Platform::ALL
                .into_iter()
                .map(|platform| {
                    view! {
                        <option value=platform.as_str() selected=move || test.platform.get() == Some(platform)>
                            {platform.title()}
                        </option>
                    }
                })
                .collect_view()}
        </select>
    }
}
