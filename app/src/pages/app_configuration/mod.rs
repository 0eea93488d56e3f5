//! One app: credential and channel settings.

mod api;
mod credential;
mod held;
mod key_file;
pub(crate) mod sending;
#[cfg(feature = "ssr")]
mod server;
mod settings;
mod traffic;

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::{
    Badge, Button, ButtonAction, ButtonKind, Dialog, DialogButton, DialogFoot, Follow, Form, IconName, Load,
    Page, PageHead, Pulse,
};
use crate::pages::lazy_page;
pub use api::SaveApp;
use api::{AppView, DeleteApp};
use credential::Credential;
pub(crate) use held::HeldApps;
use sending::{StopDialog, StopNotice};
#[cfg(feature = "ssr")]
use server::keep;
#[cfg(feature = "ssr")]
pub(crate) use server::{at_field, record, taken};
use settings::Settings;
pub(crate) use settings::StyleField;
use traffic::{QueueCard, WeekCard};

/// How long after one look the next comes, while the page is open and seen.
const EVERY: Duration = Duration::from_secs(5);

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

/// What the page shows. It is read anew as time goes by and after each change, while what is typed into the page's forms
/// stays.
#[derive(Debug, Clone, Copy)]
struct Shown {
    view: RwSignal<AppView>,
    follow: Follow,
}

impl Shown {
    fn new(view: AppView) -> Self {
        let id = view.app.id;
        let view = RwSignal::new(view);
        // Where it fails, what was known stays.
        let follow = Follow::new(EVERY, move || async move {
            if let Ok(found) = api::load(id.to_string()).await {
                // The page may have been left meanwhile.
                view.try_set(found);
            }
        });
        Self { view, follow }
    }

    /// Reads it anew at once.
    fn refresh(self) {
        self.follow.now();
    }

    /// A part of it, which changes only where it is another.
    fn part<T>(self, of: impl Fn(&AppView) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.view.with(&of))
    }
}

#[component]
fn App(view: AppView) -> impl IntoView {
    let (id, platform) = (view.app.id, view.app.platform);
    let shown = Shown::new(view);
    let name: Signal<String> = shown.part(|view| view.app.name.clone()).into();
    let lead: Signal<String> = shown.part(|view| view.app.app.clone()).into();
    let checked = Signal::derive(move || Some(shown.view.with(|view| view.at)));
    let changed = Callback::new(move |()| shown.refresh());
    let stop = shown.part(|view| view.app.stop.clone());
    let notice = move || {
        let stop = stop.get()?;
        Some(view! { <StopNotice app=id name=name.get_untracked() stop changed/> })
    };
    view! {
        <PageHead title=name lead=lead>
            <Pulse changed=checked/>
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
