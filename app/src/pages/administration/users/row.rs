//! One person of the list, and what can be done about them.

use heliograph_model::ids::UserId;
use leptos::prelude::*;

use super::api::{EndSessions, PersonRow, ReinstatePerson, ResetPassword, SavePerson, SuspendPerson};
use super::{List, roles};
use crate::components::{
    Badge, Button, ButtonAction, ButtonKind, Dialog, DialogFoot, Form, FormRow, Icon, IconName, Menu, Number,
    RelativeTime, SelectField, StatusBadge, TextField, Tone, close_dialog, counted, open_dialog, use_toasts,
};
use crate::error::AppError;

/// One person.
#[component]
pub(super) fn Row(row: PersonRow, list: List) -> impl IntoView {
    let (tone, status) = if row.active {
        (Tone::Good, "Active")
    } else {
        (Tone::Warn, "Suspended")
    };
    let last = match row.signed_in_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => view! { <span class="quiet">"Never"</span> }.into_any(),
    };
    let own = row
        .own
        .then(|| view! { " " <Badge tone=Tone::Accent>"You"</Badge> });
    let kept_out = (!row.active).then(|| view! { <span class="sub only-narrow">"Suspended"</span> });
    view! {
        <tr>
            <td><b class="medium">{row.name.clone()}</b>{own}<span class="sub">{row.email.clone()}</span>{kept_out}</td>
            <td>{row.role.title()}</td>
            <td class="later"><StatusBadge tone label=status/></td>
            <td class="later">{last}</td>
            <td class="num later"><Number value=row.sessions/></td>
            <td class="act"><Actions row list/></td>
        </tr>
    }
}

/// An entry of the menu that opens a dialog.
#[component]
fn Entry(
    dialog: String,
    icon: IconName,
    words: &'static str,
    #[prop(optional)] danger: bool,
) -> impl IntoView {
    view! {
        <button
            class=if danger { "menu-item danger" } else { "menu-item" }
            type="button"
            on:click=move |_| open_dialog(&dialog)
        >
            <Icon name=icon/>
            {words}
        </button>
    }
}

/// The ids of a person's dialogs.
fn dialog_of(what: &str, id: UserId) -> String {
    format!("{what}-{id}")
}

#[component]
fn Actions(row: PersonRow, list: List) -> impl IntoView {
    let id = row.id;
    let entry_of = move |what| dialog_of(what, id);
    // Of themselves people change the rest under their account.
    let others = (!row.own).then(|| {
        let keep = if row.active {
            view! { <Entry dialog=entry_of("suspend") icon=IconName::Ban words="Suspend" danger=true/> }
        } else {
            view! { <Entry dialog=entry_of("reinstate") icon=IconName::Undo words="Reinstate"/> }
        };
        view! {
            <Entry dialog=entry_of("reset") icon=IconName::Key words="Reset password"/>
            {(row.sessions > 0).then(|| view! { <Entry dialog=entry_of("end") icon=IconName::SignOut words="End sessions"/> })}
            {keep}
        }
    });
    let dialogs = (!row.own).then(|| {
        view! {
            <Reset row=row.clone() list/>
            <End row=row.clone() list/>
            <Keep row=row.clone() list/>
        }
    });
    view! {
        <Menu id=format!("menu-{id}") label=format!("Actions for {}", row.name)>
            <Entry dialog=entry_of("edit") icon=IconName::Pencil words="Change name or role"/>
            {others}
        </Menu>
        <Edit row list/>
        {dialogs}
    }
}

/// Once it was done: closes the dialog, says so, and shows the list anew.
fn when_done(
    value: MappedSignal<Option<Result<(), AppError>>>,
    dialog: String,
    said: &'static str,
    list: List,
) {
    let toasts = use_toasts();
    Effect::new(move |_| {
        if value.with(|value| matches!(value, Some(Ok(())))) {
            close_dialog(&dialog);
            toasts.done(said);
            list.refetch();
        }
    });
}

#[component]
fn Edit(row: PersonRow, list: List) -> impl IntoView {
    let action = ServerAction::<SavePerson>::new();
    let dialog = dialog_of("edit", row.id);
    when_done(action.value(), dialog.clone(), "Person saved", list);
    view! {
        <Dialog id=dialog title=format!("Change {}", row.name)>
            <Form action class="body" row=FormRow::of(row.id)>
                <TextField label="Name" name="name" value=row.name id=format!("name-{}", row.id)/>
                <SelectField
                    label="Role"
                    name="role"
                    choices=roles()
                    value=row.role.as_str()
                    id=format!("role-{}", row.id)
                    hint="It takes effect with the next page that they open."
                />
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Save person"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}

#[component]
fn Reset(row: PersonRow, list: List) -> impl IntoView {
    let action = ServerAction::<ResetPassword>::new();
    let dialog = dialog_of("reset", row.id);
    when_done(
        action.value(),
        dialog.clone(),
        "Password reset. Their sessions have ended.",
        list,
    );
    view! {
        <Dialog id=dialog title=format!("Reset the password of {}", row.name)>
            <Form action class="body" row=FormRow::of(row.id)>
                <p>"The old password stops working at once, and their sessions end."</p>
                <TextField
                    label="New password"
                    name="password"
                    kind="password"
                    autocomplete="new-password"
                    id=format!("password-{}", row.id)
                    hint="At least 10 characters. Tell it to them; they choose their own under their account."
                />
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Reset password"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}

#[component]
fn End(row: PersonRow, list: List) -> impl IntoView {
    let action = ServerAction::<EndSessions>::new();
    let dialog = dialog_of("end", row.id);
    when_done(action.value(), dialog.clone(), "Sessions ended", list);
    let count = counted(row.sessions, "session ends", "sessions end");
    view! {
        <Dialog id=dialog title=format!("End the sessions of {}?", row.name)>
            <Form action class="body" row=FormRow::of(row.id)>
                <p>{format!("{count}. They can sign in again with their password.")}</p>
                <DialogFoot>
                    <Button kind=ButtonKind::DangerPrimary action=ButtonAction::Submit pending=action.pending()>"End sessions"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}

/// Keeps a person out, or lets them in again.
#[component]
fn Keep(row: PersonRow, list: List) -> impl IntoView {
    if row.active {
        view! { <Suspend row list/> }.into_any()
    } else {
        view! { <Reinstate row list/> }.into_any()
    }
}

#[component]
fn Suspend(row: PersonRow, list: List) -> impl IntoView {
    let action = ServerAction::<SuspendPerson>::new();
    let dialog = dialog_of("suspend", row.id);
    when_done(action.value(), dialog.clone(), "Person suspended", list);
    view! {
        <Dialog id=dialog title=format!("Suspend {}?", row.name)>
            <Form action class="body" row=FormRow::of(row.id)>
                <p>"Their sessions end and they can't sign in. What they made stays as it is, and they can be reinstated."</p>
                <DialogFoot>
                    <Button kind=ButtonKind::DangerPrimary action=ButtonAction::Submit pending=action.pending()>"Suspend person"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}

#[component]
fn Reinstate(row: PersonRow, list: List) -> impl IntoView {
    let action = ServerAction::<ReinstatePerson>::new();
    let dialog = dialog_of("reinstate", row.id);
    when_done(action.value(), dialog.clone(), "Person reinstated", list);
    view! {
        <Dialog id=dialog title=format!("Reinstate {}?", row.name)>
            <Form action class="body" row=FormRow::of(row.id)>
                <p>{format!("They can sign in again with their password, as {}.", row.role.title().to_lowercase())}</p>
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Reinstate person"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
