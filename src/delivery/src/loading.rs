//! Reading what was claimed, and having it sent.

use std::{collections::HashMap, sync::Arc};

use heliograph_model::{app_config::CredentialSummary, time::Timestamp};
use heliograph_store::deliveries::{self, Claimed, Taken};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_util::sync::CancellationToken;

use crate::{
    asked,
    attempt::{Errand, carry_out},
    interrupted,
    rules::{Restraint, restraints},
    service::{Inner, PAUSE},
    settling::{Ended, Places},
};

/// Deliveries that were claimed together, with their places among those in hand.
pub(crate) struct Set {
    pub(crate) taken: Taken,
    /// When they were claimed.
    pub(crate) at: Timestamp,
    /// One for each.
    pub(crate) places: OwnedSemaphorePermit,
    /// One for each whose address may be dead, as far as there were any.
    pub(crate) doubtful: Option<OwnedSemaphorePermit>,
}

/// One delivery to be sent.
pub(crate) struct Task {
    pub(crate) claimed: Claimed,
    pub(crate) errand: Errand,
    /// What keeps it back.
    pub(crate) restraint: Option<Restraint>,
}

/// Reads what was claimed, asks the rules, and sends it.
#[derive(Clone)]
pub(crate) struct Loader {
    pub(crate) inner: Arc<Inner>,
    pub(crate) ended: mpsc::UnboundedSender<Ended>,
    pub(crate) shutdown: CancellationToken,
}

impl Loader {
    /// Works on sets in their order, for as long as there are any: by the order, rules decide who goes first. Where nobody
    /// writes down any more how attempts end, nothing more is sent.
    pub(crate) async fn run(self, mut sets: mpsc::Receiver<Set>) {
        while let Some(mut set) = sets.recv().await
            && !self.ended.is_closed()
        {
            for task in self.load_or_leave(&set.taken, Errand::Due, set.at).await {
                let doubtful = set.doubtful.as_mut().filter(|_| task.claimed.doubtful);
                let places = Places {
                    all: set.places.split(1),
                    doubtful: doubtful.and_then(|places| places.split(1)),
                };
                self.send(task, places);
            }
        }
    }

    /// Has one delivery sent, and its end written.
    pub(crate) fn send(&self, task: Task, places: Places) {
        let (inner, ended) = (Arc::clone(&self.inner), self.ended.clone());
        tokio::spawn(async move {
            let attempted = carry_out(&inner, task.claimed, task.errand, task.restraint).await;
            // The settling outlives every sender, so this is always heard.
            let _ = ended.send(Ended { attempted, places });
        });
    }

    /// All that is needed to send what was taken at `now`, and what keeps some of it back. It is ours by then, and whoever
    /// gets it next can't tell it from what may have been sent: so this is tried for as long as a send would end within the
    /// lease.
    async fn load(
        &self,
        taken: &Taken,
        errand: Errand,
        now: Timestamp,
    ) -> Result<Vec<Task>, heliograph_store::Error> {
        let Inner { store, options, .. } = &*self.inner;
        let until = now + options.lease.saturating_sub(options.send_limit);
        loop {
            let loaded = async {
                let mut db = store.read().await?;
                let mut claimed = deliveries::load(&mut db, taken).await?;
                asked::complete(&self.inner, &mut db, &mut claimed).await?;
                drop(db);
                allow(&self.inner, &claimed);
                let restraints = restraints(&self.inner, &claimed, errand).await?;
                // Comes last, as it counts: what is before it can be done twice.
                interrupted::note(store, &mut claimed).await?;
                let with = claimed.into_iter().zip(restraints);
                Ok(with
                    .map(|(claimed, restraint)| Task {
                        claimed,
                        errand,
                        restraint,
                    })
                    .collect())
            };
            match loaded.await {
                Err(error) if !self.shutdown.is_cancelled() && store.now() < until => {
                    tracing::warn!(%error, "reading what was claimed failed; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
                ended => return ended,
            }
        }
    }

    /// As [`Self::load`]; what can't be loaded waits for the end of its lease.
    pub(crate) async fn load_or_leave(&self, taken: &Taken, errand: Errand, now: Timestamp) -> Vec<Task> {
        if taken.is_empty() {
            return Vec::new();
        }
        self.load(taken, errand, now).await.unwrap_or_else(|error| {
            tracing::error!(%error, deliveries = taken.len(), "what was claimed waits for the end of its lease");
            Vec::new()
        })
    }
}

/// Has what is sent to Google keep to what its apps say of their projects' quotas at this moment.
fn allow(inner: &Inner, claimed: &[Claimed]) {
    let apps: HashMap<_, _> = claimed
        .iter()
        .filter_map(|claimed| claimed.app.as_ref().map(|app| (app.id, app)))
        .collect();
    for app in apps.into_values() {
        let summary = app.credential.as_ref().map(|credential| &credential.summary);
        if let (Some(CredentialSummary::Fcm { project_id, .. }), Some(quota)) = (summary, app.google_quota) {
            inner.clients.accounts().allow(project_id, quota);
        }
    }
}

#[cfg(test)]
mod tests {
    use heliograph_store::testing::on_each_engine;

    use super::*;
    use crate::{Providers, Sealer, Service};

    #[tokio::test]
    async fn reading_what_was_claimed_is_given_up_when_the_lease_leaves_no_time_or_the_service_ends() {
        on_each_engine(|store, _| async move {
            let folder = tempfile::tempdir().unwrap();
            let sealer = Arc::new(Sealer::open_or_create(&folder.path().join("key")).unwrap());
            let loader = Loader {
                inner: Service::new(store.clone(), sealer, Providers::default()).inner,
                ended: mpsc::unbounded_channel().0,
                shutdown: CancellationToken::new(),
            };
            let now = store.now();
            store.close().await;
            let taken = Taken::default();
            let too_late = now - loader.inner.options.lease;
            assert!(loader.load(&taken, Errand::Due, too_late).await.is_err());
            loader.shutdown.cancel();
            assert!(loader.load(&taken, Errand::Due, now).await.is_err());
        })
        .await;
    }
}
