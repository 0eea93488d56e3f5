//! What happened over time in one journey or message, or in everything.

mod api;
mod over_time;
mod parts;
mod range;
mod week;

use heliograph_model::report::{Figure, GlobalReport, Scope};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::components::{
    ButtonLink, EmptyState, FigureCell, FigureList, IconName, Load, Page, PageHead, Reasons, grouped,
};
use crate::pages::lazy_page;
#[cfg(feature = "ssr")]
pub(super) use api::range;
use api::{GlobalView, global};
use over_time::{Drawn, Listed};
use parts::{Apps, Funnel, Ranking, Steps};
pub(super) use range::Ranges;
use range::{Dates, date};
use week::ByHour;

lazy_page! {
    /// What happened over time in one journey or message, or in everything.
    ReportGlobal in console
}

fn view() -> AnyView {
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = move || {
        let named = |name: &str| params.with(|params| params.get(name).unwrap_or_default());
        let asked = |name: &str| query.with(|query| query.get(name).unwrap_or_default());
        (
            named("kind"),
            named("id"),
            asked("days"),
            asked("from"),
            asked("to"),
        )
    };
    let report = Resource::new(wanted, |(kind, id, days, from, to)| {
        global(kind, id, days, from, to)
    });
    view! {
        <Page class="report-global">
            <Load resource=report let:view>
                <Head view=view.clone()/>
                <div class="range row wrap">
                    <Ranges/>
                    <Dates report=view.report.clone()/>
                </div>
                <Report view/>
            </Load>
        </Page>
    }
    .into_any()
}

/// "28 Oct to 24 Nov 2026".
fn days_in_words(from: Timestamp, to: Timestamp) -> String {
    let last = Timestamp::from_millis(to.as_millis() - 1).to_jiff();
    format!(
        "{} to {}",
        from.to_jiff().strftime("%-d %b %Y"),
        last.strftime("%-d %b %Y")
    )
}

#[component]
fn Head(view: GlobalView) -> impl IntoView {
    let report = &view.report;
    let days = report.series.starts.len() as u64;
    let before = match days {
        1 => "the day before".to_owned(),
        days => format!("the {} days before", grouped(days)),
    };
    let compared = match &report.compared {
        Some(other) if other.totals.is_empty() => format!("; nothing was counted in {before}"),
        Some(_) => format!(", against {before}"),
        None => String::new(),
    };
    let lead = format!("{}, in UTC{compared}.", days_in_words(report.from, report.to));
    let live = match report.scope {
        Scope::All | Scope::JourneyVersion { .. } => "/reports/live/all/all".to_owned(),
        Scope::Journey { id } => format!("/reports/live/journeys/{id}"),
        Scope::Message { id } => format!("/reports/live/messages/{id}"),
    };
    view! {
        <PageHead title=view.title lead=lead>
            <ButtonLink href=live icon=IconName::Activity>"Live report"</ButtonLink>
        </PageHead>
    }
}

/// The figures that are shown, in the order in which one leads to the next.
fn figures_of(scope: Scope) -> Vec<Figure> {
    const OF_JOURNEYS: [Figure; 2] = [Figure::Entered, Figure::Left];
    const OF_ALL: [Figure; 8] = [
        Figure::Targeted,
        Figure::Excluded,
        Figure::Accepted,
        Figure::Failed,
        Figure::Unknown,
        Figure::Opened,
        Figure::Clicked,
        Figure::Dismissed,
    ];
    let of_journeys = if has_entries(scope) { &OF_JOURNEYS[..] } else { &[] };
    of_journeys.iter().chain(&OF_ALL).copied().collect()
}

/// Does anybody enter what the report is about?
const fn has_entries(scope: Scope) -> bool {
    !matches!(scope, Scope::Message { .. })
}

#[component]
fn Report(view: GlobalView) -> impl IntoView {
    let report = view.report;
    if report.totals.is_empty() {
        return view! {
            <EmptyState icon=IconName::Chart title="Nothing happened in these days">
                <p>"Choose other days, or look at the live report: as soon as a profile enters or a push goes out, it is counted."</p>
            </EmptyState>
        }
        .into_any();
    }
    let entered = has_entries(report.scope);
    let figures = figures_of(report.scope);
    let file = |what: &str| {
        format!(
            "{what} {} to {}",
            date(report.from),
            date(Timestamp::from_millis(report.to.as_millis() - 1))
        )
    };
    let (by_day, by_step) = (file("figures"), file("steps"));
    let totals = Signal::stored(report.totals.clone());
    let GlobalReport {
        scope,
        series,
        week,
        nodes,
        apps,
        journeys,
        messages,
        compared,
        ..
    } = report;
    let before = compared
        .map(|compared| compared.totals)
        .filter(|before| !before.is_empty());
    let cells = figures
        .iter()
        .map(|figure| match before.clone() {
            Some(before) => view! { <FigureCell figure=*figure totals before=before/> }.into_any(),
            None => view! { <FigureCell figure=*figure totals/> }.into_any(),
        })
        .collect_view();
    let steps = matches!(scope, Scope::Journey { .. })
        .then(|| view! { <Steps nodes=view.nodes figures=nodes file=by_step/> });
    let journeys = (!matches!(scope, Scope::Journey { .. }) && !journeys.is_empty())
        .then(|| view! { <Ranking title="By journey" one="Journey" place="journeys" ranked=journeys/> });
    let messages = (!matches!(scope, Scope::Message { .. }) && !messages.is_empty())
        .then(|| view! { <Ranking title="By message" one="Message" place="messages" ranked=messages/> });
    let apps = (!apps.is_empty()).then(|| view! { <Apps apps/> });
    view! {
        <FigureList>{cells}</FigureList>
        <Drawn series=series.clone() entered/>
        <div class="two-columns">
            <Funnel totals=totals.get_untracked() entered/>
            <div class="stack wide">
                <Reasons title="Excluded, by reason" figure=Figure::Excluded totals empty="Nothing was excluded."/>
                <Reasons title="Failed, by reason" figure=Figure::Failed totals empty="Nothing has failed."/>
            </div>
        </div>
        {steps}
        <div class="two-columns">{apps} {journeys} {messages} <ByHour week/></div>
        <Listed series figures file=by_day/>
    }
    .into_any()
}
