//! Tidy layout: rows from top to bottom, each step below those that lead to it.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::journey::{Graph, NodeId};

use super::geometry::{NODE_HEIGHT, NODE_WIDTH, Point, port_places, snap};

/// Space between rows.
const ROW_GAP: f64 = 48.0;
/// Space between steps of a row.
const COLUMN_GAP: f64 = 40.0;
/// Where the layout begins.
const ORIGIN: Point = Point::new(64.0, 64.0);
/// Rounds of ordering each row by its neighbours; more change nothing that one sees.
const ROUNDS: usize = 8;

/// A place for each step. The same drawing always gives the same layout, and steps keep their order from left to right
/// where the edges leave it open, so that a small edit moves little.
pub fn tidy(graph: &Graph) -> BTreeMap<NodeId, Point> {
    let index: HashMap<&NodeId, usize> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(i, node)| (&node.id, i))
        .collect();
    let ways = ways(graph, &index);
    let rows = rows(&ways);
    let order = ordered(graph, &ways, &rows);
    let widest = order.iter().map(Vec::len).max().unwrap_or(0);
    let width = |count: usize| count as f64 * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP;
    let mut places = BTreeMap::new();
    for (row, members) in order.iter().enumerate() {
        let left = ORIGIN.x + (width(widest) - width(members.len())) / 2.0;
        for (column, &node) in members.iter().enumerate() {
            let at = Point::new(
                left + column as f64 * (NODE_WIDTH + COLUMN_GAP),
                ORIGIN.y + row as f64 * (NODE_HEIGHT + ROW_GAP),
            );
            places.insert(graph.nodes[node].id.clone(), snap(at));
        }
    }
    places
}

/// For each node, where its ports lead, from left to right. Edges that lead back are left out.
fn ways(graph: &Graph, index: &HashMap<&NodeId, usize>) -> Vec<Vec<usize>> {
    let mut ways: Vec<Vec<usize>> = graph
        .nodes
        .iter()
        .map(|node| {
            port_places(node)
                .iter()
                .filter_map(|place| index.get(graph.next(&node.id, &place.port)?).copied())
                .collect()
        })
        .collect();
    // Depth first, without recursion: an edge to a node that is still open closes a loop.
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut state = vec![State::New; graph.nodes.len()];
    for root in 0..graph.nodes.len() {
        if state[root] != State::New {
            continue;
        }
        state[root] = State::Open;
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let (node, way) = (*node, *next);
            match ways[node].get(way).copied() {
                None => {
                    state[node] = State::Done;
                    stack.pop();
                }
                Some(target) if state[target] == State::Open => {
                    ways[node].remove(way);
                }
                Some(target) => {
                    *next += 1;
                    if state[target] == State::New {
                        state[target] = State::Open;
                        stack.push((target, 0));
                    }
                }
            }
        }
    }
    ways
}

/// The row of each node: one below the lowest that leads to it.
fn rows(ways: &[Vec<usize>]) -> Vec<usize> {
    let mut incoming = vec![0_usize; ways.len()];
    ways.iter().flatten().for_each(|&to| incoming[to] += 1);
    let mut open: Vec<usize> = (0..ways.len()).filter(|&node| incoming[node] == 0).collect();
    let mut rows = vec![0; ways.len()];
    while let Some(node) = open.pop() {
        for &to in &ways[node] {
            rows[to] = rows[to].max(rows[node] + 1);
            incoming[to] -= 1;
            if incoming[to] == 0 {
                open.push(to);
            }
        }
    }
    rows
}

/// The nodes of each row from left to right: ordered by the middle of those that lead to them, at first by where they
/// are now.
fn ordered(graph: &Graph, ways: &[Vec<usize>], rows: &[usize]) -> Vec<Vec<usize>> {
    let mut order = vec![Vec::new(); rows.iter().max().map_or(0, |last| last + 1)];
    let mut by_place: Vec<usize> = (0..rows.len()).collect();
    by_place.sort_by(|&a, &b| graph.nodes[a].x.total_cmp(&graph.nodes[b].x).then(a.cmp(&b)));
    by_place.into_iter().for_each(|node| order[rows[node]].push(node));
    let mut leads_to: Vec<Vec<(usize, usize)>> = vec![Vec::new(); rows.len()];
    for (from, targets) in ways.iter().enumerate() {
        targets
            .iter()
            .enumerate()
            .for_each(|(port, &to)| leads_to[to].push((from, port)));
    }
    let mut seen = HashSet::new();
    for _ in 0..ROUNDS {
        let mut position = vec![0.0; rows.len()];
        for members in &mut order {
            for (i, &node) in members.iter().enumerate() {
                position[node] = i as f64 - members.len() as f64 / 2.0;
            }
            let mut keyed: Vec<(f64, usize, usize)> = members
                .iter()
                .enumerate()
                .map(|(i, &node)| {
                    let above = &leads_to[node];
                    let key = if above.is_empty() {
                        position[node]
                    } else {
                        // A port further right pulls a little to the right.
                        above
                            .iter()
                            .map(|&(from, port)| position[from] + port as f64 * 0.1)
                            .sum::<f64>()
                            / above.len() as f64
                    };
                    (key, i, node)
                })
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            *members = keyed.into_iter().map(|(_, _, node)| node).collect();
            for (i, &node) in members.iter().enumerate() {
                position[node] = i as f64 - members.len() as f64 / 2.0;
            }
        }
        if !seen.insert(order.clone()) {
            break;
        }
    }
    order
}
