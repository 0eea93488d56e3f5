//! The live report of a journey, of a message, or of everything.

mod api;

use std::time::Duration;

use heliograph_model::delivery::State;
use heliograph_model::journey::NodeId;
use heliograph_model::report::{Figure, LatestDelivery, LiveSpan, Totals};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::components::{
    Card, Chart, ChartKind, Choice, EmptyState, FigureCell, FigureList, Filter, Follow, IconName, Ink, Load,
    NowCell, Page, PageHead, Pulse, Reasons, RelativeTime, StatusBadge, Table, Tone, charted, grouped,
    use_span_labels, whole,
};
use crate::pages::app_configuration::HeldApps;
use crate::pages::lazy_page;
use api::{LiveView, live};

/// How long after one answer the report is asked for again, while it is looked at.
const FOLLOW: Duration = Duration::from_millis(700);

lazy_page! {
    /// The live report.
    ReportLive in console
}

fn view() -> AnyView {
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = move || {
        let of = |name: &str| params.with(|params| params.get(name).unwrap_or_default());
        (
            of("kind"),
            of("id"),
            query.with(|query| query.get("span").unwrap_or_default()),
        )
    };
    let report = Resource::new(wanted, |(kind, id, span)| live(kind, id, span));
    let shown = RwSignal::new(None::<LiveView>);
    // What has come since the page was opened is laid over what came with it.
    Follow::new(FOLLOW, move || {
        let of = |name: &str| params.with_untracked(|params| params.get(name).unwrap_or_default());
        let span = query.with_untracked(|query| query.get("span").unwrap_or_default());
        let (kind, id) = (of("kind"), of("id"));
        async move {
            if let Ok(view) = live(kind, id, span).await {
                // The page may have been left meanwhile.
                shown.try_set(Some(view));
            }
        }
    });
    let spans = LiveSpan::ALL
        .into_iter()
        .map(|span| {
            Choice::new(
                if span == LiveSpan::Hour { "" } else { span.as_str() },
                span.title(),
            )
        })
        .collect::<Vec<_>>();
    view! {
        <Page>
            <Load resource=report let:first>
                {
                    let title = first.title.clone();
                    let spans = spans.clone();
                    let view = Signal::derive(move || shown.get().filter(|view| view.report.span == first.report.span).unwrap_or_else(|| first.clone()));
                    let changed = Signal::derive(move || view.with(|view| view.report.changed_at));
                    view! {
                        <PageHead title=title lead="Live: it changes as it happens.">
                            <Pulse changed/>
                        </PageHead>
                        <HeldApps/>
                        <Filter label="Span" name="span" choices=spans/>
                        <Report view/>
                    }
                }
            </Load>
        </Page>
    }
    .into_any()
}

/// The figures that are drawn.
const DRAWN: [(Figure, Ink); 3] = [
    (Figure::Accepted, Ink::Accent),
    (Figure::Opened, Ink::Good),
    (Figure::Failed, Ink::Bad),
];

#[component]
fn Report(view: Signal<LiveView>) -> impl IntoView {
    let totals = Signal::derive(move || view.with(|view| view.report.totals.clone()));
    let nothing = Memo::new(move |_| view.with(|view| view.report.ever.is_empty()));
    let is_journey = Memo::new(move |_| view.with(|view| view.nodes.iter().any(|_| true)));
    let named = use_span_labels();
    let data = Signal::derive(move || view.with(|view| charted(&view.report.series, &DRAWN, named)));
    view! {
        <Show when=move || nothing.get()>
            <EmptyState icon=IconName::Chart title="Nothing has happened yet">
                <p>"As soon as a profile enters or a push goes out, it is counted here."</p>
            </EmptyState>
        </Show>
        <Figures totals view/>
        <Card title="Sends and what became of them">
            <Chart title="Accepted, failed and opened" data kind=ChartKind::Lines/>
        </Card>
        <div class="two-columns">
            <Reasons title="Failed, by reason" figure=Figure::Failed totals empty="Nothing has failed."/>
            <Reasons title="Excluded, by reason" figure=Figure::Excluded totals empty="Nothing was excluded."/>
        </div>
        <Show when=move || is_journey.get()><Nodes view/></Show>
        <Latest view/>
    }
}

