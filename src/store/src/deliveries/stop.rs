//! Stopping what is queued, and letting go what was held.

use heliograph_model::{
    delivery::{Exclusion, HopDetail, HopKind, Pending},
    ids::{AppId, JourneyId, MessageId},
    report::Figure,
};

use super::{
    NewHop, Place,
    hold::{give_back, hold_if_capped},
    reserve::reclaim_pace,
    write_hops,
};
use crate::{Result, Topic, Tx, counters::Counts, dialect::Engine};

/// How many deliveries one statement stops.
const CHUNK: i64 = 5000;

/// Excludes with the reason *stopped* all that the filter finds waiting; how many. What the filter is bound to starts at
/// `$4`.
macro_rules! stop {
    ($tx:expr, $counts:expr, $filter:literal $(, $bind:expr)+) => {{
        let (tx, counts) = ($tx, $counts);
        let at = tx.store().now();
        let query = match tx.store().engine() {
            Engine::Sqlite => stop!(@text $filter, ""),
            Engine::Postgres => stop!(@text $filter, " FOR UPDATE SKIP LOCKED"),
        };
        let mut stopped = 0;
        loop {
            let places: Vec<Place> =
                fetch_all!(tx, Place, query, at, Exclusion::Stopped.code(), CHUNK $(, $bind)+)?;
            if places.is_empty() {
                reclaim_pace(tx).await?;
                break Ok(stopped);
            }
            stopped += places.len();
            written(tx, &places, counts).await?;
        }
    }};
    (@text $filter:literal, $lock:literal) => {
        concat!(
            "UPDATE delivery SET state = 'excluded', reason = $2, detail = NULL, held = FALSE, slot_at = NULL, \
             ended_at = $1 \
             WHERE id IN (SELECT id FROM delivery WHERE ",
            $filter,
            " AND state IN ('queued', 'waiting') LIMIT $3",
            $lock,
            ") RETURNING profile_id, id, app_id, message_id, journey_id, journey_version_id, node, proof"
        )
    };
}

/// Excludes what a journey has queued and what waits; how many. What is on the wire is counted as it ends.
///
/// # Errors
/// Where the database fails.
pub async fn stop_for_journey(tx: &mut Tx, journey: JourneyId, counts: &mut Counts) -> Result<usize> {
    stop!(tx, counts, "journey_id = $4", journey)
}

/// Excludes what is queued of a message and what waits; how many. What is on the wire is counted as it ends.
///
/// # Errors
/// Where the database fails.
pub async fn stop_for_message(tx: &mut Tx, message: MessageId, counts: &mut Counts) -> Result<usize> {
    stop!(tx, counts, "message_id = $4", message)
}

/// Excludes what is queued for an app, or for none, and waits for this; how many. What is on the wire is counted as it ends.
///
/// # Errors
/// Where the database fails.
pub async fn drop_waiting(
    tx: &mut Tx,
    app: Option<AppId>,
    pending: &Pending,
    counts: &mut Counts,
) -> Result<usize> {
    if !pending.can_be_dropped() {
        return Ok(0);
    }
    // What has a reason is waiting, what has none is queued.
    stop!(
        tx,
        counts,
        "app_id IS NOT DISTINCT FROM $4 AND reason IS NOT DISTINCT FROM $5 AND held = $6",
        app,
        pending.reason(),
        pending.is_held()
    )
}

async fn written(tx: &mut Tx, places: &[Place], counts: &mut Counts) -> Result<()> {
    let at = tx.store().now();
    let reason = Exclusion::Stopped.code();
    let hops: Vec<NewHop> = places
        .iter()
        .map(|place| NewHop {
            profile: place.profile_id,
            delivery: place.id,
            at,
            kind: HopKind::Excluded,
            detail: HopDetail {
                reason: Some(reason.to_owned()),
                ..HopDetail::default()
            },
        })
        .collect();
    write_hops(tx, &hops).await?;
    let people = places.iter().map(|place| place.profile_id).collect();
    if let Some(held) = hold_if_capped(tx, people).await? {
        let stopped: Vec<_> = places.iter().map(|place| place.id).collect();
        give_back(tx, &held, &stopped).await?;
    }
    for place in places.iter().filter(|place| !place.proof) {
        counts.add(at, &place.subject(), Figure::Excluded, reason);
    }
    Ok(())
}

/// Lets go what waits for the app's credential to work; how many.
///
/// # Errors
/// Where the database fails.
pub async fn release(tx: &mut Tx, app: AppId) -> Result<u64> {
    let now = tx.store().now();
    let released = execute!(
        tx,
        "UPDATE delivery SET due_at = $2, held = FALSE WHERE app_id = $1 AND held",
        app,
        now
    )?;
    if released > 0 {
        tx.raise(Topic::Deliveries);
    }
    Ok(released)
}

/// Lets go what waits for a credential that is not refused (any more): it was put to wait while the credential was
/// replaced, or just when another process saw it work. How many.
///
/// # Errors
/// Where the database fails.
pub async fn release_stray(tx: &mut Tx) -> Result<u64> {
    let now = tx.store().now();
    execute!(
        tx,
        "UPDATE delivery SET due_at = $1, held = FALSE \
         WHERE held AND app_id IN (SELECT app_id FROM credential WHERE probe_at IS NULL)",
        now
    )
}
