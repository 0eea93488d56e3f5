//! Edits an audience rule as it reads: groups of tests, each a sentence whose words can be changed in place.

mod offered;
mod state;
mod test;

use heliograph_model::audience::{FieldTest, Place, Rule, validate};
use heliograph_model::ids::AudienceId;
use leptos::context::Provider;
use leptos::prelude::*;

use super::{Button, ButtonSize, IconButton, IconName};
use offered::Offered;
use state::{Entry, Group, Mode, TestKind, TestState};
use test::{FieldTestRow, TestRow};

/// Which tests are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleScope {
    /// Those of an audience.
    Audience,
    /// Those of a journey's condition: fields of the start event as well.
    Condition,
}

impl RuleScope {
    const fn place(self) -> Place {
        match self {
            Self::Audience => Place::Audience,
            Self::Condition => Place::Journey,
        }
    }

    const fn kinds(self) -> &'static [TestKind] {
        match self {
            Self::Audience => &[
                TestKind::Attribute,
                TestKind::Event,
                TestKind::Audience,
                TestKind::Device,
            ],
            Self::Condition => &[
                TestKind::Attribute,
                TestKind::EntryEvent,
                TestKind::Event,
                TestKind::Audience,
                TestKind::Device,
            ],
        }
    }
}

/// Whose fields are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestedFields {
    /// The profile's.
    Profile,
    /// An event's.
    Event,
}

/// What all the parts of one editor know.
#[derive(Clone, Copy)]
struct Editing {
    scope: RuleScope,
    audiences: Signal<Vec<(AudienceId, String)>>,
    /// What is wrong, with the key of the part that it is about.
    problems: Memo<Vec<(usize, String)>>,
}

impl Editing {
    /// What is wrong with the part of this key, beside it.
    fn problems_of(self, key: usize) -> impl IntoView {
        let messages = move || {
            self.problems
                .get()
                .into_iter()
                .filter(|(about, _)| *about == key)
                .map(|(_, message)| view! { <li>{message}</li> })
                .collect_view()
        };
        view! { <ul class="rule-problems" role="status">{messages}</ul> }
    }
}

/// Edits a rule.
#[component]
pub fn RuleEditor(
    /// The rule; it follows each change, and is followed.
    rule: RwSignal<Rule>,
    /// Which tests are offered.
    scope: RuleScope,
    /// The audiences there are.
    #[prop(into)]
    audiences: Signal<Vec<(AudienceId, String)>>,
) -> impl IntoView {
    let root = RwSignal::new(Group::of(&rule.get_untracked()));
    let problems = Memo::new(move |_| {
        let root = root.get();
        validate(&root.rule(), scope.place())
            .into_iter()
            .map(|problem| (root.key_at(&problem.path), problem.message))
            .collect::<Vec<_>>()
    });
    let editing = Editing {
        scope,
        audiences,
        problems,
    };
    Effect::watch(
        move || root.get().rule(),
        move |edited, _, _| {
            if rule.with_untracked(|rule| rule != edited) {
                rule.set(edited.clone());
            }
        },
        false,
    );
    // What undo, or another tab, has changed.
    Effect::watch(
        move || rule.get(),
        move |now, _, _| {
            if untrack(|| root.get_untracked().rule()) != *now {
                root.set(Group::of(now));
            }
        },
        false,
    );
    view! {
        <div class="rule-editor">
            <Provider value=Offered::take()>
                {move || view! { <GroupView group=root.get() editing depth=0 remove=None/> }}
            </Provider>
        </div>
    }
}

/// A group: all, any or none of its parts.
#[component]
fn GroupView(group: Group, editing: Editing, depth: usize, remove: Option<Callback<()>>) -> AnyView {
    let entries = group.entries;
    let add_test = move |_| entries.update(|entries| entries.push(Entry::Test(TestState::new())));
    let add_group = move |_| entries.update(|entries| entries.push(Entry::Group(Group::new(Mode::Any))));
    let none = move || entries.with(Vec::is_empty);
    let one = Memo::new(move |_| entries.with(Vec::len) < 2 && group.mode.get() != Mode::None && depth == 0);
    view! {
        <div class="rule-group" class:inner={depth > 0} role="group" aria-label=move || group.mode.get().title()>
            <Show when=move || !one.get()>
                <div class="row between">
                    <select
                        class="input inline"
                        aria-label="How the tests go together"
                        on:change=move |event| group.mode.set(Mode::of_key(&event_target_value(&event)))
                    >
                        {Mode::ALL
                            .into_iter()
                            .map(|mode| {
                                view! {
                                    <option value=mode.key() selected=move || group.mode.get() == mode>{mode.title()}</option>
                                }
                            })
                            .collect_view()}
                    </select>
                    {remove
                        .map(|remove| {
                            view! {
                                <IconButton icon=IconName::Trash label="Remove this group" on_click=move |_| remove.run(())/>
                            }
                        })}
                </div>
            </Show>
            <Show when=none>
                <p class="quiet small">"No tests yet."</p>
            </Show>
            <For each=move || entries.get() key=Entry::key let:entry>
                {
                    let key = entry.key();
                    let remove = Callback::new(move |()| entries.update(|entries| entries.retain(|other| other.key() != key)));
                    match entry {
                        Entry::Group(group) => {
                            view! { <GroupView group editing depth={depth + 1} remove=Some(remove)/> }.into_any()
                        }
                        Entry::Test(test) => view! { <TestRow test editing remove/> }.into_any(),
                    }
                }
            </For>
            <div class="row wrap">
                <Button size=ButtonSize::Small icon=IconName::Plus on_click=add_test>"Add test"</Button>
                <Show when=move || { depth < 4 }>
                    <Button size=ButtonSize::Small icon=IconName::Layers on_click=add_group>"Add group"</Button>
                </Show>
            </div>
            {editing.problems_of(group.key)}
        </div>
    }
    .into_any()
}

/// Edits a list of tests of fields that must all hold, as the conditions of an event.
#[component]
pub fn FieldTests(
    /// The tests; they follow each change.
    tests: RwSignal<Vec<FieldTest>>,
    /// Whose fields are tested.
    fields: TestedFields,
) -> impl IntoView {
    let rows = RwSignal::new(
        tests
            .get_untracked()
            .iter()
            .map(TestState::of_field)
            .collect::<Vec<_>>(),
    );
    Effect::watch(
        move || {
            rows.get()
                .into_iter()
                .map(TestState::field_test)
                .collect::<Vec<_>>()
        },
        move |edited, _, _| {
            if tests.with_untracked(|tests| tests != edited) {
                tests.set(edited.clone());
            }
        },
        false,
    );
    view! {
        <Provider value=Offered::take()>
        <div class="rule-tests">
            <For each=move || rows.get() key=|row| row.key let:row>
                {
                    let key = row.key;
                    let remove = Callback::new(move |()| rows.update(|rows| rows.retain(|other| other.key != key)));
                    view! { <FieldTestRow test=row fields remove/> }
                }
            </For>
            <div>
                <Button
                    size=ButtonSize::Small
                    icon=IconName::Plus
                    on_click=move |_| rows.update(|rows| rows.push(TestState::new()))
                >
                    "Add condition"
                </Button>
            </div>
        </div>
        </Provider>
    }
}
