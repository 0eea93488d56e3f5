//! What is at a place, and what is next to what.

use serde::{Deserialize, Serialize};

use crate::journey::{Graph, NodeId, Port};

use super::geometry::{Point, Rect, node_rect, points_of, port_places};

/// Names an edge: the port that it leaves from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EdgeRef {
    /// The node that it leaves.
    pub from: NodeId,
    /// By which port.
    pub port: Port,
}

/// What is at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    /// A port.
    Port(EdgeRef),
    /// A node.
    Node(NodeId),
    /// An edge.
    Edge(EdgeRef),
    /// The empty canvas.
    Nothing,
}

/// How near to a port's middle counts as on it.
const PORT_REACH: f64 = 12.0;
/// How near to an edge counts as on it.
const EDGE_REACH: f64 = 8.0;

/// What is at this place: ports before nodes before edges, what is drawn last first.
pub fn hit(graph: &Graph, at: Point) -> Hit {
    for node in graph.nodes.iter().rev() {
        for place in port_places(node) {
            if (place.at.x - at.x).hypot(place.at.y - at.y) <= PORT_REACH {
                return Hit::Port(EdgeRef {
                    from: node.id.clone(),
                    port: place.port,
                });
            }
        }
        if node_rect(node).contains(at) {
            return Hit::Node(node.id.clone());
        }
    }
    edge_at(graph, at).map_or(Hit::Nothing, Hit::Edge)
}

/// The edge at this place.
pub fn edge_at(graph: &Graph, at: Point) -> Option<EdgeRef> {
    graph
        .edges
        .iter()
        .filter_map(|edge| {
            let points = points_of(graph, edge)?;
            let distance = points
                .windows(2)
                .map(|pair| distance(at, pair[0], pair[1]))
                .fold(f64::MAX, f64::min);
            (distance <= EDGE_REACH).then_some((distance, edge))
        })
        .min_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, edge)| EdgeRef {
            from: edge.from.clone(),
            port: edge.port.clone(),
        })
}

/// The nodes that a rectangle touches.
pub fn nodes_inside(graph: &Graph, area: Rect) -> Vec<NodeId> {
    graph
        .nodes
        .iter()
        .filter(|node| node_rect(node).touches(&area))
        .map(|node| node.id.clone())
        .collect()
}

fn distance(at: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let whole = dx * dx + dy * dy;
    let share = if whole == 0.0 {
        0.0
    } else {
        (((at.x - a.x) * dx + (at.y - a.y) * dy) / whole).clamp(0.0, 1.0)
    };
    (at.x - a.x - share * dx).hypot(at.y - a.y - share * dy)
}

/// Where the arrow keys lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Along an edge.
    Forward,
    /// Against an edge.
    Back,
}

/// The nodes that one edge leads to, or comes from, in the order of the ports and of the drawing.
pub fn neighbours(graph: &Graph, node: &NodeId, direction: Direction) -> Vec<NodeId> {
    match direction {
        Direction::Forward => {
            let Some(from) = graph.node(node) else {
                return Vec::new();
            };
            port_places(from)
                .iter()
                .filter_map(|place| graph.next(node, &place.port))
                .cloned()
                .collect()
        }
        Direction::Back => graph
            .edges
            .iter()
            .filter(|edge| edge.to == *node)
            .map(|edge| edge.from.clone())
            .collect(),
    }
}
