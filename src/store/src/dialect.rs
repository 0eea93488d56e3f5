//! Where the two engines' SQL differs: both spellings, side by side.

mod instant;
pub(crate) mod json;

/// Which engine a store is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// The end of a `SELECT` that claims rows: rows that another transaction has claimed are passed over. SQLite has one
    /// writer, so there is nobody to pass over.
    pub(crate) const fn claim(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// The end of a `SELECT` of rows that are about to be changed: another transaction that wants them waits. On SQLite
    /// it waits already, for the one writer.
    pub(crate) const fn lock(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }
}
