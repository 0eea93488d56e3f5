//! What the SDK is told.

use leptos::prelude::*;

use super::super::properties::api::SaveProperty;
use super::super::properties::as_choices;
use super::Shown;
use crate::components::{Button, ButtonAction, Card, Checkbox, Form, SelectField, TextField, use_toasts};

/// The form that changes the property.
#[component]
pub(super) fn Settings(shown: Shown) -> impl IntoView {
    let view = shown.view.get_untracked();
    let property = view.property;
    // That of what stands in the fields, whatever is read anew for the rest of the page.
    let revision = RwSignal::new(property.revision);
    let settings = property.settings;
    let action = ServerAction::<SaveProperty>::new();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(saved)) = action.value().get() {
            revision.set(saved);
            toasts.done("Property saved. Publish an environment to serve it.");
            leptos::task::spawn_local(shown.refresh());
        }
    });
    view! {
        <Card title="Settings">
            <Form action>
                <input type="hidden" name="id" value=property.id.to_string()/>
                <input type="hidden" name="revision" value=move || revision.get()/>
                <TextField label="Name" name="name" value=property.name/>
                <SelectField label="Datastream" name="datastream" choices=as_choices(view.datastreams) value=property.datastream.to_string()/>
                <Checkbox
                    label="Collect events before the person was asked"
                    name="settings[collect_by_default]"
                    checked=settings.collect_by_default
                    hint="Otherwise the SDK keeps events back until there is consent."
                />
                <Checkbox
                    label="Send the push token only when it changes"
                    name="settings[optimize_push_sync]"
                    checked=settings.optimize_push_sync
                    hint="Leave it off while you migrate, so that every launch sends the token."
                />
                <Checkbox label="Tokens belong to Apple’s sandbox" name="settings[use_sandbox]" checked=settings.use_sandbox/>
                <TextField
                    label="Session timeout, in seconds"
                    name="settings[session_timeout]"
                    kind="number"
                    value=settings.session_timeout.to_string()
                    attr:min="1"
                    attr:max="86400"
                />
                <div class="actions">
                    <Button action=ButtonAction::Submit pending=action.pending()>"Save property"</Button>
                </div>
            </Form>
        </Card>
    }
}
