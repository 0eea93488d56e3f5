//! Every fragment: the texts that messages share.

mod api;
mod row;

use leptos::prelude::*;

use super::messages::MessageTabs;
use crate::components::{
    Button, ButtonAction, ButtonKind, Choice, Dialog, DialogButton, DialogFoot, EmptyState, Filter, Form,
    IconName, Load, Page, PageHead, Pager, SearchBox, Table, TextField, counted, use_narrowing,
};
use crate::error::AppError;
use crate::pages::lazy_page;
use api::{CreateFragment, FragmentPage, list};
use row::Row;

lazy_page! {
    /// Every fragment: the texts that messages share.
    Fragments in console
}

fn view() -> AnyView {
    let (wanted, narrowed) = use_narrowing(["q", "status", "after"]);
    let list = Resource::new(wanted, |[search, status, after]| list(search, status, after));
    let statuses = vec![
        Choice::new("", "All"),
        Choice::new("published", "Published"),
        Choice::new("draft", "Draft"),
        Choice::new("archived", "Archived"),
    ];
    view! {
        <Page>
            <PageHead title="Fragments" lead="Texts that messages share: written once, used by name.">
                <NewButton/>
            </PageHead>
            <MessageTabs/>
            <div class="row wrap">
                <SearchBox label="Search fragments"/>
                <Filter label="Status" name="status" choices=statuses/>
            </div>
            <Load resource=list let:page>
                {if page.rows.is_empty() && !narrowed() {
                    view! { <Nothing/> }.into_any()
                } else if page.rows.is_empty() {
                    view! {
                        <EmptyState icon=IconName::Search title="No fragment fits">
                            <p>"Names, descriptions and texts are searched. Try fewer letters."</p>
                        </EmptyState>
                    }
                    .into_any()
                } else {
                    view! { <Rows page list/> }.into_any()
                }}
            </Load>
            <NewFragment/>
        </Page>
    }
    .into_any()
}

#[component]
fn NewButton() -> impl IntoView {
    view! { <DialogButton dialog="new-fragment" kind=ButtonKind::Primary icon=IconName::Plus>"New fragment"</DialogButton> }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState icon=IconName::FileText title="No fragments yet">
            <p>"A fragment is a text that several messages share, such as a greeting, a closing line or a discount. A message names it in its text, and it is changed in one place."</p>
            <div class="row"><NewButton/></div>
        </EmptyState>
    }
}

#[component]
fn Rows(page: FragmentPage, list: Resource<Result<FragmentPage, AppError>>) -> impl IntoView {
    let shown = counted(page.rows.len() as u64, "fragment", "fragments");
    let next = page.next.clone();
    view! {
        <Table caption="Fragments" head=|| view! {
            <th scope="col">"Name"</th>
            <th scope="col">"Status"</th>
            <th scope="col" class="later">"Used by"</th>
            <th scope="col" class="later">"Changed"</th>
            <th scope="col" class="act"><span class="unseen">"Actions"</span></th>
        }>
            {page.rows.into_iter().map(|row| view! { <Row row list/> }).collect_view()}
        </Table>
        <Pager summary=shown next/>
    }
}

#[component]
fn NewFragment() -> impl IntoView {
    let action = ServerAction::<CreateFragment>::new();
    view! {
        <Dialog id="new-fragment" title="New fragment">
            <Form action class="body">
                <TextField
                    label="Name"
                    name="name"
                    placeholder="closing-line"
                    hint="Messages name it so in their texts: letters, digits, _ and -. It keeps the name once something uses it."
                />
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Create fragment"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
