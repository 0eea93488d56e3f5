//! Moves profiles through journeys.
//!
//! The [`Engine`] claims work from the store in batches: events that a live journey may start with, stays that are due,
//! audiences to read, journeys that are stopped. Each batch is one transaction: it walks every profile through the nodes that need no waiting, and
//! writes the new places, the step log, the counters and the queued deliveries together. A crash anywhere loses nothing,
//! as the work is still there, and repeats nothing, as what it led to was not written.
//!
//! [`publishing`] checks a draft once more before it is frozen, and stops journeys.

mod engine;
mod entry;
mod error;
pub mod publishing;
mod versions;
mod walk;

pub use engine::{Engine, Work};
pub use error::{Error, Result};
