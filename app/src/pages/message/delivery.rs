//! How the message is delivered: what few messages need to change.

use heliograph_model::message::{Content, InterruptionLevel, Priority, WhenEmpty, WhenUnknown};
use heliograph_model::payload::ContentField;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::draft::{Draft, use_draft};
use super::field::TemplateField;
use super::rules::RuleSets;
use crate::components::{
    Button, ButtonSize, Choice, Findings, Icon, IconButton, IconName, SelectField, TextField,
};

const UNITS: [(&str, &str, u32); 3] = [
    ("minutes", "minutes", 60),
    ("hours", "hours", 3600),
    ("days", "days", 86_400),
];

/// An enum of the model as the form keeps it: its own name.
pub(super) fn key<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn of_key<T: DeserializeOwned + Default>(key: String) -> T {
    serde_json::from_value(serde_json::Value::String(key)).unwrap_or_default()
}

/// A signal of one of the draft's choices.
pub(super) fn choice<T: Serialize + DeserializeOwned + Default + 'static>(
    draft: Draft,
    read: fn(&Content) -> &T,
    write: fn(&mut Content) -> &mut T,
) -> RwSignal<String> {
    draft.part(
        move |content| key(read(content)),
        move |content, chosen| *write(content) = of_key(chosen),
    )
}

/// The settings of the delivery, folded away.
#[component]
pub(super) fn DeliveryFields() -> impl IntoView {
    let draft = use_draft();
    let collapse = draft.part(|c| c.collapse_key.clone(), |c, text| c.collapse_key = text);
    let badge = draft.part(|c| c.badge.clone(), |c, text| c.badge = text);
    let sound = draft.part(|c| c.sound.clone(), |c, text| c.sound = text);
    let channel = draft.part(|c| c.channel.clone(), |c, text| c.channel = text);
    let priority = choice(draft, |c| &c.priority, |c| &mut c.priority);
    let interruption = choice(draft, |c| &c.interruption, |c| &mut c.interruption);
    let when_empty = choice(draft, |c| &c.when_empty, |c| &mut c.when_empty);
    let when_unknown = choice(draft, |c| &c.when_unknown, |c| &mut c.when_unknown);
    let priorities = vec![
        Choice::new(key(&Priority::High), "High: at once"),
        Choice::new(key(&Priority::Normal), "Normal: when it suits the battery"),
    ];
    let levels = vec![
        Choice::new(key(&InterruptionLevel::Passive), "Passive: no light, no sound"),
        Choice::new(key(&InterruptionLevel::Active), "Active: as usual"),
        Choice::new(
            key(&InterruptionLevel::TimeSensitive),
            "Time-sensitive: through a focus",
        ),
    ];
    let empty = vec![
        Choice::new(key(&WhenEmpty::SendWithGap), "Send with a gap"),
        Choice::new(key(&WhenEmpty::DoNotSend), "Don't send"),
    ];
    let unknown = vec![
        Choice::new(
            key(&WhenUnknown::RatherTwice),
            "Send again: rather twice than never",
        ),
        Choice::new(
            key(&WhenUnknown::RatherNever),
            "Leave it: rather never than twice",
        ),
    ];
    // Without being unfolded, it says what is not as usual.
    let summary = move || {
        let words = draft.content.with(Content::sending_in_words);
        (!words.is_empty()).then(|| view! { <span class="quiet small">{words.join(", ")}</span> })
    };
    view! {
        <details class="card delivery-settings">
            <summary class="head"><Icon name=IconName::Right/><h2>"Delivery settings"</h2>{summary}</summary>
            <div class="body form">
                <TimeToLive/>
                <div class="two">
                    <SelectField label="Priority" name="priority" choices=priorities bind=priority/>
                    <SelectField label="Interruption level" name="interruption" choices=levels bind=interruption hint="iOS only."/>
                </div>
                <div class="two">
                    <TemplateField label="Collapse key" id="collapse-key" field=ContentField::CollapseKey value=collapse note="optional"/>
                    <TemplateField label="Badge" id="badge" field=ContentField::Badge value=badge note="optional, the number on the icon"/>
                </div>
                <div class="two">
                    <TextField label="Sound" name="sound" bind=sound optional=true hint="“default” for the phone's own, empty for silence."/>
                    <TextField label="Android channel" name="channel" bind=channel optional=true hint="Empty for the app's default channel."/>
                </div>
                <CustomData/>
                <RuleSets/>
                <div class="two">
                    <SelectField label="When a field is empty" name="when-empty" choices=empty bind=when_empty/>
                    <SelectField label="When the provider's answer is lost" name="when-unknown" choices=unknown bind=when_unknown/>
                </div>
            </div>
        </details>
    }
}

