//! When in the week something happens, three hours at a time.

use heliograph_model::report::{Figure, Week};
use leptos::prelude::*;

use crate::components::{Card, Table, grouped, whole};

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
/// Hours that are summed up in one cell, so that a phone has room for a day.
const SPAN: usize = 3;

/// A figure by the hours of the week.
#[component]
pub(super) fn ByHour(
    /// What is in the report.
    week: Vec<Week>,
) -> impl IntoView {
    // When people open is what one sends by; until somebody has, when they were sent to.
    let shown = [Figure::Opened, Figure::Accepted, Figure::Entered]
        .into_iter()
        .find_map(|figure| {
            week.iter()
                .find(|week| week.figure == figure && week.hours.iter().any(|n| *n > 0))
        });
    let Some(shown) = shown else {
        return ().into_any();
    };
    let spans = by_span(&shown.hours);
    let most = spans.iter().flatten().copied().max().unwrap_or(0).max(1);
    let rows = DAYS
        .into_iter()
        .zip(spans)
        .map(|(day, spans)| {
            let cells = spans
                .into_iter()
                .map(|n| {
                    let share = format!("--share: {}%", n * 100 / most);
                    view! { <td class="heat" style=share>{grouped(n)}</td> }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row"><span aria-hidden="true">{&day[..3]}</span><span class="unseen">{day}</span></th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    let head = || {
        let spans = (0..24)
            .step_by(SPAN)
            .map(|hour| {
                let to = hour + SPAN;
                view! {
                    <th scope="col" class="heat">
                        <span aria-hidden="true">{format!("{hour:02}")}</span>
                        <span class="unseen">{format!("{hour} to {to} o’clock")}</span>
                    </th>
                }
            })
            .collect_view();
        view! { <th scope="col">"Day"</th> {spans} }
    };
    let title = format!("{}, by hour of the week", shown.figure.title());
    let caption = format!("{title}, in UTC");
    view! {
        <Card title=title class="week" aside=|| view! { <span class="push">"Hours in UTC"</span> } flush=true>
            <Table caption head>{rows}</Table>
        </Card>
    }
    .into_any()
}

/// The sums of each day's spans of hours.
fn by_span(hours: &[i64]) -> Vec<Vec<u64>> {
    hours
        .chunks(24)
        .map(|day| day.chunks(SPAN).map(|span| whole(span.iter().sum())).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_eight_spans() {
        let mut hours = vec![0; 7 * 24];
        // Tuesday at five and at six, Sunday at eleven in the evening.
        (hours[24 + 5], hours[24 + 6], hours[7 * 24 - 1]) = (2, 3, 4);
        let spans = by_span(&hours);
        assert_eq!((spans.len(), spans[0].len()), (7, 8));
        assert_eq!((spans[1][1], spans[1][2], spans[6][7]), (2, 3, 4));
    }
}
