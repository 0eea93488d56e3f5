//! What can be done to a drawing.

use std::collections::{BTreeMap, BTreeSet};

use crate::journey::{Activity, Document, Edge, Graph, Node, NodeId, Port, Settings};

use super::{
    clipboard::Clipboard,
    connect::can_connect,
    geometry::{GRID, NODE_HEIGHT, NODE_WIDTH, Point, entry_point, port_places, snap},
    hit::EdgeRef,
    layout::tidy,
};

/// One change of a drawing, as a person asks for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A new step with its middle at a place.
    Add {
        /// What it does.
        activity: Activity,
        /// Where.
        at: Point,
    },
    /// A new step below a port, joined to it. Where the port leads somewhere already, the step goes in between.
    AddAfter {
        /// What it does.
        activity: Activity,
        /// The port.
        after: EdgeRef,
    },
    /// Steps are moved by so much, and snap to the grid.
    Move {
        /// Which.
        nodes: BTreeSet<NodeId>,
        /// To the right.
        dx: f64,
        /// Down.
        dy: f64,
    },
    /// Steps and edges are taken away. Where a step with one way out is taken away, what led to it leads on to where it
    /// led.
    Delete {
        /// Which steps.
        nodes: BTreeSet<NodeId>,
        /// Which edges.
        edges: BTreeSet<EdgeRef>,
    },
    /// An edge from a port to a step, instead of the port's present one.
    Connect {
        /// The port.
        from: EdgeRef,
        /// The step.
        to: NodeId,
    },
    /// A step is set.
    SetActivity {
        /// Which.
        node: NodeId,
        /// To what.
        activity: Activity,
    },
    /// A step is named.
    SetLabel {
        /// Which.
        node: NodeId,
        /// What it is called.
        label: String,
    },
    /// The journey's settings are set.
    SetSettings {
        /// To what.
        settings: Settings,
    },
    /// A copy of steps and their edges is put in, its middle at a place.
    Paste {
        /// What was copied.
        clipboard: Clipboard,
        /// Where.
        at: Point,
    },
    /// Everything is laid out anew.
    Tidy,
}

/// What a command has led to.
#[derive(Debug)]
pub(super) struct Done {
    /// As it is named in the history: “Delete Wait 2 days”.
    pub(super) name: String,
    /// What is selected afterwards; none leaves the selection.
    pub(super) select: Option<BTreeSet<NodeId>>,
}

impl Command {
    /// Edits of the same thing one after the other are one step of the history. This names the thing.
    pub(super) fn merges_with(&self) -> Option<String> {
        match self {
            Self::SetActivity { node, .. } => Some(format!("activity {node}")),
            Self::SetLabel { node, .. } => Some(format!("label {node}")),
            Self::SetSettings { .. } => Some("settings".to_owned()),
            Self::Move { nodes, .. } => Some(format!("move {nodes:?}")),
            _ => None,
        }
    }

    /// Carries it out on the document. A command that can't be carried out changes nothing.
    pub(super) fn run(self, document: &mut Document) -> Option<Done> {
        let graph = &mut document.graph;
        match self {
            Self::Add { activity, at } => {
                let name = format!("Add {}", kind(&activity));
                let corner = Point::new(at.x - NODE_WIDTH / 2.0, at.y - NODE_HEIGHT / 2.0);
                let id = add(graph, activity, corner);
                Some(Done {
                    name,
                    select: Some([id].into()),
                })
            }
            Self::AddAfter { activity, after } => add_after(graph, activity, &after),
            Self::Move { nodes, dx, dy } => move_by(graph, &nodes, dx, dy),
            Self::Delete { nodes, edges } => delete(graph, &nodes, &edges),
            Self::Connect { from, to } => connect(graph, from, to),
            Self::SetActivity { node, activity } => set_activity(graph, &node, activity),
            Self::SetLabel { node, label } => {
                let found = graph.nodes.iter_mut().find(|other| other.id == node)?;
                (found.label != label).then_some(())?;
                found.label = label;
                Some(Done {
                    name: format!("Rename {}", kind(&found.activity)),
                    select: None,
                })
            }
            Self::SetSettings { settings } => {
                (document.settings != settings).then_some(())?;
                document.settings = settings;
                Some(Done {
                    name: "Change settings".to_owned(),
                    select: None,
                })
            }
            Self::Paste { clipboard, at } => {
                let pasted = clipboard.paste(graph, at);
                (!pasted.is_empty()).then(|| Done {
                    name: count("Paste", pasted.len()),
                    select: Some(pasted),
                })
            }
            Self::Tidy => {
                let places = tidy(graph);
                let moved = graph.nodes.iter_mut().fold(false, |moved, node| {
                    let Some(place) = places.get(&node.id) else {
                        return moved;
                    };
                    let moves = (node.x, node.y) != (place.x, place.y);
                    (node.x, node.y) = (place.x, place.y);
                    moved || moves
                });
                moved.then(|| Done {
                    name: "Tidy up".to_owned(),
                    select: None,
                })
            }
        }
    }
}

