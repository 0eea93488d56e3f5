//! The edges, all on one layer under the steps.

use heliograph_model::canvas::{Point, Side, edge_label, edge_path, edge_points, entry_point, port_places};
use heliograph_model::journey::{Edge, Graph, Node, Port};
use leptos::prelude::*;

use super::board::{Board, Drag, use_board};
use super::words::port_title;
use crate::components::grouped;

/// One edge as it is drawn.
#[derive(Debug, Clone, PartialEq)]
struct Drawn {
    path: String,
    tip: Point,
    selected: bool,
    /// Where the port's name, or the number of people, stands; none where nothing is said.
    label: Option<(Point, String)>,
}

/// The edges, and the one that is being drawn.
#[component]
pub(super) fn Edges() -> impl IntoView {
    let board = use_board();
    let drawn = Memo::new(move |_| draw(board));
    let paths = move || {
        drawn.with(|drawn| {
            drawn
                .iter()
                .map(|edge| {
                    let tip = tip(edge.tip);
                    view! {
                        <path class:near=edge.selected d=edge.path.clone()/>
                        <path class="tip-end" class:near=edge.selected d=tip/>
                    }
                })
                .collect_view()
        })
    };
    let labels = move || {
        drawn.with(|drawn| {
            drawn
                .iter()
                .filter_map(|edge| edge.label.as_ref().map(|label| (label, edge.selected)))
                .map(|((at, text), selected)| {
                    let place = format!("left: {:.1}px; top: {:.1}px", at.x, at.y);
                    view! { <span class="port" class:near=selected style=place>{text.clone()}</span> }
                })
                .collect_view()
        })
    };
    let pending = move || {
        board.drag.with(|drag| match drag {
            Drag::Connect { from, to, .. } => {
                let place = board.document(|document| {
                    let node = document.graph.node(&from.from)?;
                    port_places(node)
                        .into_iter()
                        .find(|place| place.port == from.port)
                })?;
                let path = edge_path(&edge_points(place.at, place.side, *to));
                Some(view! { <path class="near faint" d=path/> })
            }
            _ => None,
        })
    };
    view! {
        <svg class="edges" aria-hidden="true">{paths} {pending}</svg>
        <div aria-hidden="true">{labels}</div>
    }
}

fn draw(board: Board) -> Vec<Drawn> {
    let moved = board.drag.with(|drag| match drag {
        Drag::Nodes { by, .. } => Some(*by),
        _ => None,
    });
    let counts = board.counts.get();
    board.editor.with(|editor| {
        let graph = &editor.document().graph;
        let place = |node: &Node| match moved {
            Some(by) if editor.selected.contains(&node.id) => Node {
                x: node.x + by.x,
                y: node.y + by.y,
                ..node.clone()
            },
            _ => node.clone(),
        };
        graph
            .edges
            .iter()
            .filter_map(|edge| {
                let (from, to) = (place(graph.node(&edge.from)?), place(graph.node(&edge.to)?));
                let (at, side) = port_of(&from, &edge.port)?;
                let points = edge_points(at, side, entry_point(&to));
                let selected = editor.selected.contains(&edge.from)
                    || editor.selected.contains(&edge.to)
                    || editor
                        .selected_edge
                        .as_ref()
                        .is_some_and(|chosen| chosen.from == edge.from && chosen.port == edge.port);
                let passed = counts
                    .as_ref()
                    .map(|counts| counts.passed(&edge.from, &edge.port));
                let label = label(graph, edge, passed).map(|text| (edge_label(&points), text));
                Some(Drawn {
                    path: edge_path(&points),
                    tip: entry_point(&to),
                    selected,
                    label,
                })
            })
            .collect()
    })
}

fn port_of(node: &Node, port: &Port) -> Option<(Point, Side)> {
    port_places(node)
        .into_iter()
        .find(|place| place.port == *port)
        .map(|place| (place.at, place.side))
}

/// The name of the port where the step has several, and how many went through.
fn label(graph: &Graph, edge: &Edge, passed: Option<u64>) -> Option<String> {
    let node = graph.node(&edge.from)?;
    let name = (edge.port != Port::Next).then(|| port_title(&node.activity, &edge.port));
    match (name, passed) {
        (Some(name), Some(passed)) => Some(format!("{name} · {}", grouped(passed))),
        (Some(name), None) => Some(name),
        (None, Some(passed)) => Some(grouped(passed)),
        (None, None) => None,
    }
}

fn tip(at: Point) -> String {
    format!("M{:.1} {:.1}h10l-5 7z", at.x - 5.0, at.y - 7.0)
}
