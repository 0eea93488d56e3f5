//! Writing how deliveries ended, in sets.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use heliograph_model::{
    delivery::{Exclusion, HopDetail, HopKind, Outcome, State},
    ids::{AppId, DeliveryId, DeviceId, JourneyVersionId, MessageId, ProfileId},
    profile::PushPlatform,
    report::Figure,
    time::Timestamp,
};

use super::{
    NewHop, Place, doubt,
    hold::{give_back, hold_if_capped},
    write_hops,
};
use crate::{Result, Topic, Tx, counters::Counts, devices, dialect::Engine};

/// How an attempt left a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The provider took it.
    Accepted {
        /// How.
        outcome: Outcome,
        /// The provider's identifier of the push.
        provider_id: Option<String>,
    },
    /// It is tried again.
    Waiting {
        /// When.
        until: Timestamp,
        /// Why not now.
        outcome: Outcome,
    },
    /// It is tried again when the app's credential works, if that is before its time to live ends.
    Held {
        /// What is wrong with the credential.
        outcome: Outcome,
    },
    /// It can't be sent.
    Failed {
        /// Why.
        outcome: Outcome,
    },
    /// A rule keeps it back for good.
    Excluded(Exclusion),
    /// It may have arrived, and is left.
    Unknown {
        /// Why nobody knows.
        outcome: Outcome,
    },
}

impl End {
    fn state(&self) -> State {
        match self {
            Self::Accepted { .. } => State::Accepted,
            Self::Waiting { .. } | Self::Held { .. } => State::Waiting,
            Self::Failed { .. } => State::Failed,
            Self::Excluded(_) => State::Excluded,
            Self::Unknown { .. } => State::Unknown,
        }
    }

    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Accepted { outcome, .. }
            | Self::Waiting { outcome, .. }
            | Self::Held { outcome }
            | Self::Failed { outcome }
            | Self::Unknown { outcome } => outcome.as_str(),
            Self::Excluded(why) => why.code(),
        }
    }

    /// The hop that tells of it; none where the delivery itself does.
    fn hop(&self) -> Option<HopKind> {
        match self {
            Self::Accepted { .. } => None,
            Self::Waiting { .. } | Self::Held { .. } => Some(HopKind::Waiting),
            Self::Failed { .. } => Some(HopKind::Failed),
            Self::Excluded(_) => Some(HopKind::Excluded),
            Self::Unknown { .. } => Some(HopKind::Unknown),
        }
    }

    /// What is counted; nothing while it has not ended.
    fn figure(&self) -> Option<Figure> {
        match self {
            Self::Accepted { .. } => Some(Figure::Accepted),
            Self::Waiting { .. } | Self::Held { .. } => None,
            Self::Failed { .. } => Some(Figure::Failed),
            Self::Excluded(_) => Some(Figure::Excluded),
            Self::Unknown { .. } => Some(Figure::Unknown),
        }
    }
}

/// What an attempt tells of the device's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChange {
    /// It is good.
    Accepted,
    /// It is good, in another of Apple's environments than was thought.
    AcceptedIn(PushPlatform),
    /// It was called not valid, or that of another app ([`Outcome::doubts_address`]). What follows is judged a minute later: see [`super::judge`].
    NotValid,
    /// It is dead, unless the app sent it again after this time.
    Retired(Timestamp),
}

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which delivery.
    pub place: Arc<Place>,
    /// As it was claimed: where somebody else has claimed it since, nothing is written.
    pub lease_until: Timestamp,
    /// How often it was tried before.
    pub attempts: i64,
    /// When its time to live ends.
    pub expires_at: Timestamp,
    /// When it ended.
    pub at: Timestamp,
    /// How.
    pub end: End,
    /// The provider's own words, or ours.
    pub detail: Option<String>,
    /// When it went to the provider; none where it did not.
    pub sent_at: Option<Timestamp>,
    /// How long the provider took to answer, in milliseconds.
    pub milliseconds: Option<u64>,
    /// What was sent.
    pub payload: Option<String>,
    /// What it tells of the device.
    pub device: Option<(DeviceId, DeviceChange)>,
}

/// The head of the statement that writes ends: here follow the values.
const SETTLED: &str = "WITH v (profile_id, id, lease_until, state, reason, detail, tried, due_at, held, payload, \
                       provider_id, sent_at, ended_at) AS (";

