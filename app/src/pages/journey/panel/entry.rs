//! The fields of the two starts.

use heliograph_model::audience::FieldTest;
use heliograph_model::ids::AudienceId;
use heliograph_model::journey::{Activity, NodeId, Schedule};
use heliograph_model::schema;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;

use crate::components::rule_editor::{FieldTests, TestedFields};
use crate::components::{Choice, SelectField, TextField};
use crate::pages::journey::board::use_board;

/// Which event starts the journey.
#[component]
pub(super) fn EventFields(
    id: NodeId,
    event_type: String,
    conditions: Vec<FieldTest>,
    name: String,
) -> impl IntoView {
    let board = use_board();
    let event_type = RwSignal::new(event_type);
    let conditions = RwSignal::new(conditions);
    let name = RwSignal::new(name);
    Effect::watch(
        move || (event_type.get(), conditions.get(), name.get()),
        move |(event_type, conditions, name), _, _| {
            board.set_activity(
                &id,
                Activity::Event {
                    event_type: event_type.trim().to_owned(),
                    conditions: conditions.clone(),
                    name: name.trim().to_owned(),
                },
            );
        },
        false,
    );
    let example = move || {
        name.with(|name| format!("Its fields are {{{{context.journey.events.{name}.…}}}} in messages."))
    };
    view! {
        <TextField label="Event type" name="event_type" bind=event_type mono=true hint="As the app sends it in xdm.eventType." attr:list="event-types"/>
        <datalist id="event-types">
            {schema::EVENT_TYPES.iter().map(|known| view! { <option value=known.event_type>{known.title}</option> }).collect_view()}
        </datalist>
        <fieldset class="field">
            <legend class="label">"Only when"</legend>
            <FieldTests tests=conditions fields=TestedFields::Event/>
        </fieldset>
        <TextField label="Name in messages" name="event_name" bind=name mono=true hint=Signal::derive(example)/>
    }
}

/// Whose audience starts the journey, and when.
#[component]
pub(super) fn ReadAudienceFields(
    id: NodeId,
    audience: Option<AudienceId>,
    schedule: Schedule,
) -> impl IntoView {
    let board = use_board();
    let audience = RwSignal::new(audience.map(|id| id.to_string()).unwrap_or_default());
    let (when, at) = match schedule {
        Schedule::Now => ("now", String::new()),
        // Minutes in UTC, as the field takes them.
        Schedule::At { at } => ("at", at.to_string()[..16].to_owned()),
    };
    let when = RwSignal::new(when.to_owned());
    let at = RwSignal::new(at);
    Effect::watch(
        move || (audience.get(), when.get(), at.get()),
        move |(audience, when, at), _, _| {
            let schedule = match (when.as_str(), Timestamp::parse(&format!("{at}:00Z"))) {
                ("at", Ok(at)) => Schedule::At { at },
                _ => Schedule::Now,
            };
            board.set_activity(
                &id,
                Activity::ReadAudience {
                    audience: audience.parse().ok(),
                    schedule,
                },
            );
        },
        false,
    );
    let choices = Signal::derive(move || {
        let mut choices = vec![Choice::new("", "Choose an audience")];
        board.known.with(|known| {
            choices.extend(
                known
                    .audiences
                    .iter()
                    .map(|(id, name)| Choice::new(id.to_string(), name.clone())),
            );
        });
        choices
    });
    let times = vec![
        Choice::new("now", "When the journey is published"),
        Choice::new("at", "At a time"),
    ];
    view! {
        <SelectField label="Audience" name="audience" bind=audience choices/>
        <SelectField label="When" name="when" bind=when choices=times/>
        <Show when=move || when.with(|when| when == "at")>
            <TextField label="Time, in UTC" name="at" kind="datetime-local" bind=at/>
        </Show>
    }
}
