//! Mobile properties and their environments.

pub(super) mod api;

use heliograph_model::ids::DatastreamId;
use leptos::prelude::*;

use crate::components::{
    Button, ButtonAction, ButtonKind, ButtonLink, Card, Choice, Dialog, DialogButton, DialogFoot, EmptyState,
    Form, IconName, Load, RelativeTime, RowLink, SectionHead, SelectField, Table, TextField,
};
use crate::pages::lazy_page;
use api::{CreateProperty, DatastreamChoice, PropertyList};

lazy_page! {
    /// Mobile properties and their environments.
    Properties in set_up
}

fn view() -> AnyView {
    let list = Resource::new(|| (), |()| api::list());
    view! {
        <SectionHead title="Properties" lead="What the SDK is told, for each app.">
            <DialogButton dialog="new-property" kind=ButtonKind::Primary icon=IconName::Plus>"New property"</DialogButton>
        </SectionHead>
        <Load resource=list let:list><Found list/></Load>
    }
    .into_any()
}

#[component]
fn Found(list: PropertyList) -> impl IntoView {
    let name_of = {
        let datastreams = list.datastreams.clone();
        move |id: DatastreamId| {
            datastreams
                .iter()
                .find(|one| one.id == id)
                .map(|one| one.name.clone())
        }
    };
    let empty = list.properties.is_empty();
    let rows = list
        .properties
        .into_iter()
        .map(|property| {
            let published = property.environments.iter().filter(|one| one.version.is_some()).count();
            view! {
                <tr>
                    <td><RowLink href=format!("/data-collection/properties/{}", property.id)>{property.name}</RowLink></td>
                    <td>{name_of(property.datastream)}</td>
                    <td>{format!("{published} of {}", property.environments.len())}</td>
                    <td class="later"><RelativeTime at=property.created_at/></td>
                </tr>
            }
        })
        .collect_view();
    let content = if empty {
        view! {
            <EmptyState icon=IconName::Settings title="No properties yet">
                <p>"Make one for each app: it holds the SDK’s settings and shows how to connect the app."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <Card flush=true>
                <Table caption="Properties" head=|| view! {
                    <th scope="col">"Name"</th>
                    <th scope="col">"Datastream"</th>
                    <th scope="col">"Published"</th>
                    <th scope="col" class="later">"Created"</th>
                }>{rows}</Table>
            </Card>
        }
        .into_any()
    };
    view! {
        {content}
        <NewProperty datastreams=list.datastreams/>
    }
}

/// The datastreams as choices of a field.
pub(super) fn as_choices(datastreams: Vec<DatastreamChoice>) -> Vec<Choice> {
    datastreams
        .into_iter()
        .map(|one| Choice::new(one.id.to_string(), one.name))
        .collect()
}

#[component]
fn NewProperty(datastreams: Vec<DatastreamChoice>) -> impl IntoView {
    let action = ServerAction::<CreateProperty>::new();
    let content = if datastreams.is_empty() {
        view! {
            <div class="body">
                <p>"A property sends its events to a datastream. Make one first."</p>
                <DialogFoot>
                    <ButtonLink kind=ButtonKind::Primary href="/data-collection/datastreams">"Go to datastreams"</ButtonLink>
                </DialogFoot>
            </div>
        }
        .into_any()
    } else {
        view! {
            <Form action class="body">
                <TextField label="Name" name="name" placeholder="Shop for iOS"/>
                <SelectField label="Datastream" name="datastream" choices=as_choices(datastreams)/>
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Create property"</Button>
                </DialogFoot>
            </Form>
        }
        .into_any()
    };
    view! { <Dialog id="new-property" title="New property">{content}</Dialog> }
}
