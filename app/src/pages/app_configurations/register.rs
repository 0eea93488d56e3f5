//! The dialog that registers an app.

use heliograph_model::app_config::Platform;
use leptos::prelude::*;

use super::api::RegisterApp;
use crate::components::{
    Button, ButtonAction, ButtonKind, Choice, Dialog, DialogFoot, Form, Segmented, TextField,
};
use crate::pages::app_configuration::StyleField;

/// Registers an app: its platform, name, identifier and style.
#[component]
pub(super) fn Register() -> impl IntoView {
    let action = ServerAction::<RegisterApp>::new();
    let platform = RwSignal::new(Platform::Ios.as_str().to_owned());
    let android =
        Memo::new(move |_| platform.with(|platform| Platform::parse(platform) == Some(Platform::Android)));
    let label = Signal::derive(move || {
        if android.get() {
            "Package name"
        } else {
            "Bundle id"
        }
        .to_owned()
    });
    let hint = Signal::derive(move || {
        if android.get() {
            "The applicationId in build.gradle."
        } else {
            "In Xcode under Signing & Capabilities. For Android, the applicationId in build.gradle."
        }
        .to_owned()
    });
    let choices = Platform::ALL
        .map(|platform| Choice::new(platform.as_str(), platform.title()))
        .to_vec();
    view! {
        <Dialog id="register-app" title="Register app">
            <Form action class="body">
                <Segmented label="Platform" name="platform" choices bind=platform/>
                <TextField label="Name" name="name" placeholder="Shop for iOS" hint="For you and your team; nobody else sees it."/>
                <TextField label name="app" mono=true placeholder="com.example.shop" hint/>
                <StyleField value=heliograph_model::app_config::PayloadStyle::default()/>
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Register app"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
