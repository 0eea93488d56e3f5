//! What can go wrong in the database.

/// The result of anything this crate does.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of the database can't be used.
    #[error("the database address “{address}” can't be used: {why}")]
    Address {
        /// As it was given, without its password.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such object.
    #[error("there is no such {0}: it may have been deleted")]
    NotFound(&'static str),
    /// Someone else changed the object since it was read.
    #[error("this {0} has been changed by someone else meanwhile")]
    Conflict(&'static str),
    /// A rule of the database was broken; `constraint` names it (see the migrations).
    #[error("the database refused the change: it would break {constraint}")]
    Constraint {
        /// The constraint's or unique index's name; on SQLite, its columns.
        constraint: String,
    },
    /// The object is in use, so it can't be deleted.
    #[error("this {what} can't be deleted: it is used by {by}")]
    InUse {
        /// What was to be deleted.
        what: &'static str,
        /// By what it is used, by name.
        by: String,
    },
    /// An audience is defined by itself, so that nobody can say who is in it.
    #[error("the audience “{name}” leads back to itself: take it out of one of the audiences that it names")]
    AudienceLoop {
        /// Its name.
        name: String,
    },
    /// A rule and the audiences that it names have too many tests to be judged together.
    #[error(
        "the rule has more than {most} tests, with those of the audiences that it names: make it simpler"
    )]
    RuleTooLarge {
        /// The most there may be.
        most: usize,
    },
    /// The database can't be reached, or is busy for too long. Trying again may help.
    #[error("the database can't be reached: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database answered with an error that no caller can do anything about.
    #[error("the database reported an error: {0}")]
    Database(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl Error {
    /// Was a unique index or constraint broken whose name, or (as SQLite tells it) one of whose columns, contains this?
    pub fn breaks(&self, name: &str) -> bool {
        matches!(self, Self::Constraint { constraint } if constraint.contains(name))
    }

    /// May the same call succeed a moment later?
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(database)
                if database.is_unique_violation() || database.is_foreign_key_violation() =>
            {
                let constraint = database
                    .constraint()
                    .map_or_else(|| database.message().to_owned(), str::to_owned);
                Self::Constraint { constraint }
            }
            // 40001 serialization failure, 40P01 deadlock, 53xxx out of resources, 57P01..03 shutting down;
            // SQLite's 5 is "busy".
            E::Database(database)
                if database.code().is_some_and(|code| {
                    code.starts_with("40") || code.starts_with("53") || code.starts_with("57P") || code == "5"
                }) =>
            {
                Self::Unavailable(error)
            }
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
                Self::Unavailable(error)
            }
            _ => Self::Database(error),
        }
    }
}
