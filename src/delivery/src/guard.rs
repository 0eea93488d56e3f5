//! Looks after apps that nothing is sent to, and after addresses that were called not valid.
//!
//! What is claimed from the moment of a stop on is put to wait by what the database says of its app. What was claimed before
//! is with a process already: here each keeps in mind what is stopped, so that this waits too. The same task judges
//! addresses when their minute is over, and goes on sending where a stop has ended by itself.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use heliograph_model::{app_config::Stop, ids::AppId, time::Timestamp};
use heliograph_store::{
    Error, Store, Topic,
    audit::{self, Actor, Change},
    deliveries,
};
use tokio_util::sync::CancellationToken;

/// Longest time without looking, should a signal be lost between processes.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Pause after the database failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Shortest time between two looks, however often deliveries change.
const REST: Duration = Duration::from_millis(200);

/// The apps that nothing is sent to, as this process last saw them.
#[derive(Debug, Default)]
pub(crate) struct Guard(Mutex<HashMap<AppId, Stop>>);

impl Guard {
    /// Why nothing is sent to the app, if so.
    pub(crate) fn stop_of(&self, app: AppId) -> Option<Stop> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&app)
            .cloned()
    }

    /// Looks whenever deliveries have changed or something is due, until it is told to stop.
    pub(crate) async fn watch(&self, store: &Store, shutdown: &CancellationToken) {
        let mut changes = store.signals().listen(Topic::Deliveries);
        loop {
            let wait = match self.look(store).await {
                Ok(Some(next)) => next.since(store.now()),
                Ok(None) => LOOK_AGAIN,
                Err(error) => {
                    tracing::warn!(%error, "looking for apps that are stopped failed; trying again");
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
    async fn look(&self, store: &Store) -> Result<Option<Timestamp>, Error> {
        let mut conn = store.read().await?;
        let stops = deliveries::stops(&mut conn).await?;
        let ends = deliveries::next_end(&mut conn).await?;
        let judgement = deliveries::next_judgement(&mut conn).await?;
        drop(conn);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stops.into_iter().collect();
        let now = store.now();
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
