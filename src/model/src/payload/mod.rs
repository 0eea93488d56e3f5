//! Payloads: from what a marketer wrote to the bytes that a provider is sent.
//!
//! [`CompiledContent::render`] makes the texts for one person, [`build`] the payload; [`check_content`] says beforehand what
//! is wrong. Preview and delivery call the same, so that what is shown is what is sent, byte for byte.

mod answers;
mod apns;
mod check;
mod content;
mod explain;
mod fcm;
mod recipient;
mod shown;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use answers::answer;
pub use check::{ContentProblem, TTL_MIN, TargetApp, check_compiled, check_content};
pub use content::{
    CompiledContent, ContentField, ContentWarning, RenderFault, RenderedButton, RenderedContent,
    called_fragments, collapse_id, render_content,
};
pub use explain::{ExplainedText, Told};
pub use recipient::Recipient;
pub use shown::indented;

use crate::{
    app_config::{PayloadStyle, Platform},
    ids::{DeliveryId, InstanceId, JourneyVersionId, MessageId},
};

/// Most bytes that either provider takes: Apple of the JSON text, Google of keys and values of data and notification.
///
/// Sources: Apple, "Generating a remote notification"; Google, "About FCM messages".
pub const LIMIT: usize = 4096;

/// What a push carries so that what the phone tells of it is known to be about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correlation {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// Of which message.
    pub message: MessageId,
    /// From which journey version.
    pub journey_version: Option<JourneyVersionId>,
    /// From which stay in it.
    pub instance: Option<InstanceId>,
}

/// Where a payload goes, and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// The operating system.
    pub platform: Platform,
    /// How the app wants it written.
    pub style: PayloadStyle,
    /// The device's token, which is part of what Google is sent.
    pub token: &'a str,
    /// How long Google may keep trying, in seconds. Apple is told apart from the payload.
    pub ttl: u32,
}

/// What a provider is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The JSON text: for Apple the body of the request, for Google that of `messages:send`.
    pub json: String,
    /// What it weighs, as the provider counts.
    pub bytes: usize,
    /// What it may weigh.
    pub limit: usize,
}

impl Payload {
    /// How many bytes there are too many; none where it fits.
    pub fn excess(&self) -> Option<usize> {
        self.bytes.checked_sub(self.limit).filter(|excess| *excess > 0)
    }
}

/// Writes the payload of a push.
pub fn build(content: &RenderedContent, correlation: &Correlation, target: Target<'_>) -> Payload {
    match target.platform {
        Platform::Ios => apns::build(content, correlation, target.style),
        Platform::Android => fcm::build(content, correlation, target),
    }
}

/// The names that Adobe's SDK sends back with what it tells of a push (messaging-ios and messaging-android merge `_xdm.cjm`
/// into the tracking event).
#[derive(Serialize)]
struct Xdm<'a> {
    cjm: Cjm<'a>,
}

#[derive(Serialize)]
struct Cjm<'a> {
    #[serde(rename = "_experience")]
    experience: Experience<'a>,
}

#[derive(Serialize)]
struct Experience<'a> {
    #[serde(rename = "customerJourneyManagement")]
    management: Management<'a>,
}

#[derive(Serialize)]
struct Management<'a> {
    #[serde(rename = "messageExecution")]
    execution: Execution<'a>,
}

#[derive(Serialize)]
struct Execution<'a> {
    #[serde(rename = "messageExecutionID")]
    delivery: &'a DeliveryId,
    #[serde(rename = "messageID")]
    message: &'a MessageId,
    #[serde(rename = "journeyVersionID", skip_serializing_if = "Option::is_none")]
    version: Option<&'a JourneyVersionId>,
    #[serde(rename = "journeyVersionInstanceId", skip_serializing_if = "Option::is_none")]
    instance: Option<&'a InstanceId>,
}

impl Correlation {
    /// One that stands in for that of any push of a message from a journey, before there is one: identifiers all have the
    /// same length, so that it weighs as much.
    pub const fn stand_in(message: MessageId) -> Self {
        Self {
            delivery: DeliveryId(Uuid::nil()),
            message,
            journey_version: Some(JourneyVersionId(Uuid::nil())),
            instance: Some(InstanceId(Uuid::nil())),
        }
    }

    fn xdm(&self) -> Xdm<'_> {
        Xdm {
            cjm: Cjm {
                experience: Experience {
                    management: Management {
                        execution: Execution {
                            delivery: &self.delivery,
                            message: &self.message,
                            version: self.journey_version.as_ref(),
                            instance: self.instance.as_ref(),
                        },
                    },
                },
            },
        }
    }
}

/// The key under which an app without Adobe's SDK finds the delivery's identifier, to tell us of taps.
const DELIVERY_KEY: &str = "delivery_id";
/// The key under which such an app finds where a tap leads.
const LINK_KEY: &str = "link";

/// Can custom data have this key? The providers and the SDK keep some for themselves.
///
/// Source: Google, "REST Resource: projects.messages" (`data`); the SDK's `MessagingConstants.Push.PayloadKeys`.
pub fn is_reserved_key(key: &str) -> bool {
    matches!(
        key,
        "aps" | "_xdm" | "from" | "message_type" | "notification" | "collapse_key" | DELIVERY_KEY | LINK_KEY
    ) || ["adb_", "gcm", "google"]
        .iter()
        .any(|start| key.to_ascii_lowercase().starts_with(start))
}

/// JSON text of something that always has one.
fn json<T: Serialize>(value: &T) -> String {
    // Structs of texts and numbers with text keys can't fail to serialise.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
