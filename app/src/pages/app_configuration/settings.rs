//! An app's name, identifier, style and quota.

use heliograph_model::app_config::{GoogleQuota, PayloadStyle, Platform};
use leptos::prelude::*;

use super::Shown;
use super::api::SaveApp;
use crate::components::{
    Button, ButtonAction, Card, Choice, Form, SelectField, TextField, grouped, use_toasts,
};

/// The choice of how payloads are written.
#[component]
pub(crate) fn StyleField(
    /// What it starts with.
    value: PayloadStyle,
) -> impl IntoView {
    let choices = vec![
        Choice::new(
            PayloadStyle::AdobeMessaging.as_str(),
            "For the Adobe Messaging SDK",
        ),
        Choice::new(PayloadStyle::Standard.as_str(), "Standard"),
    ];
    view! {
        <SelectField
            label="Payload style"
            name="style"
            choices
            value=value.as_str()
            hint="The SDK's style brings taps back as events. Standard is for apps without the SDK."
        />
    }
}

/// What Google allows the app's project.
#[component]
fn QuotaField(
    /// What it starts with.
    value: GoogleQuota,
) -> impl IntoView {
    let hint = format!(
        "{}, unless Google has agreed to another number. Where apps of one project differ, the largest counts.",
        grouped(GoogleQuota::USUAL.into())
    );
    view! {
        <TextField
            label="Messages a minute that Google lets the project send"
            name="google_quota"
            kind="number"
            value=value.per_minute().to_string()
            hint
        />
    }
}

/// The form that changes an app.
#[component]
pub(super) fn Settings(shown: Shown) -> impl IntoView {
    let app = shown.view.get_untracked().app;
    // That of what stands in the fields, whatever is read anew for the rest of the page.
    let revision = RwSignal::new(app.revision);
    let action = ServerAction::<SaveApp>::new();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(saved)) = action.value().get() {
            revision.set(saved);
            toasts.done("App saved");
            shown.refresh();
        }
    });
    let label = match app.platform {
        Platform::Ios => "Bundle id",
        Platform::Android => "Package name",
    };
    view! {
        <Card title="App">
            <Form action>
                <input type="hidden" name="id" value=app.id.to_string()/>
                <input type="hidden" name="revision" value=move || revision.get()/>
                <TextField label="Name" name="name" value=app.name/>
                <TextField label name="app" value=app.app mono=true/>
                <StyleField value=app.style/>
                {(app.platform == Platform::Android).then(|| view! { <QuotaField value=app.google_quota/> })}
                <div class="actions">
                    <Button action=ButtonAction::Submit pending=action.pending()>"Save app"</Button>
                </div>
            </Form>
        </Card>
    }
}