/// How long the provider may keep trying: a number and its unit.
#[component]
fn TimeToLive() -> impl IntoView {
    let draft = use_draft();
    let start = draft.content.with_untracked(|content| content.ttl);
    let unit_of = |seconds: u32| {
        UNITS
            .iter()
            .rev()
            .find(|(_, _, length)| seconds > 0 && seconds.is_multiple_of(*length))
            .unwrap_or(&UNITS[0])
    };
    let (unit_key, _, length) = unit_of(start);
    let unit = RwSignal::new((*unit_key).to_owned());
    let amount = RwSignal::new((start / length).to_string());
    Effect::watch(
        move || (amount.get(), unit.get()),
        move |(amount, unit), _, _| {
            let length = UNITS
                .iter()
                .find(|(key, ..)| key == unit)
                .map_or(60, |(.., length)| *length);
            let seconds = amount.trim().parse::<u32>().unwrap_or(0).saturating_mul(length);
            if draft.content.with_untracked(|content| content.ttl != seconds) {
                draft.content.update(|content| content.ttl = seconds);
            }
        },
        false,
    );
    // A version that was restored shows in the fields as well.
    Effect::watch(
        move || draft.content.with(|content| content.ttl),
        move |seconds, _, _| {
            let typed = amount.with_untracked(|amount| amount.trim().parse::<u32>().unwrap_or(0));
            let length = UNITS
                .iter()
                .find(|(key, ..)| unit.with_untracked(|unit| key == unit))
                .map_or(60, |(.., length)| *length);
            if typed.saturating_mul(length) != *seconds {
                let (key, _, length) = unit_of(*seconds);
                unit.set((*key).to_owned());
                amount.set((seconds / length).to_string());
            }
        },
        false,
    );
    let problems = draft.problems_of(ContentField::Ttl);
    let error =
        Signal::derive(move || problems.with(|problems| problems.first().map(|one| one.message.clone())));
    let units = UNITS
        .iter()
        .map(|(key, title, _)| Choice::new(*key, *title))
        .collect::<Vec<_>>();
    view! {
        <div class="two">
            <TextField
                label="Time to live"
                name="ttl"
                kind="number"
                bind=amount
                error
                hint="How long a phone that is off can still get it, up to 28 days."
                attr:min="1"
            />
            <SelectField label="Unit" name="ttl-unit" choices=units bind=unit/>
        </div>
    }
}

/// Custom data: keys and templates.
#[component]
fn CustomData() -> impl IntoView {
    let draft = use_draft();
    let count = Memo::new(move |_| draft.content.with(|content| content.data.len()));
    let add = move |_| {
        draft
            .content
            .update(|content| content.data.push((String::new(), String::new())));
    };
    view! {
        <fieldset class="field">
            <legend>"Custom data" <span class="optional">"optional, for the app"</span></legend>
            <div class="buttons-list">
                <For each=move || 0..count.get() key=|index| *index let:index><Datum index/></For>
            </div>
            <div><Button size=ButtonSize::Small icon=IconName::Plus on_click=add>"Add data"</Button></div>
        </fieldset>
    }
}

#[component]
fn Datum(index: usize) -> impl IntoView {
    let draft = use_draft();
    let name = draft.part(
        move |c| c.data.get(index).map(|(key, _)| key.clone()).unwrap_or_default(),
        move |c, text| {
            if let Some((key, _)) = c.data.get_mut(index) {
                *key = text;
            }
        },
    );
    let value = draft.part(
        move |c| {
            c.data
                .get(index)
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        },
        move |c, text| {
            if let Some((_, value)) = c.data.get_mut(index) {
                *value = text;
            }
        },
    );
    let remove = move |_| {
        draft.content.update(|content| {
            if index < content.data.len() {
                content.data.remove(index);
            }
        });
    };
    let number = index + 1;
    let problems = draft.problems_of(ContentField::DataKey(index));
    view! {
        <div class="one-datum" role="group" aria-label=format!("Custom data {number}")>
            <div>
                <TextField label=format!("Key {number}") name="data-key" id=format!("data-key-{index}") bind=name mono=true/>
                <Findings id=format!("data-key-{index}-problems") problems/>
            </div>
            <TemplateField
                label=format!("Value {number}")
                id=format!("data-value-{index}")
                field=ContentField::DataValue(index)
                value
            />
            <IconButton icon=IconName::Trash label=format!("Remove data {number}") on_click=remove/>
        </div>
    }
}
