//! Claiming deliveries to send them, and settling what became of them.

use std::time::Duration;

use heliograph_model::{
    delivery::{Exclusion, State},
    ids::{AppId, DeliveryId, ProfileId},
    report::Figure,
    time::Timestamp,
};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::Delivery;
use crate::{Result, Topic, Tx, counters::Counts};

/// Claims deliveries that are due, the longest due first, and those whose worker's lease has ended. Each is this worker's
/// until `lease` is over. The state of each is the one before the claim: [`State::Sending`] means that an earlier worker may
/// have sent it.
///
/// # Errors
/// Where the database fails.
pub async fn claim(tx: &mut Tx, now: Timestamp, limit: u32, lease: Duration) -> Result<Vec<Delivery>> {
    let lost = claiming!(
        tx,
        "SELECT profile_id, id, device_id, app_id, message_id, message_version, journey_id, journey_version_id, \
         instance_id, node, proof, state, reason, detail, attempts, due_at, expires_at, context, payload, provider_id, \
         created_at, sent_at, ended_at, displayed_at, opened_at, clicked_at, clicked, dismissed_at FROM delivery \
         WHERE state = 'sending' AND lease_until < $1 ORDER BY lease_until LIMIT $2"
    );
    let due = claiming!(
        tx,
        "SELECT profile_id, id, device_id, app_id, message_id, message_version, journey_id, journey_version_id, \
         instance_id, node, proof, state, reason, detail, attempts, due_at, expires_at, context, payload, provider_id, \
         created_at, sent_at, ended_at, displayed_at, opened_at, clicked_at, clicked, dismissed_at FROM delivery \
         WHERE state IN ('queued', 'waiting') AND due_at <= $1 ORDER BY due_at LIMIT $2"
    );
    let mut claimed: Vec<Delivery> = fetch_all!(tx, Delivery, lost, now, i64::from(limit))?;
    let room = i64::from(limit) - i64::try_from(claimed.len()).unwrap_or(i64::MAX);
    claimed.extend(fetch_all!(tx, Delivery, due, now, room.max(0))?);
    let ids: Vec<DeliveryId> = claimed.iter().map(|delivery| delivery.id).collect();
    execute_in!(
        tx,
        "UPDATE delivery SET state = 'sending', attempts = attempts + 1, lease_until = ",
        now + lease,
        " WHERE id IN ",
        ids
    )?;
    claimed.iter_mut().for_each(|delivery| delivery.attempts += 1);
    Ok(claimed)
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The provider took it.
    Accepted {
        /// The provider's identifier of the push.
        provider_id: Option<String>,
    },
    /// It is tried again.
    Waiting {
        /// When.
        until: Timestamp,
        /// Why: an outcome's code.
        reason: String,
    },
    /// It has failed for good.
    Failed {
        /// Why: an outcome's code.
        reason: String,
    },
    /// A rule keeps it back for good.
    Excluded(Exclusion),
    /// It was sent, and nobody knows whether it arrived.
    Unknown,
}

impl Ending {
    const fn state(&self) -> State {
        match self {
            Self::Accepted { .. } => State::Accepted,
            Self::Waiting { .. } => State::Waiting,
            Self::Failed { .. } => State::Failed,
            Self::Excluded(_) => State::Excluded,
            Self::Unknown => State::Unknown,
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Accepted { .. } | Self::Unknown => None,
            Self::Waiting { reason, .. } | Self::Failed { reason } => Some(reason),
            Self::Excluded(exclusion) => Some(exclusion.code()),
        }
    }
}

/// One attempt, ended.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The delivery, as it was claimed.
    pub delivery: Delivery,
    /// What became of it.
    pub ending: Ending,
    /// The provider's own words, or ours.
    pub detail: Option<String>,
    /// What was sent; none where it did not come to that.
    pub payload: Option<String>,
    /// When it was given to the provider; likewise.
    pub sent_at: Option<Timestamp>,
}

