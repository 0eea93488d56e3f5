//! Copies of steps, as text that can be pasted into another journey or another install.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::journey::{Edge, Graph, Node, NodeId};

use super::{
    command::{fresh_id, middle},
    connect::can_connect,
    geometry::{Point, snap},
};

/// Steps and the edges between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clipboard {
    /// Says what the text is.
    heliograph: Format,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "journey steps, 1")]
    JourneySteps,
}

/// The text is no copy of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what was copied last is no steps of a journey")]
pub struct NotAClipboard;

impl Clipboard {
    /// Copies these nodes; none where there are none.
    pub fn copy(graph: &Graph, nodes: &BTreeSet<NodeId>) -> Option<Self> {
        let copied: Vec<Node> = graph
            .nodes
            .iter()
            .filter(|node| nodes.contains(&node.id))
            .cloned()
            .collect();
        let edges = graph
            .edges
            .iter()
            .filter(|edge| nodes.contains(&edge.from) && nodes.contains(&edge.to))
            .cloned()
            .collect();
        (!copied.is_empty()).then_some(Self {
            heliograph: Format::JourneySteps,
            nodes: copied,
            edges,
        })
    }

    /// As text.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// From text.
    ///
    /// # Errors
    /// Where the text is something else.
    pub fn from_text(text: &str) -> Result<Self, NotAClipboard> {
        serde_json::from_str(text).map_err(|_| NotAClipboard)
    }

    /// Puts the copy in, under fresh identifiers; which they are. A second start is left out.
    pub(super) fn paste(&self, graph: &mut Graph, at: Point) -> BTreeSet<NodeId> {
        let has_start = graph.nodes.iter().any(|node| node.activity.is_start());
        let nodes: Vec<Node> = self
            .nodes
            .iter()
            .filter(|node| !(has_start && node.activity.is_start()))
            .cloned()
            .collect();
        let centre = middle(&nodes);
        let mut names: HashMap<NodeId, NodeId> = HashMap::new();
        for node in nodes {
            let id = fresh_id(graph);
            let place = snap(Point::new(node.x - centre.x + at.x, node.y - centre.y + at.y));
            names.insert(node.id.clone(), id.clone());
            graph.nodes.push(Node {
                id,
                x: place.x,
                y: place.y,
                ..node
            });
        }
        for edge in &self.edges {
            if let (Some(from), Some(to)) = (names.get(&edge.from), names.get(&edge.to))
                && graph.next(from, &edge.port).is_none()
                && can_connect(graph, from, &edge.port, to).is_ok()
            {
                graph.edges.push(Edge {
                    from: from.clone(),
                    port: edge.port.clone(),
                    to: to.clone(),
                });
            }
        }
        names.into_values().collect()
    }
}
