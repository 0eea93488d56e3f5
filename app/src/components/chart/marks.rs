//! What is drawn of a chart, and the words that are laid over it.

use leptos::prelude::*;

use super::data::{ChartData, Series};
use crate::components::number::grouped;

/// The drawing's size, in its own units; it is stretched to the room there is, and words are laid over it.
pub(super) const WIDTH: f64 = 1000.0;
pub(super) const HEIGHT: f64 = 1000.0;
/// How many labels fit under the axis.
const LABELS: usize = 7;
/// Into about how many steps the upright axis is parted.
const STEPS: u64 = 4;
/// How far apart the labels at the lines' ends have to be.
const LABEL_HEIGHT: f64 = 80.0;

/// The distance between two lines of the grid: 1, 2 or 5 times a power of ten.
pub(super) fn step_for(highest: u64) -> u64 {
    let rough = highest.div_ceil(STEPS).max(1);
    let power = 10_u64.pow(rough.ilog10());
    [1, 2, 5, 10]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(rough)
}

/// Where things are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) steps: usize,
    pub(super) top: u64,
}

impl Scale {
    /// The middle of a step's band.
    pub(super) fn x(self, step: usize) -> f64 {
        self.band() * (step as f64 + 0.5)
    }

    fn band(self) -> f64 {
        WIDTH / self.steps.max(1) as f64
    }

    fn y(self, value: u64) -> f64 {
        HEIGHT - HEIGHT * value as f64 / self.top.max(1) as f64
    }
}

/// A place along the drawing as a share of it, for the words that are laid over it.
pub(super) fn percent(units: f64, whole: f64) -> String {
    format!("{:.2}%", units * 100.0 / whole)
}

pub(super) fn grid(scale: Scale, step: u64) -> impl IntoView {
    (0..=scale.top / step)
        .map(|index| {
            let y = scale.y(index * step);
            view! { <line class=if index == 0 { "grid zero" } else { "grid" } x1=0 x2=WIDTH y1=y y2=y></line> }
        })
        .collect_view()
}

/// The figures of the upright axis.
pub(super) fn upright(scale: Scale, step: u64) -> impl IntoView {
    (0..=scale.top / step)
        .map(|index| {
            let value = index * step;
            let place = format!("top: {}", percent(scale.y(value), HEIGHT));
            view! { <span class="axis upright" style=place aria-hidden="true">{grouped(value)}</span> }
        })
        .collect_view()
}

/// The labels along the lower axis, as many as fit.
pub(super) fn along(data: &ChartData, scale: Scale) -> impl IntoView {
    let every = data.labels.len().div_ceil(LABELS).max(1);
    data.labels
        .iter()
        .enumerate()
        .filter(|(step, _)| step % every == 0)
        .map(|(step, label)| {
            let place = format!("left: {}", percent(scale.x(step), WIDTH));
            // A phone has room for every second one.
            let class = if (step / every).is_multiple_of(2) {
                "axis along"
            } else {
                "axis along between"
            };
            view! { <span class=class style=place aria-hidden="true">{label.clone()}</span> }
        })
        .collect_view()
}

pub(super) fn bars(data: &ChartData, scale: Scale) -> impl IntoView {
    let width = scale.band() * 0.7;
    (0..data.labels.len())
        .map(|step| {
            let mut below = 0;
            data.series
                .iter()
                .map(|series| {
                    let value = series.values.get(step).copied().unwrap_or(0);
                    let (from, to) = (scale.y(below), scale.y(below + value));
                    below += value;
                    view! {
                        <rect
                            class=format!("bar {}", series.ink.class())
                            x=scale.x(step) - width / 2.0
                            y=to
                            width=width
                            height=from - to
                        ></rect>
                    }
                })
                .collect_view()
        })
        .collect_view()
}

pub(super) fn lines(data: &ChartData, scale: Scale) -> impl IntoView {
    data.series
        .iter()
        .map(|series| {
            let points = series
                .values
                .iter()
                .enumerate()
                .map(|(step, value)| format!("{:.1},{:.1}", scale.x(step), scale.y(*value)))
                .collect::<Vec<_>>()
                .join(" ");
            view! { <polyline class=format!("trace {}", series.ink.class()) points=points></polyline> }
        })
        .collect_view()
}

/// The name and the last figure of each line, at its end.
pub(super) fn ends(data: &ChartData, scale: Scale) -> impl IntoView {
    let mut labels: Vec<(f64, &Series, u64)> = data
        .series
        .iter()
        .filter_map(|series| series.values.last().map(|last| (scale.y(*last), series, *last)))
        .collect();
    labels.sort_by(|a, b| b.0.total_cmp(&a.0));
    // From the lowest up: a label that would lie over the one below it moves up.
    let mut free_to = f64::INFINITY;
    for label in &mut labels {
        label.0 = label.0.min(free_to);
        free_to = label.0 - LABEL_HEIGHT;
    }
    labels
        .into_iter()
        .map(|(y, series, value)| {
            let place = format!("top: {}", percent(y, HEIGHT));
            view! {
                <span class="label end" style=place aria-hidden="true">
                    <b>{grouped(value)}</b>
                    {format!(" {}", series.name)}
                </span>
            }
        })
        .collect_view()
}

/// One area for each step, that shows the tooltip when it is pointed at.
pub(super) fn hits(data: &ChartData, scale: Scale, at: RwSignal<Option<usize>>) -> impl IntoView {
    (0..data.labels.len())
        .map(|step| {
            view! {
                <rect
                    class="hit"
                    class:on=move || at.get() == Some(step)
                    x=scale.x(step) - scale.band() / 2.0
                    y=0
                    width=scale.band()
                    height=HEIGHT
                    on:pointerenter=move |_| at.set(Some(step))
                ></rect>
            }
        })
        .collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_has_round_figures_and_about_four_steps() {
        for (highest, step) in [
            (0, 1),
            (1, 1),
            (4, 1),
            (7, 2),
            (40, 10),
            (43, 20),
            (19_946, 5_000),
        ] {
            assert_eq!(step_for(highest), step, "{highest}");
        }
    }
}
