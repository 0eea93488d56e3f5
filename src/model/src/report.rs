//! What is counted.

use serde::{Deserialize, Serialize};

/// One thing that is counted. Gauges follow: *here now* = entered - left;
/// *waiting* = targeted - excluded - accepted - failed - unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// A profile entered a journey.
    Entered,
    /// A profile left a journey; the reason is a [`crate::journey::Leaving`].
    Left,
    /// A profile came to a node.
    Arrived,
    /// A profile went through an edge; the reason is the port's key.
    Passed,
    /// A delivery was made.
    Targeted,
    /// A delivery was kept back for good; the reason says by what.
    Excluded,
    /// The provider took it.
    Accepted,
    /// The provider refused it, or it could not be sent; the reason is an outcome's code.
    Failed,
    /// The provider's answer was lost.
    Unknown,
    /// The device said that it got it.
    Displayed,
    /// The person tapped it.
    Opened,
    /// The person tapped a button; the reason is the button.
    Clicked,
    /// The person swiped it away.
    Dismissed,
}

impl Figure {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Entered,
        Self::Left,
        Self::Arrived,
        Self::Passed,
        Self::Targeted,
        Self::Excluded,
        Self::Accepted,
        Self::Failed,
        Self::Unknown,
        Self::Displayed,
        Self::Opened,
        Self::Clicked,
        Self::Dismissed,
    ];

    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Left => "left",
            Self::Arrived => "arrived",
            Self::Passed => "passed",
            Self::Targeted => "targeted",
            Self::Excluded => "excluded",
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Displayed => "displayed",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Dismissed => "dismissed",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.as_str() == text)
    }
}

keyword!(Figure);
