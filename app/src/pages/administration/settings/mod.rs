//! What is set for the whole install.

mod api;

use leptos::prelude::*;

use crate::app::PRODUCT;
use crate::components::{Button, ButtonAction, Card, Form, Load, SectionHead, TextField, use_toasts};
use crate::pages::lazy_page;
use crate::session::Visit;
use api::{NameInstall, install_name};

lazy_page! {
    /// What is set for the whole install.
    Settings in set_up
}

fn view() -> AnyView {
    let name = Resource::new(|| (), |()| install_name());
    view! {
        <SectionHead title="Settings" lead="What holds for everyone who uses this console."/>
        <Load resource=name lines=3 let:name><Name name/></Load>
    }
    .into_any()
}

#[component]
fn Name(name: String) -> impl IntoView {
    let visit = expect_context::<RwSignal<Visit>>();
    let toasts = use_toasts();
    let action = ServerAction::<NameInstall>::new();
    Effect::new(move |_| {
        if let Some(Ok(name)) = action.value().get() {
            visit.update(|visit| visit.install = name);
            toasts.done("Name saved");
        }
    });
    view! {
        <Card title="Name" class="narrow">
            <Form action>
                <TextField
                    label="Name of this console"
                    name="name"
                    value=name
                    optional=true
                    placeholder=PRODUCT
                    hint="It stands at the top of the navigation, so that one can tell several consoles apart."
                    attr:maxlength="40"
                />
                <div class="actions">
                    <Button action=ButtonAction::Submit pending=action.pending()>"Save name"</Button>
                </div>
            </Form>
        </Card>
    }
}
