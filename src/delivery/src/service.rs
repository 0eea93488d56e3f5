//! The service: claims what is due, has it sent, writes how it ended.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use heliograph_model::{
    delivery::Outcome,
    ids::{AppId, MessageId},
    message::Content,
    payload::CompiledContent,
    time::Timestamp,
};
use heliograph_store::{Store, deliveries::Claimed};
use tokio::{runtime::Handle, sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    claiming::Claimer,
    clients::{Clients, Providers},
    guard::Guard,
    loading::Loader,
    resting::Resting,
    seal::Sealer,
    settling::settle_all,
};

/// Most deliveries claimed, or settled, in one transaction.
pub(crate) const BATCH: usize = 1000;
/// Most messages whose templates are kept read.
const COMPILED_MAX: usize = 500;
/// Pause after the database failed.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

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
    outcome: Outcome,
    reason: String,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) clients: Clients,
    pub(crate) options: Options,
    compiled: Mutex<HashMap<(MessageId, i64), Arc<CompiledContent>>>,
    refusals: Mutex<HashMap<AppId, Refusal>>,
    pub(crate) guard: Guard,
    pub(crate) resting: Resting,
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

    pub(crate) fn note_refusal(&self, app: AppId, revision: i64, outcome: Outcome, reason: String) {
        let refusal = Refusal {
            revision,
            at: self.store.now(),
            outcome,
            reason,
        };
        self.refusals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(app, refusal);
    }

    /// Why the credential was refused, if that was after the claim with this lease.
    pub(crate) fn refused_since(
        &self,
        app: AppId,
        revision: i64,
        lease_until: Timestamp,
    ) -> Option<(Outcome, String)> {
        let claimed_at = lease_until - self.options.lease;
        self.refusals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&app)
            .filter(|refusal| refusal.revision == revision && refusal.at > claimed_at)
            .map(|refusal| (refusal.outcome, refusal.reason.clone()))
    }
}

/// Sends what is due, for as long as it runs.
#[derive(Clone)]
pub struct Service {
    pub(crate) inner: Arc<Inner>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
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
                resting: Resting::default(),
            }),
        }
    }

    /// Runs until it is told to stop. Then it claims nothing more, waits for what is on the wire, and writes how that ended.
    pub async fn run(self, shutdown: CancellationToken) {
        let inner = self.inner;
        let (ended, results) = mpsc::unbounded_channel();
        let (sets, claimed) = mpsc::channel(1);
        // Where one part breaks off, the others are to end as well.
        let stop = shutdown.child_token();
        let loader = Loader {
            inner: Arc::clone(&inner),
            ended,
            shutdown: stop.clone(),
        };
        // What is claimed and what is in hand hold the other ends of the channels: with the last of them, these two end.
        let loading = on_a_thread(loader.clone().run(claimed), &stop);
        let settling = on_a_thread(settle_all(Arc::clone(&inner), results), &stop);
        let watching = inner.guard.watch(&inner.store, &stop);
        tokio::join!(watching, Claimer::new(loader, sets).run());
        for part in [loading, settling] {
            if let Err(error) = part.await
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    }
}

/// Runs on a thread of its own what holds the database up, and stops the others when it ends. Among the runtime's tasks, it
/// would wait for thousands of sends at each step, and everybody else for it.
fn on_a_thread(
    work: impl Future<Output = ()> + Send + 'static,
    others: &CancellationToken,
) -> JoinHandle<()> {
    let (runtime, others) = (Handle::current(), others.clone().drop_guard());
    tokio::task::spawn_blocking(move || {
        let _stopped_at_the_end = others;
        runtime.block_on(work);
    })
}
