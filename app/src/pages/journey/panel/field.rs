//! The fields of the simple steps.

use heliograph_model::canvas::Command;
use heliograph_model::ids::MessageId;
use heliograph_model::journey::{Activity, NodeId, WaitUnit};
use leptos::prelude::*;

use crate::components::{Choice, SelectField, TextField};
use crate::pages::journey::board::use_board;

/// What people call the step.
#[component]
pub(super) fn LabelField(id: NodeId, label: String) -> impl IntoView {
    let board = use_board();
    let bind = RwSignal::new(label);
    Effect::watch(
        move || bind.get(),
        move |label, _, _| {
            board.apply(Command::SetLabel {
                node: id.clone(),
                label: label.clone(),
            })
        },
        false,
    );
    view! { <TextField label="Label" name="label" bind optional=true placeholder="Named by what it does"/> }
}

/// How long to wait.
#[component]
pub(super) fn WaitFields(id: NodeId, amount: u32, unit: WaitUnit) -> impl IntoView {
    let board = use_board();
    let amount = RwSignal::new(amount.to_string());
    let unit = RwSignal::new(unit_key(unit).to_owned());
    Effect::watch(
        move || (amount.get(), unit.get()),
        move |(amount, unit), _, _| {
            let amount = amount.trim().parse().unwrap_or(0);
            board.set_activity(
                &id,
                Activity::Wait {
                    amount,
                    unit: unit_of(unit),
                },
            );
        },
        false,
    );
    let error = move || {
        amount
            .with(|amount| amount.trim().parse::<u32>().map_or(true, |n| n == 0))
            .then(|| "Give a whole number, 1 or more.".to_owned())
    };
    view! {
        <div class="pair">
            <TextField label="Wait for" name="amount" kind="number" bind=amount error=Signal::derive(error) attr:min="1"/>
            <SelectField label="Unit" name="unit" bind=unit choices=units()/>
        </div>
    }
}

fn units() -> Vec<Choice> {
    [
        WaitUnit::Seconds,
        WaitUnit::Minutes,
        WaitUnit::Hours,
        WaitUnit::Days,
    ]
    .into_iter()
    .map(|unit| Choice::new(unit_key(unit), unit_key(unit)))
    .collect()
}

const fn unit_key(unit: WaitUnit) -> &'static str {
    match unit {
        WaitUnit::Seconds => "seconds",
        WaitUnit::Minutes => "minutes",
        WaitUnit::Hours => "hours",
        WaitUnit::Days => "days",
    }
}

fn unit_of(key: &str) -> WaitUnit {
    match key {
        "seconds" => WaitUnit::Seconds,
        "minutes" => WaitUnit::Minutes,
        "days" => WaitUnit::Days,
        _ => WaitUnit::Hours,
    }
}

/// Which message is sent.
#[component]
pub(super) fn MessageField(id: NodeId, message: Option<MessageId>) -> impl IntoView {
    let board = use_board();
    let bind = RwSignal::new(message.map(|id| id.to_string()).unwrap_or_default());
    Effect::watch(
        move || bind.get(),
        move |key, _, _| {
            board.set_activity(
                &id,
                Activity::Message {
                    message: key.parse().ok(),
                },
            )
        },
        false,
    );
    let choices = Signal::derive(move || {
        let mut choices = vec![Choice::new("", "Choose a message")];
        board.known.with(|known| {
            choices.extend(known.messages.iter().map(|(id, message)| {
                let title = match message.published {
                    Some(version) => format!("{} (version {version})", message.name),
                    None => format!("{} (not published)", message.name),
                };
                Choice::new(id.to_string(), title)
            }));
        });
        choices
    });
    let link = move || {
        let key = bind.get();
        (!key.is_empty())
            .then(|| view! { <a class="link small" href=format!("/messages/{key}")>"Open the message"</a> })
    };
    view! {
        <SelectField label="Message" name="message" bind choices/>
        {link}
    }
}
