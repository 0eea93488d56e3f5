//! What the message says, and to which apps it goes.

use heliograph_model::app_config::Platform;
use heliograph_model::ids::AppId;
use heliograph_model::payload::ContentField;
use leptos::prelude::*;

use super::buttons::{ActionFields, Buttons};
use super::draft::use_draft;
use super::field::TemplateField;
use crate::components::Findings;

/// Everything that people see, and what a tap does.
#[component]
pub(super) fn ContentFields() -> impl IntoView {
    let draft = use_draft();
    let title = draft.part(|c| c.title.clone(), |c, text| c.title = text);
    let body = draft.part(|c| c.body.clone(), |c, text| c.body = text);
    let subtitle = draft.part(|c| c.subtitle.clone(), |c, text| c.subtitle = text);
    let image = draft.part(|c| c.image.clone(), |c, text| c.image = text);
    view! {
        <Apps/>
        <TemplateField label="Title" id="title" field=ContentField::Title value=title/>
        <TemplateField label="Body" id="body" field=ContentField::Body value=body rows=4/>
        <TemplateField label="Subtitle" id="subtitle" field=ContentField::Subtitle value=subtitle note="optional, iOS only"/>
        <TemplateField
            label="Picture"
            id="picture"
            field=ContentField::Image
            value=image
            note="optional"
            placeholder="https://…"
        />
        <ActionFields
            id="tap"
            label="When tapped"
            field=ContentField::Tap
            read=|content| Some(&content.tap)
            write=|content| Some(&mut content.tap)
        />
        <Buttons/>
    }
}

/// The apps that it goes to.
#[component]
fn Apps() -> impl IntoView {
    let draft = use_draft();
    let problems = draft.problems_of(ContentField::Apps);
    let apps = draft.known.with_value(|known| known.apps.clone());
    if apps.is_empty() {
        return view! {
            <div class="field">
                <span class="label">"Apps"</span>
                <p class="small quiet">
                    "There is no app to send to yet. "
                    <a class="link" href="/app-configurations">"Add an app configuration"</a>
                </p>
            </div>
        }
        .into_any();
    }
    let one = move |id: AppId, name: String, platform: Platform| {
        let chosen = move || draft.content.with(|content| content.apps.contains(&id));
        let toggle = move |_| {
            draft.content.update(|content| {
                if content.apps.contains(&id) {
                    content.apps.retain(|app| *app != id);
                } else {
                    content.apps.push(id);
                }
            });
        };
        view! {
            <label class="check">
                <input type="checkbox" checked=chosen() prop:checked=chosen on:change=toggle/>
                <span>{name} " " <span class="quiet">{platform.title()}</span></span>
            </label>
        }
    };
    view! {
        <fieldset class="field" aria-describedby="apps-below">
            <legend>"Apps"</legend>
            <div class="row wrap apps-choice">
                {apps
                    .into_iter()
                    .map(|app| one(app.id, app.name, app.platform))
                    .collect_view()}
            </div>
            <Findings id="apps-below" problems/>
        </fieldset>
    }
    .into_any()
}
