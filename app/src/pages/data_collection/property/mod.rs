//! One mobile property: its settings, its environments, and how an app is connected.

mod connect;
mod settings;

use heliograph_model::collection::{Environment, Stage};
use heliograph_model::ids::PropertyId;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use leptos_router::{LazyRoute, lazy_route};

use super::properties::api::{self, DeleteProperty, PropertyView, PublishEnvironment};
use crate::components::{
    Button, ButtonAction, ButtonKind, ButtonSize, Card, Copyable, Dialog, DialogButton, DialogFoot, Form,
    FullTime, IconName, Load, SectionHead, Table, use_toasts,
};
use crate::error::AppError;
use connect::Connect;
use settings::Settings;

/// The property of the page.
type Page = Resource<Result<PropertyView, AppError>>;

/// One mobile property: its settings, its environments, and how an app is connected.
#[derive(Debug)]
pub struct Property {
    page: Page,
}

#[lazy_route]
impl LazyRoute for Property {
    fn data() -> Self {
        let params = use_params_map();
        let id = move || params.with(|params| params.get("id").unwrap_or_default());
        Self {
            page: Resource::new(id, api::load),
        }
    }

    fn view(this: Self) -> AnyView {
        let page = this.page;
        view! { <Load resource=page let:view><Whole view page/></Load> }.into_any()
    }
}

#[component]
fn Whole(view: PropertyView, page: Page) -> impl IntoView {
    let property = view.property.clone();
    view! {
        <SectionHead title=property.name.clone() lead="What the SDK of this app is told.">
            <DialogButton dialog="delete-property" kind=ButtonKind::Danger icon=IconName::Trash>"Delete property"</DialogButton>
        </SectionHead>
        <Environments id=property.id environments=property.environments page/>
        <div class="columns even">
            <Settings view=view.clone() page/>
            <Connect view page/>
        </div>
        <Remove id=property.id name=property.name/>
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
fn Environments(id: PropertyId, environments: Vec<Environment>, page: Page) -> impl IntoView {
    let action = ServerAction::<PublishEnvironment>::new();
    let toasts = use_toasts();
    Effect::new(move |_| match action.value().get() {
        Some(Ok(())) => {
            toasts.done("Environment published");
            page.refetch();
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
                    <Form action>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <input type="hidden" name="environment" value=environment.id.to_string()/>
                        <Button size=ButtonSize::Small action=ButtonAction::Submit pending=action.pending()>
                            {format!("Publish to {}", title_of(environment.stage).to_lowercase())}
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
fn Remove(id: PropertyId, name: String) -> impl IntoView {
    let action = ServerAction::<DeleteProperty>::new();
    view! {
        <Dialog id="delete-property" title=format!("Delete “{name}”?")>
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