/// Keeps what became of attempts. One that is no longer this worker's, as its lease had ended, is left alone; which ones
/// were written.
///
/// # Errors
/// Where the database fails.
pub async fn settle(tx: &mut Tx, settlements: &[Settlement], counts: &mut Counts) -> Result<Vec<DeliveryId>> {
    let now = tx.store().now();
    let written: Vec<(DeliveryId,)> = insert_returning!(
        tx,
        (DeliveryId,),
        "WITH v (id, attempts, state, reason, detail, due_at, payload, provider_id, sent_at, ended_at) AS (",
        10,
        settlements,
        |settled| [
            settled.delivery.id,
            settled.delivery.attempts,
            settled.ending.state().as_str(),
            settled.ending.reason(),
            settled.detail.as_deref(),
            match settled.ending {
                Ending::Waiting { until, .. } => until,
                _ => settled.delivery.due_at,
            },
            settled.payload.as_deref(),
            match &settled.ending {
                Ending::Accepted { provider_id } => provider_id.as_deref(),
                _ => None,
            },
            settled.sent_at,
            match settled.ending {
                Ending::Waiting { .. } => None,
                _ => Some(now),
            },
        ],
        ") UPDATE delivery SET state = v.state, reason = v.reason, detail = v.detail, due_at = v.due_at, \
         payload = COALESCE(v.payload, delivery.payload), provider_id = v.provider_id, \
         sent_at = COALESCE(delivery.sent_at, v.sent_at), ended_at = v.ended_at, lease_until = NULL \
         FROM v WHERE delivery.id = v.id AND delivery.state = 'sending' AND delivery.attempts = v.attempts \
         RETURNING delivery.id"
    )?;
    let written: std::collections::HashSet<DeliveryId> = written.into_iter().map(|(id,)| id).collect();
    let mut hops = Vec::with_capacity(settlements.len());
    for settled in settlements
        .iter()
        .filter(|settled| written.contains(&settled.delivery.id))
    {
        let (delivery, reason) = (&settled.delivery, settled.ending.reason().unwrap_or_default());
        match settled.ending.state() {
            State::Accepted => delivery.count(counts, now, Figure::Accepted, ""),
            State::Failed => delivery.count(counts, now, Figure::Failed, reason),
            State::Excluded => delivery.count(counts, now, Figure::Excluded, reason),
            State::Unknown => delivery.count(counts, now, Figure::Unknown, ""),
            State::Queued | State::Sending | State::Waiting => {}
        }
        let mut detail = json!({ "attempt": delivery.attempts });
        if let Some(sent) = settled.sent_at {
            detail["sent_at"] = json!(sent);
        }
        if !reason.is_empty() {
            detail["reason"] = json!(reason);
        }
        if let Some(words) = &settled.detail {
            detail["detail"] = json!(words);
        }
        if let Ending::Waiting { until, .. } = settled.ending {
            detail["until"] = json!(until);
        }
        hops.push((
            delivery.profile_id,
            delivery.id,
            settled.ending.state().as_str(),
            detail,
        ));
    }
    write_hops(tx, &hops).await?;
    if settlements
        .iter()
        .any(|settled| matches!(settled.ending, Ending::Waiting { .. }))
    {
        tx.raise(Topic::Deliveries);
    }
    Ok(written.into_iter().collect())
}

/// Writes what happened to deliveries on their way.
pub(super) async fn write_hops(
    tx: &mut Tx,
    hops: &[(ProfileId, DeliveryId, &'static str, Value)],
) -> Result<()> {
    let now = tx.store().now();
    let rows: Vec<(Uuid, &(ProfileId, DeliveryId, &'static str, Value))> =
        hops.iter().map(|hop| (tx.store().ids().next(), hop)).collect();
    insert_all!(
        tx,
        "INSERT INTO delivery_hop (profile_id, delivery_id, id, at, what, detail) ",
        6,
        rows,
        |(id, (profile, delivery, what, detail))| [*profile, *delivery, *id, now, *what, Json(detail)],
        ""
    )?;
    Ok(())
}

/// Puts off whatever of an app is due: its credential is refused, so it would fail. How many there were.
///
/// # Errors
/// Where the database fails.
pub async fn hold_app(tx: &mut Tx, app: AppId, until: Timestamp, reason: &str) -> Result<u64> {
    execute!(
        tx,
        "UPDATE delivery SET state = 'waiting', reason = $1, due_at = $2 \
         WHERE app_id = $3 AND state IN ('queued', 'waiting') AND due_at < $2",
        reason,
        until,
        app,
    )
}
