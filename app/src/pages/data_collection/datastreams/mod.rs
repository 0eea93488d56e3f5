//! Datastreams: where events of apps come in.

mod api;
mod row;

use leptos::prelude::*;

use crate::components::{
    Button, ButtonAction, ButtonKind, Card, Dialog, DialogButton, DialogFoot, EmptyState, Form, IconName,
    Load, SectionHead, Table, TextField, close_dialog, use_toasts,
};
use crate::error::AppError;
use crate::pages::lazy_page;
use api::{CreateDatastream, DatastreamRow};
use row::Row;

/// The rows of the list.
type List = Resource<Result<Vec<DatastreamRow>, AppError>>;

lazy_page! {
    /// Datastreams: where events of apps come in.
    Datastreams in set_up
}

fn view() -> AnyView {
    let list = Resource::new(|| (), |()| api::list());
    view! {
        <SectionHead title="Datastreams" lead="Where events of apps come in. An app names the datastream's id.">
            <DialogButton dialog="new-datastream" kind=ButtonKind::Primary icon=IconName::Plus>"New datastream"</DialogButton>
        </SectionHead>
        <Load resource=list let:rows>
            {if rows.is_empty() {
                view! {
                    <EmptyState icon=IconName::Database title="No datastreams yet">
                        <p>"Make one for your apps; its id goes into the SDK's configuration. Then make a property for each app."</p>
                    </EmptyState>
                }
                .into_any()
            } else {
                view! { <Rows rows list/> }.into_any()
            }}
        </Load>
        <NewDatastream list/>
    }
    .into_any()
}

#[component]
fn Rows(rows: Vec<DatastreamRow>, list: List) -> impl IntoView {
    view! {
        <Card flush=true>
            <Table caption="Datastreams" head=|| view! {
                <th scope="col">"Name and id"</th>
                <th scope="col">"Status"</th>
                <th scope="col" class="later">"Last event"</th>
                <th scope="col" class="act"><span class="unseen">"Actions"</span></th>
            }>
                {rows.into_iter().map(|row| view! { <Row row list/> }).collect_view()}
            </Table>
        </Card>
    }
}

#[component]
fn NewDatastream(list: List) -> impl IntoView {
    let action = ServerAction::<CreateDatastream>::new();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if action.value().with(|value| matches!(value, Some(Ok(())))) {
            close_dialog("new-datastream");
            toasts.done("Datastream created");
            list.refetch();
        }
    });
    view! {
        <Dialog id="new-datastream" title="New datastream">
            <Form action class="body">
                <TextField label="Name" name="name" placeholder="Shop, production"/>
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Create datastream"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
