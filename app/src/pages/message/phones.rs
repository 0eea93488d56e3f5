//! The phones: what one person will see, and the bytes that will be sent.

use heliograph_model::app_config::{AppConfiguration, Platform};
use heliograph_model::ids::MessageId;
use heliograph_model::message::Content;
use heliograph_model::payload::{self, CompiledContent, Correlation, Recipient, RenderedContent, Target};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde_json::Value;

use super::draft::use_draft;
use super::proof::SendProof;
use super::why::WhyTheseTexts;
use crate::components::{
    Choice, CodeBlock, Icon, IconName, PayloadMeter, Phone, PhonePush, PhoneSystem, PhoneView, Segmented,
    SelectField,
};
use crate::pages::writing::{ViewerFields, use_viewer};

/// What stands in the payload for the token of a device.
const TOKEN: &str = "<the device's token>";

/// What is random in a text is the same at each keystroke.
pub(super) const SEED: u64 = 0;

/// What one phone shows.
#[derive(Debug, Clone, Default, PartialEq)]
struct Shown {
    push: Option<PhonePush>,
    json: String,
    bytes: usize,
    notes: Vec<String>,
    fault: Option<String>,
}

/// Both phones, with the choice of the person, the view and the theme.
#[component]
pub(super) fn Phones(id: MessageId) -> impl IntoView {
    let view = RwSignal::new(PhoneView::default().as_str().to_owned());
    let theme = RwSignal::new("light".to_owned());
    let views: Vec<_> = PhoneView::ALL
        .into_iter()
        .map(|view| Choice::new(view.as_str(), view.title()))
        .collect();
    let looked_at = Signal::derive(move || {
        view.with(|view| PhoneView::ALL.into_iter().find(|known| known.as_str() == view))
            .unwrap_or_default()
    });
    let dark = Signal::derive(move || theme.with(|theme| theme == "dark"));
    let viewer = use_viewer();
    // Read once for both phones, and not with each key.
    let person = Memo::new(move |_| Person {
        attributes: viewer.attributes(),
        context: viewer.context(),
    });
    let themes = vec![Choice::new("light", "Light"), Choice::new("dark", "Dark")];
    view! {
        <ViewerFields/>
        <SendProof id/>
        <div class="row wrap see-bar">
            <div class="view-choice"><SelectField label="View" name="phone-view" choices=views bind=view/></div>
            <Segmented label="Theme of the phones" name="phone-theme" choices=themes bind=theme/>
        </div>
        <div class="phones">
            <OnePhone id platform=Platform::Ios person view=looked_at dark/>
            <OnePhone id platform=Platform::Android person view=looked_at dark/>
        </div>
        <WhyTheseTexts/>
    }
}

/// Whose phones they are.
#[derive(Debug, Clone, PartialEq)]
struct Person {
    attributes: Value,
    context: Value,
}

#[component]
fn OnePhone(
    id: MessageId,
    platform: Platform,
    person: Memo<Person>,
    view: Signal<PhoneView>,
    dark: Signal<bool>,
) -> impl IntoView {
    let draft = use_draft();
    let viewer = use_viewer();
    let shown = Memo::new(move |before: Option<&Shown>| {
        draft.compiled.with(|compiled| {
            let app = draft
                .known
                .with_value(|known| app_on(platform, compiled.content(), &known.apps).cloned());
            match app {
                Some(app) => {
                    let mut shown = person.with(|person| show(id, compiled, &app, person, viewer.now));
                    // In the middle of a tag the phone keeps what it showed before.
                    if shown.push.is_none() {
                        shown.push = before.and_then(|before| before.push.clone());
                    }
                    shown
                }
                None => Shown {
                    fault: Some(format!("It goes to no {} app.", platform.title())),
                    ..Shown::default()
                },
            }
        })
    });
    Effect::new(move |_| {
        shown.track();
        draft.compiled.track();
        draft.zones.fetch();
    });
    let system = match platform {
        Platform::Ios => PhoneSystem::Ios,
        Platform::Android => PhoneSystem::Android,
    };
    let there = Memo::new(move |_| shown.with(|shown| !shown.json.is_empty()));
    let open = RwSignal::new(false);
    let push = Signal::derive(move || shown.with(|shown| shown.push.clone()));
    // Memos, so that a keystroke draws anew only what it changes.
    let noted = Memo::new(move |_| shown.with(|shown| shown.notes.clone()));
    let notes = move || {
        noted
            .get()
            .into_iter()
            .map(|note| view! { <li class="warn"><Icon name=IconName::Warn/><span>{note}</span></li> })
            .collect_view()
    };
    let failed = Memo::new(move |_| shown.with(|shown| shown.fault.clone()));
    let fault = move || {
        failed
            .get()
            .map(|fault| view! { <span class="small quiet">{fault}</span> })
    };
    view! {
        <Phone system push view dark>
            <span class="row between">
                <b class="medium">{platform.title()}</b>
                <Show when=move || there.get()>
                    <button
                        class="link-button"
                        type="button"
                        aria-expanded=move || open.get().to_string()
                        on:click=move |_| open.update(|open| *open = !*open)
                    >
                        "JSON"
                    </button>
                </Show>
            </span>
            {fault}
            <Show when=move || there.get()>
                <PayloadMeter bytes=Signal::derive(move || shown.with(|shown| shown.bytes)) limit=payload::LIMIT/>
            </Show>
            <ul class="findings">{notes}</ul>
            <Show when=move || open.get() && there.get()>
                <CodeBlock
                    text=Signal::derive(move || shown.with(|shown| laid_out(&shown.json)))
                    label=format!("Payload for {}", platform.title())
                />
            </Show>
        </Phone>
    }
}

/// The app on this platform that the message goes to.
pub(super) fn app_on<'a>(
    platform: Platform,
    content: &Content,
    apps: &'a [AppConfiguration],
) -> Option<&'a AppConfiguration> {
    apps.iter()
        .find(|app| app.platform == platform && content.apps.contains(&app.id))
}

/// What a device of this person on this app would get: by the code that sends.
fn show(
    id: MessageId,
    compiled: &CompiledContent,
    app: &AppConfiguration,
    person: &Person,
    now: Timestamp,
) -> Shown {
    let recipient = Recipient::new(
        &person.attributes,
        &person.context,
        app.platform,
        &app.app,
        &app.name,
    );
    let rendered = match compiled.render(&recipient.scope(now, SEED)) {
        Ok(rendered) => rendered,
        Err(fault) => {
            return Shown {
                fault: Some(fault.to_string()),
                ..Shown::default()
            };
        }
    };
    let target = Target {
        platform: app.platform,
        style: app.style,
        token: TOKEN,
        ttl: compiled.content().ttl,
    };
    let built = payload::build(&rendered, &Correlation::stand_in(id), target);
    let notes = rendered
        .warnings
        .iter()
        .map(|one| format!("{}: {}", one.field, one.warning.message))
        .collect();
    Shown {
        push: Some(push(app, rendered)),
        json: built.json,
        bytes: built.bytes,
        notes,
        fault: None,
    }
}

/// A payload with a line for each of its values.
fn laid_out(json: &str) -> String {
    serde_json::from_str::<Value>(json)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| json.to_owned())
}

fn push(app: &AppConfiguration, rendered: RenderedContent) -> PhonePush {
    PhonePush {
        app: app.name.clone(),
        title: rendered.title,
        body: rendered.body,
        picture: Some(rendered.image).filter(|address| address.starts_with("https://")),
        buttons: rendered.buttons.into_iter().map(|button| button.label).collect(),
        badge: rendered.badge,
    }
}
