//! One message of the list, and what can be done with it there.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::api::{self, MessagePage, MessageRow};
use crate::components::{
    Button, ButtonKind, Dialog, DialogFoot, Icon, IconName, Menu, Notice, RelativeTime, RowLink, Tone,
    close_dialog, open_dialog, use_toasts,
};
use crate::error::AppError;
use crate::pages::writing::LifeBadge;

/// One message.
#[component]
pub(super) fn Row(row: MessageRow, list: Resource<Result<MessagePage, AppError>>) -> impl IntoView {
    let used_by = match row.used_by.as_slice() {
        [] => "–".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    };
    let all = row.used_by.join(", ");
    let (archived, version) = (row.archived, row.version);
    let (id, name, updated_at) = (row.id, row.name.clone(), row.updated_at);
    let sending =
        (!row.sending.is_empty()).then(|| view! { <span class="sub">{row.sending.join(", ")}</span> });
    view! {
        <tr>
            <td><RowLink href=format!("/messages/{id}")>{name}</RowLink>{sending}</td>
            <td><LifeBadge archived version/></td>
            <td class="later" title=all>{used_by}</td>
            <td class="later"><RelativeTime at=updated_at/></td>
            <td class="act"><RowMenu row list/></td>
        </tr>
    }
}

#[component]
fn RowMenu(row: MessageRow, list: Resource<Result<MessagePage, AppError>>) -> impl IntoView {
    let id = row.id;
    let toasts = use_toasts();
    let navigate = use_navigate();
    let failure = RwSignal::new(None::<AppError>);
    let duplicate = Action::new(move |(): &()| {
        let navigate = navigate.clone();
        async move {
            match api::duplicate(id).await {
                Ok(copy) => navigate(&format!("/messages/{copy}"), Default::default()),
                Err(error) => toasts.failed(error.to_string()),
            }
        }
    });
    let restore = Action::new(move |(): &()| async move {
        match api::restore(id).await {
            Ok(()) => {
                toasts.done("Message restored");
                list.refetch();
            }
            Err(error) => toasts.failed(error.to_string()),
        }
    });
    let dialog = format!("archive-{id}");
    let closing = dialog.clone();
    let archive = Action::new(move |(): &()| {
        let dialog = closing.clone();
        async move {
            match api::archive(id).await {
                Ok(()) => {
                    close_dialog(&dialog);
                    toasts.done("Message archived");
                    list.refetch();
                }
                Err(error) => failure.set(Some(error)),
            }
        }
    });
    let title = format!("Archive “{}”?", row.name);
    let archivable = dialog.clone();
    view! {
        <Menu id=format!("menu-{id}") label=format!("Actions for {}", row.name)>
            <button class="menu-item" type="button" on:click=move |_| { duplicate.dispatch(()); }>
                <Icon name=IconName::Copy/>"Duplicate"
            </button>
            {if row.archived {
                view! {
                    <button class="menu-item" type="button" on:click=move |_| { restore.dispatch(()); }>
                        <Icon name=IconName::Archive/>"Restore"
                    </button>
                }
                .into_any()
            } else {
                let opened = dialog.clone();
                view! {
                    <button class="menu-item" type="button" on:click=move |_| open_dialog(&opened)>
                        <Icon name=IconName::Archive/>"Archive"
                    </button>
                }
                .into_any()
            }}
        </Menu>
        {(!row.archived).then(|| view! {
            <Dialog id=archivable title>
                <div class="body">
                    <p>"It leaves the list. Its versions stay in reports and history, and it can be restored."</p>
                    {move || failure.get().map(|error| view! { <Notice tone=Tone::Bad>{error.to_string()}</Notice> })}
                </div>
                <DialogFoot>
                    <Button kind=ButtonKind::DangerPrimary pending=archive.pending() on_click=move |_| { archive.dispatch(()); }>"Archive message"</Button>
                </DialogFoot>
            </Dialog>
        })}
    }
}
