//! Charts: SVG with axes from zero, direct labels, a tooltip on hover and by arrow keys, and a table for screen readers.

use leptos::prelude::*;

use super::number::grouped;

/// The drawing's size, in its own units; it is stretched to the room there is, and words are laid over it.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 1000.0;
/// How many labels fit under the axis.
const LABELS: usize = 7;
/// Into about how many steps the upright axis is parted.
const STEPS: u64 = 4;
/// How far apart the labels at the lines' ends have to be.
const LABEL_HEIGHT: f64 = 80.0;

/// How the figures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// Lines over time.
    Lines,
    /// Bars beside each other, the series stacked in each.
    Bars,
}

/// The colour of a series; its name always stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// What went well so far: sent, accepted.
    Accent,
    /// What people did: opened, clicked.
    Good,
    /// What was left out.
    Warn,
    /// What failed.
    Bad,
    /// What waits.
    Info,
    /// What is not known.
    Quiet,
}

impl Ink {
    const fn class(self) -> &'static str {
        match self {
            Self::Accent => "accent",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::Quiet => "quiet",
        }
    }
}

/// What is counted: a line, or one part of each bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub ink: Ink,
    /// One figure for each label of the chart.
    pub values: Vec<u64>,
}

/// What a chart shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartData {
    /// What each step along the axis is: "Mon 23", "14:30".
    pub labels: Vec<String>,
    /// What is counted.
    pub series: Vec<Series>,
}

impl ChartData {
    /// The largest figure that has to fit.
    fn highest(&self, kind: ChartKind) -> u64 {
        (0..self.labels.len())
            .map(|step| {
                let at = self.series.iter().filter_map(|series| series.values.get(step));
                match kind {
                    ChartKind::Lines => at.copied().max().unwrap_or(0),
                    ChartKind::Bars => at.sum(),
                }
            })
            .max()
            .unwrap_or(0)
    }
}

/// The distance between two lines of the grid: 1, 2 or 5 times a power of ten.
fn step_for(highest: u64) -> u64 {
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
struct Scale {
    steps: usize,
    top: u64,
}

impl Scale {
    /// The middle of a step's band.
    fn x(self, step: usize) -> f64 {
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
fn percent(units: f64, whole: f64) -> String {
    format!("{:.2}%", units * 100.0 / whole)
}

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

fn grid(scale: Scale, step: u64) -> impl IntoView {
    (0..=scale.top / step)
        .map(|index| {
            let y = scale.y(index * step);
            view! { <line class=if index == 0 { "grid zero" } else { "grid" } x1=0 x2=WIDTH y1=y y2=y></line> }
        })
        .collect_view()
}

/// The figures of the upright axis.
fn upright(scale: Scale, step: u64) -> impl IntoView {
    (0..=scale.top / step)
        .map(|index| {
            let value = index * step;
            let place = format!("top: {}", percent(scale.y(value), HEIGHT));
            view! { <span class="axis upright" style=place aria-hidden="true">{grouped(value)}</span> }
        })
        .collect_view()
}

/// The labels along the lower axis, as many as fit.
fn along(data: &ChartData, scale: Scale) -> impl IntoView {
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

fn bars(data: &ChartData, scale: Scale) -> impl IntoView {
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

fn lines(data: &ChartData, scale: Scale) -> impl IntoView {
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
fn ends(data: &ChartData, scale: Scale) -> impl IntoView {
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
fn hits(data: &ChartData, scale: Scale, at: RwSignal<Option<usize>>) -> impl IntoView {
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

    #[test]
    fn stacked_bars_have_room_for_their_sum() {
        let series = |values: &[u64]| Series {
            name: String::new(),
            ink: Ink::Accent,
            values: values.to_vec(),
        };
        let data = ChartData {
            labels: vec!["a".to_owned(), "b".to_owned()],
            series: vec![series(&[3, 4]), series(&[5, 1])],
        };
        assert_eq!(data.highest(ChartKind::Bars), 8);
        assert_eq!(data.highest(ChartKind::Lines), 5);
    }
}
