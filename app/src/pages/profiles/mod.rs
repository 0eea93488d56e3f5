//! Looking profiles up.

mod api;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::{
    Badge, Choice, EmptyState, Filter, IconName, Load, Page, PageHead, Pager, RelativeTime, RowLink,
    SearchBox, Table, counted,
};
use crate::pages::lazy_page;
use api::{ProfilePage, ProfileRow, list};

lazy_page! {
    /// Looking profiles up.
    Profiles in console
}

fn view() -> AnyView {
    let query = use_query_map();
    let wanted = move || {
        let of = |name: &str| query.with(|query| query.get(name).unwrap_or_default());
        (of("q"), of("previews"), of("after"))
    };
    let list = Resource::new(wanted, |(search, previews, after)| list(search, previews, after));
    let narrowed = move || {
        query.with(|query| {
            ["q", "previews", "after"]
                .iter()
                .any(|name| query.get(name).is_some_and(|value| !value.is_empty()))
        })
    };
    let choices = vec![Choice::new("", "All"), Choice::new("only", "For previews")];
    view! {
        <Page>
            <PageHead
                title="Profiles"
                lead="People, as apps and systems have told of them. Search by a name or any identity; Email:ada@example.com finds exactly that one."
            />
            <div class="row wrap">
                <SearchBox label="Search profiles"/>
                <Filter label="Which profiles" name="previews" choices/>
            </div>
            <Load resource=list let:page>
                {if !page.rows.is_empty() {
                    view! { <Rows page/> }.into_any()
                } else if narrowed() {
                    view! {
                        <EmptyState icon=IconName::Search title="No profile fits">
                            <p>"Names and identities are found by how they begin. A profile is offered for previews once someone says so on its page."</p>
                        </EmptyState>
                    }
                    .into_any()
                } else {
                    view! {
                        <EmptyState icon=IconName::Profile title="No profiles yet">
                            <p>"A profile is made when an app sends its first event, or a system its first record."</p>
                        </EmptyState>
                    }
                    .into_any()
                }}
            </Load>
        </Page>
    }
    .into_any()
}

#[component]
fn Rows(page: ProfilePage) -> impl IntoView {
    let summary = counted(page.rows.len() as u64, "profile", "profiles");
    let next = page.next.clone();
    view! {
        <Table caption="Profiles" head=|| view! {
            <th scope="col">"Name"</th>
            <th scope="col">"Identity"</th>
            <th scope="col" class="later">"Devices"</th>
            <th scope="col" class="later">"Changed"</th>
        }>
            {page.rows.into_iter().map(|row| view! { <Row row/> }).collect_view()}
        </Table>
        <Pager summary next/>
    }
}

#[component]
fn Row(row: ProfileRow) -> impl IntoView {
    let person = row.person;
    let name = person.name.unwrap_or_else(|| "No name".to_owned());
    let platforms: Vec<_> = person.platforms.iter().map(|platform| platform.title()).collect();
    view! {
        <tr>
            <td>
                <span class="row wrap">
                    <RowLink href=format!("/profiles/{}", person.id)>{name}</RowLink>
                    {row.for_previews.then(|| view! { <Badge>"For previews"</Badge> })}
                </span>
            </td>
            <td class="identity">{person.identity.unwrap_or_else(|| "–".to_owned())}</td>
            <td class="later">{if platforms.is_empty() { "–".to_owned() } else { platforms.join(", ") }}</td>
            <td class="later"><RelativeTime at=row.updated_at/></td>
        </tr>
    }
}
