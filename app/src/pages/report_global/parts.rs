//! The figures by what they belong to: the steps of the journey, apps, journeys, messages; and how one leads to the next.

use heliograph_model::journey::NodeId;
use heliograph_model::report::{AppFigures, Figure, NodeFigures, Ranked, Totals};
use leptos::prelude::*;

use crate::components::{Badge, Card, DownloadCsv, RowLink, Table, grouped, ratio, whole};

fn number(totals: &Totals, figure: Figure) -> String {
    grouped(whole(totals.n(figure)))
}

/// How one figure leads to the next.
#[component]
pub(super) fn Funnel(
    /// What was counted.
    totals: Totals,
    /// Does anybody enter what the report is about?
    entered: bool,
) -> impl IntoView {
    let displayed = totals.n(Figure::Displayed) > 0;
    let stages: Vec<Figure> = [
        (Figure::Entered, entered),
        (Figure::Targeted, true),
        (Figure::Accepted, true),
        (Figure::Displayed, displayed),
        (Figure::Opened, true),
        (Figure::Clicked, true),
    ]
    .into_iter()
    .filter_map(|(figure, shown)| shown.then_some(figure))
    .collect();
    let n = |figure: Figure| whole(totals.n(figure));
    let most = stages.iter().map(|figure| n(*figure)).max().unwrap_or(0).max(1);
    let rows = stages
        .iter()
        .enumerate()
        .map(|(index, figure)| {
            let part = n(*figure) as f64 * 100.0 / most as f64;
            // What enters are people, what is targeted are deliveries: no share of each other. Only some phones say that
            // they displayed a push, so what comes after is a share of what was accepted.
            let of = match figure {
                Figure::Entered | Figure::Targeted => None,
                Figure::Clicked => Some(Figure::Opened),
                Figure::Opened => Some(Figure::Accepted),
                _ => index.checked_sub(1).map(|before| stages[before]),
            };
            let note = of.filter(|of| n(*of) > 0).map(|of| {
                let share = n(*figure) as f64 / n(of) as f64;
                view! { <small>{format!("{} of {}", ratio(share), of.title().to_lowercase())}</small> }
            });
            view! {
                <li>
                    <b>{figure.title()}</b>
                    <span class="num">{grouped(n(*figure))}</span>
                    <span class="inline-bar" aria-hidden="true"><i style=format!("width: {part:.1}%")></i></span>
                    {note}
                </li>
            }
        })
        .collect_view();
    view! { <Card title="From one to the next" flush=true><ol class="funnel">{rows}</ol></Card> }
}

/// What happened at each step of the journey.
#[component]
pub(super) fn Steps(
    /// The steps as they are drawn.
    nodes: Vec<(NodeId, String)>,
    /// What was counted at each.
    figures: Vec<NodeFigures>,
    /// What the file is called that it can be saved to.
    file: String,
) -> impl IntoView {
    const FIGURES: [(Figure, &str, &str); 6] = [
        (Figure::Arrived, "Came here", "num"),
        (Figure::Passed, "Went on", "num later"),
        (Figure::Left, "Left here", "num later"),
        (Figure::Targeted, "Targeted", "num later"),
        (Figure::Accepted, "Accepted", "num"),
        (Figure::Opened, "Opened", "num"),
    ];
    // A step that an earlier version had is not drawn any more, but what happened there has been counted.
    let earlier = figures
        .iter()
        .filter(|one| !nodes.iter().any(|(NodeId(id), _)| *id == one.node))
        .map(|one| {
            (
                NodeId(one.node.clone()),
                format!("Of an earlier version ({})", one.node),
            )
        })
        .collect::<Vec<_>>();
    let rows: Vec<(String, Totals)> = nodes
        .into_iter()
        .chain(earlier)
        .map(|(NodeId(id), name)| {
            let counted = figures.iter().find(|one| one.node == id);
            (name, counted.map(|one| one.totals.clone()).unwrap_or_default())
        })
        .collect();
    let csv: Vec<Vec<String>> = std::iter::once(
        std::iter::once("Step".to_owned())
            .chain(FIGURES.iter().map(|(_, title, _)| (*title).to_owned()))
            .collect(),
    )
    .chain(rows.iter().map(|(name, totals)| {
        std::iter::once(name.clone())
            .chain(FIGURES.iter().map(|(figure, ..)| totals.n(*figure).to_string()))
            .collect()
    }))
    .collect();
    let aside = move || {
        view! { <span class="push"><DownloadCsv name=file.clone() what="Step by step" rows=csv.clone()/></span> }
    };
    let body = rows
        .into_iter()
        .map(|(name, totals)| {
            let cells = FIGURES
                .iter()
                .map(|(figure, _, class)| view! { <td class=*class>{number(&totals, *figure)}</td> })
                .collect_view();
            view! { <tr><th scope="row">{name}</th>{cells}</tr> }
        })
        .collect_view();
    let head = move || {
        let cells = FIGURES
            .iter()
            .map(|(_, title, class)| view! { <th scope="col" class=*class>{*title}</th> })
            .collect_view();
        view! { <th scope="col">"Step"</th> {cells} }
    };
    view! {
        <Card title="Step by step" aside flush=true>
            <Table caption="Step by step" head>{body}</Table>
        </Card>
    }
}

/// What happened by each app.
#[component]
pub(super) fn Apps(
    /// The apps.
    apps: Vec<AppFigures>,
) -> impl IntoView {
    let rows = apps
        .into_iter()
        .map(|app| {
            let platform = app
                .platform
                .map(|platform| view! { " " <Badge>{platform.title()}</Badge> });
            view! {
                <tr>
                    <th scope="row">{app.name.unwrap_or_else(|| "A deleted app".to_owned())} {platform}</th>
                    <Sent totals=app.totals/>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title="By app" flush=true>
            <Table caption="By app" head=|| view! { <th scope="col">"App"</th> <SentHead/> }>{rows}</Table>
        </Card>
    }
}

/// What happened by each journey or message, the busiest first.
#[component]
pub(super) fn Ranking(
    /// "By journey".
    title: &'static str,
    /// What one of them is called.
    one: &'static str,
    /// Where their reports are.
    place: &'static str,
    /// The journeys or messages.
    ranked: Vec<Ranked>,
) -> impl IntoView {
    let rows = ranked
        .into_iter()
        .map(|ranked| {
            let name = match ranked.name {
                Some(name) => {
                    view! { <RowLink href=format!("/reports/global/{place}/{}", ranked.id)>{name}</RowLink> }
                        .into_any()
                }
                None => "Deleted".into_any(),
            };
            view! { <tr><th scope="row">{name}</th><Sent totals=ranked.totals/></tr> }
        })
        .collect_view();
    view! {
        <Card title=title flush=true>
            <Table caption=title head=move || view! { <th scope="col">{one}</th> <SentHead/> }>{rows}</Table>
        </Card>
    }
}

#[component]
fn SentHead() -> impl IntoView {
    view! {
        <th scope="col" class="num later">"Targeted"</th>
        <th scope="col" class="num">"Accepted"</th>
        <th scope="col" class="num later">"Failed"</th>
        <th scope="col" class="num">"Opened"</th>
    }
}

#[component]
fn Sent(totals: Totals) -> impl IntoView {
    view! {
        <td class="num later">{number(&totals, Figure::Targeted)}</td>
        <td class="num">{number(&totals, Figure::Accepted)}</td>
        <td class="num later">{number(&totals, Figure::Failed)}</td>
        <td class="num">{number(&totals, Figure::Opened)}</td>
    }
}
