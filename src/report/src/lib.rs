//! Reads counters and tells what changed, for the reports.
//!
//! [`live::follow`] is a stream of what is going on, pushed whenever something is counted; [`global::read`] is what happened
//! in a range of days. Both read counters only, whose definitions are in [`heliograph_model::report`].

mod apps;
mod error;
pub mod global;
pub mod listing;
pub mod live;
mod nodes;

pub use error::{Error, Result};
