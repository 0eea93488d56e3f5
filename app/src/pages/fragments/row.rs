//! One fragment of the list, and what can be done with it there.

use heliograph_model::fragment::UsedBy;
use leptos::prelude::*;

use super::api::{self, FragmentPage, FragmentRow};
use crate::components::{
    Button, ButtonKind, Dialog, DialogFoot, Icon, IconName, Menu, Notice, RelativeTime, RowLink, Tone,
    close_dialog, counted, open_dialog, use_toasts,
};
use crate::error::AppError;
use crate::pages::writing::LifeBadge;

/// One fragment.
#[component]
pub(super) fn Row(row: FragmentRow, list: Resource<Result<FragmentPage, AppError>>) -> impl IntoView {
    let names: Vec<_> = row.used_by.iter().map(UsedBy::in_words).collect();
    let used_by = how_often(&row.used_by);
    let behind = row.used_by.iter().filter(|user| user.is_behind()).count();
    let behind =
        (behind > 0).then(|| view! { <span class="sub">{format!("{behind} with an older text")}</span> });
    let description =
        (!row.description.is_empty()).then(|| view! { <span class="sub">{row.description.clone()}</span> });
    let (archived, version) = (row.archived, row.version);
    let (id, name, at, by) = (row.id, row.name.clone(), row.updated_at, row.updated_by.clone());
    view! {
        <tr>
            <td><RowLink href=format!("/fragments/{id}")>{name}</RowLink>{description}</td>
            <td><LifeBadge archived version/></td>
            <td class="later" title=names.join(", ")>{used_by}{behind}</td>
            <td class="later"><RelativeTime at/><span class="sub">{format!("by {by}")}</span></td>
            <td class="act"><RowMenu row list/></td>
        </tr>
    }
}

/// How many messages and fragments call it.
fn how_often(used_by: &[UsedBy]) -> String {
    let messages = used_by
        .iter()
        .filter(|user| matches!(user, UsedBy::Message { .. }))
        .count();
    let fragments = used_by.len() - messages;
    let parts: Vec<_> = [
        (messages, "message", "messages"),
        (fragments, "fragment", "fragments"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, many)| counted(count as u64, one, many))
    .collect();
    if parts.is_empty() {
        "–".to_owned()
    } else {
        parts.join(", ")
    }
}

#[component]
fn RowMenu(row: FragmentRow, list: Resource<Result<FragmentPage, AppError>>) -> impl IntoView {
    let id = row.id;
    let toasts = use_toasts();
    let failure = RwSignal::new(None::<AppError>);
    let restore = Action::new(move |(): &()| async move {
        match api::restore(id).await {
            Ok(()) => {
                toasts.done("Fragment restored");
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
                    toasts.done("Fragment archived");
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
                    <p>"It leaves the list, and is not offered any more. Messages that use it go on working, and it can be restored."</p>
                    {move || failure.get().map(|error| view! { <Notice tone=Tone::Bad>{error.to_string()}</Notice> })}
                </div>
                <DialogFoot>
                    <Button kind=ButtonKind::DangerPrimary pending=archive.pending() on_click=move |_| { archive.dispatch(()); }>"Archive fragment"</Button>
                </DialogFoot>
            </Dialog>
        })}
    }
}
