//! Keeping back for good what is queued and what waits.
//!
//! A transaction of its own for each few thousand: on SQLite others write in between, and on PostgreSQL no lock is held for
//! long. What stops halfway is gone on with by whoever asks again; for a journey that is stopped, by the claims.

use heliograph_model::{
    delivery::{Exclusion, HopDetail, HopKind, Pending},
    ids::{AppId, DeliveryId, JourneyId, MessageId},
    report::Figure,
};

use super::{
    NewHop, Place,
    backlog::{Group, groups},
    hold::{give_back, hold_if_capped},
    pages::{Found, What},
    reserve::reclaim_pace,
    write_hops,
};
use crate::{Result, Store, Tx, counters::Counts, dialect::Engine};

/// Excludes what a journey has queued and what waits; how many. What is on the wire is counted as it ends.
///
/// # Errors
/// Where the database fails; what was excluded before stays so.
pub async fn stop_for_journey(store: &Store, journey: JourneyId) -> Result<u64> {
    let before = DeliveryId::new(store.ids());
    stop(store, What::Journey(journey), before).await
}

/// Excludes what is queued of a message and what waits; how many. What is on the wire is counted as it ends.
///
/// # Errors
/// Where the database fails; what was excluded before stays so.
pub async fn stop_for_message(store: &Store, message: MessageId) -> Result<u64> {
    stop_groups(store, None, |group| What::Message(message, group)).await
}

/// Excludes what is queued for an app, or for none, and waits for this; how many. What is on the wire is counted as it ends.
///
/// # Errors
/// Where the database fails; what was excluded before stays so.
pub async fn drop_waiting(store: &Store, app: Option<AppId>, pending: &Pending) -> Result<u64> {
    if !pending.can_be_dropped() {
        return Ok(0);
    }
    let group = Group {
        app,
        held: pending.is_held(),
        // What has a reason is waiting, what has none is queued.
        reason: pending.reason().map(str::to_owned),
    };
    let before = DeliveryId::new(store.ids());
    stop(store, What::Group(&group), before).await
}

/// Excludes all that is queued for an app and all that waits, whatever for; how many. What is on the wire is counted as it
/// ends, and what is queued from now on is left.
///
/// # Errors
/// Where the database fails; what was excluded before stays so.
pub async fn drop_of_app(store: &Store, app: AppId) -> Result<u64> {
    stop_groups(store, Some(app), |group| What::Group(group)).await
}

/// Excludes what was queued until now, group by group of an app or of all; how many.
async fn stop_groups(store: &Store, app: Option<AppId>, what: impl Fn(&Group) -> What<'_>) -> Result<u64> {
    let before = DeliveryId::new(store.ids());
    let mut all = 0;
    loop {
        let mut dropped = 0;
        let found = groups(&mut store.read().await?, app).await?;
        for group in &found {
            dropped += stop(store, what(group), before).await?;
        }
        all += dropped;
        // Once more: what a worker had may have come to wait for something meanwhile.
        if dropped == 0 {
            return Ok(all);
        }
    }
}

/// Excludes what was queued before a moment, chunk by chunk; how many.
async fn stop(store: &Store, what: What<'_>, before: DeliveryId) -> Result<u64> {
    let (mut stopped, mut after) = (0, DeliveryId(uuid::Uuid::nil()));
    loop {
        // A message's are looked for among all that waits, which would hold up whoever writes.
        let looked_for = match what {
            What::Message(..) => Some(what.next(&mut store.read().await?, after, before).await?),
            What::Journey(_) | What::Group(_) | What::Later(..) => None,
        };
        let mut tx = store.begin().await?;
        let found = match looked_for {
            Some(found) => found,
            None => what.next(&mut tx, after, before).await?,
        };
        let Some((_, last)) = found.last() else {
            reclaim_pace(&mut tx).await?;
            tx.commit().await?;
            return Ok(stopped);
        };
        after = *last;
        let mut counts = Counts::new();
        stopped += exclude(&mut tx, &found, &mut counts).await? as u64;
        counts.write(&mut tx).await?;
        tx.commit().await?;
    }
}

/// Excludes those of these deliveries that nobody has taken meanwhile; how many.
///
/// The locks are taken in the order of [`super::hold`].
async fn exclude(tx: &mut Tx, found: &[Found], counts: &mut Counts) -> Result<usize> {
    let held = hold_if_capped(tx, found.iter().map(|(profile, _)| *profile).collect()).await?;
    let ids: Vec<DeliveryId> = found.iter().map(|(_, id)| *id).collect();
    let free = match tx.store().engine() {
        Engine::Sqlite => ids,
        // Whoever holds one is about to send it.
        Engine::Postgres => {
            let free: Vec<(DeliveryId,)> = fetch_in!(
                tx,
                (DeliveryId,),
                "SELECT id FROM delivery WHERE state IN ('queued', 'waiting') AND id IN ",
                ids,
                " ORDER BY id FOR UPDATE SKIP LOCKED"
            )?;
            free.into_iter().map(|(id,)| id).collect()
        }
    };
    let at = tx.store().now();
    let reason = Exclusion::Stopped.code();
    let places: Vec<Place> = change_in!(
        tx,
        Place,
        "UPDATE delivery SET ended_at = ",
        at,
        ", state = 'excluded', reason = 'stopped', detail = NULL, held = FALSE, slot_at = NULL \
         WHERE state IN ('queued', 'waiting') AND id IN ",
        free,
        " RETURNING profile_id, id, app_id, message_id, journey_id, journey_version_id, node, proof"
    )?;
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
    if let Some(held) = held {
        let stopped: Vec<_> = places.iter().map(|place| place.id).collect();
        give_back(tx, &held, &stopped).await?;
    }
    for place in places.iter().filter(|place| !place.proof) {
        counts.add(at, &place.subject(), Figure::Excluded, reason);
    }
    Ok(places.len())
}
