//! What the fragment says to one person, with sample values for what its callers give.

use heliograph_model::app_config::{AppConfiguration, Platform};
use heliograph_model::fragment::preview;
use heliograph_model::payload::Recipient;
use heliograph_model::personalize::{Argument, Need, RenderError};
use leptos::prelude::*;

use super::editing::use_editing;
use crate::components::{Icon, IconName, TextField};
use crate::pages::writing::{ViewerFields, use_viewer};
use crate::zones::Zones;

/// What is random in a text is the same at each keystroke.
const SEED: u64 = 0;

/// What it says, as far as it can be said.
#[derive(Debug, Clone, Default, PartialEq)]
struct Said {
    text: String,
    notes: Vec<String>,
    fault: Option<String>,
}

/// The person, the samples, and the text.
#[component]
pub(super) fn Preview(app: Option<AppConfiguration>) -> impl IntoView {
    let editing = use_editing();
    let viewer = use_viewer();
    let app = StoredValue::new(app);
    let zones = Zones::new();
    let said = Memo::new(move |before: Option<&Said>| {
        zones.track();
        let (attributes, context) = (viewer.attributes(), viewer.context());
        let recipient = app.with_value(|app| {
            let (platform, id, name) = app.as_ref().map_or((Platform::Ios, "", ""), |app| {
                (app.platform, app.app.as_str(), app.name.as_str())
            });
            Recipient::new(&attributes, &context, platform, id, name)
        });
        let name = editing.name.get();
        let known = editing.vocabulary.fragments;
        editing.settled.track();
        let rendered = editing.draft.with_untracked(|draft| {
            known.with_value(|known| preview(&name, draft, known, &recipient.scope(viewer.now, SEED)))
        });
        match rendered {
            Ok(rendered) => Said {
                text: rendered.text,
                notes: rendered.warnings.into_iter().map(|one| one.message).collect(),
                fault: None,
            },
            // In the middle of a tag it keeps what it showed before.
            Err(error) => Said {
                text: before.map(|before| before.text.clone()).unwrap_or_default(),
                notes: Vec::new(),
                fault: Some(match error {
                    RenderError::InvalidTemplate => {
                        "The text has errors, so this is what it said before.".to_owned()
                    }
                    other => format!("It cannot be shown: {other}."),
                }),
            },
        }
    });
    Effect::new(move |_| {
        said.track();
        zones.fetch();
    });
    let text = move || match said.with(|said| said.text.clone()) {
        text if text.trim().is_empty() => {
            view! { <span class="quiet">"It says nothing here."</span> }.into_any()
        }
        text => text.into_any(),
    };
    let fault = move || {
        said.with(|said| said.fault.clone())
            .map(|fault| view! { <p class="small quiet">{fault}</p> })
    };
    let notes = move || {
        said.with(|said| said.notes.clone())
            .into_iter()
            .map(|note| view! { <li class="warn"><Icon name=IconName::Warn/><span>{note}</span></li> })
            .collect_view()
    };
    view! {
        <ViewerFields/>
        <Samples/>
        <div class="field">
            <span class="label" id="said-label">"It says"</span>
            <div class="said" role="group" aria-labelledby="said-label">{text}</div>
            {fault}
            <ul class="findings">{notes}</ul>
        </div>
    }
}

/// Sample values of what its callers give.
#[component]
fn Samples() -> impl IntoView {
    let editing = use_editing();
    let arguments = editing.arguments;
    view! {
        <Show when=move || !arguments.with(Vec::is_empty)>
            <fieldset class="samples">
                <legend>"Sample values"</legend>
                <For each=move || arguments.get() key=|argument| (argument.name.clone(), argument.need == Need::Required) let:argument>
                    <Sample argument/>
                </For>
            </fieldset>
        </Show>
    }
}

#[component]
fn Sample(argument: Argument) -> impl IntoView {
    let editing = use_editing();
    let Argument { name, need } = argument;
    let (read, written) = (name.clone(), name.clone());
    let value = editing.part(
        move |draft| draft.samples.get(&read).cloned().unwrap_or_default(),
        move |draft, value: String| {
            if value.is_empty() {
                draft.samples.remove(&written);
            } else {
                draft.samples.insert(written.clone(), value);
            }
        },
    );
    let hint = match need {
        Need::Required => "Each message gives its own.",
        Need::HasText => "Without it the fragment's own text stands there.",
    };
    let optional = need == Need::HasText;
    view! { <TextField id=format!("sample-{name}") label=name name="sample" bind=value optional hint/> }
}
