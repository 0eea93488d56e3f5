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
    /// The end of a `SELECT` of rows that are about to be changed: another transaction that wants them waits. On SQLite
    /// it waits already, for the one writer.
    pub(crate) const fn lock(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// The end of a `SELECT` of rows that are about to be changed, but for those that another transaction has in hand. On
    /// SQLite there is no other.
    pub(crate) const fn passing_over(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// The pattern of `LIKE … ESCAPE '!'` for text that contains this, in lower case.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.trim().to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
