//! For whom a text is previewed, and with which event or audience.

use heliograph_model::ids::{AudienceId, ProfileId};
use heliograph_model::journey::context::{EnteredWith, Stay};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde_json::{Value, json};

use super::people::{Tester, find_profiles, last_event};
use super::words::Entries;
use crate::components::{
    Button, ButtonAction, ButtonSize, Choice, Icon, IconName, SelectField, TextArea, TextField,
};

/// For whom a text is previewed, and with which event or audience.
#[derive(Debug, Clone, Copy)]
pub(in crate::pages) struct Viewer {
    testers: RwSignal<Vec<Tester>>,
    chosen: RwSignal<String>,
    event_name: RwSignal<String>,
    event: RwSignal<String>,
    event_types: StoredValue<Vec<(String, String)>>,
    /// The audience that lets the person in; empty where an event does.
    audience: RwSignal<String>,
    audiences: StoredValue<Vec<(AudienceId, String)>>,
    /// When the page was loaded, which is "now" in the texts.
    pub(in crate::pages) now: Timestamp,
}

impl Viewer {
    /// Makes it known to all parts of the page.
    pub(in crate::pages) fn provide(testers: Vec<Tester>, entries: &Entries, now: Timestamp) {
        let first = testers.first().map(|tester| tester.id.to_string());
        let events: Vec<_> = entries
            .events
            .iter()
            .map(|event| (event.name.clone(), event.event_type.clone()))
            .collect();
        let name = events
            .first()
            .map_or("start", |(name, _)| name.as_str())
            .to_owned();
        let viewer = Self {
            testers: RwSignal::new(testers),
            chosen: RwSignal::new(first.unwrap_or_default()),
            event_name: RwSignal::new(name),
            event: RwSignal::new(String::new()),
            event_types: StoredValue::new(events),
            audience: RwSignal::new(entries.first.map(|id| id.to_string()).unwrap_or_default()),
            audiences: StoredValue::new(entries.audiences.clone()),
            now,
        };
        viewer.follow();
        provide_context(viewer);
    }

    /// Fetches the last event of whoever is chosen, of the type that the name stands for.
    fn follow(self) {
        let wanted = Memo::new(move |_| {
            let id: Option<ProfileId> = self.chosen.with(|chosen| chosen.parse().ok());
            let event_type = self.event_name.with(|name| {
                self.event_types.with_value(|types| {
                    types
                        .iter()
                        .find(|(known, _)| known == name)
                        .map(|(_, event_type)| event_type.clone())
                })
            });
            (id, event_type.unwrap_or_default())
        });
        Effect::new(move |_| {
            let (id, event_type) = wanted.get();
            let Some(id) = id else { return };
            leptos::task::spawn_local(async move {
                let found = last_event(id, event_type).await;
                let current = wanted.try_get_untracked().is_some_and(|(now, _)| now == Some(id));
                if let (true, Ok(found)) = (current, found) {
                    let text = found.and_then(|xdm| serde_json::to_string_pretty(&xdm).ok());
                    self.event.set(text.unwrap_or_default());
                }
            });
        });
    }

    /// Whoever is chosen; none for nobody.
    pub(in crate::pages) fn tester(self) -> Option<Tester> {
        self.chosen.with(|chosen| {
            self.testers.with(|testers| {
                testers
                    .iter()
                    .find(|tester| tester.id.to_string() == *chosen)
                    .cloned()
            })
        })
    }

    /// What is known of the person; an empty object for nobody.
    pub(in crate::pages) fn attributes(self) -> Value {
        self.tester()
            .map_or_else(|| json!({}), |tester| tester.attributes)
    }

    /// What a journey tells that begins with this audience, or with this event: the roots `context` and `audience`.
    pub(in crate::pages) fn context(self) -> Value {
        let chosen = self.audience.with(|chosen| chosen.parse::<AudienceId>().ok());
        let audience = self.audiences.with_value(|audiences| {
            audiences
                .iter()
                .find(|(id, _)| Some(*id) == chosen)
                .map(|(id, name)| EnteredWith::Audience {
                    id: *id,
                    name: name.clone(),
                })
        });
        Stay::SAMPLE.context(&audience.unwrap_or_else(|| EnteredWith::Event {
            name: self.event_name.with(|name| name.trim().to_owned()),
            xdm: self.parsed().ok().flatten().unwrap_or_default(),
        }))
    }

