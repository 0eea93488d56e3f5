//! One mobile property: its settings, its environments, and how an app is connected.

mod connect;
mod settings;

use heliograph_model::collection::{Environment, Stage};
use heliograph_model::ids::PropertyId;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::properties::api::{self, DeleteProperty, PropertyView, PublishEnvironment};
use crate::components::{
    Button, ButtonAction, ButtonKind, ButtonSize, Card, Copyable, Dialog, DialogButton, DialogFoot, Form,
    FormRow, FullTime, IconName, Load, SectionHead, Table, use_toasts,
};
use crate::pages::lazy_page;
use connect::Connect;
use settings::Settings;

lazy_page! {
    /// One mobile property: its settings, its environments, and how an app is connected.
    Property in set_up
}

fn view() -> AnyView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let page = Resource::new(id, api::load);
    view! { <Load resource=page let:view><Whole view/></Load> }.into_any()
}

/// What the page shows. It is read anew after each change, while what is typed into the page's form stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) view: RwSignal<PropertyView>,
}

impl Shown {
    /// Reads it anew; where that fails, what was known stays.
    pub(super) async fn refresh(self) {
        let Some(id) = self.view.try_with_untracked(|view| view.property.id) else {
            return;
        };
        if let Ok(view) = api::load(id.to_string()).await {
            // The page may have been left meanwhile.
            if self.view.try_with_untracked(|before| *before != view) == Some(true) {
                self.view.set(view);
            }
        }
    }
}

#[component]
fn Whole(view: PropertyView) -> impl IntoView {
    let id = view.property.id;
    let shown = Shown {
        view: RwSignal::new(view),
    };
    let name = Memo::new(move |_| shown.view.with(|view| view.property.name.clone()));
    let environments = Memo::new(move |_| shown.view.with(|view| view.property.environments.clone()));
    view! {
        <SectionHead title=name lead="What the SDK of this app is told.">
            <DialogButton dialog="delete-property" kind=ButtonKind::Danger icon=IconName::Trash>"Delete property"</DialogButton>
        </SectionHead>
        {move || view! { <Environments id environments=environments.get() shown/> }}
        <div class="columns even">
            <Settings shown/>
            <div class="stack wide"><Connect shown/></div>
        </div>
        <Remove id name/>
    }
}

/// How a stage is shown.
pub(super) const fn title_of(stage: Stage) -> &'static str {
    match stage {
        Stage::Development => "Development",
        Stage::Staging => "Staging",
        Stage::Production => "Production",
    }
}

#[component]
fn Environments(id: PropertyId, environments: Vec<Environment>, shown: Shown) -> impl IntoView {
    let action = ServerAction::<PublishEnvironment>::new();
    let toasts = use_toasts();
    Effect::new(move |_| match action.value().get() {
        Some(Ok(())) => {
            toasts.done("Environment published");
            leptos::task::spawn_local(shown.refresh());
        }
        Some(Err(error)) => toasts.failed(error.to_string()),
        None => {}
    });
    let row = move |environment: Environment| {
        let served = match (environment.version, environment.published_at) {
            (Some(version), Some(at)) => view! { {format!("Version {version}, ")} <FullTime at/> }.into_any(),
            _ => "Not published".into_any(),
        };
        view! {
            <tr>
                <td>{title_of(environment.stage)}</td>
                <td class="later"><Copyable text=environment.id.to_string()/></td>
                <td>{served}</td>
                <td class="act">
                    <Form action row=FormRow::named("environment", environment.id)>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <Button
                            size=ButtonSize::Small
                            action=ButtonAction::Submit
                            pending=action.pending()
                            attr:aria-label=format!("Publish to {}", title_of(environment.stage).to_lowercase())
                        >
                            "Publish"
                        </Button>
                    </Form>
                </td>
            </tr>
        }
    };
    view! {
        <Card title="Environments" flush=true>
            <Table caption="Environments" head=|| view! {
                <th scope="col">"Environment"</th>
                <th scope="col" class="later">"Id"</th>
                <th scope="col">"Serves"</th>
                <th scope="col" class="act"><span class="unseen">"Actions"</span></th>
            }>{environments.into_iter().map(row).collect_view()}</Table>
        </Card>
    }
}

#[component]
fn Remove(id: PropertyId, name: Memo<String>) -> impl IntoView {
    let action = ServerAction::<DeleteProperty>::new();
    view! {
        <Dialog id="delete-property" title=Signal::derive(move || format!("Delete “{}”?", name.get()))>
            <Form action class="body">
                <input type="hidden" name="id" value=id.to_string()/>
                <p>"Its environments serve nothing from then on. Apps that were configured keep what they have."</p>
                <DialogFoot>
                    <Button kind=ButtonKind::DangerPrimary action=ButtonAction::Submit pending=action.pending()>"Delete property"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