/// Its tail.
const SETTLE: &str = concat!(
    ") UPDATE delivery SET state = v.state, reason = v.reason, detail = v.detail, \
     attempts = delivery.attempts + v.tried, due_at = v.due_at, held = v.held, lease_until = NULL, \
     payload = COALESCE(v.payload, delivery.payload), provider_id = COALESCE(v.provider_id, delivery.provider_id), \
     sent_at = COALESCE(v.sent_at, delivery.sent_at), ended_at = v.ended_at",
    by_key!(),
    " AND delivery.state = 'sending' AND delivery.lease_until = v.lease_until RETURNING delivery.id"
);

/// A settlement, and where its delivery is now: its profile may have been merged since it was claimed.
#[derive(Debug, Clone)]
struct Ours<'a> {
    settlement: &'a Settlement,
    place: Arc<Place>,
}

/// Writes how attempts ended: state, hop, counts, and what they tell of devices. How many were written: those that are not
/// ours any more are left out.
///
/// # Errors
/// Where the database fails.
pub async fn settle(tx: &mut Tx, settlements: &[Settlement], counts: &mut Counts) -> Result<usize> {
    let not_sent = |end: &End| matches!(end, End::Failed { .. } | End::Excluded(_));
    let losing: Vec<ProfileId> = settlements
        .iter()
        .filter(|settlement| not_sent(&settlement.end))
        .map(|settlement| settlement.place.profile_id)
        .collect();
    let held = hold_if_capped(tx, losing).await?;
    lock(tx, settlements).await?;
    let claimed = settlements
        .iter()
        .map(|settlement| Ours {
            settlement,
            place: Arc::clone(&settlement.place),
        })
        .collect();
    let (mut ours, missed) = write(tx, claimed).await?;
    if !missed.is_empty() {
        let moved = moved(tx, missed).await?;
        ours.extend(write(tx, moved).await?.0);
    }
    if ours.is_empty() {
        return Ok(0);
    }
    let hops: Vec<NewHop> = ours.iter().filter_map(hop).collect();
    write_hops(tx, &hops).await?;
    count(&ours, counts);
    let apps: Vec<_> = ours
        .iter()
        .map(|one| (one.settlement, one.place.app_id))
        .collect();
    doubt::note(tx, &apps).await?;
    write_devices(tx, &ours).await?;
    doubt::weigh(tx, &apps).await?;
    if let Some(held) = held {
        let unsent: Vec<DeliveryId> = ours
            .iter()
            .filter(|one| not_sent(&one.settlement.end))
            .map(|one| one.place.id)
            .collect();
        give_back(tx, &held, &unsent).await?;
    }
    if ours.iter().any(|one| one.settlement.end.figure().is_none()) {
        tx.raise(Topic::Deliveries);
    }
    Ok(ours.len())
}

/// Locks the rows in the order of their identifiers, so that two transactions never wait for each other crosswise. SQLite
/// has one writer anyway.
async fn lock(tx: &mut Tx, settlements: &[Settlement]) -> Result<()> {
    if tx.store().engine() == Engine::Postgres {
        let ids: Vec<DeliveryId> = settlements.iter().map(|settlement| settlement.place.id).collect();
        fetch_in!(
            tx,
            (DeliveryId,),
            "SELECT id FROM delivery WHERE id IN ",
            ids,
            " ORDER BY id FOR UPDATE"
        )?;
    }
    Ok(())
}

/// Writes ends where the delivery is still ours; those that were written, and those that were not found so.
async fn write<'a>(tx: &mut Tx, claimed: Vec<Ours<'a>>) -> Result<(Vec<Ours<'a>>, Vec<Ours<'a>>)> {
    let written: Vec<(DeliveryId,)> = insert_returning!(
        tx,
        (DeliveryId,),
        SETTLED,
        13,
        claimed,
        |Ours { settlement, place }| [
            place.profile_id,
            place.id,
            settlement.lease_until,
            settlement.end.state().as_str(),
            settlement.end.reason(),
            settlement.detail.as_deref(),
            i64::from(settlement.sent_at.is_some()),
            due_at(settlement),
            matches!(settlement.end, End::Held { .. }),
            settlement.payload.as_deref(),
            match &settlement.end {
                End::Accepted { provider_id, .. } => provider_id.as_deref(),
                _ => None,
            },
            settlement.sent_at,
            settlement.end.figure().map(|_| settlement.at),
        ],
        SETTLE
    )?;
    let written: HashSet<DeliveryId> = written.into_iter().map(|(id,)| id).collect();
    Ok(claimed
        .into_iter()
        .partition(|one| written.contains(&one.place.id)))
}

