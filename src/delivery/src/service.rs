//! The service: claims what is due, has it sent, writes how it ended.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use heliograph_model::{
    app_config::CredentialState,
    ids::{AppId, MessageId},
    message::Content,
    payload::CompiledContent,
    time::Timestamp,
};
use heliograph_store::{
    Store, Topic, apps,
    counters::Counts,
    deliveries::{self, Claimed, Room, Settlement, Taken},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::{
    attempt::{Attempted, CredentialNews, Errand, admit, carry_out},
    clients::{Clients, Providers},
    guard::Guard,
    rules::{Restraint, restraints},
    seal::Sealer,
};

/// Most deliveries claimed, or settled, in one transaction.
const BATCH: usize = 1000;
/// Most messages whose templates are kept read.
const COMPILED_MAX: usize = 500;
/// Longest time without looking, should a signal be lost between processes.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Pause after the database failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Shortest wait for something that is said to be due and could not be claimed: another process has it in hand.
const ELSEWHERE: Duration = Duration::from_millis(50);
/// How long those in doubt wait, where the service has its hands full of them, before it looks again.
const FULL: Duration = Duration::from_millis(100);
/// How many claims are looked through for a delivery that may try a refused credential, before the next time.
const PROBE_LOOKS: usize = 100;
/// How often a settlement is tried while the database fails, before the lease brings the deliveries back.
const SETTLE_TRIES: u32 = 30;

/// How the service works.
#[derive(Clone)]
pub struct Options {
    /// Most deliveries in hand at a time.
    pub in_flight: usize,
    /// Of these, most to addresses that may be dead: Apple takes those one at a time while it refuses them.
    pub doubtful: usize,
    /// How long a claimed delivery is ours. It must be longer than `send_limit`.
    pub lease: Duration,
    /// How long one send may take, all its repairs included.
    pub send_limit: Duration,
    /// Gives numbers from 0 to 1 by which repeated attempts are spread.
    pub spread: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl Options {
    /// The usual way of working, with another lease; a send may take a little more than half of it.
    pub fn with_lease(lease: Duration) -> Self {
        Self {
            in_flight: 4000,
            doubtful: 1000,
            lease,
            send_limit: lease * 5 / 9,
            spread: Arc::new(rand::random),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::with_lease(Duration::from_secs(180))
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("in_flight", &self.in_flight)
            .field("doubtful", &self.doubtful)
            .field("lease", &self.lease)
            .field("send_limit", &self.send_limit)
            .finish_non_exhaustive()
    }
}

/// Why and since when a credential of some revision is refused, as this process knows it.
#[derive(Debug)]
struct Refusal {
    revision: i64,
    at: Timestamp,
    reason: String,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) clients: Clients,
    pub(crate) options: Options,
    compiled: Mutex<HashMap<(MessageId, i64), Arc<CompiledContent>>>,
    refusals: Mutex<HashMap<AppId, Refusal>>,
    pub(crate) guard: Guard,
}

impl Inner {
    /// The content with its templates read: kept for published versions, which never change.
    pub(crate) fn compiled(&self, claimed: &Claimed, content: &Content) -> Arc<CompiledContent> {
        if claimed.place.proof {
            return Arc::new(CompiledContent::new(content.clone()));
        }
        let key = (claimed.place.message_id, claimed.version);
        let kept = |inner: &Self| {
            inner
                .compiled
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&key)
                .cloned()
        };
        if let Some(found) = kept(self) {
            return found;
        }
        let compiled = Arc::new(CompiledContent::new(content.clone()));
        let mut all = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= COMPILED_MAX {
            all.clear();
        }
        all.insert(key, Arc::clone(&compiled));
        compiled
    }

    pub(crate) fn note_refusal(&self, app: AppId, revision: i64, reason: String) {
        let refusal = Refusal {
            revision,
            at: self.store.now(),
            reason,
        };
        self.refusals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(app, refusal);
    }

    /// Why the credential was refused, if that was after the claim with this lease.
    pub(crate) fn refused_since(&self, app: AppId, revision: i64, lease_until: Timestamp) -> Option<String> {
        let claimed_at = lease_until - self.options.lease;
        self.refusals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&app)
            .filter(|refusal| refusal.revision == revision && refusal.at > claimed_at)
            .map(|refusal| refusal.reason.clone())
    }
}

/// Sends what is due, for as long as it runs.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

