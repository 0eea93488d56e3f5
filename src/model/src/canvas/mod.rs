//! The journey canvas without its drawing: geometry, hit tests, editing commands, undo, layout.
//!
//! Nothing here knows of a browser. The page draws what this says and passes on where the pointer is, so the canvas is
//! tested natively. Lengths are canvas pixels; the [`Transform`] turns them into pixels of the screen.

mod clipboard;
mod command;
mod connect;
mod editor;
mod geometry;
mod hit;
mod layout;

pub use clipboard::{Clipboard, NotAClipboard};
pub use command::Command;
pub use connect::{Refusal, can_connect, targets};
pub use editor::{Change, Editor, Step};
pub use geometry::{
    GRID, NODE_HEIGHT, NODE_WIDTH, Point, PortPlace, Rect, Side, Transform, bounds, edge_label, edge_path,
    edge_points, entry_point, node_rect, port_places, snap,
};
pub use hit::{Direction, EdgeRef, Hit, edge_at, hit, neighbours, nodes_inside};
pub use layout::tidy;
