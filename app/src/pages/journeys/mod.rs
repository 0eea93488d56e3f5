//! The list of journeys.

mod api;

use heliograph_model::journey::Status;
use leptos::prelude::*;

use crate::components::{
    Button, ButtonAction, ButtonKind, Choice, Dialog, DialogButton, DialogFoot, EmptyState, Filter, Form,
    IconName, Load, Number, Page, PageHead, Pager, RelativeTime, RowLink, SearchBox, StatusBadge, Table,
    TextField, Tone, counted, use_narrowing,
};
use crate::pages::app_configuration::HeldApps;
use crate::pages::lazy_page;
use api::{CreateJourney, JourneyPage, JourneyRow, list};

lazy_page! {
    /// The list of journeys.
    Journeys in console
}

fn view() -> AnyView {
    let (wanted, narrowed) = use_narrowing(["q", "status", "after"]);
    let list = Resource::new(wanted, |[search, status, after]| list(search, status, after));
    let statuses = vec![
        Choice::new("", "All"),
        Choice::new("live", "Live"),
        Choice::new("draft", "Draft"),
        Choice::new("closed", "Closed"),
        Choice::new("stopped", "Stopped"),
    ];
    view! {
        <Page>
            <PageHead title="Journeys" lead="What happens to people, step by step.">
                <DialogButton dialog="new-journey" kind=ButtonKind::Primary icon=IconName::Plus>"New journey"</DialogButton>
            </PageHead>
            <HeldApps/>
            <div class="row wrap">
                <SearchBox label="Search journeys"/>
                <Filter label="Status" name="status" choices=statuses/>
            </div>
            <Load resource=list let:page>
                {if page.rows.is_empty() && !narrowed() {
                    view! { <Nothing/> }.into_any()
                } else if page.rows.is_empty() {
                    view! { <EmptyState icon=IconName::Search title="No journey fits"/> }.into_any()
                } else {
                    view! { <Rows page/> }.into_any()
                }}
            </Load>
            <NewJourney/>
        </Page>
    }
    .into_any()
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState icon=IconName::Journey title="No journeys yet">
            <p>"A journey begins with an event of a person, or with an audience, and leads them past waits and conditions to messages."</p>
            <div class="row">
                <DialogButton dialog="new-journey" kind=ButtonKind::Primary icon=IconName::Plus>"New journey"</DialogButton>
            </div>
        </EmptyState>
    }
}

#[component]
fn Rows(page: JourneyPage) -> impl IntoView {
    let shown = counted(page.rows.len() as u64, "journey", "journeys");
    let next = page.next.clone();
    view! {
        <Table caption="Journeys" head=|| view! {
            <th scope="col">"Name"</th>
            <th scope="col">"Status"</th>
            <th scope="col" class="num">"Here now"</th>
            <th scope="col" class="num later">"Entered"</th>
            <th scope="col" class="later">"Changed"</th>
        }>
            {page.rows.into_iter().map(|row| view! { <Row row/> }).collect_view()}
        </Table>
        <Pager summary=shown next/>
    }
}

#[component]
fn Row(row: JourneyRow) -> impl IntoView {
    let (tone, label) = match (row.status, row.version) {
        (Status::Live, Some(version)) => (Tone::Good, format!("Live, version {version}")),
        (Status::Live, None) => (Tone::Good, "Live".to_owned()),
        (Status::Draft, _) => (Tone::Neutral, "Draft".to_owned()),
        (Status::Closed, _) => (Tone::Neutral, "Closed".to_owned()),
        (Status::Stopped, _) => (Tone::Bad, "Stopped".to_owned()),
    };
    view! {
        <tr>
            <td><RowLink href=format!("/journeys/{}", row.id)>{row.name}</RowLink></td>
            <td><StatusBadge tone label/></td>
            <td class="num"><Number value=row.here/></td>
            <td class="num later"><Number value=row.entered/></td>
            <td class="later"><RelativeTime at=row.updated_at/></td>
        </tr>
    }
}

#[component]
fn NewJourney() -> impl IntoView {
    let action = ServerAction::<CreateJourney>::new();
    view! {
        <Dialog id="new-journey" title="New journey">
            <Form action class="body">
                <TextField label="Name" name="name" placeholder="Abandoned basket"/>
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Create journey"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
