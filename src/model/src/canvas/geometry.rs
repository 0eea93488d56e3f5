//! Where things are on the canvas.

use serde::{Deserialize, Serialize};

use crate::journey::{Activity, Edge, Graph, Node, Port};

/// Width of a node.
pub const NODE_WIDTH: f64 = 216.0;
/// Height of a node.
pub const NODE_HEIGHT: f64 = 56.0;
/// Nodes snap to multiples of this.
pub const GRID: f64 = 8.0;
/// Radius of an edge's corners.
const CORNER: f64 = 16.0;
/// How far an edge runs straight out of a port, and straight into a node.
const STUB: f64 = 20.0;
/// How far from a node an edge that leads back passes.
const CLEARANCE: f64 = 32.0;

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl Point {
    /// A place from its coordinates.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
pub struct Rect {
    /// Its left edge.
    pub x: f64,
    /// Its top edge.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Rect {
    /// The rectangle that has these two corners, whichever they are.
    pub fn spanning(a: Point, b: Point) -> Self {
        Self {
            x: a.x.min(b.x),
            y: a.y.min(b.y),
            width: (a.x - b.x).abs(),
            height: (a.y - b.y).abs(),
        }
    }

    /// Is the place inside, or on the edge?
    pub fn contains(&self, at: Point) -> bool {
        at.x >= self.x && at.x <= self.x + self.width && at.y >= self.y && at.y <= self.y + self.height
    }

    /// Do the two share a place?
    pub fn touches(&self, other: &Self) -> bool {
        self.x <= other.x + other.width
            && other.x <= self.x + self.width
            && self.y <= other.y + other.height
            && other.y <= self.y + self.height
    }

    /// The smallest rectangle around both.
    pub fn around(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self {
            x,
            y,
            width: (self.x + self.width).max(other.x + other.width) - x,
            height: (self.y + self.height).max(other.y + other.height) - y,
        }
    }
}

/// How the canvas is moved and magnified: a place on the screen is `scale * place on the canvas + (x, y)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Transform {
    /// Screen pixels to the right.
    pub x: f64,
    /// Screen pixels down.
    pub y: f64,
    /// Magnification.
    pub scale: f64,
}

impl Default for Transform {
    fn default() -> Self {
        Self {
            x: 0.0,
            y: 0.0,
            scale: 1.0,
        }
    }
}

impl Transform {
    /// Smallest magnification.
    pub const MIN: f64 = 0.2;
    /// Largest magnification.
    pub const MAX: f64 = 2.0;

    /// Which place on the canvas is under this place on the screen.
    pub fn to_canvas(&self, screen: Point) -> Point {
        Point::new((screen.x - self.x) / self.scale, (screen.y - self.y) / self.scale)
    }

    /// Where on the screen this place on the canvas is.
    pub fn to_screen(&self, canvas: Point) -> Point {
        Point::new(canvas.x * self.scale + self.x, canvas.y * self.scale + self.y)
    }

    /// Magnified by a factor, within limits, so that what is under the pointer stays there.
    #[must_use]
    pub fn zoomed(&self, factor: f64, pointer: Point) -> Self {
        let scale = (self.scale * factor).clamp(Self::MIN, Self::MAX);
        let under = self.to_canvas(pointer);
        Self {
            x: pointer.x - under.x * scale,
            y: pointer.y - under.y * scale,
            scale,
        }
    }

    /// Moved by so many screen pixels.
    #[must_use]
    pub fn panned(&self, dx: f64, dy: f64) -> Self {
        Self {
            x: self.x + dx,
            y: self.y + dy,
            ..*self
        }
    }

    /// Shows the whole content in the middle of a view of this size, not magnified beyond its natural size.
    pub fn fitting(content: Option<Rect>, width: f64, height: f64) -> Self {
        const MARGIN: f64 = 48.0;
        let Some(content) = content else {
            return Self::default();
        };
        let scale = ((width - 2.0 * MARGIN) / content.width.max(1.0))
            .min((height - 2.0 * MARGIN) / content.height.max(1.0))
            .clamp(Self::MIN, 1.0);
        Self {
            x: (width - content.width * scale) / 2.0 - content.x * scale,
            y: (height - content.height * scale) / 2.0 - content.y * scale,
            scale,
        }
    }
}