/// The kind of a step, in words.
pub(super) const fn kind(activity: &Activity) -> &'static str {
    match activity {
        Activity::Event { .. } => "event",
        Activity::ReadAudience { .. } => "read audience",
        Activity::Condition { .. } => "condition",
        Activity::Wait { .. } => "wait",
        Activity::Message { .. } => "message",
        Activity::End {} => "end",
    }
}

fn count(verb: &str, n: usize) -> String {
    if n == 1 {
        format!("{verb} 1 step")
    } else {
        format!("{verb} {n} steps")
    }
}

/// The next free identifier: `n1`, `n2`, ….
pub(super) fn fresh_id(graph: &Graph) -> NodeId {
    let highest = graph
        .nodes
        .iter()
        .filter_map(|node| node.id.0.strip_prefix('n')?.parse::<u64>().ok())
        .max()
        .unwrap_or(0);
    NodeId(format!("n{}", highest + 1))
}

fn add(graph: &mut Graph, activity: Activity, corner: Point) -> NodeId {
    let id = fresh_id(graph);
    let mut place = snap(corner);
    // Never exactly on top of another, where it would hide it.
    while graph
        .nodes
        .iter()
        .any(|node| (node.x - place.x).abs() < GRID && (node.y - place.y).abs() < GRID)
    {
        place = Point::new(place.x + 3.0 * GRID, place.y + 3.0 * GRID);
    }
    graph.nodes.push(Node {
        id: id.clone(),
        label: String::new(),
        x: place.x,
        y: place.y,
        activity,
    });
    id
}

/// How far below a node the next one is put.
const ROW: f64 = 100.0;

fn add_after(graph: &mut Graph, activity: Activity, after: &EdgeRef) -> Option<Done> {
    let source = graph.node(&after.from)?;
    let place = port_places(source)
        .into_iter()
        .find(|place| place.port == after.port)?;
    if activity.is_start() {
        return None;
    }
    let name = format!("Add {}", kind(&activity));
    let below = graph.next(&after.from, &after.port).cloned();
    let corner = Point::new(place.at.x - NODE_WIDTH / 2.0, source.y + ROW);
    if let Some(next) = below.as_ref().and_then(|next| graph.node(next))
        && next.y < corner.y + ROW
    {
        // Room for the new step: what is below it moves down.
        let (down, from_y) = (corner.y + ROW - next.y, next.y);
        let down = (down / GRID).ceil() * GRID;
        graph
            .nodes
            .iter_mut()
            .filter(|node| node.y >= from_y)
            .for_each(|node| node.y += down);
    }
    let id = add(graph, activity, corner);
    graph
        .edges
        .retain(|edge| !(edge.from == after.from && edge.port == after.port));
    graph.edges.push(Edge {
        from: after.from.clone(),
        port: after.port.clone(),
        to: id.clone(),
    });
    let way_on = graph
        .node(&id)
        .map(port_places)
        .and_then(|places| places.into_iter().next());
    if let (Some(next), Some(way_on)) = (below, way_on)
        && can_connect(graph, &id, &way_on.port, &next).is_ok()
    {
        graph.edges.push(Edge {
            from: id.clone(),
            port: way_on.port,
            to: next,
        });
    }
    Some(Done {
        name,
        select: Some([id].into()),
    })
}

