//! A number that may be known only to be larger than what was counted.

use std::ops::Add;

use serde::{Deserialize, Serialize};

/// How many there are of something, which is counted one by one only up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HowMany {
    /// So many.
    Exactly(u64),
    /// More than these: nobody knows how many.
    MoreThan(u64),
}

impl HowMany {
    /// None.
    pub const NONE: Self = Self::Exactly(0);

    /// From a count that went no further than one above the bound.
    pub const fn bounded(counted: u64, bound: u64) -> Self {
        if counted > bound {
            Self::MoreThan(bound)
        } else {
            Self::Exactly(counted)
        }
    }

    /// Is there none?
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// So many there are for sure.
    pub const fn at_least(self) -> u64 {
        match self {
            Self::Exactly(n) => n,
            Self::MoreThan(n) => n.saturating_add(1),
        }
    }
}

impl Default for HowMany {
    fn default() -> Self {
        Self::NONE
    }
}

impl Add for HowMany {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (Self::Exactly(n) | Self::MoreThan(n), Self::Exactly(m) | Self::MoreThan(m)) = (self, other);
        let sum = n.saturating_add(m);
        match (self, other) {
            (Self::Exactly(_), Self::Exactly(_)) => Self::Exactly(sum),
            _ => Self::MoreThan(sum),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_to_its_end_is_never_taken_for_all() {
        assert_eq!(HowMany::bounded(20, 20), HowMany::Exactly(20));
        assert_eq!(HowMany::bounded(21, 20), HowMany::MoreThan(20));
        assert_eq!(HowMany::Exactly(1) + HowMany::Exactly(2), HowMany::Exactly(3));
        assert_eq!(HowMany::MoreThan(20) + HowMany::Exactly(2), HowMany::MoreThan(22));
        assert_eq!(HowMany::Exactly(2) + HowMany::MoreThan(20), HowMany::MoreThan(22));
        assert_eq!(HowMany::MoreThan(20).at_least(), 21);
        assert!(HowMany::NONE.is_none() && !HowMany::MoreThan(0).is_none());
    }
}