/// Those whose delivery belongs to another profile by now, where it belongs.
async fn moved<'a>(tx: &mut Tx, missed: Vec<Ours<'a>>) -> Result<Vec<Ours<'a>>> {
    let ids: Vec<DeliveryId> = missed.iter().map(|one| one.place.id).collect();
    let places: Vec<Place> = fetch_in!(
        tx,
        Place,
        "SELECT profile_id, id, app_id, message_id, journey_id, journey_version_id, node, proof FROM delivery \
         WHERE state = 'sending' AND id IN ",
        ids,
        ""
    )?;
    let places: HashMap<DeliveryId, Place> = places.into_iter().map(|place| (place.id, place)).collect();
    Ok(missed
        .into_iter()
        .filter_map(|one| {
            let place = places.get(&one.place.id)?;
            (place.profile_id != one.place.profile_id).then(|| Ours {
                place: Arc::new(place.clone()),
                ..one
            })
        })
        .collect())
}

fn due_at(settlement: &Settlement) -> Timestamp {
    match settlement.end {
        // After its time to live there is nothing to wait for: it is looked at then, and ends.
        End::Waiting { until, .. } => until.min(settlement.expires_at),
        End::Held { .. } => settlement.expires_at,
        _ => settlement.at,
    }
}

/// Counts what has ended. Most of a set are of one node and end alike, so they are added up before they are counted by name.
fn count(ours: &[Ours<'_>], counts: &mut Counts) {
    type Alike<'a> = (
        Timestamp,
        Option<JourneyVersionId>,
        &'a str,
        MessageId,
        Option<AppId>,
        Figure,
        &'a str,
    );
    let mut alike: HashMap<Alike<'_>, (&Place, i64)> = HashMap::new();
    for Ours { settlement, place } in ours.iter().filter(|one| !one.place.proof) {
        let Some(figure) = settlement.end.figure() else {
            continue;
        };
        let reason = match settlement.end {
            End::Accepted { .. } | End::Unknown { .. } => "",
            _ => settlement.end.reason(),
        };
        let key = (
            settlement.at.minute(),
            place.journey_version_id,
            place.node.as_str(),
            place.message_id,
            place.app_id,
            figure,
            reason,
        );
        alike.entry(key).or_insert((place, 0)).1 += 1;
    }
    for ((at, .., figure, reason), (place, n)) in alike {
        counts.add_many(at, &place.subject(), figure, reason, n);
    }
}

/// What is written of an attempt besides its delivery; nothing where the provider took it, which the delivery tells.
fn hop(Ours { settlement, place }: &Ours<'_>) -> Option<NewHop> {
    Some(NewHop {
        profile: place.profile_id,
        delivery: place.id,
        at: settlement.at,
        kind: settlement.end.hop()?,
        detail: HopDetail {
            attempt: settlement.sent_at.map(|_| settlement.attempts + 1),
            reason: Some(settlement.end.reason().to_owned()),
            words: settlement.detail.clone(),
            milliseconds: settlement.milliseconds,
            until: matches!(settlement.end, End::Waiting { .. }).then(|| due_at(settlement)),
        },
    })
}

async fn write_devices(tx: &mut Tx, ours: &[Ours<'_>]) -> Result<()> {
    let mut accepted = Vec::new();
    let mut latest = None;
    for Ours { settlement, .. } in ours {
        match settlement.device {
            Some((device, DeviceChange::Accepted)) => {
                accepted.push(device);
                latest = latest.max(Some(settlement.at));
            }
            Some((device, DeviceChange::AcceptedIn(service))) => {
                devices::taken_in(tx, device, service, settlement.at).await?;
            }
            Some((device, DeviceChange::Retired(at))) => {
                devices::retire(tx, device, settlement.end.reason(), at, settlement.at).await?;
            }
            Some((_, DeviceChange::NotValid)) | None => {}
        }
    }
    if let Some(at) = latest {
        devices::accepted(tx, &accepted, at).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sql::CHUNK, testing::on_each_engine};

    #[tokio::test]
    async fn settling_finds_each_delivery_by_its_key() {
        on_each_engine(|store, _| async move {
            if store.engine() != Engine::Sqlite {
                return;
            }
            let nothing = format!("({})", ["NULL"; 13].join(", "));
            let values = vec![nothing; CHUNK].join(", ");
            let plan: Vec<(i64, i64, i64, String)> = fetch_all!(
                &mut store.begin().await.unwrap(),
                (i64, i64, i64, String),
                sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {SETTLED}VALUES {values}{SETTLE}"))
            )
            .unwrap();
            let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
            assert!(
                steps
                    .iter()
                    .any(|step| step.starts_with("SEARCH delivery USING INDEX")),
                "{steps:?}"
            );
            assert!(!steps.contains(&"SCAN delivery"), "{steps:?}");
        })
        .await;
    }
}