/// One delivery to be sent.
struct Task {
    claimed: Claimed,
    errand: Errand,
    /// What keeps it back.
    restraint: Option<Restraint>,
}

/// An attempt that has ended, with its place among those in hand, which is free when it is settled.
struct Ended {
    attempted: Attempted,
    _place: OwnedSemaphorePermit,
    /// Its place among those whose address may be dead, if it is one.
    _doubtful: Option<OwnedSemaphorePermit>,
}

/// The places for deliveries in hand.
struct Places {
    all: Arc<Semaphore>,
    doubtful: Arc<Semaphore>,
}

impl Service {
    /// A service over a store, with credentials opened by the sealer.
    pub fn new(store: Store, sealer: Arc<Sealer>, providers: Providers) -> Self {
        Self::with_options(store, sealer, providers, Options::default())
    }

    /// A service that works in a way of one's own.
    pub fn with_options(store: Store, sealer: Arc<Sealer>, providers: Providers, options: Options) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                clients: Clients::new(sealer, providers, options.send_limit),
                options,
                compiled: Mutex::default(),
                refusals: Mutex::default(),
                guard: Guard::default(),
            }),
        }
    }

    /// Runs until it is told to stop. Then it claims nothing more, waits for what is on the wire, and writes how that ended.
    pub async fn run(self, shutdown: CancellationToken) {
        let (ended, results) = mpsc::unbounded_channel();
        let mut settling = tokio::spawn(settle_all(Arc::clone(&self.inner), results));
        // What is in hand holds the other ends of the channel; with the last of them the settling ends. Before that it can
        // only break off, and then nothing more may be sent: nobody would write down that it was.
        let settled = tokio::select! {
            () = self.claim_all(&shutdown, ended) => settling.await,
            broken = &mut settling => broken,
        };
        if let Err(error) = settled
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }

    async fn claim_all(&self, shutdown: &CancellationToken, ended: mpsc::UnboundedSender<Ended>) {
        let inner = &self.inner;
        let watching = inner.guard.watch(&inner.store, shutdown);
        tokio::join!(watching, self.claim_until(shutdown, ended));
    }

    async fn claim_until(&self, shutdown: &CancellationToken, ended: mpsc::UnboundedSender<Ended>) {
        let inner = &self.inner;
        let places = Places {
            all: Arc::new(Semaphore::new(inner.options.in_flight)),
            doubtful: Arc::new(Semaphore::new(inner.options.doubtful)),
        };
        let mut changes = inner.store.signals().listen(Topic::Deliveries);
        while !shutdown.is_cancelled() {
            let wait = match self.turn(&places, &ended, shutdown).await {
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

    /// All that is needed to send what was taken at `now`, and what keeps some of it back. It is ours by then, and whoever
    /// gets it next can't tell it from what may have been sent: so this is tried for as long as a send would end within the
    /// lease.
    async fn load(
        &self,
        taken: &Taken,
        errand: Errand,
        now: Timestamp,
        shutdown: &CancellationToken,
    ) -> Result<Vec<Task>, heliograph_store::Error> {
        let Inner { store, options, .. } = &*self.inner;
        let until = now + options.lease.saturating_sub(options.send_limit);
        loop {
            let loaded = async {
                let claimed = deliveries::load(&mut store.read().await?, taken).await?;
                let restraints = restraints(&self.inner, &claimed, errand).await?;
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
                Err(error) if !shutdown.is_cancelled() && store.now() < until => {
                    tracing::warn!(%error, "reading what was claimed failed; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
                ended => return ended,
            }
        }
    }

    /// As [`Self::load`]; what can't be loaded waits for the end of its lease.
    async fn load_or_leave(
        &self,
        taken: &Taken,
        errand: Errand,
        now: Timestamp,
        shutdown: &CancellationToken,
    ) -> Vec<Task> {
        if taken.is_empty() {
            return Vec::new();
        }
        self.load(taken, errand, now, shutdown).await.unwrap_or_else(|error| {
            tracing::error!(%error, deliveries = taken.len(), "what was claimed waits for the end of its lease");
            Vec::new()
        })
    }

    /// Claims the delivery that tries an app's refused credential again: the oldest that no rule keeps back. Those before
    /// it wait for their rule from now on, and hold nobody up.
    async fn probe(
        &self,
        app: AppId,
        now: Timestamp,
        shutdown: &CancellationToken,
    ) -> Result<Vec<Task>, heliograph_store::Error> {
        let Inner { store, options, .. } = &*self.inner;
        let (mut all, mut limit) = (Vec::new(), 1);
        for _ in 0..PROBE_LOOKS {
            let mut tx = store.begin().await?;
            let taken = deliveries::claim_probe(&mut tx, app, now, limit, options.lease).await?;
            tx.commit().await?;
            let mut tasks = self.load_or_leave(&taken, Errand::Probe, now, shutdown).await;
            let free = tasks.iter().position(|task| {
                task.restraint.is_none() && admit(&self.inner, &task.claimed, task.errand).is_ok()
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
    async fn turn(
        &self,
        places: &Places,
        ended: &mpsc::UnboundedSender<Ended>,
        shutdown: &CancellationToken,
    ) -> Result<Duration, heliograph_store::Error> {
        let inner = &self.inner;
        let due = deliveries::next_due(&mut inner.store.read().await?).await?;
        let full = places.doubtful.available_permits() == 0;
        let Some(next) = (if full { due.known } else { due.first() }) else {
            return Ok(if due.doubtful.is_some() { FULL } else { LOOK_AGAIN });
        };
        let now = inner.store.now();
        if next > now {
            let wait = next.since(now);
            return Ok(if full { wait.min(FULL) } else { wait });
        }
        // At least one place is waited for, so that a full service waits here and not in a loop.
        let Ok(first) = Arc::clone(&places.all).acquire_owned().await else {
            return Ok(LOOK_AGAIN);
        };
        if shutdown.is_cancelled() {
            return Ok(LOOK_AGAIN);
        }
        let count = |places: usize| u32::try_from(places).unwrap_or(u32::MAX);
        let room = Room {
            all: count(places.all.available_permits().min(BATCH - 1) + 1),
            doubtful: count(places.doubtful.available_permits()),
        };
        let lease = inner.options.lease;
        let mut tx = inner.store.begin().await?;
        deliveries::release_held(&mut tx).await?;
        let taken = deliveries::claim(&mut tx, now, room, lease).await?;
        let probes = apps::take_probes(&mut tx, now).await?;
        tx.commit().await?;
        let mut all = self.load_or_leave(&taken, Errand::Due, now, shutdown).await;
        for app in probes {
            all.extend(self.probe(app, now, shutdown).await?);
        }
        let found = all.len();
        let mut first = Some(first);
        for task in all {
            let place = match first.take() {
                Some(place) => place,
                None => match Arc::clone(&places.all).acquire_owned().await {
                    Ok(place) => place,
                    Err(_) => return Ok(LOOK_AGAIN),
                },
            };
            // What was claimed anew after its lease had ended may find no place among the doubtful, and goes all the same.
            let doubtful = task.claimed.doubtful.then(|| Arc::clone(&places.doubtful));
            let doubtful = doubtful.and_then(|places| places.try_acquire_owned().ok());
            let (inner, ended) = (Arc::clone(inner), ended.clone());
            tokio::spawn(async move {
                let attempted = carry_out(&inner, task.claimed, task.errand, task.restraint).await;
                let done = Ended {
                    attempted,
                    _place: place,
                    _doubtful: doubtful,
                };
                // The settling outlives every sender, so this is always heard.
                let _ = ended.send(done);
            });
        }
        Ok(if found == 0 { ELSEWHERE } else { Duration::ZERO })
    }
}

/// Writes how attempts ended: whatever has ended by now in one transaction.
async fn settle_all(inner: Arc<Inner>, mut results: mpsc::UnboundedReceiver<Ended>) {
    let mut batch = Vec::with_capacity(BATCH);
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

#[cfg(test)]
mod tests {
    use heliograph_store::testing::on_each_engine;

    use super::*;

    #[tokio::test]
    async fn reading_what_was_claimed_is_given_up_when_the_lease_leaves_no_time_or_the_service_ends() {
        on_each_engine(|store, _| async move {
            let folder = tempfile::tempdir().unwrap();
            let sealer = Arc::new(Sealer::open_or_create(&folder.path().join("key")).unwrap());
            let service = Service::new(store.clone(), sealer, Providers::default());
            let now = store.now();
            store.close().await;
            let (taken, ended) = (Taken::default(), CancellationToken::new());
            let too_late = now - service.inner.options.lease;
            assert!(service.load(&taken, Errand::Due, too_late, &ended).await.is_err());
            ended.cancel();
            assert!(service.load(&taken, Errand::Due, now, &ended).await.is_err());
        })
        .await;
    }
}
