//! One profile: attributes, identities, devices, events and everything else about it.

mod api;
mod attributes;
mod deliveries;
mod events;
mod identity;
mod stays;

use heliograph_model::access::Permission;
use heliograph_model::collection::ExperienceEvent;
use heliograph_model::delivery::Delivery;
use heliograph_model::ids::ProfileId;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::components::{
    Badge, Button, ButtonAction, ButtonKind, Card, IconName, Load, Page, PageHead, use_toasts,
};
use crate::error::AppError;
use crate::pages::lazy_page;
use crate::session::use_may;
use api::{Part, ProfileView, SetForPreviews, Stay};
use attributes::Attributes;
use deliveries::Deliveries;
use events::Events;
use identity::{AudienceList, ConsentFacts, Devices, Identities};
use stays::Stays;

lazy_page! {
    /// One profile: attributes, identities, devices, events and everything else about it.
    Profile in console
}

fn view() -> AnyView {
    let params = use_params_map();
    let query = use_query_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let from =
        move |name: &'static str| Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default()));
    let (events, deliveries) = (from("events"), from("deliveries"));
    let profile = Resource::new(move || id.get(), api::load);
    let events = Resource::new(
        move || (id.get(), events.get()),
        |(id, before)| api::events(id, before),
    );
    let stays = Resource::new(move || id.get(), api::stays);
    let deliveries = Resource::new(
        move || (id.get(), deliveries.get()),
        |(id, before)| api::deliveries(id, before),
    );
    view! {
        <Page>
            <Load resource=profile let:view>
                <Whole view profile events stays deliveries/>
            </Load>
        </Page>
    }
    .into_any()
}

/// The page, once it is known whose it is.
#[component]
fn Whole(
    view: ProfileView,
    profile: Resource<Result<ProfileView, AppError>>,
    events: Resource<Result<Part<ExperienceEvent>, AppError>>,
    stays: Resource<Result<Vec<Stay>, AppError>>,
    deliveries: Resource<Result<Part<Delivery>, AppError>>,
) -> impl IntoView {
    let title = view.name.clone().unwrap_or_else(|| {
        view.identities
            .first()
            .map_or_else(|| view.id.to_string(), |(identity, _)| identity.value.clone())
    });
    let (id, for_previews) = (view.id, view.for_previews);
    view! {
        <PageHead title>
            {for_previews.then(|| view! { <Badge>"For previews"</Badge> })}
            <ForPreviews id for_previews profile/>
        </PageHead>
        <div class="columns">
            <div class="stack wide">
                <Card title="Attributes" flush=true><Attributes attributes=view.attributes/></Card>
                <Card title="Events" flush=true>
                    <Load resource=events lines=3 let:part><Events part/></Load>
                </Card>
                <Card title="Journeys" flush=true>
                    <Load resource=stays lines=3 let:stays><Stays stays/></Load>
                </Card>
                <Card title="Deliveries" flush=true>
                    <Load resource=deliveries lines=3 let:part><Deliveries part/></Load>
                </Card>
            </div>
            <div class="stack wide">
                <Card title="Identities"><Identities identities=view.identities/></Card>
                <Card title="Devices" flush=true><Devices devices=view.devices/></Card>
                <Card title="Consent">
                    <ConsentFacts push=view.push collection_refused=view.collection_refused/>
                </Card>
                <Card title="Audiences"><AudienceList audiences=view.audiences/></Card>
                <Card title="Profile">
                    <identity::About id=view.id created_at=view.created_at updated_at=view.updated_at/>
                </Card>
            </div>
        </div>
    }
}

/// Offers the profile for previews, or takes it out of that; for those who write messages.
#[component]
fn ForPreviews(
    id: ProfileId,
    for_previews: bool,
    profile: Resource<Result<ProfileView, AppError>>,
) -> impl IntoView {
    let may = use_may(Permission::ManageMessages);
    let action = ServerAction::<SetForPreviews>::new();
    let toasts = use_toasts();
    let done = if for_previews {
        "No longer offered for previews"
    } else {
        "Offered for previews"
    };
    Effect::watch(
        move || action.value().get(),
        move |answer, _, _| match answer {
            Some(Ok(())) => {
                toasts.done(done);
                profile.refetch();
            }
            Some(Err(error)) => toasts.failed(error.to_string()),
            None => {}
        },
        false,
    );
    let wanted = (!for_previews).to_string();
    let label = if for_previews {
        "Stop using for previews"
    } else {
        "Use for previews"
    };
    let id = id.to_string();
    move || {
        may.get().then(|| {
            let (id, wanted) = (id.clone(), wanted.clone());
            view! {
                <leptos::form::ActionForm action>
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="for_previews" value=wanted/>
                    <Button
                        kind=ButtonKind::Plain
                        action=ButtonAction::Submit
                        icon=IconName::Eye
                        pending=action.pending()
                    >
                        {label}
                    </Button>
                </leptos::form::ActionForm>
            }
        })
    }
}

/// A link to older rows of a part, and one back to the newest; kept in the address under the part's name.
#[component]
fn Older(part: &'static str, label: &'static str, older: Option<String>) -> impl IntoView {
    let query = use_query_map();
    let path = leptos_router::hooks::use_location().pathname;
    let address = move |cursor: Option<String>| {
        query.with(|query| {
            let mut changed = query.clone();
            changed.remove(part);
            if let Some(cursor) = cursor {
                changed.insert(part.to_owned(), cursor);
            }
            path.with(|path| format!("{path}{}", changed.to_query_string()))
        })
    };
    let deep = move || query.with(|query| query.get(part).is_some());
    move || {
        (deep() || older.is_some()).then(|| {
            let newest = deep().then(|| view! { <a class="button small" href=address(None)>"Newest"</a> });
            let next = older.clone().map(|cursor| {
                view! { <a class="button small" rel="next" href=address(Some(cursor))>"Older "{label}</a> }
            });
            view! { <nav class="pager" aria-label=format!("Pages of {label}")>{newest}{next}</nav> }
        })
    }
}
