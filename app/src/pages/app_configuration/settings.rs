//! An app's name, identifier and style.

use heliograph_model::app_config::{PayloadStyle, Platform};
use leptos::prelude::*;

use super::api::{AppView, SaveApp};
use crate::components::{Button, ButtonAction, Card, Choice, Form, SelectField, TextField, use_toasts};
use crate::error::AppError;

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

/// The form that changes an app.
#[component]
pub(super) fn Settings(view: AppView, page: Resource<Result<AppView, AppError>>) -> impl IntoView {
    let app = view.app;
    let action = ServerAction::<SaveApp>::new();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if action.value().with(|value| matches!(value, Some(Ok(())))) {
            toasts.done("App saved");
            page.refetch();
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
                <TextField label="Name" name="name" value=app.name/>
                <TextField label name="app" value=app.app mono=true/>
                <StyleField value=app.style/>
                <div class="actions">
                    <Button action=ButtonAction::Submit pending=action.pending()>"Save app"</Button>
                </div>
            </Form>
        </Card>
    }
}
