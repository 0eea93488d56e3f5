//! What can go wrong with a report.

/// The result of reading a report.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The range of days makes no sense.
    #[error("the range must end after it starts, and be {most} days long at most")]
    Range {
        /// The most days there may be.
        most: u32,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] heliograph_store::Error),
}
