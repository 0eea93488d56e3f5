//! How fast pushes go out.

use heliograph_model::rules::{Pace, Ramp, RuleField, Rules};
use leptos::prelude::*;

use super::Editor;
use super::parts::number;
use crate::components::{Card, Checkbox, TextField, part};

/// One number of the pace; what it is without one.
fn of_pace(
    rules: RwSignal<Rules>,
    without: u32,
    field: fn(&mut Pace) -> Option<&mut u32>,
) -> RwSignal<String> {
    number(
        rules,
        move |rules| {
            let mut pace = rules.pace;
            pace.as_mut().and_then(field).map_or(without, |number| *number)
        },
        move |rules, typed| {
            if let Some(number) = rules.pace.as_mut().and_then(field) {
                *number = typed;
            }
        },
    )
}

/// The pace.
#[component]
pub(super) fn Speed(editor: Editor) -> impl IntoView {
    let rules = editor.rules;
    let paced = part(
        rules,
        |rules| rules.pace.is_some(),
        |rules: &mut Rules, wanted| {
            rules.pace = wanted.then_some(Pace {
                per_minute: 1000,
                ramp: None,
            });
        },
    );
    let ramped = part(
        rules,
        |rules| rules.pace.is_some_and(|pace| pace.ramp.is_some()),
        |rules: &mut Rules, wanted| {
            if let Some(pace) = &mut rules.pace {
                pace.ramp = wanted.then_some(Ramp {
                    from: (pace.per_minute / 10).max(1),
                    minutes: 10,
                });
            }
        },
    );
    let per_minute = of_pace(rules, 1000, |pace| Some(&mut pace.per_minute));
    let from = of_pace(rules, 1, |pace| pace.ramp.as_mut().map(|ramp| &mut ramp.from));
    let minutes = of_pace(rules, 10, |pace| pace.ramp.as_mut().map(|ramp| &mut ramp.minutes));
    view! {
        <Card title="Pace">
            <div class="form">
                <Checkbox
                    label="Let pushes go out evenly, and no faster than this"
                    name="paced"
                    bind=paced
                    hint="For all messages that it holds for together, so that what people open then is not overrun."
                />
                <Show when=move || paced.get()>
                    <TextField
                        label="Pushes a minute"
                        name="pace"
                        kind="number"
                        bind=per_minute
                        error=editor.error_of(RuleField::Pace)
                        attr:min="1"
                    />
                    <Checkbox label="Begin slowly after an hour’s rest" name="ramped" bind=ramped/>
                    <Show when=move || ramped.get()>
                        <div class="two">
                            <TextField label="Pushes a minute at first" name="ramp-from" kind="number" bind=from attr:min="1"/>
                            <TextField label="Minutes until the full pace" name="ramp-minutes" kind="number" bind=minutes attr:min="1"/>
                        </div>
                    </Show>
                </Show>
            </div>
        </Card>
    }
}
