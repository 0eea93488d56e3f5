//! Who may sign in, and as what.

pub mod api;
mod matrix;
mod row;

use heliograph_model::access::Role;
use leptos::prelude::*;

use crate::components::{
    Button, ButtonAction, ButtonKind, Card, Choice, Dialog, DialogButton, DialogFoot, Form, IconName, Load,
    SectionHead, SelectField, Table, TextField, close_dialog, use_toasts,
};
use crate::error::AppError;
use crate::pages::lazy_page;
pub use api::AddPerson;
use api::{PersonRow, list};
use matrix::Matrix;
use row::Row;

/// The rows of the list.
type List = Resource<Result<Vec<PersonRow>, AppError>>;

lazy_page! {
    /// Who may sign in, and as what.
    Users in set_up
}

fn view() -> AnyView {
    let list = Resource::new(|| (), |()| list());
    view! {
        <SectionHead title="People" lead="Who may sign in, and what each may do.">
            <DialogButton dialog="add-person" kind=ButtonKind::Primary icon=IconName::Plus>"Add person"</DialogButton>
        </SectionHead>
        <Load resource=list let:rows><Rows rows list/></Load>
        <Matrix/>
        <AddOne list/>
    }
    .into_any()
}

#[component]
fn Rows(rows: Vec<PersonRow>, list: List) -> impl IntoView {
    view! {
        <Card flush=true>
            <Table caption="People" head=|| view! {
                <th scope="col">"Name"</th>
                <th scope="col">"Role"</th>
                <th scope="col" class="later">"Status"</th>
                <th scope="col" class="later">"Last signed in"</th>
                <th scope="col" class="num later">"Sessions"</th>
                <th scope="col" class="act"><span class="unseen">"Actions"</span></th>
            }>
                {rows.into_iter().map(|row| view! { <Row row list/> }).collect_view()}
            </Table>
        </Card>
    }
}

/// The roles, as a form offers them.
fn roles() -> Vec<Choice> {
    Role::ALL
        .into_iter()
        .map(|role| Choice::new(role.as_str(), role.title()))
        .collect()
}

#[component]
fn AddOne(list: List) -> impl IntoView {
    let action = ServerAction::<AddPerson>::new();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if action.value().with(|value| matches!(value, Some(Ok(())))) {
            close_dialog("add-person");
            toasts.done("Person added");
            list.refetch();
        }
    });
    view! {
        <Dialog id="add-person" title="Add person">
            <Form action class="body">
                <TextField label="Name" name="name"/>
                <TextField label="Email" name="email" kind="email" hint="They sign in with it."/>
                <SelectField label="Role" name="role" choices=roles() value=Role::Marketer.as_str()/>
                <TextField
                    label="First password"
                    name="password"
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 10 characters. Tell it to them; they choose their own under their account."
                />
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Add person"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
