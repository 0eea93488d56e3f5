//! Looks after what nothing is sent to or of any more, and after addresses that were called not valid.
//!
//! What is claimed from the moment of a stop on is put to wait, or kept back, by what the database says of its app, message
//! and journey. What was claimed before is with a process already: here each keeps in mind what is stopped, so that this is
//! not sent either, be it that it waits for a stream already. The same task judges addresses when their minute is over, and
//! goes on sending where a stop has ended by itself.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use heliograph_model::{
    app_config::Stop,
    ids::{AppId, JourneyId, MessageId},
    time::Timestamp,
};
use heliograph_store::{
    Error, Store, Topic,
    audit::{self, Actor, Change},
    deliveries::{self, Place},
    journeys, messages,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Longest time without looking, should a signal be lost between processes.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Pause after the database failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Shortest time between two looks, however often deliveries change.
const REST: Duration = Duration::from_millis(200);

/// For how long a message or journey that is stopped is kept in mind: longer than anything is in a process's hands.
const IN_HAND: Duration = Duration::from_secs(60 * 60);

/// What is stopped.
#[derive(Debug, Default, PartialEq, Eq)]
struct Stopped {
    apps: HashMap<AppId, Stop>,
    messages: HashSet<MessageId>,
    journeys: HashSet<JourneyId>,
}

/// What nothing is sent to or of, as this process last saw it.
#[derive(Debug, Default)]
pub(crate) struct Guard(watch::Sender<Stopped>);

/// Tells when what is stopped is no longer what it was.
#[derive(Debug)]
pub(crate) struct Changes(watch::Receiver<Stopped>);

impl Changes {
    /// Waits for the next change.
    ///
    /// # Errors
    /// Where there is no guard any more.
    pub(crate) async fn changed(&mut self) -> Result<(), watch::error::RecvError> {
        self.0.changed().await
    }
}

impl Guard {
    /// The changes from now on.
    pub(crate) fn changes(&self) -> Changes {
        Changes(self.0.subscribe())
    }

    /// Why nothing is sent to the app, if so.
    pub(crate) fn stop_of(&self, app: AppId) -> Option<Stop> {
        self.0.borrow().apps.get(&app).cloned()
    }

    /// Was the delivery's message or journey stopped of late? A proof goes out all the same.
    pub(crate) fn has_stopped(&self, place: &Place) -> bool {
        if place.proof {
            return false;
        }
        let seen = self.0.borrow();
        seen.messages.contains(&place.message_id)
            || place.journey_id.is_some_and(|id| seen.journeys.contains(&id))
    }

    /// Looks whenever deliveries have changed or something is due, until it is told to stop.
    pub(crate) async fn watch(&self, store: &Store, shutdown: &CancellationToken) {
        let mut changes = store.signals().listen(Topic::Deliveries);
        loop {
            let wait = match self.look(store).await {
                Ok(Some(next)) => next.since(store.now()),
                Ok(None) => LOOK_AGAIN,
                Err(error) => {
                    tracing::warn!(%error, "looking for what is stopped failed; trying again");
                    PAUSE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(REST) => {}
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(wait.min(LOOK_AGAIN)) => {}
                () = changes.changed() => {}
            }
        }
    }

    /// Sees what is stopped, and does what is due; when the next thing is.
    pub(crate) async fn look(&self, store: &Store) -> Result<Option<Timestamp>, Error> {
        let mut conn = store.read().await?;
        let stops = deliveries::stops(&mut conn).await?;
        let ends = deliveries::next_end(&mut conn).await?;
        let judgement = deliveries::next_judgement(&mut conn).await?;
        let now = store.now();
        let stopped = Stopped {
            apps: stops.into_iter().collect(),
            messages: messages::stopped_since(&mut conn, now - IN_HAND).await?,
            journeys: journeys::stopped_since(&mut conn, now - IN_HAND).await?,
        };
        drop(conn);
        self.0.send_if_modified(|seen| {
            let changed = *seen != stopped;
            if changed {
                *seen = stopped;
            }
            changed
        });
        let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if is_due(ends) {
            end_stop(store).await?;
        }
        if is_due(judgement) {
            let mut tx = store.begin().await?;
            deliveries::judge(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(ends.into_iter().chain(judgement).min())
    }
}

/// Goes on sending to an app whose stop is over, and says so in the audit log. The next look is for the next.
async fn end_stop(store: &Store) -> Result<(), Error> {
    let mut tx = store.begin().await?;
    let ended = deliveries::end_stop(&mut tx).await?;
    for app in heliograph_store::apps::load(&mut tx, ended.as_slice()).await? {
        let change = Change {
            action: "went on sending to",
            object_kind: "app configuration",
            object: Some(app.id.0),
            name: &app.name,
            detail: serde_json::json!({}),
        };
        audit::record(&mut tx, &Actor::system(), change).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use heliograph_model::{
        ids::{DeliveryId, ProfileId},
        message::Content,
    };
    use heliograph_store::testing::on_each_engine;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn a_message_that_is_stopped_is_known_until_it_is_sent_again() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let message = messages::create(&mut tx, "Thanks", &Content::default())
                .await
                .unwrap();
            tx.commit().await.unwrap();
            let place = Place {
                profile_id: ProfileId(Uuid::from_u128(1)),
                id: DeliveryId(Uuid::from_u128(1)),
                app_id: None,
                message_id: message,
                journey_id: None,
                journey_version_id: None,
                node: String::new(),
                proof: false,
            };
            let guard = Guard::default();
            let mut changes = guard.changes();
            let look = async || guard.look(&store).await.unwrap();
            look().await;
            assert!(!guard.has_stopped(&place));
            assert!(!changes.0.has_changed().unwrap(), "nobody is woken for nothing");

            let mut tx = store.begin().await.unwrap();
            messages::stop(&mut tx, message, "Ada").await.unwrap();
            tx.commit().await.unwrap();
            look().await;
            assert!(guard.has_stopped(&place));
            changes.changed().await.unwrap();
            let proof = Place {
                proof: true,
                ..place.clone()
            };
            assert!(!guard.has_stopped(&proof));

            let mut tx = store.begin().await.unwrap();
            messages::send_again(&mut tx, message).await.unwrap();
            tx.commit().await.unwrap();
            look().await;
            assert!(!guard.has_stopped(&place));
        })
        .await;
    }
}