    fn parsed(self) -> Result<Option<Value>, String> {
        self.event.with(|text| {
            if text.trim().is_empty() {
                return Ok(None);
            }
            match serde_json::from_str(text) {
                Ok(value @ Value::Object(_)) => Ok(Some(value)),
                Ok(_) => Err("The event must be a JSON object, like an event's xdm.".to_owned()),
                Err(error) => Err(format!("This is not JSON: {error}.")),
            }
        })
    }
}

/// What the preview of the page is about.
pub(in crate::pages) fn use_viewer() -> Viewer {
    expect_context::<Viewer>()
}

/// Chooses the person, and the event or the audience.
#[component]
pub(in crate::pages) fn ViewerFields() -> impl IntoView {
    let viewer = use_viewer();
    let choices = Signal::derive(move || {
        let nobody = Choice::new("", "Nobody: every field is empty");
        let testers = viewer.testers.get();
        testers
            .into_iter()
            .map(|tester| Choice::new(tester.id.to_string(), tester.title))
            .chain([nobody])
            .collect::<Vec<_>>()
    });
    let error = Signal::derive(move || viewer.parsed().err());
    let none = move || viewer.testers.with(Vec::is_empty);
    let audiences = viewer.audiences.with_value(|audiences| {
        let event = Choice::new("", "An event");
        let each = audiences
            .iter()
            .map(|(id, name)| Choice::new(id.to_string(), name.clone()));
        std::iter::once(event).chain(each).collect::<Vec<_>>()
    });
    let with_event = move || viewer.audience.with(String::is_empty);
    // Where no journey reads an audience, there is nothing to choose.
    let entries = (audiences.len() > 1).then(|| {
        view! {
            <SelectField
                label="What starts the journey"
                name="entry"
                choices=Signal::stored(audiences)
                bind=viewer.audience
            />
        }
    });
    view! {
        <SelectField label="Test profile" name="tester" choices bind=viewer.chosen/>
        <Show when=none>
            <p class="small quiet">"No profile is marked as a test profile yet. Find anyone below, or mark one on its page."</p>
        </Show>
        <details class="sample">
            <summary class="small"><Icon name=IconName::Right/>"Another profile, and what starts the journey"</summary>
            <div class="form">
                <FindProfile/>
                {entries}
                <Show when=with_event>
                    <TextField
                        label="Event name"
                        name="event-name"
                        bind=viewer.event_name
                        mono=true
                        hint="As the journey's start calls it: context.journey.events.<name>"
                    />
                    <TextArea
                        label="Sample event"
                        name="event"
                        bind=viewer.event
                        error
                        rows=8
                        mono=true
                        optional=true
                        hint="The event's xdm, as JSON. It starts as the profile's last event."
                    />
                </Show>
            </div>
        </details>
    }
}

/// Looks anyone up, and previews for the one that is picked.
#[component]
fn FindProfile() -> impl IntoView {
    let viewer = use_viewer();
    let words = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<String>);
    let find = Action::new(move |(): &()| async move {
        let text = words.get_untracked();
        match find_profiles(text.clone()).await {
            Ok(found) if found.is_empty() => {
                failure.set(Some(format!("Nobody's name or identity begins with “{text}”.")));
            }
            Ok(found) => {
                failure.set(None);
                if let Some(first) = found.first() {
                    viewer.chosen.set(first.id.to_string());
                }
                viewer.testers.update(|testers| {
                    for tester in found {
                        if !testers.iter().any(|known| known.id == tester.id) {
                            testers.push(tester);
                        }
                    }
                });
            }
            Err(error) => failure.set(Some(error.to_string())),
        }
    });
    view! {
        <form
            class="row end"
            on:submit=move |event| {
                event.prevent_default();
                if words.with_untracked(|words| !words.trim().is_empty()) {
                    find.dispatch(());
                }
            }
        >
            <div class="grow">
                <TextField
                    label="Find a profile"
                    name="find-profile"
                    bind=words
                    error=failure
                    placeholder="Name, email or other identity"
                />
            </div>
            <Button size=ButtonSize::Normal action=ButtonAction::Submit pending=find.pending()>"Find"</Button>
        </form>
    }
}
