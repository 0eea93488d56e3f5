//! Which edges may be drawn.

use std::collections::{HashMap, HashSet};

use crate::journey::{Activity, Graph, Node, NodeId, Port};

use super::geometry::port_places;

/// Why an edge may not be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// One of the nodes, or the port, is not there.
    Missing,
    /// A node can't lead to itself.
    Itself,
    /// Nothing leads to a start.
    IntoStart,
    /// It would close a loop in which nobody ever waits.
    LoopWithoutWait,
}

impl Refusal {
    /// In words, as shown while dragging.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Missing => "There is no such step any more",
            Self::Itself => "A step can't lead to itself",
            Self::IntoStart => "Nothing can lead to the start",
            Self::LoopWithoutWait => "A loop needs a wait in it",
        }
    }
}

/// May an edge lead from this port to that node? An edge that the port has already would be replaced.
///
/// # Errors
/// Why not.
pub fn can_connect(graph: &Graph, from: &NodeId, port: &Port, to: &NodeId) -> Result<(), Refusal> {
    let source = graph.node(from).ok_or(Refusal::Missing)?;
    let target = graph.node(to).ok_or(Refusal::Missing)?;
    if !port_places(source).iter().any(|place| place.port == *port) {
        return Err(Refusal::Missing);
    }
    if from == to {
        return Err(Refusal::Itself);
    }
    if target.activity.is_start() {
        return Err(Refusal::IntoStart);
    }
    if closes_loop_without_wait(graph, source, port, target) {
        return Err(Refusal::LoopWithoutWait);
    }
    Ok(())
}

/// The nodes to which an edge from this port may lead.
pub fn targets(graph: &Graph, from: &NodeId, port: &Port) -> HashSet<NodeId> {
    graph
        .nodes
        .iter()
        .filter(|node| can_connect(graph, from, port, &node.id).is_ok())
        .map(|node| node.id.clone())
        .collect()
}

fn is_wait(node: &Node) -> bool {
    matches!(node.activity, Activity::Wait { .. })
}

/// Can one come from `target` back to `source` without passing a wait? The edge that the port has now does not count.
fn closes_loop_without_wait(graph: &Graph, source: &Node, port: &Port, target: &Node) -> bool {
    if is_wait(source) {
        return false;
    }
    let nodes: HashMap<&NodeId, &Node> = graph.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut ways: HashMap<&NodeId, Vec<&NodeId>> = HashMap::new();
    for edge in graph
        .edges
        .iter()
        .filter(|edge| !(edge.from == source.id && edge.port == *port))
    {
        ways.entry(&edge.from).or_default().push(&edge.to);
    }
    let mut seen = HashSet::new();
    let mut open = vec![&target.id];
    while let Some(at) = open.pop() {
        if *at == source.id {
            return true;
        }
        if !seen.insert(at) || nodes.get(at).is_some_and(|node| is_wait(node)) {
            continue;
        }
        open.extend(ways.get(at).into_iter().flatten());
    }
    false
}