fn move_by(graph: &mut Graph, nodes: &BTreeSet<NodeId>, dx: f64, dy: f64) -> Option<Done> {
    let mut moved = false;
    for node in graph.nodes.iter_mut().filter(|node| nodes.contains(&node.id)) {
        let place = snap(Point::new(node.x + dx, node.y + dy));
        moved |= (node.x, node.y) != (place.x, place.y);
        (node.x, node.y) = (place.x, place.y);
    }
    moved.then(|| Done {
        name: count("Move", nodes.len()),
        select: None,
    })
}

fn delete(graph: &mut Graph, nodes: &BTreeSet<NodeId>, edges: &BTreeSet<EdgeRef>) -> Option<Done> {
    let gone: Vec<&Node> = graph
        .nodes
        .iter()
        .filter(|node| nodes.contains(&node.id))
        .collect();
    let name = match gone.as_slice() {
        [] if edges.is_empty() => return None,
        [] => "Delete connection".to_owned(),
        [one] if one.label.is_empty() => format!("Delete {}", kind(&one.activity)),
        [one] => format!("Delete {}", one.label),
        several => count("Delete", several.len()),
    };
    // A step with one way out is bridged: whoever came to it goes to where it led.
    let bridges: BTreeMap<NodeId, NodeId> = gone
        .iter()
        .filter_map(|node| {
            let mut out = graph.edges.iter().filter(|edge| edge.from == node.id);
            let only = out.next()?;
            (out.next().is_none() && only.port == Port::Next).then(|| (node.id.clone(), only.to.clone()))
        })
        .collect();
    graph.nodes.retain(|node| !nodes.contains(&node.id));
    let old = std::mem::take(&mut graph.edges);
    for mut edge in old {
        let named = EdgeRef {
            from: edge.from.clone(),
            port: edge.port.clone(),
        };
        if nodes.contains(&edge.from) || edges.contains(&named) {
            continue;
        }
        let mut turns = 0;
        while nodes.contains(&edge.to) && turns <= nodes.len() {
            match bridges.get(&edge.to) {
                Some(next) => edge.to = next.clone(),
                None => break,
            }
            turns += 1;
        }
        if !nodes.contains(&edge.to) && can_connect(graph, &edge.from, &edge.port, &edge.to).is_ok() {
            graph.edges.push(edge);
        }
    }
    Some(Done {
        name,
        select: Some(BTreeSet::new()),
    })
}

fn connect(graph: &mut Graph, from: EdgeRef, to: NodeId) -> Option<Done> {
    can_connect(graph, &from.from, &from.port, &to).ok()?;
    (graph.next(&from.from, &from.port) != Some(&to)).then_some(())?;
    graph
        .edges
        .retain(|edge| !(edge.from == from.from && edge.port == from.port));
    graph.edges.push(Edge {
        from: from.from,
        port: from.port,
        to,
    });
    Some(Done {
        name: "Connect".to_owned(),
        select: None,
    })
}

fn set_activity(graph: &mut Graph, node: &NodeId, activity: Activity) -> Option<Done> {
    let found = graph.nodes.iter_mut().find(|other| other.id == *node)?;
    (found.activity != activity).then_some(())?;
    found.activity = activity;
    let name = format!("Change {}", kind(&found.activity));
    // Ports may have gone, and with them their edges.
    let ports: Vec<Port> = port_places(found).into_iter().map(|place| place.port).collect();
    graph
        .edges
        .retain(|edge| edge.from != *node || ports.contains(&edge.port));
    Some(Done { name, select: None })
}

/// Where the middle of some nodes is.
pub(super) fn middle(nodes: &[Node]) -> Point {
    let (left, right) = nodes.iter().fold((f64::MAX, f64::MIN), |(a, b), node| {
        (a.min(node.x), b.max(node.x + NODE_WIDTH))
    });
    let (top, bottom) = nodes
        .iter()
        .map(entry_point)
        .fold((f64::MAX, f64::MIN), |(a, b), at| {
            (a.min(at.y), b.max(at.y + NODE_HEIGHT))
        });
    Point::new((left + right) / 2.0, (top + bottom) / 2.0)
}
