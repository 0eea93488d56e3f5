//! Writing how deliveries ended, in sets.

use std::collections::HashMap;

use heliograph_model::{
    delivery::{Exclusion, HopDetail, HopKind, Outcome, State},
    ids::{DeliveryId, DeviceId},
    report::Figure,
    time::Timestamp,
};

use super::{NewHop, Place, doubt, reserve::give_back, write_hops};
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

    fn hop(&self) -> HopKind {
        match self {
            Self::Accepted { .. } => HopKind::Accepted,
            Self::Waiting { .. } | Self::Held { .. } => HopKind::Waiting,
            Self::Failed { .. } => HopKind::Failed,
            Self::Excluded(_) => HopKind::Excluded,
            Self::Unknown { .. } => HopKind::Unknown,
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
    /// It was called not valid. What follows is judged a minute later: see [`super::judge`].
    NotValid,
    /// It is dead, unless the app sent it again after this time.
    Retired(Timestamp),
}

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which delivery.
    pub id: DeliveryId,
    /// As it was claimed: where somebody else has claimed it since, nothing is written.
    pub lease_until: Timestamp,
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

#[derive(Debug, sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    place: Place,
    #[sqlx(try_from = "String")]
    state: State,
    lease_until: Option<Timestamp>,
    attempts: i64,
    expires_at: Timestamp,
}

/// The head of the statement that writes ends: here follow the values.
const SETTLED: &str = "WITH v (profile_id, id, state, reason, detail, tried, due_at, held, payload, provider_id, sent_at, \
                       ended_at) AS (";

/// Its tail. `COALESCE` hides the columns of `v` from SQLite, which otherwise makes an index of them, and reads every
/// delivery that there is for each few hundred that are settled.
const SETTLE: &str = ") UPDATE delivery SET state = v.state, reason = v.reason, detail = v.detail, \
     attempts = delivery.attempts + v.tried, due_at = v.due_at, held = v.held, lease_until = NULL, \
     payload = COALESCE(v.payload, delivery.payload), provider_id = COALESCE(v.provider_id, delivery.provider_id), \
     sent_at = COALESCE(v.sent_at, delivery.sent_at), ended_at = v.ended_at \
     FROM v WHERE delivery.profile_id = COALESCE(v.profile_id, NULL) AND delivery.id = COALESCE(v.id, NULL)";

/// Writes how attempts ended: state, hop, counts, and what they tell of devices. How many were written: those that are not
/// ours any more are left out.
///
/// # Errors
/// Where the database fails.
pub async fn settle(tx: &mut Tx, settlements: &[Settlement], counts: &mut Counts) -> Result<usize> {
    let ids: Vec<DeliveryId> = settlements.iter().map(|settlement| settlement.id).collect();
    let lock = match tx.store().engine() {
        Engine::Sqlite => " ORDER BY id",
        Engine::Postgres => " ORDER BY id FOR UPDATE",
    };
    let rows: Vec<Row> = fetch_in!(
        tx,
        Row,
        "SELECT profile_id, id, app_id, message_id, journey_id, journey_version_id, node, proof, state, lease_until, \
         attempts, expires_at FROM delivery WHERE id IN ",
        ids,
        lock
    )?;
    let rows: HashMap<DeliveryId, Row> = rows.into_iter().map(|row| (row.place.id, row)).collect();
    let ours: Vec<(&Settlement, &Row)> = settlements
        .iter()
        .filter_map(|settlement| Some((settlement, rows.get(&settlement.id)?)))
        .filter(|(settlement, row)| {
            row.state == State::Sending && row.lease_until == Some(settlement.lease_until)
        })
        .collect();
    if ours.is_empty() {
        return Ok(0);
    }

    insert_all!(
        tx,
        SETTLED,
        12,
        ours,
        |(settlement, row)| [
            row.place.profile_id,
            settlement.id,
            settlement.end.state().as_str(),
            settlement.end.reason(),
            settlement.detail.as_deref(),
            i64::from(settlement.sent_at.is_some()),
            due_at(settlement, row),
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

    let hops: Vec<NewHop> = ours
        .iter()
        .map(|(settlement, row)| hop(settlement, row))
        .collect();
    write_hops(tx, &hops).await?;
    for (settlement, row) in ours.iter().filter(|(_, row)| !row.place.proof) {
        if let Some(figure) = settlement.end.figure() {
            let reason = match settlement.end {
                End::Accepted { .. } | End::Unknown { .. } => "",
                _ => settlement.end.reason(),
            };
            counts.add(settlement.at, &row.place.subject(), figure, reason);
        }
    }
    let apps: Vec<_> = ours
        .iter()
        .map(|(settlement, row)| (*settlement, row.place.app_id))
        .collect();
    doubt::note(tx, &apps).await?;
    write_devices(tx, &ours).await?;
    doubt::weigh(tx, &apps).await?;
    let unsent: Vec<DeliveryId> = ours
        .iter()
        .filter(|(settlement, _)| matches!(settlement.end, End::Failed { .. } | End::Excluded(_)))
        .map(|(settlement, _)| settlement.id)
        .collect();
    give_back(tx, &unsent).await?;
    if ours
        .iter()
        .any(|(settlement, _)| settlement.end.figure().is_none())
    {
        tx.raise(Topic::Deliveries);
    }
    Ok(ours.len())
}

fn due_at(settlement: &Settlement, row: &Row) -> Timestamp {
    match settlement.end {
        // After its time to live there is nothing to wait for: it is looked at then, and ends.
        End::Waiting { until, .. } => until.min(row.expires_at),
        End::Held { .. } => row.expires_at,
        _ => settlement.at,
    }
}

fn hop(settlement: &Settlement, row: &Row) -> NewHop {
    NewHop {
        profile: row.place.profile_id,
        delivery: settlement.id,
        at: settlement.at,
        kind: settlement.end.hop(),
        detail: HopDetail {
            attempt: settlement.sent_at.map(|_| row.attempts + 1),
            reason: Some(settlement.end.reason().to_owned()),
            words: settlement.detail.clone(),
            milliseconds: settlement.milliseconds,
            until: matches!(settlement.end, End::Waiting { .. }).then(|| due_at(settlement, row)),
        },
    }
}

async fn write_devices(tx: &mut Tx, ours: &[(&Settlement, &Row)]) -> Result<()> {
    let mut accepted = Vec::new();
    let mut latest = None;
    for (settlement, _) in ours {
        match settlement.device {
            Some((device, DeviceChange::Accepted)) => {
                accepted.push(device);
                latest = latest.max(Some(settlement.at));
            }
            Some((device, DeviceChange::Retired(at))) => {
                devices::retire(tx, device, settlement.end.reason(), at).await?;
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
            let nothing = format!("({})", ["NULL"; 12].join(", "));
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
