//! One app: credential and channel settings.

mod api;
mod credential;
mod key_file;
#[cfg(feature = "ssr")]
mod server;
mod settings;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{
    Badge, Button, ButtonAction, ButtonKind, Card, Dialog, DialogButton, DialogFoot, Form, IconName, Load,
    Page, PageHead, grouped,
};
use crate::error::AppError;
use api::{AppView, DeleteApp, Queue};
use credential::Credential;
#[cfg(feature = "ssr")]
use server::keep;
#[cfg(feature = "ssr")]
pub(crate) use server::{at_field, record, taken};
use settings::Settings;
pub(crate) use settings::StyleField;

/// One app: credential and channel settings.
#[derive(Debug)]
pub struct AppConfiguration {
    page: Resource<Result<AppView, AppError>>,
}

#[lazy_route]
impl LazyRoute for AppConfiguration {
    fn data() -> Self {
        let params = use_params_map();
        let id = move || params.with(|params| params.get("id").unwrap_or_default());
        Self {
            page: Resource::new(id, api::load),
        }
    }

    fn view(this: Self) -> AnyView {
        let page = this.page;
        view! {
            <Page class="app-configuration">
                <Load resource=page let:view><App view page/></Load>
            </Page>
        }
        .into_any()
    }
}

#[component]
fn App(view: AppView, page: Resource<Result<AppView, AppError>>) -> impl IntoView {
    let app = view.app.clone();
    let queue = view.queue;
    view! {
        <PageHead title=app.name.clone() lead=app.app.clone()>
            <Badge>{app.platform.title()}</Badge>
            <DialogButton dialog="delete-app" kind=ButtonKind::Danger icon=IconName::Trash>"Delete app"</DialogButton>
        </PageHead>
        <div class="columns even">
            <Credential view=view.clone() page/>
            <div class="stack wide">
                <Settings view page/>
                <QueueCard queue/>
            </div>
        </div>
        <Remove id=app.id name=app.name/>
    }
}

/// What is under way for the app.
#[component]
fn QueueCard(queue: Queue) -> impl IntoView {
    let figures = [
        ("To be sent", queue.queued),
        ("Being sent", queue.sending),
        ("To be tried again", queue.waiting),
        ("Waiting for the credential", queue.held),
    ];
    view! {
        <Card title="Queue">
            <dl class="facts">
                {figures
                    .map(|(name, count)| view! { <dt>{name}</dt><dd>{grouped(count)}</dd> })
                    .into_iter()
                    .collect_view()}
            </dl>
        </Card>
    }
}

#[component]
fn Remove(id: heliograph_model::ids::AppId, name: String) -> impl IntoView {
    let action = ServerAction::<DeleteApp>::new();
    view! {
        <Dialog id="delete-app" title=format!("Delete “{name}”?")>
            <Form action class="body">
                <input type="hidden" name="id" value=id.to_string()/>
                <p>"Its credential is deleted with it, and pushes that wait for it are not sent. Reports keep what was sent."</p>
                <DialogFoot>
                    <Button kind=ButtonKind::DangerPrimary action=ButtonAction::Submit pending=action.pending()>"Delete app"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
