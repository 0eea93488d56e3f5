//! The database: the only crate that holds SQL.
