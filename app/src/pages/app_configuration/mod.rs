//! One app: credential and channel settings.

mod api;
mod credential;
mod key_file;
pub(crate) mod sending;
#[cfg(feature = "ssr")]
mod server;
mod settings;
mod traffic;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::{
    Badge, Button, ButtonAction, ButtonKind, Dialog, DialogButton, DialogFoot, Form, IconName, Load, Page,
    PageHead,
};
use crate::pages::lazy_page;
use api::{AppView, DeleteApp};
use credential::Credential;
use sending::{StopDialog, StopNotice};
#[cfg(feature = "ssr")]
use server::keep;
#[cfg(feature = "ssr")]
pub(crate) use server::{at_field, record, taken};
use settings::Settings;
pub(crate) use settings::StyleField;
use traffic::{QueueCard, WeekCard};

lazy_page! {
    /// One app: credential and channel settings.
    AppConfiguration in set_up
}

fn view() -> AnyView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let page = Resource::new(id, api::load);
    view! {
        <Page class="app-configuration">
            <Load resource=page let:view><App view/></Load>
        </Page>
    }
    .into_any()
}

/// The id of the dialog that stops sending.
const STOP: &str = "stop-sending";

/// What the page shows. It is read anew after each change, while what is typed into the page's forms stays.
#[derive(Debug, Clone, Copy)]
struct Shown {
    view: RwSignal<AppView>,
}

impl Shown {
    /// Reads it anew; where that fails, what was known stays.
    fn refresh(self) {
        let id = self.view.with_untracked(|view| view.app.id);
        leptos::task::spawn_local(async move {
            if let Ok(view) = api::load(id.to_string()).await {
                // The page may have been left meanwhile.
                self.view.try_set(view);
            }
        });
    }
}

#[component]
fn App(view: AppView) -> impl IntoView {
    let (id, platform) = (view.app.id, view.app.platform);
    let shown = Shown {
        view: RwSignal::new(view),
    };
    let name = Signal::derive(move || shown.view.with(|view| view.app.name.clone()));
    let lead = Signal::derive(move || shown.view.with(|view| view.app.app.clone()));
    let changed = Callback::new(move |()| shown.refresh());
    let stop = Memo::new(move |_| shown.view.with(|view| view.app.stop.clone()));
    let notice = move || {
        let stop = stop.get()?;
        Some(view! { <StopNotice app=id name=name.get_untracked() stop changed/> })
    };
    view! {
        <PageHead title=name lead=lead>
            <Badge>{platform.title()}</Badge>
            <DialogButton dialog="delete-app" kind=ButtonKind::Danger icon=IconName::Trash>"Delete app"</DialogButton>
        </PageHead>
        {notice}
        <StopDialog id=STOP app=id name changed/>
        <div class="columns even">
            <Credential shown/>
            <div class="stack wide">
                <Settings shown/>
                <QueueCard shown/>
                <WeekCard shown/>
            </div>
        </div>
        <Remove id name/>
    }
}

#[component]
fn Remove(id: heliograph_model::ids::AppId, name: Signal<String>) -> impl IntoView {
    let action = ServerAction::<DeleteApp>::new();
    view! {
        <Dialog id="delete-app" title=Signal::derive(move || format!("Delete “{}”?", name.get()))>
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
