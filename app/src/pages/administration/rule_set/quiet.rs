//! When nobody is to be disturbed.

use heliograph_model::rules::{
    Closed, Day, Days, QuietHours, RuleField, Rules, TimeOfDay, WhenQuiet, Window,
};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;

use super::Editor;
use crate::components::{
    Button, ButtonSize, Card, Choice, IconButton, IconName, SelectField, TextField, part,
};

/// A night, as most begin with.
fn night() -> Window {
    Window {
        days: Days::EVERY,
        from: TimeOfDay::new(22, 0).unwrap_or_default(),
        to: TimeOfDay::new(8, 0).unwrap_or_default(),
    }
}

fn quiet_of(rules: &mut Rules) -> &mut QuietHours {
    rules.quiet.get_or_insert_default()
}

/// Takes one of the times or dates out; with the last of both, the quiet hours.
fn remove<T>(rules: &mut Rules, of: fn(&mut QuietHours) -> &mut Vec<T>, index: usize) {
    let Some(quiet) = &mut rules.quiet else { return };
    let list = of(quiet);
    if index < list.len() {
        list.remove(index);
    }
    if quiet.windows.is_empty() && quiet.closed.is_empty() {
        rules.quiet = None;
    }
}

/// The quiet hours.
#[component]
pub(super) fn Quiet(editor: Editor) -> impl IntoView {
    let rules = editor.rules;
    let windows =
        Memo::new(move |_| rules.with(|rules| rules.quiet.as_ref().map_or(0, |quiet| quiet.windows.len())));
    let closed =
        Memo::new(move |_| rules.with(|rules| rules.quiet.as_ref().map_or(0, |quiet| quiet.closed.len())));
    let there = move || windows.get() + closed.get() > 0;
    let then = part(
        rules,
        |rules| match rules.quiet.as_ref().map(|quiet| quiet.then) {
            Some(WhenQuiet::Drop) => "drop".to_owned(),
            _ => "hold".to_owned(),
        },
        |rules, chosen| {
            if let Some(quiet) = &mut rules.quiet {
                quiet.then = if chosen == "drop" {
                    WhenQuiet::Drop
                } else {
                    WhenQuiet::Hold
                };
            }
        },
    );
    let ways = vec![
        Choice::new("hold", "Hold it until they end"),
        Choice::new("drop", "Drop it"),
    ];
    let add_window = move |_| rules.update(|rules| quiet_of(rules).windows.push(night()));
    let add_closed = move |_| {
        let day = today();
        rules.update(|rules| {
            quiet_of(rules)
                .closed
                .extend(day.map(|day| Closed { from: day, to: day }))
        });
    };
    view! {
        <Card title="Quiet hours">
            <div class="form">
                <p class="soft">"When no push goes out, by each person’s own clock."</p>
                <For each=move || 0..windows.get() key=|index| *index let:index><OneWindow editor index/></For>
                <For each=move || 0..closed.get() key=|index| *index let:index><Dates editor index/></For>
                <div class="row wrap">
                    <Button size=ButtonSize::Small icon=IconName::Plus on_click=add_window>"Add time"</Button>
                    <Button size=ButtonSize::Small icon=IconName::Plus on_click=add_closed>"Add dates"</Button>
                </div>
                <Show when=there>
                    <SelectField label="A push that is due then" name="quiet-then" choices=ways.clone() bind=then/>
                </Show>
            </div>
        </Card>
    }
}

/// Today in the browser's own calendar; on the server this is never asked.
fn today() -> Option<heliograph_model::rules::Date> {
    let now = js_sys::Date::new_0();
    let local = now.get_time() - now.get_timezone_offset() * 60_000.0;
    let day = Timestamp::from_millis(local as i64).to_string();
    day.get(..10)?.parse().ok()
}

