//! Publishing, closing and stopping.

use heliograph_model::{
    ids::JourneyId,
    journey::{Known, KnownMessage, Severity, validate},
};
use heliograph_store::{
    Database, Store, audiences,
    audit::{self, Actor, Change},
    counters::Counts,
    deliveries, instances, journeys, messages,
};
use serde_json::json;

use crate::{Error, Result};

/// The messages and audiences that a journey may name.
///
/// # Errors
/// Where the database fails.
pub async fn known(db: &mut impl Database) -> Result<Known> {
    let messages = messages::names(db)
        .await?
        .into_iter()
        .map(|(id, name, published)| (id, KnownMessage { name, published }))
        .collect();
    let audiences = audiences::list(db)
        .await?
        .into_iter()
        .map(|audience| (audience.id, audience.name))
        .collect();
    Ok(Known { messages, audiences })
}

/// Freezes the draft of this revision and lets profiles enter; the new version's number.
///
/// # Errors
/// [`Error::NotInOrder`] with what is wrong; a conflict where the draft is at another revision.
pub async fn publish(store: &Store, id: JourneyId, revision: i64, actor: &Actor) -> Result<i64> {
    let mut tx = store.begin().await?;
    let journey = journeys::get(&mut tx, id).await?;
    let problems = validate(&journey.draft, &known(&mut tx).await?);
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(Error::NotInOrder { problems });
    }
    let version = journeys::publish(&mut tx, id, revision, &actor.name).await?;
    let change = Change {
        action: "published",
        object_kind: "journey",
        object: Some(id.0),
        name: &journey.name,
        detail: json!({ "version": version }),
    };
    audit::record(&mut tx, actor, change).await?;
    tx.commit().await?;
    Ok(version)
}

/// Lets nobody new in; those inside walk on.
///
/// # Errors
/// As [`journeys::close`].
pub async fn close(store: &Store, id: JourneyId, actor: &Actor) -> Result<()> {
    let mut tx = store.begin().await?;
    let journey = journeys::get(&mut tx, id).await?;
    journeys::close(&mut tx, id).await?;
    record(&mut tx, actor, "closed", id, &journey.name, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes everyone out, and keeps back what waits to be sent; how many were inside. From the moment that the first is
/// committed nothing more is sent; what waits is then excluded bit by bit.
///
/// # Errors
/// As [`journeys::stop`].
pub async fn stop(store: &Store, id: JourneyId, actor: &Actor) -> Result<u64> {
    let mut tx = store.begin().await?;
    let journey = journeys::get(&mut tx, id).await?;
    journeys::stop(&mut tx, id).await?;
    let mut counts = Counts::new();
    let inside = instances::stop(&mut tx, id, &mut counts).await?;
    counts.write(&mut tx).await?;
    record(
        &mut tx,
        actor,
        "stopped",
        id,
        &journey.name,
        json!({ "inside": inside }),
    )
    .await?;
    tx.commit().await?;
    deliveries::stop_for_journey(store, id).await?;
    Ok(inside)
}

async fn record(
    tx: &mut heliograph_store::Tx,
    actor: &Actor,
    action: &str,
    id: JourneyId,
    name: &str,
    detail: serde_json::Value,
) -> Result<()> {
    let change = Change {
        action,
        object_kind: "journey",
        object: Some(id.0),
        name,
        detail,
    };
    Ok(audit::record(tx, actor, change).await?)
}
