//! Deliveries: one push to one device, and how it ended.

mod backlog;
mod how_many;
mod outcome;
mod record;
mod retry;
mod turn;

use serde::{Deserialize, Serialize};

pub use backlog::{Backlog, Pending};
pub use how_many::HowMany;
pub use outcome::{Class, Outcome, explain};
pub use record::{Delivery, DeliveryStory, Hop, HopDetail, HopKind};
pub use retry::Retry;
pub use turn::{Ahead, Turn, goes_before, in_order};

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// To be sent when due.
    Queued,
    /// A worker has it, until its lease ends.
    Sending,
    /// Held until a time; the reason is with it.
    Waiting,
    /// The provider took it.
    Accepted,
    /// The provider refused it, or it could not be sent.
    Failed,
    /// A rule kept it back for good.
    Excluded,
    /// It was sent, and the answer was lost.
    Unknown,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Sending,
        Self::Waiting,
        Self::Accepted,
        Self::Failed,
        Self::Excluded,
        Self::Unknown,
    ];

    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Excluded => "excluded",
            Self::Unknown => "unknown",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Why a delivery was kept back for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// The profile has no active device of the message's apps.
    NoDevice,
    /// The person refused pushes.
    ConsentRefused,
    /// The device's token was retired between queueing and sending.
    DeviceRetired,
    /// The app has been deleted.
    AppGone,
    /// The journey or message was stopped, or it was dropped from the queue.
    Stopped,
    /// Its time to live had passed before it could be sent.
    TooLate,
    /// A field without a fallback is empty, and the message is not to be sent then.
    FieldEmpty,
    /// The person has had as many pushes as a rule set allows.
    CapReached,
    /// It was due in quiet hours of a rule set that drops what is due then.
    QuietHours,
}

impl Exclusion {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NoDevice,
        Self::ConsentRefused,
        Self::DeviceRetired,
        Self::AppGone,
        Self::Stopped,
        Self::TooLate,
        Self::FieldEmpty,
        Self::CapReached,
        Self::QuietHours,
    ];

    /// As it is kept in the database and in counters.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoDevice => "no_device",
            Self::ConsentRefused => "consent_refused",
            Self::DeviceRetired => "device_retired",
            Self::AppGone => "app_gone",
            Self::Stopped => "stopped",
            Self::TooLate => "too_late",
            Self::FieldEmpty => "field_empty",
            Self::CapReached => "cap_reached",
            Self::QuietHours => "quiet_hours",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|exclusion| exclusion.code() == text)
    }

    /// In plain words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NoDevice => "No active device",
            Self::ConsentRefused => "Push refused by the person",
            Self::DeviceRetired => "Device retired",
            Self::AppGone => "App configuration deleted",
            Self::Stopped => "Stopped",
            Self::TooLate => "Too late to send",
            Self::FieldEmpty => "A field is empty",
            Self::CapReached => "Cap reached",
            Self::QuietHours => "Quiet hours",
        }
    }

    /// What it means and what to do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::NoDevice => {
                "The profile has no device with a working push token for the apps of this message. \
                 A token comes when the person opens the app and allows notifications."
            }
            Self::ConsentRefused => "The profile's consent for push marketing is “no”.",
            Self::DeviceRetired => {
                "Apple or Google called the token dead after the push was queued. \
                 A new token comes when the person opens the app."
            }
            Self::AppGone => "Choose another app in the message and publish it again.",
            Self::Stopped => {
                "Someone stopped the journey or the message, or emptied the queue, while this push was in it."
            }
            Self::TooLate => {
                "Its time to live ended before it could be sent. Allow a longer time to live, or see what held it up."
            }
            Self::FieldEmpty => {
                "A field that the text needs is empty for this person, and the message says not to send then. \
                 Give the field a fallback to reach them."
            }
            Self::CapReached => {
                "The person has had as many pushes as a rule set allows in its span of time. The rule set is named with the \
                 delivery."
            }
            Self::QuietHours => {
                "It was due in quiet hours, and the rule set says to drop what is due then. Let the rule set hold it \
                 instead, to have it sent when they end."
            }
        }
    }
}

/// What the app did with a push, as told by its tracking event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Interaction {
    /// The device got it (`pushTracking.receive`).
    Displayed,
    /// The person tapped it (`pushTracking.applicationOpened`).
    Opened,
    /// The person tapped a button (`pushTracking.customAction`).
    Clicked {
        /// iOS: the action's identifier; Android: the button's label.
        button: String,
        /// Did it open the app? Then it counts as an open too.
        opened: bool,
    },
    /// The person swiped it away (`pushTracking.customAction` with the action `Dismiss`).
    Dismissed,
}

impl TryFrom<String> for Exclusion {
    type Error = crate::UnknownKeyword;

    fn try_from(word: String) -> Result<Self, crate::UnknownKeyword> {
        Self::parse(&word).ok_or(crate::UnknownKeyword {
            expected: "Exclusion",
            found: word,
        })
    }
}

keyword!(State);
