//! Where to read about each journey and message.

mod api;
#[cfg(feature = "ssr")]
pub(super) mod subject;

use heliograph_model::report::{Figure, Rate};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::{
    Badge, ButtonLink, Card, Choice, EmptyState, Filter, IconName, Load, Number, Page, PageHead, Pager,
    RowLink, SearchBox, StatusBadge, Table, Tone, counted, grouped, ratio,
};
use crate::pages::lazy_page;
use crate::pages::report_global::Ranges;
use api::{Kind, ReportPage, ReportRow, list};

lazy_page! {
    /// Where to read about each journey and message.
    Reports in console
}

fn view() -> AnyView {
    let query = use_query_map();
    let wanted = move || {
        let of = |name: &str| query.with(|query| query.get(name).unwrap_or_default());
        (of("q"), of("kind"), of("days"), of("after"))
    };
    let list = Resource::new(wanted, |(search, kind, days, after)| {
        list(search, kind, days, after)
    });
    let narrowed = move || {
        query.with(|query| {
            ["q", "kind", "after"]
                .iter()
                .any(|name| query.get(name).is_some())
        })
    };
    let kinds = vec![
        Choice::new("", "All"),
        Choice::new(Kind::Journey.place(), "Journeys"),
        Choice::new(Kind::Message.place(), "Messages"),
    ];
    view! {
        <Page>
            <PageHead title="Reports" lead="What came of each journey and message. Days are in UTC.">
                <ButtonLink href="/reports/global/all/all" icon=IconName::Chart>"Everything"</ButtonLink>
                <ButtonLink href="/reports/live/all/all" icon=IconName::Activity>"Everything, live"</ButtonLink>
            </PageHead>
            <div class="row wrap">
                <SearchBox label="Search reports"/>
                <Filter label="Kind" name="kind" choices=kinds/>
                <Ranges/>
            </div>
            <Load resource=list let:page>
                {if !page.rows.is_empty() {
                    view! { <Rows page/> }.into_any()
                } else if narrowed() {
                    view! { <EmptyState icon=IconName::Search title="No report fits"/> }.into_any()
                } else {
                    view! { <Nothing/> }.into_any()
                }}
            </Load>
        </Page>
    }
    .into_any()
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState icon=IconName::Chart title="No reports yet">
            <p>"Each journey and message has its reports from the moment when it is published."</p>
        </EmptyState>
    }
}

#[component]
fn Rows(page: ReportPage) -> impl IntoView {
    let shown = page.rows.len() as u64;
    let summary = if shown == page.found {
        counted(shown, "report", "reports")
    } else {
        format!(
            "{} of {}",
            grouped(shown),
            counted(page.found, "report", "reports")
        )
    };
    let next = page.next.clone();
    view! {
        <Card flush=true>
            <Table caption="Reports" head=|| view! {
                <th scope="col">"Name"</th>
                <th scope="col" class="later">"Status"</th>
                <th scope="col" class="num later">"Entered"</th>
                <th scope="col" class="num later">"Targeted"</th>
                <th scope="col" class="num">"Accepted"</th>
                <th scope="col" class="num later">"Failed"</th>
                <th scope="col" class="num">"Opened"</th>
                <th scope="col"><span class="unseen">"Live report"</span></th>
            }>
                {page.rows.into_iter().map(|row| view! { <Row row/> }).collect_view()}
            </Table>
            <Pager summary next/>
        </Card>
    }
}

#[component]
fn Row(row: ReportRow) -> impl IntoView {
    let (tone, status) = match (row.kind, row.current) {
        (Kind::Journey, true) => (Tone::Good, "Live"),
        (Kind::Journey, false) => (Tone::Neutral, "Ended"),
        (Kind::Message, true) => (Tone::Good, "Published"),
        (Kind::Message, false) => (Tone::Neutral, "Archived"),
    };
    let place = format!("{}/{}", row.kind.place(), row.id);
    let live = format!("/reports/live/{place}");
    let name = format!("Live report of {}", row.name);
    let entered = match row.kind {
        Kind::Journey => view! { <Number value=row.n(Figure::Entered)/> }.into_any(),
        Kind::Message => view! { <span class="quiet">"–"</span> }.into_any(),
    };
    let rate = Rate::Open
        .of(&row.totals)
        .map(|rate| view! { <span class="sub">{ratio(rate)}</span> });
    let n = |figure| row.n(figure);
    let (targeted, accepted) = (n(Figure::Targeted), n(Figure::Accepted));
    let (failed, opened) = (n(Figure::Failed), n(Figure::Opened));
    view! {
        <tr>
            <td><RowLink href=format!("/reports/global/{place}")>{row.name}</RowLink> " " <Badge>{row.kind.title()}</Badge></td>
            <td class="later"><StatusBadge tone label=status/></td>
            <td class="num later">{entered}</td>
            <td class="num later"><Number value=targeted/></td>
            <td class="num"><Number value=accepted/></td>
            <td class="num later"><Number value=failed/></td>
            <td class="num"><Number value=opened/>{rate}</td>
            <td class="num"><a class="link" href=live aria-label=name>"Live"</a></td>
        </tr>
    }
}