/// The nearest place on the grid.
pub fn snap(at: Point) -> Point {
    Point::new((at.x / GRID).round() * GRID, (at.y / GRID).round() * GRID)
}

/// The rectangle of a node.
pub fn node_rect(node: &Node) -> Rect {
    Rect {
        x: node.x,
        y: node.y,
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
    }
}

/// The smallest rectangle around all nodes; none where there are none.
pub fn bounds(graph: &Graph) -> Option<Rect> {
    graph
        .nodes
        .iter()
        .map(node_rect)
        .reduce(|all, one| all.around(&one))
}

/// Which side of a node a port is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Below.
    Bottom,
    /// To the right.
    Right,
}

/// A port and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct PortPlace {
    /// Which port.
    pub port: Port,
    /// Its middle.
    pub at: Point,
    /// The side that it is on.
    pub side: Side,
}

/// The ports of a node, from left to right. A condition's are spread over its lower edge; a message's way for whoever
/// could not be sent to is at its right.
pub fn port_places(node: &Node) -> Vec<PortPlace> {
    let below = |port: Port, share: f64| PortPlace {
        port,
        at: Point::new(node.x + NODE_WIDTH * share, node.y + NODE_HEIGHT),
        side: Side::Bottom,
    };
    match &node.activity {
        Activity::Condition { paths } => {
            let ports: Vec<Port> = paths
                .iter()
                .map(|path| Port::Path { id: path.id.clone() })
                .chain([Port::Otherwise])
                .collect();
            let parts = ports.len() as f64;
            ports
                .into_iter()
                .enumerate()
                .map(|(i, port)| below(port, (i as f64 + 0.5) / parts))
                .collect()
        }
        Activity::Message { .. } => vec![
            below(Port::Next, 0.5),
            PortPlace {
                port: Port::CouldNotSend,
                at: Point::new(node.x + NODE_WIDTH, node.y + NODE_HEIGHT / 2.0),
                side: Side::Right,
            },
        ],
        Activity::End {} => Vec::new(),
        Activity::Event { .. } | Activity::ReadAudience { .. } | Activity::Wait { .. } => {
            vec![below(Port::Next, 0.5)]
        }
    }
}

/// Where edges come in.
pub fn entry_point(node: &Node) -> Point {
    Point::new(node.x + NODE_WIDTH / 2.0, node.y)
}

/// The corners of the line from a port to a place where edges come in: right angles, leaving the port straight and
/// coming in from above.
pub fn edge_points(from: Point, side: Side, to: Point) -> Vec<Point> {
    let mut points = vec![from];
    match side {
        Side::Bottom if (from.x - to.x).abs() < 0.5 && to.y >= from.y => {}
        Side::Bottom if to.y >= from.y + 2.0 * STUB => {
            // Close to the end, so that edges which part at one node do so beside one another and not on a shared line.
            let turn = from.y + ((to.y - from.y) / 2.0).max(STUB);
            points.extend([Point::new(from.x, turn), Point::new(to.x, turn)]);
        }
        Side::Right if to.x >= from.x + STUB && to.y >= from.y + STUB => {
            points.push(Point::new(to.x, from.y))
        }
        Side::Bottom => {
            // Back up: around the right of both nodes.
            let beyond = from.x.max(to.x) + NODE_WIDTH / 2.0 + CLEARANCE;
            points.extend([
                Point::new(from.x, from.y + STUB),
                Point::new(beyond, from.y + STUB),
                Point::new(beyond, to.y - STUB),
                Point::new(to.x, to.y - STUB),
            ]);
        }
        Side::Right => {
            let beyond = from.x + CLEARANCE;
            let over = if to.y >= from.y + NODE_HEIGHT + 2.0 * STUB {
                from.y + NODE_HEIGHT / 2.0 + STUB
            } else {
                to.y - STUB
            };
            points.extend([
                Point::new(beyond, from.y),
                Point::new(beyond, over),
                Point::new(to.x, over),
            ]);
        }
    }
    points.push(to);
    points
}

