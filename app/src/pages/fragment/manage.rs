//! Another name, and the end of a fragment; both only where nothing calls it, archived messages aside.

use leptos::prelude::*;

use super::api::{DeleteFragment, RenameFragment};
use super::editing::use_editing;
use super::used::UsedByList;
use crate::components::{
    Button, ButtonAction, ButtonKind, Dialog, DialogFoot, Form, TextField, close_dialog, counted, use_toasts,
};

/// Gives it another name, or says why it keeps the one it has.
#[component]
pub(super) fn RenameDialog() -> impl IntoView {
    let editing = use_editing();
    let toasts = use_toasts();
    let action = ServerAction::<RenameFragment>::new();
    Effect::new(move |_| {
        if let Some(Ok(name)) = action.value().get() {
            editing.name.set(name);
            close_dialog("rename-fragment");
            toasts.done("Fragment renamed");
        }
    });
    let free = Memo::new(move |_| !editing.is_held());
    let start = editing.name.get_untracked();
    view! {
        <Dialog id="rename-fragment" title="Rename this fragment">
            <Form action class="body">
                <input type="hidden" name="id" value=editing.id.to_string()/>
                {move || {
                    let start = start.clone();
                    if free.get() {
                        view! {
                            <TextField label="Name" name="name" value=start hint="Letters, digits, _ and -."/>
                            <Archived/>
                        }
                            .into_any()
                    } else {
                        view! {
                            <p>"Messages name it in their texts, so it keeps its name while something uses it. Take it out there first, or make another fragment:"</p>
                            <UsedByList/>
                        }
                        .into_any()
                    }
                }}
                <DialogFoot>
                    <Button
                        kind=ButtonKind::Primary
                        action=ButtonAction::Submit
                        pending=action.pending()
                        disabled=Signal::derive(move || !free.get())
                    >
                        "Rename fragment"
                    </Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}

/// That archived messages call it, whose drafts would have to be mended.
#[component]
fn Archived() -> impl IntoView {
    let editing = use_editing();
    move || {
        let count = editing.used_by.with(Vec::len) as u64;
        (count > 0).then(|| {
            let who = counted(count, "archived message calls", "archived messages call");
            view! { <p class="small quiet">{who}" it by this name. Restored, they would have to be changed."</p> }
        })
    }
}

/// Asks before it is deleted, or says why it cannot be.
#[component]
pub(super) fn DeleteDialog() -> impl IntoView {
    let editing = use_editing();
    let action = ServerAction::<DeleteFragment>::new();
    let free = Memo::new(move |_| !editing.is_held());
    view! {
        <Dialog id="delete-fragment" title=Signal::derive(move || format!("Delete “{}”?", editing.name.get()))>
            <Form action class="body">
                <input type="hidden" name="id" value=editing.id.to_string()/>
                {move || {
                    if free.get() {
                        view! {
                            <p>"Its text and its versions are gone for good. What was sent with it stays as it is."</p>
                            <Archived/>
                        }
                            .into_any()
                    } else {
                        view! {
                            <p>"It cannot be deleted while something uses it. Take it out there first, or archive it in the list:"</p>
                            <UsedByList/>
                        }
                        .into_any()
                    }
                }}
                <DialogFoot>
                    <Button
                        kind=ButtonKind::DangerPrimary
                        action=ButtonAction::Submit
                        pending=action.pending()
                        disabled=Signal::derive(move || !free.get())
                    >
                        "Delete fragment"
                    </Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
