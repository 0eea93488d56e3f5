//! Publishing, closing and stopping.

use heliograph_model::{
    ids::JourneyId,
    journey::{Known, KnownMessage, Severity, validate},
};
use heliograph_store::{
    Database, Store, audiences,
    audit::{self, Actor, Change},
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
        detail: json!({ "version": version }),
        ..change("published", id, &journey.name)
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
    audit::record(&mut tx, actor, change("closed", id, &journey.name)).await?;
    tx.commit().await?;
    Ok(())
}

/// Stops a journey: from the first commit on nobody enters, nobody inside walks on, and nothing more is sent. Those inside are
/// then taken out bit by bit, and what waits to be sent is excluded likewise. Where that ends halfway, or others have some
/// of the people in hand, the engine goes on with it. The audit log is told how many were inside when all are out.
///
/// # Errors
/// As [`journeys::stop`].
pub async fn stop(store: &Store, id: JourneyId, actor: &Actor) -> Result<()> {
    let mut tx = store.begin().await?;
    let journey = journeys::get(&mut tx, id).await?;
    let change = change("stopped", id, &journey.name);
    let entry = audit::record_begun(&mut tx, actor, change).await?;
    let versions = journeys::stop(&mut tx, id, entry).await?;
    tx.commit().await?;
    for version in versions {
        while instances::take_out(store, version).await? {}
    }
    deliveries::stop_for_journey(store, id).await?;
    Ok(())
}

/// A change of a journey of which nothing more is to be said.
fn change<'a>(action: &'a str, id: JourneyId, name: &'a str) -> Change<'a> {
    Change {
        action,
        object_kind: "journey",
        object: Some(id.0),
        name,
        detail: json!({}),
    }
}
