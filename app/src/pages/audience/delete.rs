//! Deleting an audience, where nothing uses it.

use heliograph_model::audience::UsedBy;
use heliograph_model::ids::AudienceId;
use leptos::prelude::*;

use super::api::DeleteAudience;
use crate::components::{Button, ButtonAction, ButtonKind, Dialog, DialogFoot, Form};
use crate::pages::audiences::UsedByList;

/// Asks before an audience is deleted, or says why it cannot be.
#[component]
pub(super) fn DeleteDialog(id: AudienceId, name: RwSignal<String>, used_by: Vec<UsedBy>) -> impl IntoView {
    let action = ServerAction::<DeleteAudience>::new();
    let free = used_by.is_empty();
    view! {
        <Dialog id="delete-audience" title=Signal::derive(move || format!("Delete “{}”", name.get()))>
            <Form action class="body">
                <input type="hidden" name="id" value=id.to_string()/>
                {if free {
                    view! { <p>"Its rule is gone for good. No profile is deleted."</p> }.into_any()
                } else {
                    view! {
                        <p>"It cannot be deleted while something uses it. Take it out there first:"</p>
                        <UsedByList used_by/>
                    }
                    .into_any()
                }}
                <DialogFoot cancel={if free { "Cancel" } else { "Close" }}>
                    {free
                        .then(|| {
                            view! {
                                <Button kind=ButtonKind::DangerPrimary action=ButtonAction::Submit pending=action.pending()>
                                    "Delete audience"
                                </Button>
                            }
                        })}
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
