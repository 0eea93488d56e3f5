//! The journey as a list: for screen readers, and for narrow screens.

use std::collections::HashSet;

use heliograph_model::journey::{Graph, Node, NodeId, Port, ports};
use leptos::prelude::*;

use super::board::use_board;
use super::words::{glyph, summary, title};
use crate::components::Icon;

/// A line of the outline.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    node: Node,
    /// How deep it is below a fork.
    depth: usize,
    /// By which port one comes to it, where the step before has several.
    via: Option<String>,
}

/// The steps in the order in which one walks them.
fn lines(graph: &Graph) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut seen = HashSet::new();
    let starts = graph
        .nodes
        .iter()
        .filter(|node| !graph.edges.iter().any(|edge| edge.to == node.id));
    let mut open: Vec<(NodeId, usize, Option<String>)> =
        starts.map(|node| (node.id.clone(), 0, None)).collect();
    open.reverse();
    while let Some((id, depth, via)) = open.pop() {
        let Some(node) = graph.node(&id).filter(|_| seen.insert(id.clone())) else {
            continue;
        };
        let ways = ports(&node.activity);
        for (port, label) in ways.iter().rev() {
            if let Some(next) = graph.next(&id, port) {
                let forks = ways.len() > 1 && *port != Port::Next;
                open.push((
                    next.clone(),
                    depth + usize::from(forks),
                    (ways.len() > 1).then(|| label.clone()),
                ));
            }
        }
        lines.push(Line {
            node: node.clone(),
            depth,
            via,
        });
    }
    // Whatever is only reached through a loop of its own comes last.
    let rest = graph.nodes.iter().filter(|node| !seen.contains(&node.id));
    lines.extend(rest.map(|node| Line {
        node: node.clone(),
        depth: 0,
        via: None,
    }));
    lines
}

/// The outline.
#[component]
pub(super) fn Outline() -> impl IntoView {
    let board = use_board();
    let drawn = Memo::new(move |_| board.document(|document| lines(&document.graph)));
    view! {
        <ol class="outline" aria-label="Steps of the journey">
            <For each=move || drawn.get() key=|line| (line.node.id.clone(), line.depth, line.via.clone(), title(&line.node)) let:line>
                {
                    let (tone, icon) = glyph(&line.node.activity);
                    let text = board.known.with(|known| summary(&line.node, known));
                    let id = line.node.id.clone();
                    let here = line.node.id.clone();
                    let class = match line.depth { 0 => "", 1 => "in", _ => "in2" };
                    view! {
                        <li class=class class:current=move || board.editor.with(|e| e.selected.contains(&here))>
                            <span class=format!("glyph {tone}")><Icon name=icon/></span>
                            <span>
                                {line.via.map(|via| view! { <span class="via">{via}</span> })}
                                <button type="button" class="link" on:click=move |_| board.select(&id)>{title(&line.node)}</button>
                                <small>{text}</small>
                            </span>
                        </li>
                    }
                }
            </For>
        </ol>
    }
}
