//! The figures day by day; over a long time week by week, so that they can be read.

use heliograph_model::report::{Figure, Series};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;

use super::range::date;
use crate::components::{self, Card, Chart, ChartData, ChartKind, DownloadCsv, Ink, Table, grouped, whole};

/// Days summed up for one step of the chart and one row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Day,
    Week,
    Month,
}

impl Step {
    /// The shortest by which so many days can be read.
    const fn for_days(days: usize) -> Self {
        match days {
            0..=92 => Self::Day,
            93..=732 => Self::Week,
            _ => Self::Month,
        }
    }

    const fn days(self) -> usize {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
        }
    }

    /// What one is called.
    const fn title(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "7 days from",
            Self::Month => "30 days from",
        }
    }

    /// How the figures are parted.
    const fn by(self) -> &'static str {
        match self {
            Self::Day => "by day",
            Self::Week => "by 7 days",
            Self::Month => "by 30 days",
        }
    }
}

/// The figures of one step, in the order of those that were asked for.
type Row = (Timestamp, Vec<i64>);

fn rows(series: &Series, figures: &[Figure]) -> (Step, Vec<Row>) {
    let step = Step::for_days(series.starts.len());
    let rows = series
        .starts
        .chunks(step.days())
        .enumerate()
        .map(|(index, starts)| {
            let from = index * step.days();
            let sum = |figure: &Figure| {
                series
                    .line(*figure)
                    .map_or(0, |line| line[from..from + starts.len()].iter().sum())
            };
            (starts[0], figures.iter().map(sum).collect())
        })
        .collect();
    (step, rows)
}

/// The figures over time, drawn.
#[component]
pub(super) fn Drawn(
    /// Day by day.
    series: Series,
    /// Does anybody enter what the report is about?
    entered: bool,
) -> impl IntoView {
    let lines: Vec<(Figure, Ink)> = entered
        .then_some((Figure::Entered, Ink::Info))
        .into_iter()
        .chain([
            (Figure::Accepted, Ink::Accent),
            (Figure::Opened, Ink::Good),
            (Figure::Failed, Ink::Bad),
        ])
        .collect();
    let figures: Vec<Figure> = lines.iter().map(|(figure, _)| *figure).collect();
    let (step, rows) = rows(&series, &figures);
    let data = ChartData {
        labels: rows.iter().map(|(at, _)| label(*at)).collect(),
        series: lines
            .into_iter()
            .enumerate()
            .map(|(index, (figure, ink))| components::Series {
                name: figure.title().to_owned(),
                ink,
                values: rows.iter().map(|(_, values)| whole(values[index])).collect(),
            })
            .collect(),
    };
    let title = format!("Figures {}", step.by());
    view! {
        <Card title=format!("What happened, {}", step.by())>
            <Chart title data kind=ChartKind::Lines/>
        </Card>
    }
}

fn label(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %b").to_string()
}

/// The figures over time, as a table, the newest first.
#[component]
pub(super) fn Listed(
    /// Day by day.
    series: Series,
    /// Which figures.
    figures: Vec<Figure>,
    /// What the file is called that it can be saved to.
    file: String,
) -> impl IntoView {
    let (step, rows) = rows(&series, &figures);
    let csv = std::iter::once(
        std::iter::once(step.title().to_owned())
            .chain(figures.iter().map(|figure| figure.title().to_owned()))
            .collect(),
    )
    .chain(rows.iter().map(|(at, values)| {
        std::iter::once(date(*at))
            .chain(values.iter().map(i64::to_string))
            .collect()
    }))
    .collect::<Vec<_>>();
    let title = format!("Figures {}", step.by());
    let what = title.clone();
    let aside = move || {
        view! { <span class="push"><DownloadCsv name=file.clone() what=what.clone() rows=csv.clone()/></span> }
    };
    let shown = figures.clone();
    let head = move || {
        let cells = shown
            .iter()
            .map(|figure| view! { <th scope="col" class=class_of(*figure)>{figure.title()}</th> })
            .collect_view();
        view! { <th scope="col">{step.title()}</th> {cells} }
    };
    let body = rows
        .into_iter()
        .rev()
        .map(|(at, values)| {
            let cells = values
                .into_iter()
                .zip(&figures)
                .map(|(n, figure)| view! { <td class=class_of(*figure)>{grouped(whole(n))}</td> })
                .collect_view();
            view! { <tr><th scope="row">{at.to_jiff().strftime("%-d %b %Y").to_string()}</th>{cells}</tr> }
        })
        .collect_view();
    view! {
        <Card title=title.clone() aside flush=true>
            <Table caption=title head>{body}</Table>
        </Card>
    }
}

/// A phone shows where people came in, what was sent, and what they did.
const fn class_of(figure: Figure) -> &'static str {
    match figure {
        Figure::Entered | Figure::Accepted | Figure::Opened => "num",
        _ => "num later",
    }
}

#[cfg(test)]
mod tests {
    use heliograph_model::report::Grain;

    use super::*;

    fn series(days: i64) -> Series {
        let day = |n: i64| Timestamp::from_millis(n * 86_400_000);
        Series::of(
            Grain::Day,
            day(0),
            day(days),
            (0..days).map(|n| (day(n), Figure::Opened, 1)),
        )
    }

    #[test]
    fn a_long_time_is_summed_up_by_weeks_and_nothing_is_lost() {
        for (days, steps) in [(1, 1), (92, 92), (93, 14), (365, 53), (1830, 61)] {
            let (_, rows) = rows(&series(days), &[Figure::Opened, Figure::Failed]);
            assert_eq!(rows.len(), steps, "{days}");
            let opened: i64 = rows.iter().map(|(_, values)| values[0]).sum();
            let failed: i64 = rows.iter().map(|(_, values)| values[1]).sum();
            assert_eq!((opened, failed), (days, 0), "{days}");
        }
    }
}
