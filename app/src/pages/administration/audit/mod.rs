//! The audit log: who changed what.

mod api;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::{
    Button, ButtonAction, ButtonLink, Card, Choice, EmptyState, FullTime, IconName, Load, Pager, SectionHead,
    SelectField, Table, TextField, counted,
};
use crate::pages::lazy_page;
use api::{Asked, AuditPage, ChangeRow, Narrowing, list, ways_to_narrow};

/// Where the log is.
const PLACE: &str = "/administration/audit";

/// What the address asks for.
fn asked() -> Memo<Asked> {
    let query = use_query_map();
    Memo::new(move |_| {
        let of = |name: &str| query.with(|query| query.get(name).unwrap_or_default());
        Asked {
            person: of("person"),
            action: of("action"),
            kind: of("kind"),
            thing: of("thing"),
            from: of("from"),
            to: of("to"),
            after: of("after"),
        }
    })
}

lazy_page! {
    /// The audit log.
    Audit in set_up
}

fn view() -> AnyView {
    let asked = asked();
    let page = Resource::new(move || asked.get(), list);
    let choices = Resource::new(|| (), |()| ways_to_narrow());
    view! {
        <SectionHead title="Audit log" lead="Who changed what, and when. Nothing is ever taken out of it."/>
        <Load resource=choices lines=1 let:narrowing><Narrow narrowing/></Load>
        <Load resource=page let:page>
            {if page.rows.is_empty() {
                view! { <EmptyState icon=IconName::History title="No change fits"/> }.into_any()
            } else {
                view! { <Rows page/> }.into_any()
            }}
        </Load>
    }
    .into_any()
}

/// The first choice is for everything.
fn choices(all: &str, each: Vec<String>) -> Vec<Choice> {
    std::iter::once(Choice::new("", all))
        .chain(each.into_iter().map(|one| Choice::new(&one, capitalised(&one))))
        .collect()
}

/// With its first letter in upper case.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[component]
fn Narrow(narrowing: Narrowing) -> impl IntoView {
    let at = asked().get_untracked();
    let narrowed = at
        != Asked {
            after: at.after.clone(),
            ..Asked::default()
        };
    let people = narrowing.people.into_iter().map(|name| Choice::new(&name, &name));
    let people: Vec<_> = std::iter::once(Choice::new("", "Everyone"))
        .chain(people)
        .collect();
    let thing =
        (!at.thing.is_empty()).then(|| view! { <input type="hidden" name="thing" value=at.thing.clone()/> });
    view! {
        <form class="filters" method="get" aria-label="Filter">
            <SelectField label="Person" name="person" choices=people value=at.person optional=true/>
            <SelectField label="Action" name="action" choices=choices("All actions", narrowing.actions) value=at.action optional=true/>
            <SelectField label="Thing" name="kind" choices=choices("All things", narrowing.kinds) value=at.kind optional=true/>
            <TextField label="From" name="from" kind="date" value=at.from optional=true/>
            <TextField label="To" name="to" kind="date" value=at.to optional=true/>
            {thing}
            <div class="row">
                <Button action=ButtonAction::Submit>"Filter"</Button>
                {narrowed.then(|| view! { <ButtonLink href=PLACE>"Show all"</ButtonLink> })}
            </div>
        </form>
    }
}

#[component]
fn Rows(page: AuditPage) -> impl IntoView {
    let summary = counted(page.rows.len() as u64, "change", "changes");
    let next = page.next.clone();
    view! {
        <Card flush=true>
            <Table caption="Changes" head=|| view! {
                <th scope="col">"When"</th>
                <th scope="col">"Who"</th>
                <th scope="col">"What"</th>
                <th scope="col" class="later">"More"</th>
            }>
                {page.rows.into_iter().map(|row| view! { <Row row/> }).collect_view()}
            </Table>
            <Pager summary next/>
        </Card>
    }
}

#[component]
fn Row(row: ChangeRow) -> impl IntoView {
    let name = match row.thing {
        Some(thing) => {
            let href = format!("{PLACE}?thing={thing}");
            let label = format!("All changes of {}", row.name);
            view! { <a class="link" href=href title=label>{row.name}</a> }.into_any()
        }
        None => row.name.into_any(),
    };
    let detail = row
        .detail
        .into_iter()
        .map(|(name, value)| view! { <span class="sub"><span class="quiet">{name} ": "</span>{value}</span> })
        .collect_view();
    view! {
        <tr>
            <td class="when"><FullTime at=row.at seconds=true/></td>
            <td>{row.actor}</td>
            <td>{capitalised(&row.action)} <span class="sub">{row.kind} " " {name}</span></td>
            <td class="later detail">{detail}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_starts_a_sentence() {
        assert_eq!(capitalised("reset password"), "Reset password");
        assert_eq!(capitalised(""), "");
    }
}
