//! Deliveries: one push to one device, from its queueing to its end.
//!
//! A delivery is made once for what causes it, claimed by a worker under a lease, and settled with its outcome; what the
//! person did with it comes later. Counters change in the same transactions, so that
//! *targeted = excluded + waiting + accepted + failed + unknown* holds at any time.

mod queue;
mod read;
mod send;
mod track;

use heliograph_model::{
    delivery::State,
    ids::{AppId, DeliveryId, DeviceId, InstanceId, JourneyId, JourneyVersionId, MessageId, ProfileId},
    report::Figure,
    time::Timestamp,
};
use serde_json::Value;
use sqlx::types::Json;

use crate::counters::{Counts, Subject};

pub use queue::{JourneyPlace, Purpose, Queued, Request, queue, stop_for_journey};
pub use read::{Hop, Summary, depth_by_app, get, hops, next_due, of_message, of_profile};
pub use send::{Ending, Settlement, claim, hold_app, settle};
pub use track::interacted;

/// A delivery.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Delivery {
    /// To whom.
    pub profile_id: ProfileId,
    /// Its identifier, which is also the push's.
    pub id: DeliveryId,
    /// To which device; none where the profile has no active one.
    pub device_id: Option<DeviceId>,
    /// By which app configuration; likewise.
    pub app_id: Option<AppId>,
    /// What is sent.
    pub message_id: MessageId,
    /// In which version.
    pub message_version: i64,
    /// By which journey.
    pub journey_id: Option<JourneyId>,
    /// In which version.
    pub journey_version_id: Option<JourneyVersionId>,
    /// In which stay.
    pub instance_id: Option<InstanceId>,
    /// At which node of it.
    pub node: String,
    /// Is it only to try the message out? Then it is never counted.
    pub proof: bool,
    /// Where it is.
    #[sqlx(try_from = "String")]
    pub state: State,
    /// Why: an outcome's or an exclusion's code.
    pub reason: Option<String>,
    /// The provider's own words, or ours.
    pub detail: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is to be sent, or sent again.
    pub due_at: Timestamp,
    /// When it is too late.
    pub expires_at: Timestamp,
    /// The `context` root of personalisation.
    pub context: Json<Value>,
    /// What was sent.
    pub payload: Option<String>,
    /// The provider's identifier of the push.
    pub provider_id: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was first given to the provider.
    pub sent_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When the device said that it got it.
    pub displayed_at: Option<Timestamp>,
    /// When the person tapped it.
    pub opened_at: Option<Timestamp>,
    /// When the person tapped a button.
    pub clicked_at: Option<Timestamp>,
    /// Which.
    pub clicked: Option<String>,
    /// When the person swiped it away.
    pub dismissed_at: Option<Timestamp>,
}

/// Selects deliveries: `select!("WHERE …")`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT profile_id, id, device_id, app_id, message_id, message_version, journey_id, journey_version_id, \
             instance_id, node, proof, state, reason, detail, attempts, due_at, expires_at, context, payload, \
             provider_id, created_at, sent_at, ended_at, displayed_at, opened_at, clicked_at, clicked, dismissed_at \
             FROM delivery ",
            $rest
        )
    };
}
use select;

impl Delivery {
    /// What counts about it are of.
    fn subject(&self) -> Subject {
        let nil = Subject::default();
        Subject {
            journey: self.journey_id.unwrap_or(nil.journey),
            version: self.journey_version_id.unwrap_or(nil.version),
            node: self.node.clone(),
            message: self.message_id,
            app: self.app_id.unwrap_or(nil.app),
        }
    }

    /// Counts one, unless it is a proof.
    fn count(&self, counts: &mut Counts, at: Timestamp, figure: Figure, reason: &str) {
        if !self.proof {
            counts.add(at, &self.subject(), figure, reason);
        }
    }
}

#[cfg(test)]
mod tests;
