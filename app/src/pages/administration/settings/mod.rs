//! What is set for the whole install.

mod api;

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::app::PRODUCT;
use crate::components::{Button, ButtonAction, Card, Form, Load, SectionHead, TextField, use_toasts};
use crate::error::AppError;
use crate::session::Visit;
use api::{NameInstall, install_name};

/// What is set for the whole install.
#[derive(Debug)]
pub struct Settings {
    name: Resource<Result<String, AppError>>,
}

#[lazy_route]
impl LazyRoute for Settings {
    fn data() -> Self {
        Self {
            name: Resource::new(|| (), |()| install_name()),
        }
    }

    fn view(this: Self) -> AnyView {
        let name = this.name;
        view! {
            <SectionHead title="Settings" lead="What holds for everyone who uses this console."/>
            <Load resource=name lines=3 let:name><Name name/></Load>
        }
        .into_any()
    }
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
