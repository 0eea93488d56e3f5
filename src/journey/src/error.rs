//! What can go wrong with journeys.

use heliograph_model::journey::Problem;

/// The result of anything this crate does.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The draft is not in order; nothing was published.
    #[error("the journey can't be published: {}", problems.first().map_or("it is not in order", |problem| problem.message.as_str()))]
    NotInOrder {
        /// What is wrong, errors first.
        problems: Vec<Problem>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] heliograph_store::Error),
}
