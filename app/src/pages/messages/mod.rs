//! Every message.

mod api;
mod row;

use leptos::prelude::*;

use crate::components::{
    Button, ButtonAction, ButtonKind, Choice, Dialog, DialogButton, DialogFoot, EmptyState, Filter, Form,
    IconName, Load, Page, PageHead, Pager, SearchBox, TabLink, Table, Tabs, TextField, counted,
    use_narrowing,
};
use crate::error::AppError;
use crate::pages::app_configuration::HeldApps;
use crate::pages::lazy_page;
pub use api::CreateMessage;
use api::{MessagePage, list};
use row::Row;

lazy_page! {
    /// Every message.
    Messages in console
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
            <PageHead title="Messages" lead="What people read on their phones.">
                <DialogButton dialog="new-message" kind=ButtonKind::Primary icon=IconName::Plus>"New message"</DialogButton>
            </PageHead>
            <MessageTabs/>
            <HeldApps/>
            <div class="row wrap">
                <SearchBox label="Search messages"/>
                <Filter label="Status" name="status" choices=statuses/>
            </div>
            <Load resource=list let:page>
                {if page.rows.is_empty() && !narrowed() {
                    view! { <Nothing/> }.into_any()
                } else if page.rows.is_empty() {
                    view! { <EmptyState icon=IconName::Search title="No message fits"/> }.into_any()
                } else {
                    view! { <Rows page list/> }.into_any()
                }}
            </Load>
            <NewMessage/>
        </Page>
    }
    .into_any()
}

/// Messages, and the texts that they share.
#[component]
pub(in crate::pages) fn MessageTabs() -> impl IntoView {
    view! {
        <Tabs label="Messages">
            <TabLink href="/messages">"Messages"</TabLink>
            <TabLink href="/fragments">"Fragments"</TabLink>
        </Tabs>
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState icon=IconName::Message title="No messages yet">
            <p>"A message is written once, with fields of the person it goes to, and sent by journeys."</p>
            <div class="row">
                <DialogButton dialog="new-message" kind=ButtonKind::Primary icon=IconName::Plus>"New message"</DialogButton>
            </div>
        </EmptyState>
    }
}

#[component]
fn Rows(page: MessagePage, list: Resource<Result<MessagePage, AppError>>) -> impl IntoView {
    let shown = counted(page.rows.len() as u64, "message", "messages");
    let next = page.next.clone();
    view! {
        <Table caption="Messages" head=|| view! {
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
fn NewMessage() -> impl IntoView {
    let action = ServerAction::<CreateMessage>::new();
    view! {
        <Dialog id="new-message" title="New message">
            <Form action class="body">
                <TextField label="Name" name="name" placeholder="Basket reminder" hint="For you and your team; nobody else sees it."/>
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Create message"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
