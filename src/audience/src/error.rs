//! What can go wrong with an audience.

use heliograph_model::audience::RuleProblem;

/// The result of anything this crate does.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is empty or too long.
    #[error("give the audience a name of 1 to {most} characters")]
    Name {
        /// The most there may be.
        most: usize,
    },
    /// Another audience has this name, capitals aside.
    #[error("there is already an audience “{name}”; choose another name")]
    NameTaken {
        /// The other's name.
        name: String,
    },
    /// The description is too long.
    #[error("the description is longer than {most} characters")]
    Description {
        /// The most there may be.
        most: usize,
    },
    /// The rule can't be used.
    #[error("the rule can’t be used yet: {}", first(.0))]
    Rule(Vec<RuleProblem>),
    /// The database failed, or refused.
    #[error(transparent)]
    Store(#[from] heliograph_store::Error),
}

fn first(problems: &[RuleProblem]) -> &str {
    problems.first().map_or("", |problem| &problem.message)
}
