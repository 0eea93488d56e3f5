//! The database: the only crate that holds SQL.
//!
//! One schema on two engines, SQLite and PostgreSQL. A query is written once, in the part of SQL that both share, and
//! run by the macros of [`sql`] on whichever engine the [`Store`] holds; where the two differ, [`dialect`] holds both
//! spellings side by side. Each table, or few tables that belong together, has a module with the functions over it.
//!
//! A function that only reads takes `&mut impl Database` (a [`Conn`] or a [`Tx`]); one that changes anything takes
//! `&mut Tx`, so that it takes part in its caller's transaction. What a transaction has changed is told to whoever waits for it by [`Signals`], at its
//! commit and not before.

#[macro_use]
mod sql;

pub mod apps;
pub mod audiences;
pub mod audit;
pub mod counters;
pub mod datastreams;
pub mod deliveries;
pub mod devices;
mod dialect;
mod error;
pub mod events;
pub mod fields;
pub mod fragments;
pub mod google_pace;
pub mod instances;
pub mod journeys;
pub mod messages;
pub mod people;
mod pool;
pub mod profiles;
pub mod properties;
pub mod reports;
pub mod rule_sets;
pub mod sessions;
pub mod settings;
mod signal;
mod statement;

#[cfg(feature = "testing")]
pub mod testing;

pub use error::{Error, Result};
pub use pool::{Conn, Database, Options, Store, Tx};
pub use signal::{Listener, Signals, Topic};
pub use sqlx::types::Json;