/// The line as the `d` of an SVG path, with rounded corners.
pub fn edge_path(points: &[Point]) -> String {
    use std::fmt::Write as _;
    let mut path = String::new();
    let Some((first, rest)) = points.split_first() else {
        return path;
    };
    // Writing to a String does not fail.
    let _ = write!(path, "M{:.1} {:.1}", first.x, first.y);
    let mut before = *first;
    for (i, corner) in rest.iter().enumerate() {
        match rest.get(i + 1) {
            Some(after) => {
                let radius = CORNER
                    .min(length(before, *corner) / 2.0)
                    .min(length(*corner, *after) / 2.0);
                let (start, end) = (towards(*corner, before, radius), towards(*corner, *after, radius));
                let _ = write!(
                    path,
                    "L{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}",
                    start.x, start.y, corner.x, corner.y, end.x, end.y
                );
            }
            None => {
                let _ = write!(path, "L{:.1} {:.1}", corner.x, corner.y);
            }
        }
        before = *corner;
    }
    path
}

/// Where the name of a port is written along its edge: at the middle of the first stretch that is long enough, and never
/// inside the node.
pub fn edge_label(points: &[Point]) -> Point {
    match points {
        [from, corner, next, ..] if (corner.y - from.y).abs() < 2.0 * STUB => {
            Point::new((corner.x + next.x) / 2.0, (corner.y + next.y) / 2.0)
        }
        [from, corner, ..] => Point::new((from.x + corner.x) / 2.0, (from.y + corner.y) / 2.0),
        [only] => *only,
        [] => Point::default(),
    }
}

/// The corners of an edge of a graph; none where one of its ends is missing.
pub(crate) fn points_of(graph: &Graph, edge: &Edge) -> Option<Vec<Point>> {
    let from = graph.node(&edge.from)?;
    let to = graph.node(&edge.to)?;
    let place = port_places(from)
        .into_iter()
        .find(|place| place.port == edge.port)?;
    Some(edge_points(place.at, place.side, entry_point(to)))
}

fn length(a: Point, b: Point) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

fn towards(from: Point, to: Point, by: f64) -> Point {
    let whole = length(from, to);
    if whole == 0.0 {
        return from;
    }
    Point::new(
        from.x + (to.x - from.x) * by / whole,
        from.y + (to.y - from.y) * by / whole,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let pointer = Point::new(300.0, 200.0);
        let before = Transform {
            x: 40.0,
            y: -10.0,
            scale: 0.8,
        };
        let after = before.zoomed(1.5, pointer);
        let (a, b) = (before.to_canvas(pointer), after.to_canvas(pointer));
        assert!((a.x - b.x).abs() < 1e-9 && (a.y - b.y).abs() < 1e-9);
        assert_eq!(before.zoomed(100.0, pointer).scale, Transform::MAX);
    }

    #[test]
    fn fitting_shows_all_of_it() {
        let content = Rect {
            x: -500.0,
            y: 100.0,
            width: 4000.0,
            height: 900.0,
        };
        let fit = Transform::fitting(Some(content), 1000.0, 700.0);
        let (a, b) = (
            fit.to_screen(Point::new(content.x, content.y)),
            fit.to_screen(Point::new(content.x + content.width, content.y + content.height)),
        );
        assert!(a.x >= 0.0 && a.y >= 0.0 && b.x <= 1000.0 && b.y <= 700.0);
    }

    #[test]
    fn an_edge_straight_down_is_one_line_and_others_turn_at_right_angles() {
        let straight = edge_points(Point::new(10.0, 10.0), Side::Bottom, Point::new(10.0, 90.0));
        assert_eq!(edge_path(&straight), "M10.0 10.0L10.0 90.0");
        for to in [
            Point::new(300.0, 200.0),
            Point::new(-50.0, -300.0),
            Point::new(12.0, 5.0),
        ] {
            for side in [Side::Bottom, Side::Right] {
                let points = edge_points(Point::new(0.0, 0.0), side, to);
                for pair in points.windows(2) {
                    assert!(pair[0].x == pair[1].x || pair[0].y == pair[1].y, "{points:?}");
                }
                let last = &points[points.len() - 2..];
                assert!(last[0].y <= last[1].y, "it comes in from above: {points:?}");
            }
        }
    }
}
