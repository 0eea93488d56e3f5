//! How many pushes a person may get.

use heliograph_model::rules::{Cap, Period, RuleField, Span, Unit};
use leptos::prelude::*;

use super::Editor;
use super::parts::number;
use crate::components::{
    Button, ButtonSize, Card, Choice, IconButton, IconName, SelectField, TextField, part,
};

/// The choices of a span, by the key that the form keeps.
fn spans() -> Vec<(String, String)> {
    let rolling = Unit::ALL.map(|unit| {
        (
            format!("rolling-{}", unit.noun(1)),
            format!("{} before it", unit.noun(2)),
        )
    });
    let calendar = Period::ALL.map(|period| {
        (
            format!("calendar-{}", period.noun()),
            format!("a calendar {}", period.noun()),
        )
    });
    rolling.into_iter().chain(calendar).collect()
}

fn key(span: Span) -> String {
    match span {
        Span::Rolling { unit, .. } => format!("rolling-{}", unit.noun(1)),
        Span::Calendar { period } => format!("calendar-{}", period.noun()),
    }
}

fn of_key(key: &str, length: u32) -> Span {
    let unit = Unit::ALL
        .into_iter()
        .find(|unit| key == format!("rolling-{}", unit.noun(1)));
    let period = Period::ALL
        .into_iter()
        .find(|period| key == format!("calendar-{}", period.noun()));
    match (unit, period) {
        (Some(unit), _) => Span::Rolling { length, unit },
        (None, period) => Span::Calendar {
            period: period.unwrap_or(Period::Day),
        },
    }
}

/// The caps.
#[component]
pub(super) fn Caps(editor: Editor) -> impl IntoView {
    let rules = editor.rules;
    let count = Memo::new(move |_| rules.with(|rules| rules.caps.len()));
    let add = move |_| {
        rules.update(|rules| {
            rules.caps.push(Cap {
                most: 3,
                span: Span::Rolling {
                    length: 1,
                    unit: Unit::Day,
                },
            });
        });
    };
    view! {
        <Card title="Caps">
            <div class="form">
                <p class="soft">"How many pushes of the messages that it holds for a person may get. A push to all phones of a person is one."</p>
                <For each=move || 0..count.get() key=|index| *index let:index><OneCap editor index/></For>
                <div><Button size=ButtonSize::Small icon=IconName::Plus on_click=add>"Add cap"</Button></div>
            </div>
        </Card>
    }
}

#[component]
fn OneCap(editor: Editor, index: usize) -> impl IntoView {
    let rules = editor.rules;
    let most = number(
        rules,
        move |rules| rules.caps.get(index).map_or(0, |cap| cap.most),
        move |rules, most| {
            if let Some(cap) = rules.caps.get_mut(index) {
                cap.most = most;
            }
        },
    );
    let length = number(
        rules,
        move |rules| match rules.caps.get(index).map(|cap| cap.span) {
            Some(Span::Rolling { length, .. }) => length,
            _ => 1,
        },
        move |rules, typed| {
            if let Some(Span::Rolling { length, .. }) = rules.caps.get_mut(index).map(|cap| &mut cap.span) {
                *length = typed;
            }
        },
    );
    let span = part(
        rules,
        move |rules| {
            rules
                .caps
                .get(index)
                .map_or_else(String::new, |cap| key(cap.span))
        },
        move |rules, chosen| {
            if let Some(cap) = rules.caps.get_mut(index) {
                let length = match cap.span {
                    Span::Rolling { length, .. } => length,
                    Span::Calendar { .. } => 1,
                };
                cap.span = of_key(&chosen, length);
            }
        },
    );
    let rolling = Memo::new(move |_| span.with(|span| span.starts_with("rolling")));
    let remove = move |_| {
        rules.update(|rules| {
            if index < rules.caps.len() {
                rules.caps.remove(index);
            }
        });
    };
    let choices: Vec<Choice> = spans()
        .into_iter()
        .map(|(key, title)| Choice::new(key, title))
        .collect();
    let n = index + 1;
    view! {
        <div class="rule-line" role="group" aria-label=format!("Cap {n}")>
            <TextField
                label="At most"
                name="cap-most"
                kind="number"
                id=format!("cap-most-{index}")
                bind=most
                error=editor.error_of(RuleField::Cap(index))
                attr:min="1"
            />
            <Show when=move || rolling.get()>
                <TextField label="In the" name="cap-length" kind="number" id=format!("cap-length-{index}") bind=length attr:min="1"/>
            </Show>
            <SelectField label="Span" name="cap-span" id=format!("cap-span-{index}") choices=choices.clone() bind=span/>
            <IconButton icon=IconName::Trash label=format!("Remove cap {n}") on_click=remove/>
        </div>
    }
}
