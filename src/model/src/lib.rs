//! The vocabulary of Heliograph and every pure rule.
//!
//! Browser and server both call this crate, so a rule that they must agree on exists once. It does no I/O, reads no
//! clock and makes no identifiers: whoever calls passes them in.

#[macro_use]
mod keyword;

pub mod access;
pub mod app_config;
pub mod audience;
pub mod canvas;
pub mod collection;
pub mod delivery;
pub mod fragment;
pub mod ids;
pub mod journey;
pub mod message;
pub mod number;
pub mod payload;
pub mod personalize;
pub mod profile;
pub mod report;
pub mod rules;
pub mod schema;
pub mod time;
pub mod timing;

pub use keyword::{Keyword, UnknownKeyword};