/// The figures that are shown, in the order in which one leads to the next.
const SHOWN: [Figure; 10] = [
    Figure::Entered,
    Figure::Left,
    Figure::Targeted,
    Figure::Excluded,
    Figure::Accepted,
    Figure::Failed,
    Figure::Unknown,
    Figure::Opened,
    Figure::Clicked,
    Figure::Dismissed,
];

#[component]
fn Figures(totals: Signal<Totals>, view: Signal<LiveView>) -> impl IntoView {
    let waiting = Signal::derive(move || view.with(|view| view.report.now.waiting));
    let here = Signal::derive(move || view.with(|view| view.report.now.here));
    view! {
        <FigureList>
            {SHOWN.into_iter().map(|figure| view! { <FigureCell figure totals/> }).collect_view()}
            <NowCell label="Waiting now" value=waiting/>
            <NowCell label="Here now" value=here/>
        </FigureList>
    }
}

#[component]
fn Nodes(view: Signal<LiveView>) -> impl IntoView {
    let rows = move || {
        view.with(|view| {
            view.nodes
                .iter()
                .map(|(NodeId(id), name)| {
                    let totals = view
                        .report
                        .nodes
                        .iter()
                        .find(|node| node.node == *id)
                        .map(|node| node.totals.clone())
                        .unwrap_or_default();
                    let n = |figure| grouped(whole(totals.n(figure)));
                    view! {
                        <tr>
                            <td>{name.clone()}</td>
                            <td class="num">{n(Figure::Arrived)}</td>
                            <td class="num">{n(Figure::Passed)}</td>
                            <td class="num later">{n(Figure::Left)}</td>
                        </tr>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <Card title="Step by step" flush=true><Table caption="Steps of the journey" head=|| view! {
            <th scope="col">"Step"</th><th scope="col" class="num">"Came here"</th><th scope="col" class="num">"Went on"</th><th scope="col" class="num later">"Left here"</th>
        }>
            {rows}
        </Table></Card>
    }
}

#[component]
fn Latest(view: Signal<LiveView>) -> impl IntoView {
    let rows = move || {
        view.with(|view| {
            view.report
                .latest
                .iter()
                .cloned()
                .map(|one| view! { <Delivery one/> })
                .collect_view()
        })
    };
    let any = Memo::new(move |_| view.with(|view| !view.report.latest.is_empty()));
    view! {
        <Show when=move || any.get()>
            <Card title="Latest deliveries" flush=true><Table caption="Latest deliveries" head=|| view! {
                <th scope="col">"Message"</th><th scope="col">"State"</th><th scope="col" class="later">"Opened"</th><th scope="col">"Queued"</th>
            }>
                {rows}
            </Table></Card>
        </Show>
    }
}

#[component]
fn Delivery(one: LatestDelivery) -> impl IntoView {
    let tone = match one.state {
        State::Accepted => Tone::Good,
        State::Failed => Tone::Bad,
        State::Unknown | State::Waiting => Tone::Warn,
        State::Queued | State::Sending | State::Excluded => Tone::Neutral,
    };
    let reason = one
        .reason
        .as_deref()
        .and_then(heliograph_model::delivery::explain)
        .map(|(title, _, _)| title)
        .filter(|_| one.state != State::Accepted);
    let label = reason.map_or_else(
        || one.state.as_str().to_owned(),
        |reason| format!("{}: {reason}", one.state.as_str()),
    );
    view! {
        <tr>
            <td><a class="link" href=format!("/deliveries/{}", one.id)>{one.message_name}</a></td>
            <td><StatusBadge tone label/></td>
            <td class="later">{one.opened_at.map(|at| view! { <RelativeTime at/> })}</td>
            <td><RelativeTime at=one.created_at/></td>
        </tr>
    }
}
