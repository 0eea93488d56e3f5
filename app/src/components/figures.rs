//! What reports are made of: figures with their rates and changes, reasons with their advice.

use heliograph_model::report::{self, Figure, Grain, Rate, Totals};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;

use super::number::{grouped, ratio, whole};
use super::{Card, ChartData, Explain, Icon, IconName, Ink, Series};

/// Figures beside each other: a list of [`FigureCell`] and [`NowCell`].
#[component]
pub fn FigureList(
    /// What they are, for screen readers.
    #[prop(default = "Figures")]
    label: &'static str,
    /// The cells.
    children: Children,
) -> impl IntoView {
    view! { <dl class="figures card" aria-label=label>{children()}</dl> }
}

/// The rate that is shown with a figure, and of what it is a share.
const fn rate_of(figure: Figure) -> Option<(Rate, &'static str)> {
    match figure {
        Figure::Excluded => Some((Rate::Exclusion, "of targeted")),
        Figure::Accepted => Some((Rate::Acceptance, "of sent")),
        Figure::Failed => Some((Rate::Failure, "of sent")),
        Figure::Displayed => Some((Rate::Display, "of accepted")),
        Figure::Opened => Some((Rate::Open, "of accepted")),
        Figure::Clicked => Some((Rate::Click, "of accepted")),
        Figure::Dismissed => Some((Rate::Dismissal, "of accepted")),
        Figure::Entered
        | Figure::Left
        | Figure::Arrived
        | Figure::Passed
        | Figure::Targeted
        | Figure::Unknown => None,
    }
}

/// One figure: its number, how it is counted, its rate, and how it has changed.
#[component]
pub fn FigureCell(
    /// Which.
    figure: Figure,
    /// What was counted.
    #[prop(into)]
    totals: Signal<Totals>,
    /// What was counted in the time that it is compared with.
    #[prop(optional, into)]
    before: MaybeProp<Totals>,
) -> impl IntoView {
    let n = move || totals.with(|totals| totals.n(figure));
    let rate = move || {
        let (rate, of) = rate_of(figure)?;
        let rate = totals.with(|totals| rate.of(totals))?;
        Some(format!("{} {of}", ratio(rate)))
    };
    let change = move || {
        before
            .get()
            .map(|before| view! { <Change now=n() before=before.n(figure)/> })
    };
    view! {
        <div class="figure">
            <dt>
                {figure.title()}
                <Explain id=format!("about-{}", figure.as_str()) what=figure.title()>{figure.how()}</Explain>
            </dt>
            <dd>{move || grouped(whole(n()))}</dd>
            <dd class="note">{rate}</dd>
            <dd class="note">{change}</dd>
        </div>
    }
}

/// A figure that tells how things stand at this moment.
#[component]
pub fn NowCell(
    /// What it tells.
    label: &'static str,
    /// How many.
    #[prop(into)]
    value: Signal<i64>,
) -> impl IntoView {
    view! {
        <div class="figure">
            <dt>{label}</dt>
            <dd>{move || grouped(whole(value.get()))}</dd>
        </div>
    }
}

/// How much a figure has changed: up or down, by which share of what it was.
#[component]
fn Change(now: i64, before: i64) -> impl IntoView {
    let (icon, words) = match change_in_words(now, before) {
        Some(change) => change,
        None => return ().into_any(),
    };
    view! { <span class="change"><Icon name=icon/>{words}</span> }.into_any()
}

fn change_in_words(now: i64, before: i64) -> Option<(IconName, String)> {
    if now == before {
        return (now != 0).then(|| (IconName::Minus, "as before".to_owned()));
    }
    let icon = if now > before {
        IconName::TrendUp
    } else {
        IconName::TrendDown
    };
    let words = if before > 0 {
        // Counts are far below the 2^53 from which on a float would round them.
        let share = (now - before).unsigned_abs() as f64 / before as f64;
        format!("{} {}", ratio(share), if now > before { "more" } else { "less" })
    } else {
        "none before".to_owned()
    };
    Some((icon, words))
}

/// The page of everything that can become of a push.
pub const OUTCOMES: &str = "/help/delivery-outcomes";

/// The id of the entry on that page about a reason. Some of what fails has the code of something that is excluded.
pub fn outcome_id(figure: Figure, code: &str) -> String {
    match figure {
        Figure::Excluded => format!("excluded-{code}"),
        _ => code.to_owned(),
    }
}

/// Why something was counted, the most frequent first, each with its share and what to do.
#[component]
pub fn Reasons(
    /// What it is the reasons of: "Failed, by reason".
    title: &'static str,
    /// Which figure.
    figure: Figure,
    /// What was counted.
    #[prop(into)]
    totals: Signal<Totals>,
    /// What is said where there is none.
    empty: &'static str,
) -> impl IntoView {
    let rows = move || {
        let reasons = totals.with(|totals| totals.reasons(figure));
        let all: i64 = reasons.iter().map(|reason| reason.n).sum();
        if reasons.is_empty() {
            return view! { <p class="quiet t13">{empty}</p> }.into_any();
        }
        let rows = reasons
            .into_iter()
            .map(|reason| {
                let part = whole(reason.n) as f64 * 100.0 / whole(all).max(1) as f64;
                let about = format!("{OUTCOMES}#{}", outcome_id(figure, &reason.code));
                view! {
                    <li>
                        <div class="row between">
                            <a class="medium" href=about>{reason.title}</a>
                            <span class="num">{grouped(whole(reason.n))}</span>
                        </div>
                        <span class="inline-bar" aria-hidden="true"><i style=format!("width: {part:.1}%")></i></span>
                        <p>{reason.advice}</p>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="reasons">{rows}</ul> }.into_any()
    };
    view! { <Card title=title>{rows}</Card> }
}

/// A chart of figures over time, each in its colour. `named` labels the span of time that begins at a moment, as
/// [`super::use_span_labels`] does.
pub fn charted(
    series: &report::Series,
    figures: &[(Figure, Ink)],
    named: impl Fn(Grain, Timestamp) -> String,
) -> ChartData {
    ChartData {
        labels: series
            .starts
            .iter()
            .map(|start| named(series.grain, *start))
            .collect(),
        series: figures
            .iter()
            .map(|(figure, ink)| Series {
                name: figure.title().to_owned(),
                ink: *ink,
                values: series.line(*figure).map_or_else(
                    || vec![0; series.starts.len()],
                    |values| values.iter().copied().map(whole).collect(),
                ),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_names_what_it_is_a_share_of() {
        let words = |now, before| change_in_words(now, before).map(|(_, words)| words);
        assert_eq!(words(150, 100).as_deref(), Some("50 % more"));
        assert_eq!(words(97, 100).as_deref(), Some("3.0 % less"));
        assert_eq!(words(0, 100).as_deref(), Some("100 % less"));
        assert_eq!(words(7, 7).as_deref(), Some("as before"));
        assert_eq!(words(7, 0).as_deref(), Some("none before"));
        assert_eq!(words(0, 0), None);
    }
}
