//! What holds for the journey as a whole.

use heliograph_model::canvas::Command;
use heliograph_model::journey::{Reentry, Settings};
use leptos::prelude::*;

use crate::components::{Choice, SelectField, TextArea, TextField};
use crate::pages::journey::board::use_board;

/// The journey's settings.
#[component]
pub(super) fn SettingsFields() -> impl IntoView {
    let board = use_board();
    let start = board
        .editor
        .with_untracked(|editor| editor.document().settings.clone());
    let description = RwSignal::new(start.description);
    let time_zone = RwSignal::new(start.time_zone);
    let reentry = RwSignal::new(reentry_key(start.reentry).to_owned());
    let timeout = RwSignal::new(start.timeout_days.to_string());
    Effect::watch(
        move || (description.get(), time_zone.get(), reentry.get(), timeout.get()),
        move |(description, time_zone, reentry, timeout), _, _| {
            let settings = Settings {
                description: description.clone(),
                time_zone: time_zone.trim().to_owned(),
                reentry: reentry_of(reentry),
                timeout_days: timeout.trim().parse().unwrap_or(0),
            };
            board.apply(Command::SetSettings { settings });
        },
        false,
    );
    let again = vec![
        Choice::new("after_leaving", "Once they have left it"),
        Choice::new("never", "Never"),
        Choice::new("always", "Any time, for each event"),
    ];
    view! {
        <section>
            <TextArea label="Description" name="description" bind=description optional=true rows=2/>
            <SelectField label="May people enter again?" name="reentry" bind=reentry choices=again/>
            <TextField label="Longest stay, in days" name="timeout_days" kind="number" bind=timeout attr:min="1" attr:max="365"/>
            <TextField label="Time zone" name="time_zone" bind=time_zone hint="For dates in messages where the profile has none, such as Europe/Rome."/>
        </section>
    }
}

const fn reentry_key(reentry: Reentry) -> &'static str {
    match reentry {
        Reentry::Never => "never",
        Reentry::AfterLeaving => "after_leaving",
        Reentry::Always => "always",
    }
}

fn reentry_of(key: &str) -> Reentry {
    match key {
        "never" => Reentry::Never,
        "always" => Reentry::Always,
        _ => Reentry::AfterLeaving,
    }
}
