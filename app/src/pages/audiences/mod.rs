//! The list of audiences.

mod api;
mod used_by;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::{
    Button, ButtonAction, ButtonKind, ButtonSize, Dialog, DialogButton, DialogFoot, EmptyState, Form,
    IconName, Load, Page, PageHead, Pager, RelativeTime, RowLink, SearchBox, SortHead, Table, TextField,
    counted, grouped,
};
use crate::pages::lazy_page;
use api::{AudiencePage, AudienceRow, CreateAudience, count, list};
pub(super) use used_by::UsedByList;

lazy_page! {
    /// The list of audiences.
    Audiences in console
}

fn view() -> AnyView {
    let query = use_query_map();
    let wanted = move || {
        let of = |name: &str| query.with(|query| query.get(name).unwrap_or_default());
        (of("q"), of("sort"), of("after"))
    };
    let list = Resource::new(wanted, |(search, sort, after)| list(search, sort, after));
    let narrowed = move || query.with(|query| query.get("q").is_some_and(|q| !q.is_empty()));
    view! {
        <Page>
            <PageHead title="Audiences" lead="Who is meant: people picked out by what is known of them and what they have done.">
                <NewButton/>
            </PageHead>
            <div class="row wrap">
                <SearchBox label="Search audiences"/>
            </div>
            <Load resource=list let:page>
                {if !page.rows.is_empty() {
                    view! { <Rows page/> }.into_any()
                } else if narrowed() {
                    view! {
                        <EmptyState icon=IconName::Search title="No audience fits">
                            <p>"Names and rules are searched. Try fewer letters."</p>
                        </EmptyState>
                    }
                    .into_any()
                } else {
                    view! { <Nothing/> }.into_any()
                }}
            </Load>
            <NewAudience/>
        </Page>
    }
    .into_any()
}

#[component]
fn NewButton() -> impl IntoView {
    view! { <DialogButton dialog="new-audience" kind=ButtonKind::Primary icon=IconName::Plus>"New audience"</DialogButton> }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState icon=IconName::Audience title="No audiences yet">
            <p>"An audience is a rule, such as everyone in Rome who has bought in the last 30 days. Journeys read it, and conditions ask for it."</p>
            <div class="row"><NewButton/></div>
        </EmptyState>
    }
}

#[component]
fn Rows(page: AudiencePage) -> impl IntoView {
    let shown = page.rows.len() as u64;
    let summary = if shown == page.found {
        counted(shown, "audience", "audiences")
    } else {
        format!(
            "{} of {}",
            grouped(shown),
            counted(page.found, "audience", "audiences")
        )
    };
    let next = page.next.clone();
    view! {
        <Table caption="Audiences" head=|| view! {
            <SortHead column="name" label="Name"/>
            <th scope="col" class="num">"People"</th>
            <th scope="col" class="later">"Used by"</th>
            <SortHead column="changed" label="Changed"/>
        }>
            {page.rows.into_iter().map(|row| view! { <Row row/> }).collect_view()}
        </Table>
        <Pager summary next/>
    }
}

#[component]
fn Row(row: AudienceRow) -> impl IntoView {
    let sentence = (row.sentence != row.name).then(|| view! { <span class="sub">{row.sentence}</span> });
    let label = format!("Count people in {}", row.name);
    let id = row.id;
    let counting = Action::new(move |(): &()| count(id));
    let value = counting.value();
    let pending = counting.pending();
    let size = move || match value.get() {
        Some(Ok(size)) if size.complete => {
            view! { <span class="number">{grouped(size.matched)}</span> }.into_any()
        }
        Some(Ok(size)) => {
            view! { <span class="number">{format!("at least {}", grouped(size.matched))}</span> }.into_any()
        }
        Some(Err(error)) => view! { <span class="bad" role="alert">{error.to_string()}</span> }.into_any(),
        None => view! {
            <Button
                size=ButtonSize::Small
                kind=ButtonKind::Ghost
                pending
                attr:aria-label=label.clone()
                on_click=move |_| {
                    counting.dispatch(());
                }
            >
                {move || if pending.get() { "Counting…" } else { "Count" }}
            </Button>
        }
        .into_any(),
    };
    view! {
        <tr>
            <td><RowLink href=format!("/audiences/{}", row.id)>{row.name}</RowLink>{sentence}</td>
            <td class="num" aria-live="polite">{size}</td>
            <td class="later"><UsedByList used_by=row.used_by/></td>
            <td><RelativeTime at=row.updated_at/></td>
        </tr>
    }
}

#[component]
fn NewAudience() -> impl IntoView {
    let action = ServerAction::<CreateAudience>::new();
    view! {
        <Dialog id="new-audience" title="New audience">
            <Form action class="body">
                <TextField label="Name" name="name" placeholder="Bought in the last 30 days"/>
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Create audience"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
