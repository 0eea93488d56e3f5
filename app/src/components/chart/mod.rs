//! Charts: SVG with axes from zero, direct labels, a tooltip on hover and by arrow keys, and a table for screen readers.

mod data;
mod marks;

use leptos::prelude::*;

use super::number::grouped;
pub use data::{ChartData, ChartKind, Ink, Series};
use marks::{HEIGHT, Scale, WIDTH, along, bars, ends, grid, hits, lines, percent, step_for, upright};

/// A chart.
#[component]
pub fn Chart(
    /// What it shows, as a short phrase: "Accepted and opened, by hour".
    #[prop(into)]
    title: Signal<String>,
    /// The figures.
    #[prop(into)]
    data: Signal<ChartData>,
    /// How they are drawn.
    kind: ChartKind,
) -> impl IntoView {
    let at = RwSignal::new(None::<usize>);
    let measured = move || {
        data.with(|data| {
            let highest = data.highest(kind);
            let step = step_for(highest);
            (
                Scale {
                    steps: data.labels.len(),
                    top: highest.div_ceil(step).max(1) * step,
                },
                step,
            )
        })
    };
    let drawing = move || {
        let (scale, step) = measured();
        data.with(|data| {
            let marks = match kind {
                ChartKind::Lines => lines(data, scale).into_any(),
                ChartKind::Bars => bars(data, scale).into_any(),
            };
            view! { {grid(scale, step)} {marks} {hits(data, scale, at)} }
        })
    };
    let words = move || {
        let (scale, step) = measured();
        data.with(|data| {
            let ends = (kind == ChartKind::Lines).then(|| ends(data, scale));
            view! { {upright(scale, step)} {along(data, scale)} {ends} }
        })
    };
    let tip = move || {
        let step = at.get()?;
        let (scale, _) = measured();
        data.with(|data| {
            let label = data.labels.get(step)?.clone();
            let rows = data
                .series
                .iter()
                .map(|series| {
                    let value = series.values.get(step).copied().unwrap_or(0);
                    view! {
                        <span>
                            <i class=format!("swatch {}", series.ink.class())></i>
                            {series.name.clone()}
                            <em>{grouped(value)}</em>
                        </span>
                    }
                })
                .collect_view();
            Some(view! {
                <div class="tip" style=format!("left: {}", percent(scale.x(step), WIDTH)) aria-hidden="true">
                    <b>{label}</b>
                    {rows}
                </div>
            })
        })
    };
    // One stop for the keyboard, not one for each step: a chart of an hour has sixty.
    let walk = move |event: leptos::ev::KeyboardEvent| {
        let last = data.with_untracked(|data| data.labels.len()).saturating_sub(1);
        let Some(next) = walked(&event.key(), at.get_untracked(), last) else {
            return;
        };
        event.prevent_default();
        at.set(next);
    };
    let room = if kind == ChartKind::Lines {
        "plot-room ends"
    } else {
        "plot-room"
    };
    view! {
        <figure class="chart" on:pointerleave=move |_| at.set(None)>
            <Legend data/>
            <div class=room>
                <svg
                    class="plot"
                    viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=move || format!("{}. Arrow keys walk along it.", title.get())
                    tabindex="0"
                    on:keydown=walk
                    on:blur=move |_| at.set(None)
                >
                    {drawing}
                </svg>
                {words}
                {tip}
            </div>
            <Figures title data/>
        </figure>
    }
}

#[component]
fn Legend(data: Signal<ChartData>) -> impl IntoView {
    let entries = move || {
        data.with(|data| {
            data.series
                .iter()
                .map(|series| {
                    view! {
                        <span>
                            <i class=format!("swatch {}", series.ink.class())></i>
                            {series.name.clone()}
                        </span>
                    }
                })
                .collect_view()
        })
    };
    view! { <figcaption class="legend" aria-hidden="true">{entries}</figcaption> }
}

/// The same figures as a table, for those who cannot see the drawing.
#[component]
fn Figures(title: Signal<String>, data: Signal<ChartData>) -> impl IntoView {
    let head = move || {
        data.with(|data| {
            data.series
                .iter()
                .map(|series| view! { <th scope="col">{series.name.clone()}</th> })
                .collect_view()
        })
    };
    let rows = move || {
        data.with(|data| {
            data.labels
                .iter()
                .enumerate()
                .map(|(step, label)| {
                    let cells = data
                        .series
                        .iter()
                        .map(|series| {
                            view! { <td>{series.values.get(step).copied().map(grouped)}</td> }
                        })
                        .collect_view();
                    view! { <tr><th scope="row">{label.clone()}</th>{cells}</tr> }
                })
                .collect_view()
        })
    };
    view! {
        <table class="unseen">
            <caption>{title}</caption>
            <thead><tr><td></td>{head}</tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// The step that a key leads to; none, if the key is not the chart's.
fn walked(key: &str, from: Option<usize>, last: usize) -> Option<Option<usize>> {
    Some(match (key, from) {
        ("ArrowLeft", None) | ("ArrowRight", None) | ("End", _) => Some(last),
        ("ArrowLeft", Some(step)) => Some(step.saturating_sub(1)),
        ("ArrowRight", Some(step)) => Some((step + 1).min(last)),
        ("Home", _) => Some(0),
        ("Escape", Some(_)) => None,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_walk_along_the_steps_and_stop_at_the_ends() {
        assert_eq!(walked("ArrowLeft", None, 59), Some(Some(59)));
        assert_eq!(walked("ArrowLeft", Some(59), 59), Some(Some(58)));
        assert_eq!(walked("ArrowLeft", Some(0), 59), Some(Some(0)));
        assert_eq!(walked("ArrowRight", Some(59), 59), Some(Some(59)));
        assert_eq!(walked("Home", Some(9), 59), Some(Some(0)));
        assert_eq!(walked("Escape", Some(9), 59), Some(None));
        assert_eq!(walked("Escape", None, 59), None);
        assert_eq!(walked("Tab", Some(9), 59), None);
    }
}
