//! Deliveries: one push to one device, from the queue to its end.
//!
//! `queued -> sending (leased) -> accepted | waiting (until) | failed | excluded | unknown`. What is targeted is always the
//! sum of what was accepted, failed, excluded, unknown, and what has not ended. A row is made once for each cause and
//! device.

/// The tail of a statement that changes deliveries by the keys that its values `v` begin with. `COALESCE` hides the columns of
/// `v` from SQLite, which otherwise makes an index of them, and reads every delivery that there is for each few hundred that
/// are changed.
macro_rules! by_key {
    () => {
        " FROM v WHERE delivery.profile_id = COALESCE(v.profile_id, NULL) AND delivery.id = COALESCE(v.id, NULL)"
    };
}

mod app_stop;
mod backlog;
mod claim;
mod doubt;
mod hold;
mod interact;
mod load;
mod lost;
mod opens;
mod order;
mod overtake;
mod pages;
mod queue;
mod read;
mod release;
mod reserve;
mod settle;
mod stop;
#[cfg(test)]
mod tests;

use heliograph_model::{
    delivery::HopDetail,
    delivery::HopKind,
    ids::{AppId, DeliveryId, JourneyId, JourneyVersionId, MessageId, ProfileId},
    time::Timestamp,
};
use sqlx::types::Json;

pub use app_stop::{end_stop, next_end, send_again, stop_app, stops};
pub use backlog::{backlog, retry_now};
pub use claim::{Due, Room, Taken, claim, claim_probe, next_due};
pub use doubt::{forget_answers, judge, next_judgement};
pub use interact::{Told, interacted};
pub use load::{Claimed, ClaimedApp, Credential, load};
pub use lost::note_lost;
pub use opens::{keep_moments, opens, opens_of_app};
pub use order::{ahead, due};
pub use queue::{JourneyPlace, Proof, Purpose, Queued, Request, queue};
pub use read::{Depth, content, depths, get, of_message, of_profile};
pub use release::{next_release, release, release_held};
pub use reserve::{Ask, Leave, reserve};
pub use settle::{DeviceChange, End, Settlement, settle};
pub use stop::{drop_of_app, drop_waiting, stop_for_journey, stop_for_message};

use crate::{Result, Tx, counters::Subject};

/// Which delivery, whose, and what it is counted under.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Place {
    /// To whom.
    pub profile_id: ProfileId,
    /// Its identifier.
    pub id: DeliveryId,
    /// By which app; none where the profile had no device.
    pub app_id: Option<AppId>,
    /// Which message.
    pub message_id: MessageId,
    /// From which journey.
    pub journey_id: Option<JourneyId>,
    /// From which version of it.
    pub journey_version_id: Option<JourneyVersionId>,
    /// From which of its nodes; empty for a delivery of no journey.
    pub node: String,
    /// Sent to try the message out; it is not counted.
    pub proof: bool,
}

impl Place {
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
}

/// A hop to be written.
struct NewHop {
    profile: ProfileId,
    delivery: DeliveryId,
    at: Timestamp,
    kind: HopKind,
    detail: HopDetail,
}

async fn write_hops(tx: &mut Tx, hops: &[NewHop]) -> Result<()> {
    let rows: Vec<_> = hops.iter().map(|hop| (tx.store().ids().next(), hop)).collect();
    insert_all!(
        tx,
        "INSERT INTO delivery_hop (profile_id, delivery_id, id, at, what, detail) ",
        6,
        rows,
        |(id, hop)| [
            hop.profile,
            hop.delivery,
            *id,
            hop.at,
            hop.kind.as_str(),
            Json(&hop.detail),
        ],
        ""
    )?;
    Ok(())
}
