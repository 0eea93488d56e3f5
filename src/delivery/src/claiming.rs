//! Claiming what is due.

use std::{sync::Arc, time::Duration};

use heliograph_model::{ids::AppId, time::Timestamp};
use heliograph_store::{
    Topic, apps,
    deliveries::{self, Room},
};
use tokio::sync::{Semaphore, mpsc};

use crate::{
    attempt::{Errand, admit},
    loading::{Loader, Set, Task},
    service::{BATCH, Inner, PAUSE},
    settling::Places,
};

/// Longest time without looking, should a signal be lost between processes.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Shortest wait for something that is said to be due and could not be claimed: another process has it in hand.
const ELSEWHERE: Duration = Duration::from_millis(50);
/// How long those in doubt wait, where the service has its hands full of them, before it looks again.
const FULL: Duration = Duration::from_millis(100);
/// How many claims are looked through for a delivery that may try a refused credential, before the next time.
const PROBE_LOOKS: usize = 100;

/// Claims what is due, in sets, and hands them on to be read and sent.
pub(crate) struct Claimer {
    loader: Loader,
    /// Where the next set is put. There is room for one, so that it is claimed while the last one is read.
    sets: mpsc::Sender<Set>,
    /// The places for deliveries in hand.
    all: Arc<Semaphore>,
    /// Those for addresses that may be dead.
    doubtful: Arc<Semaphore>,
}

impl Claimer {
    pub(crate) fn new(loader: Loader, sets: mpsc::Sender<Set>) -> Self {
        let options = &loader.inner.options;
        Self {
            all: Arc::new(Semaphore::new(options.in_flight)),
            doubtful: Arc::new(Semaphore::new(options.doubtful)),
            loader,
            sets,
        }
    }

    fn inner(&self) -> &Inner {
        &self.loader.inner
    }

    /// Works until it is told to stop.
    pub(crate) async fn run(self) {
        let shutdown = &self.loader.shutdown;
        let mut changes = self.inner().store.signals().listen(Topic::Deliveries);
        while !shutdown.is_cancelled() {
            let wait = match self.turn().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(%error, "claiming deliveries failed; trying again");
                    PAUSE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(wait.min(LOOK_AGAIN)) => {}
                () = changes.changed() => {}
            }
        }
    }

    /// Claims the delivery that tries an app's refused credential again: the oldest that no rule keeps back. Those before
    /// it wait for their rule from now on, and hold nobody up.
    async fn probe(&self, app: AppId, now: Timestamp) -> Result<Vec<Task>, heliograph_store::Error> {
        let Inner { store, options, .. } = self.inner();
        let (mut all, mut limit) = (Vec::new(), 1);
        for _ in 0..PROBE_LOOKS {
            let mut tx = store.begin().await?;
            let taken = deliveries::claim_probe(&mut tx, app, now, limit, options.lease).await?;
            tx.commit().await?;
            let mut tasks = self.loader.load_or_leave(&taken, Errand::Probe, now).await;
            let free = tasks.iter().position(|task| {
                task.restraint.is_none() && admit(self.inner(), &task.claimed, task.errand).is_ok()
            });
            for (index, task) in tasks.iter_mut().enumerate() {
                if free.is_some_and(|free| free != index) {
                    // One tries it; the others go on waiting for it.
                    task.errand = Errand::Due;
                }
            }
            let done = free.is_some() || tasks.is_empty();
            all.extend(tasks);
            if done {
                break;
            }
            limit = u32::try_from(BATCH).unwrap_or(u32::MAX);
        }
        Ok(all)
    }

    /// Claims what is due and has it sent; how long to wait for the next.
    async fn turn(&self) -> Result<Duration, heliograph_store::Error> {
        let inner = self.inner();
        let due = deliveries::next_due(&mut inner.store.read().await?).await?;
        let full = self.doubtful.available_permits() == 0;
        let Some(next) = (if full { due.known } else { due.first() }) else {
            return Ok(if due.doubtful.is_some() { FULL } else { LOOK_AGAIN });
        };
        let now = inner.store.now();
        if next > now {
            let wait = next.since(now);
            return Ok(if full { wait.min(FULL) } else { wait });
        }
        // At least one place is waited for, so that a full service waits here and not in a loop.
        let Ok(first) = Arc::clone(&self.all).acquire_owned().await else {
            return Ok(LOOK_AGAIN);
        };
        if self.loader.shutdown.is_cancelled() {
            return Ok(LOOK_AGAIN);
        }
        let count = |places: usize| u32::try_from(places).unwrap_or(u32::MAX);
        let room = Room {
            all: count(self.all.available_permits().min(BATCH - 1) + 1),
            doubtful: count(self.doubtful.available_permits()),
        };
        let lease = inner.options.lease;
        let mut tx = inner.store.begin().await?;
        deliveries::release_held(&mut tx).await?;
        let taken = deliveries::claim(&mut tx, now, room, lease).await?;
        let probes = apps::take_probes(&mut tx, now).await?;
        tx.commit().await?;
        let found = taken.len();
        if found == 0 {
            drop(first);
        } else {
            let (mut places, rest) = (first, found - 1);
            if let Ok(more) = Arc::clone(&self.all).try_acquire_many_owned(count(rest)) {
                places.merge(more);
            }
            // What was claimed anew after its lease had ended may find no place among the doubtful, and goes all the same.
            let doubtful = taken.doubtful().min(self.doubtful.available_permits());
            let doubtful = Arc::clone(&self.doubtful)
                .try_acquire_many_owned(count(doubtful))
                .ok();
            let set = Set {
                taken,
                at: now,
                places,
                doubtful,
            };
            if self.sets.send(set).await.is_err() {
                // Nobody reads what is claimed; the service is about to end.
                return Ok(LOOK_AGAIN);
            }
        }
        let mut probed = 0;
        for app in probes {
            for task in self.probe(app, now).await? {
                probed += 1;
                let all = Arc::clone(&self.all).acquire_owned().await.ok();
                let doubtful = task.claimed.doubtful.then(|| Arc::clone(&self.doubtful));
                let doubtful = doubtful.and_then(|places| places.try_acquire_owned().ok());
                self.loader.send(task, Places { all, doubtful });
            }
        }
        Ok(if found + probed == 0 {
            ELSEWHERE
        } else {
            Duration::ZERO
        })
    }
}
