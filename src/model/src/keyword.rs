//! Enums that are kept in the database, and written in URLs and counters, as a word.

use std::fmt;

/// An enum each of whose values has a word of its own.
pub trait Keyword: Copy + Sized + 'static {
    /// The word.
    fn keyword(self) -> &'static str;

    /// The value with this word.
    fn from_keyword(word: &str) -> Option<Self>;
}

/// A word that names no value of the enum that was expected: the database was written by a newer Heliograph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKeyword {
    /// What was expected, such as `Status`.
    pub expected: &'static str,
    /// What was found.
    pub found: String,
}

impl fmt::Display for UnknownKeyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "“{}” is no {} that this version of Heliograph knows",
            self.found, self.expected
        )
    }
}

impl std::error::Error for UnknownKeyword {}

/// Lets an enum with `as_str` and `parse` be read from a database row (`#[sqlx(try_from = "String")]`).
macro_rules! keyword {
    ($($name:ident),* $(,)?) => {$(
        impl $crate::Keyword for $name {
            fn keyword(self) -> &'static str {
                self.as_str()
            }

            fn from_keyword(word: &str) -> Option<Self> {
                Self::parse(word)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::UnknownKeyword;

            fn try_from(word: String) -> Result<Self, $crate::UnknownKeyword> {
                Self::parse(&word)
                    .ok_or_else(|| $crate::UnknownKeyword { expected: stringify!($name), found: word })
            }
        }
    )*};
}
