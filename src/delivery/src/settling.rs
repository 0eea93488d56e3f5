//! Writing how attempts ended, in sets.

use std::sync::Arc;

use heliograph_model::app_config::CredentialState;
use heliograph_store::{
    Store, apps,
    counters::Counts,
    deliveries::{self, Settlement},
};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::{
    attempt::{Attempted, CredentialNews},
    pace::Paces,
    refused::{self, Refused},
    service::{BATCH, Inner, PAUSE},
};

/// How often a settlement is tried while the database fails, before the lease brings the deliveries back.
const SETTLE_TRIES: u32 = 30;

/// An attempt that has ended. Its places are free when it is settled.
pub(crate) struct Ended {
    pub(crate) attempted: Attempted,
    #[expect(dead_code, reason = "held until it is dropped")]
    pub(crate) places: Places,
}

/// The places of one delivery in hand: one among all, and one among those whose address may be dead, if it is such.
#[expect(dead_code, reason = "held until they are dropped")]
pub(crate) struct Places {
    pub(crate) all: Option<OwnedSemaphorePermit>,
    pub(crate) doubtful: Option<OwnedSemaphorePermit>,
}

/// Writes how attempts ended: whatever has ended by now in one transaction.
pub(crate) async fn settle_all(inner: Arc<Inner>, mut results: mpsc::UnboundedReceiver<Ended>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut refused = Refused::default();
    let mut paces = Paces::new(&inner);
    while results.recv_many(&mut batch, BATCH).await > 0 {
        let (settlements, news): (Vec<Settlement>, Vec<Option<CredentialNews>>) = batch
            .drain(..)
            .map(|ended| (ended.attempted.settlement, ended.attempted.news))
            .unzip();
        let news: Vec<CredentialNews> = news.into_iter().flatten().collect();
        let mut tries = 0;
        while let Err(error) = settle(&inner.store, &settlements, &news).await {
            tries += 1;
            tracing::error!(%error, tries, deliveries = settlements.len(), "writing how deliveries ended failed");
            if tries == SETTLE_TRIES {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        for message in refused.note(&settlements) {
            // Besides, for much may wait of it. What is claimed meanwhile knows that it is stopped.
            tokio::spawn(refused::stop(inner.store.clone(), message));
        }
        paces.tell(&inner).await;
    }
}

async fn settle(
    store: &Store,
    settlements: &[Settlement],
    news: &[CredentialNews],
) -> Result<(), heliograph_store::Error> {
    let mut tx = store.begin().await?;
    let mut counts = Counts::new();
    deliveries::settle(&mut tx, settlements, &mut counts).await?;
    let refused = |one: &CredentialNews| matches!(one.state, CredentialState::Refused { .. });
    let (bad, good): (Vec<_>, Vec<_>) = news.iter().partition(|one| refused(one));
    let mut told: Vec<&CredentialNews> = Vec::new();
    for one in bad.into_iter().chain(good) {
        // Many deliveries tell the same of one credential; where they disagree, a refusal is the news.
        if told
            .iter()
            .any(|other| (other.app, other.revision) == (one.app, one.revision))
        {
            continue;
        }
        told.push(one);
        if apps::set_state(&mut tx, one.app, one.revision, &one.state).await? {
            tracing::info!(app = %one.app, state = ?one.state, "a credential's state has changed");
        }
    }
    counts.write(&mut tx).await?;
    tx.commit().await
}
