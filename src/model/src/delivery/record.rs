//! A delivery as people look it up: where it came from, where it is, and what happened on its way.

use serde::{Deserialize, Serialize};

use super::{State, Turn, explain};
use crate::{
    app_config::Platform,
    ids::{AppId, DeliveryId, DeviceId, InstanceId, JourneyId, JourneyVersionId, MessageId, ProfileId},
    time::Timestamp,
};

/// One delivery, with the names of what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its identifier; also the push's `apns-id`.
    pub id: DeliveryId,
    /// To whom.
    pub profile: ProfileId,
    /// To which device; none where the profile had none.
    pub device: Option<DeviceId>,
    /// By which app configuration.
    pub app: Option<AppId>,
    /// The app configuration's name; none where it is gone or there was none.
    pub app_name: Option<String>,
    /// Its operating system.
    pub platform: Option<Platform>,
    /// Which message.
    pub message: MessageId,
    /// The message's name.
    pub message_name: String,
    /// Which version of it; 0 for a draft that was tried out.
    pub message_version: i64,
    /// From which journey.
    pub journey: Option<JourneyId>,
    /// The journey's name.
    pub journey_name: Option<String>,
    /// Which version of it.
    pub journey_version: Option<JourneyVersionId>,
    /// From which stay in it.
    pub instance: Option<InstanceId>,
    /// From which node of it; empty where there is no journey.
    pub node: String,
    /// Sent to try the message out; never counted.
    pub proof: bool,
    /// Where it is.
    pub state: State,
    /// Why: an [`super::Outcome`]'s or [`super::Exclusion`]'s code.
    pub reason: Option<String>,
    /// The provider's own words, or ours.
    pub detail: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// What it goes before, and what goes before it.
    pub turn: Turn,
    /// When it is due, where it has not ended.
    pub due_at: Timestamp,
    /// When its time to live ends.
    pub expires_at: Timestamp,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was last sent.
    pub sent_at: Option<Timestamp>,
    /// When it came to its end.
    pub ended_at: Option<Timestamp>,
    /// When the device said that it got it.
    pub displayed_at: Option<Timestamp>,
    /// When it was tapped.
    pub opened_at: Option<Timestamp>,
    /// When a button of it was tapped.
    pub clicked_at: Option<Timestamp>,
    /// Which button.
    pub clicked: Option<String>,
    /// When it was swiped away.
    pub dismissed_at: Option<Timestamp>,
}

impl Delivery {
    /// Title, words and advice for [`Self::reason`]; none where there is no reason, or one of a newer version.
    pub fn explained(&self) -> Option<(&'static str, &'static str, &'static str)> {
        explain(self.reason.as_deref()?)
    }
}

/// What happened at one point of a delivery's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HopKind {
    /// It was put into the queue.
    Queued,
    /// The provider took it.
    Accepted,
    /// It is to be tried later.
    Waiting,
    /// It came to a bad end.
    Failed,
    /// A rule kept it back for good.
    Excluded,
    /// The answer was lost, and it is left.
    Unknown,
    /// The device got it.
    Displayed,
    /// The person tapped it.
    Opened,
    /// The person tapped a button.
    Clicked,
    /// The person swiped it away.
    Dismissed,
}

impl HopKind {
    /// All of them, in the order in which they may happen.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Accepted,
        Self::Waiting,
        Self::Failed,
        Self::Excluded,
        Self::Unknown,
        Self::Displayed,
        Self::Opened,
        Self::Clicked,
        Self::Dismissed,
    ];

    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted => "accepted",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Excluded => "excluded",
            Self::Unknown => "unknown",
            Self::Displayed => "displayed",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Dismissed => "dismissed",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Is it told by the phone, after the provider has taken the push?
    pub const fn is_of_phone(self) -> bool {
        matches!(
            self,
            Self::Displayed | Self::Opened | Self::Clicked | Self::Dismissed
        )
    }

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Accepted => "Accepted",
            Self::Waiting => "Waiting",
            Self::Failed => "Failed",
            Self::Excluded => "Excluded",
            Self::Unknown => "Unknown",
            Self::Displayed => "Displayed",
            Self::Opened => "Opened",
            Self::Clicked => "Button tapped",
            Self::Dismissed => "Dismissed",
        }
    }
}

/// What is known of a [`Hop`] besides its kind. What does not apply is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct HopDetail {
    /// Which attempt it was, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<i64>,
    /// An outcome's or exclusion's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The provider's own words, or ours; for a button, its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// How long the provider took to answer, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
    /// Until when it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// One point of a delivery's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: HopKind,
    /// What more is known.
    pub detail: HopDetail,
}

/// A delivery with all that happened to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryStory {
    /// The delivery.
    pub delivery: Delivery,
    /// What happened, oldest first.
    pub hops: Vec<Hop>,
    /// What was sent; none before the first attempt.
    pub payload: Option<String>,
    /// The provider's identifier of the push.
    pub provider_id: Option<String>,
    /// The data of the journey that it was personalised with.
    pub context: serde_json::Value,
}

keyword!(HopKind);
