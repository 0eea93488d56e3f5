//! What is counted, and what reports make of it.

mod figures;
mod global;
mod live;
mod series;

use serde::{Deserialize, Serialize};

pub use figures::{Count, Rate, Reason, Totals};
pub use global::{Compared, GlobalReport, Ranked, Week};
pub use live::{AppFigures, LatestDelivery, LiveReport, LiveSpan, NodeFigures, Now};
pub use series::{Grain, Line, Series};

use crate::ids::{JourneyId, JourneyVersionId, MessageId};

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    All,
    /// A journey, over all its versions.
    Journey {
        /// Which.
        id: JourneyId,
    },
    /// One version of a journey.
    JourneyVersion {
        /// Which.
        id: JourneyVersionId,
    },
    /// A message, wherever it was sent from.
    Message {
        /// Which.
        id: MessageId,
    },
}

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

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Entered => "Entered",
            Self::Left => "Left",
            Self::Arrived => "Arrived",
            Self::Passed => "Passed",
            Self::Targeted => "Targeted",
            Self::Excluded => "Excluded",
            Self::Accepted => "Accepted",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
            Self::Displayed => "Displayed",
            Self::Opened => "Opened",
            Self::Clicked => "Clicked",
            Self::Dismissed => "Dismissed",
        }
    }

    /// How it is counted, in one sentence.
    pub const fn how(self) -> &'static str {
        match self {
            Self::Entered => "Times a profile entered the journey.",
            Self::Left => "Times a profile left the journey: at its end, stopped, timed out, or on an error.",
            Self::Arrived => "Times a profile came to the activity.",
            Self::Passed => "Times a profile went on from the activity by this path.",
            Self::Targeted => {
                "Deliveries made: one for each message, profile and device, and one where the profile has no device."
            }
            Self::Excluded => "Deliveries kept back for good, such as for want of a device or of consent.",
            Self::Accepted => {
                "Deliveries that Apple or Google took. Others call this “delivered”; whether the phone got it, only the \
                 phone knows."
            }
            Self::Failed => "Deliveries that Apple or Google refused, or that could not be sent.",
            Self::Unknown => "Deliveries that were sent and whose answer was lost.",
            Self::Displayed => {
                "Deliveries that the phone says it got. Only Android apps with a recent SDK say so, so it is a lower bound."
            }
            Self::Opened => "Deliveries whose push was tapped, each counted once.",
            Self::Clicked => "Deliveries of which a button was tapped, each counted once.",
            Self::Dismissed => "Deliveries that were swiped away, each counted once.",
        }
    }
}

keyword!(Figure);
