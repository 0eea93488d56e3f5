//! One datastream of the list, and the forms that change it.

use heliograph_model::collection::DatastreamStatus;
use leptos::prelude::*;

use super::List;
use super::api::{DatastreamRow, DeleteDatastream, LARGEST_BODY, MOST_EVENTS, SaveDatastream};
use crate::components::{
    Button, ButtonAction, ButtonKind, Checkbox, Copyable, Dialog, DialogFoot, DialogItem, Form, FormRow,
    IconName, Menu, RelativeTime, StatusBadge, TextField, Tone, close_dialog, use_toasts,
};

/// One datastream.
#[component]
pub(super) fn Row(row: DatastreamRow, list: List) -> impl IntoView {
    let datastream = row.datastream.clone();
    let (tone, status) = match datastream.status {
        DatastreamStatus::Active => (Tone::Good, "Takes events"),
        DatastreamStatus::Disabled => (Tone::Neutral, "Disabled"),
    };
    let last = match row.last_event_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => "None yet".into_any(),
    };
    let (edit, delete) = (
        format!("edit-{}", datastream.id),
        format!("delete-{}", datastream.id),
    );
    view! {
        <tr>
            <th scope="row">
                {datastream.name.clone()}
                <span class="sub"><Copyable text=datastream.id.to_string() label="Copy datastream id"/></span>
            </th>
            <td><StatusBadge tone label=status/></td>
            <td class="later">{last}</td>
            <td class="act">
                <Menu id=format!("menu-{}", datastream.id) label=format!("Actions for {}", datastream.name)>
                    <DialogItem dialog=edit icon=IconName::Pencil>"Edit"</DialogItem>
                    <DialogItem dialog=delete icon=IconName::Trash>"Delete"</DialogItem>
                </Menu>
                <Edit row=row.clone() list/>
                <Delete row list/>
            </td>
        </tr>
    }
}

#[component]
fn Edit(row: DatastreamRow, list: List) -> impl IntoView {
    let datastream = row.datastream;
    let id = datastream.id;
    let action = ServerAction::<SaveDatastream>::new();
    let toasts = use_toasts();
    let dialog = format!("edit-{id}");
    let closed = dialog.clone();
    Effect::new(move |_| {
        if action.value().with(|value| matches!(value, Some(Ok(())))) {
            close_dialog(&closed);
            toasts.done("Datastream saved");
            list.refetch();
        }
    });
    view! {
        <Dialog id=dialog title=format!("Edit “{}”", datastream.name)>
            <Form action class="body" row=FormRow::of(id)>
                <input type="hidden" name="revision" value=datastream.revision/>
                <TextField label="Name" name="name" value=datastream.name id=format!("name-{id}")/>
                <Checkbox label="Takes events" name="enabled" checked=datastream.status == DatastreamStatus::Active/>
                <TextField
                    label="Most events a second"
                    name="events_per_second"
                    kind="number"
                    value=datastream.events_per_second.to_string()
                    id=format!("events-{id}")
                    attr:min="1"
                    attr:max=MOST_EVENTS.to_string()
                />
                <TextField
                    label="Largest request, in KiB"
                    name="body_limit"
                    kind="number"
                    value=(datastream.body_limit / 1024).to_string()
                    id=format!("body-{id}")
                    attr:min="1"
                    attr:max=LARGEST_BODY.to_string()
                />
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Save datastream"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}

#[component]
fn Delete(row: DatastreamRow, list: List) -> impl IntoView {
    let id = row.datastream.id;
    let action = ServerAction::<DeleteDatastream>::new();
    let toasts = use_toasts();
    let dialog = format!("delete-{id}");
    let closed = dialog.clone();
    Effect::new(move |_| {
        if action.value().with(|value| matches!(value, Some(Ok(())))) {
            close_dialog(&closed);
            toasts.done("Datastream deleted");
            list.refetch();
        }
    });
    view! {
        <Dialog id=dialog title=format!("Delete “{}”?", row.datastream.name)>
            <Form action class="body" row=FormRow::of(id)>
                <p>"Apps that still send to it are refused. The events that came in stay with their profiles."</p>
                <DialogFoot>
                    <Button kind=ButtonKind::DangerPrimary action=ButtonAction::Submit pending=action.pending()>"Delete datastream"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