#[component]
fn OneWindow(editor: Editor, index: usize) -> impl IntoView {
    let rules = editor.rules;
    let window = move |rules: &Rules| {
        rules
            .quiet
            .as_ref()
            .and_then(|quiet| quiet.windows.get(index))
            .copied()
            .unwrap_or_else(night)
    };
    let change = move |rules: &mut Rules, change: &dyn Fn(&mut Window)| {
        if let Some(window) = rules
            .quiet
            .as_mut()
            .and_then(|quiet| quiet.windows.get_mut(index))
        {
            change(window);
        }
    };
    let from = part(
        rules,
        move |rules| window(rules).from.to_string(),
        move |rules, text: String| {
            if let Some(time) = TimeOfDay::parse(&text) {
                change(rules, &|window| window.from = time);
            }
        },
    );
    let to = part(
        rules,
        move |rules| window(rules).to.to_string(),
        move |rules, text: String| {
            if let Some(time) = TimeOfDay::parse(&text) {
                change(rules, &|window| window.to = time);
            }
        },
    );
    let remove = move |_| rules.update(|rules| remove(rules, |quiet| &mut quiet.windows, index));
    let day = move |day: Day| {
        let chosen = move || rules.with(|rules| window(rules).days.has(day));
        let toggle = move |_| {
            rules.update(|rules| change(rules, &|window| window.days = window.days.toggled(day)));
        };
        view! {
            <label class="check">
                <input type="checkbox" checked=chosen() prop:checked=chosen on:change=toggle/>
                <span>{day.short()}</span>
            </label>
        }
    };
    let error = editor.error_of(RuleField::Window(index));
    let n = index + 1;
    view! {
        <div class="rule-line" role="group" aria-label=format!("Quiet time {n}")>
            <TextField label="From" name="quiet-from" kind="time" id=format!("quiet-from-{index}") bind=from error=error/>
            <TextField label="To" name="quiet-to" kind="time" id=format!("quiet-to-{index}") bind=to/>
            <fieldset class="field days">
                <legend>"Beginning on"</legend>
                <div class="row wrap">{Day::ALL.map(day).into_iter().collect_view()}</div>
            </fieldset>
            <IconButton icon=IconName::Trash label=format!("Remove quiet time {n}") on_click=remove/>
        </div>
    }
}

#[component]
fn Dates(editor: Editor, index: usize) -> impl IntoView {
    let rules = editor.rules;
    let text = move |rules: &Rules, of: fn(&Closed) -> String| {
        rules
            .quiet
            .as_ref()
            .and_then(|quiet| quiet.closed.get(index))
            .map(of)
            .unwrap_or_default()
    };
    let change =
        move |rules: &mut Rules, text: String, set: fn(&mut Closed, heliograph_model::rules::Date)| {
            let closed = rules.quiet.as_mut().and_then(|quiet| quiet.closed.get_mut(index));
            if let (Some(closed), Ok(day)) = (closed, text.parse()) {
                set(closed, day);
            }
        };
    let from = part(
        rules,
        move |rules| text(rules, |closed| closed.from.to_string()),
        move |rules, typed| change(rules, typed, |closed, day| closed.from = day),
    );
    let to = part(
        rules,
        move |rules| text(rules, |closed| closed.to.to_string()),
        move |rules, typed| change(rules, typed, |closed, day| closed.to = day),
    );
    let remove = move |_| rules.update(|rules| remove(rules, |quiet| &mut quiet.closed, index));
    let error = editor.error_of(RuleField::Closed(index));
    let n = index + 1;
    view! {
        <div class="rule-line" role="group" aria-label=format!("Quiet dates {n}")>
            <TextField label="First day" name="closed-from" kind="date" id=format!("closed-from-{index}") bind=from error=error/>
            <TextField label="Last day" name="closed-to" kind="date" id=format!("closed-to-{index}") bind=to/>
            <IconButton icon=IconName::Trash label=format!("Remove quiet dates {n}") on_click=remove/>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_go_with_the_last_of_their_times_and_dates() {
        let day = "2026-12-24".parse().unwrap();
        let mut rules = Rules::default();
        quiet_of(&mut rules).windows.push(night());
        quiet_of(&mut rules).closed.push(Closed { from: day, to: day });
        remove(&mut rules, |quiet| &mut quiet.windows, 1);
        assert_eq!(quiet_of(&mut rules).windows.len(), 1);
        remove(&mut rules, |quiet| &mut quiet.windows, 0);
        assert!(rules.quiet.is_some());
        remove(&mut rules, |quiet| &mut quiet.closed, 0);
        assert_eq!(rules.quiet, None);
        remove(&mut rules, |quiet| &mut quiet.closed, 0);
        assert_eq!(rules.quiet, None);
    }
}
