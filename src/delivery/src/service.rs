//! The service: claims what is due, sends it, settles what became of it.

use std::sync::Arc;
use std::time::Duration;

use heliograph_model::app_config::{CredentialState, Platform};
use heliograph_model::delivery::{Class, Outcome, Retry};
use heliograph_model::message::WhenUnknown;
use heliograph_model::time::Timestamp;
use heliograph_store::counters::Counts;
use heliograph_store::deliveries::{self, Claimed, End, Settlement};
use heliograph_store::{Store, Topic, apps};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::clients::{Clients, Providers};
use crate::prepare::{Preparer, Purpose, Ready};
use crate::send::send;
use crate::verdict::Verdict;
use crate::{Error, Sealer};

/// Most pushes that are on their way at once.
const IN_FLIGHT: usize = 2_000;
/// Most deliveries claimed at once.
const CLAIM: u32 = 500;
/// Most settlements written in one transaction.
const SETTLE: usize = 500;
/// How long a claimed delivery is this process's: longer than any send may take.
const LEASE: Duration = Duration::from_secs(120);
/// Longest time without looking, should a signal be lost.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Pause after a failure of the database.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The delivery service. Any number of them may share one database.
pub struct Service {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("store", &self.inner.store)
            .finish_non_exhaustive()
    }
}

struct Inner {
    store: Store,
    clients: Clients,
    preparer: Preparer,
    in_flight: Arc<Semaphore>,
}

/// One attempt, ended; and what it tells of the app's credential.
struct Ended {
    settlement: Settlement,
    credential: Option<CredentialNews>,
}

struct CredentialNews {
    app: heliograph_model::ids::AppId,
    revision: i64,
    state: CredentialState,
}

impl Service {
    /// A service on a store, with the key that opens credentials and the providers' addresses.
    pub fn new(store: Store, sealer: Arc<Sealer>, providers: Providers) -> Self {
        let inner = Inner {
            store,
            clients: Clients::new(sealer, providers),
            preparer: Preparer::default(),
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT)),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Works until it is told to stop; then what is on its way is waited for and settled.
    pub async fn run(&self, stop: CancellationToken) {
        let (ended, settlements) = mpsc::channel(IN_FLIGHT);
        let settler = tokio::spawn(settle_all(self.inner.store.clone(), settlements));
        let mut signal = self.inner.store.signals().listen(Topic::Deliveries);
        while !stop.is_cancelled() {
            let pause = match self.turn(&ended).await {
                Ok(0) => self.until_next().await,
                Ok(_) => continue,
                Err(error) => {
                    tracing::error!(%error, "claiming deliveries failed; trying again");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = signal.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        drop(ended);
        // It ends when every push on its way has been settled.
        if let Err(error) = settler.await {
            tracing::error!(%error, "settling deliveries ended before its time");
        }
    }

    async fn until_next(&self) -> Duration {
        let next = async { deliveries::next_due(&mut self.inner.store.read().await?).await };
        match next.await {
            Ok(Some(at)) => at.since(self.inner.store.now()).min(LOOK_AGAIN),
            Ok(None) => LOOK_AGAIN,
            Err(_) => AFTER_FAILURE,
        }
    }

    /// Claims what is due and sets it going; how many there were.
    async fn turn(&self, ended: &mpsc::Sender<Ended>) -> Result<usize, Error> {
        let inner = &self.inner;
        // Nothing is claimed that would only wait here.
        let Ok(first) = inner.in_flight.acquire().await else {
            return Ok(0);
        };
        drop(first);
        let now = inner.store.now();
        let due = deliveries::next_due(&mut inner.store.read().await?).await?;
        if due.is_none_or(|due| due > now) {
            return Ok(0);
        }
        let room = u32::try_from(inner.in_flight.available_permits())
            .unwrap_or(CLAIM)
            .min(CLAIM);
        let mut tx = inner.store.begin().await?;
        let mut claimed: Vec<(Claimed, Purpose)> = Vec::new();
        for app in apps::take_probes(&mut tx, now).await? {
            let probe = deliveries::claim_probe(&mut tx, app, now, LEASE).await?;
            claimed.extend(probe.map(|probe| (probe, Purpose::Probe)));
        }
        let normal = deliveries::claim(&mut tx, now, room, LEASE).await?;
        claimed.extend(normal.into_iter().map(|one| (one, Purpose::Normal)));
        tx.commit().await?;
        let count = claimed.len();
        for (delivery, purpose) in claimed {
            match inner.preparer.prepare(&delivery, purpose, now) {
                Ok(ready) => inner.clone().start(delivery, ready, ended.clone()).await,
                Err((end, detail)) => {
                    let settlement = settlement(&delivery, end, detail, now);
                    // The settler lives for as long as this end of the channel.
                    let _ = ended
                        .send(Ended {
                            settlement,
                            credential: None,
                        })
                        .await;
                }
            }
        }
        Ok(count)
    }
}

impl Inner {
    /// Sends one push in a task of its own.
    async fn start(self: Arc<Self>, delivery: Claimed, ready: Ready, ended: mpsc::Sender<Ended>) {
        let Ok(permit) = Arc::clone(&self.in_flight).acquire_owned().await else {
            return;
        };
        tokio::spawn(async move {
            let done = self.deliver(delivery, ready).await;
            // The settler lives for as long as this end of the channel.
            let _ = ended.send(done).await;
            drop(permit);
        });
    }

    async fn deliver(&self, delivery: Claimed, ready: Ready) -> Ended {
        let now = self.store.now();
        let client = async {
            let mut conn = self.store.read().await?;
            self.clients
                .get(&mut conn, ready.app, ready.revision, ready.device.platform)
                .await
        };
        let verdict = match client.await {
            Ok(client) => send(&client, &delivery, &ready, now).await,
            Err(Error::NoCredential) => {
                Verdict::new(Outcome::CredentialMissing, Error::NoCredential.to_string())
            }
            Err(error @ Error::Store(_)) => Verdict::new(Outcome::ProviderUnreachable, error.to_string()),
            Err(error) => Verdict::new(Outcome::CredentialUnreadable, error.to_string()),
        };
        let ended = self.store.now();
        let mut settlement = settlement(
            &delivery,
            end(&delivery, &verdict, ended),
            verdict.detail.clone(),
            ended,
        );
        settlement.sent_at = Some(now);
        settlement.milliseconds = u64::try_from(ended.since(now).as_millis()).ok();
        settlement.device = verdict.device.map(|change| (ready.device.id, change));
        settlement.payload = Some(ready.payload);
        let credential = news(&delivery, &verdict, ended).map(|state| CredentialNews {
            app: ready.app,
            revision: ready.revision,
            state,
        });
        Ended {
            settlement,
            credential,
        }
    }
}

fn settlement(delivery: &Claimed, end: End, detail: Option<String>, at: Timestamp) -> Settlement {
    Settlement {
        id: delivery.id,
        lease_until: delivery.lease_until,
        at,
        end,
        detail,
        sent_at: None,
        milliseconds: None,
        payload: None,
        device: None,
    }
}

/// How a verdict leaves its delivery: by the outcome's retry rule, its time to live, and the message's choice.
fn end(delivery: &Claimed, verdict: &Verdict, now: Timestamp) -> End {
    let outcome = verdict.outcome;
    if outcome.class() == Class::Accepted {
        return End::Accepted {
            outcome,
            provider_id: verdict.provider_id.clone(),
        };
    }
    let retry = outcome.retry();
    if retry == Retry::WhenCredentialWorks {
        return End::Held { outcome };
    }
    let rather_never = delivery
        .content
        .as_ref()
        .is_some_and(|content| content.when_unknown == WhenUnknown::RatherNever);
    if retry == Retry::AsMessageSays && rather_never {
        return End::Unknown { outcome };
    }
    let attempt = u32::try_from(delivery.attempts)
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let Some(pause) = retry.after(attempt, verdict.asked, rand::random()) else {
        return End::Failed { outcome };
    };
    let until = now + pause;
    let google = delivery
        .app
        .as_deref()
        .is_some_and(|app| app.platform == Platform::Android);
    let given_up = google && until > delivery.created_at + Retry::GIVEN_UP_AFTER;
    match (until >= delivery.expires_at || given_up, outcome.class()) {
        (false, _) => End::Waiting { until, outcome },
        (true, Class::Unknown) => End::Unknown { outcome },
        (true, _) => End::Failed { outcome },
    }
}

/// What a verdict tells of the app's credential, where it is news.
fn news(delivery: &Claimed, verdict: &Verdict, now: Timestamp) -> Option<CredentialState> {
    let credential = delivery.app.as_deref()?.credential.as_ref()?;
    match verdict.outcome.class() {
        Class::Accepted => (!matches!(credential.state, CredentialState::Good { .. }))
            .then_some(CredentialState::Good { since: now }),
        Class::Configuration if verdict.outcome.retry() == Retry::WhenCredentialWorks => {
            let reason = format!("{} {}", verdict.outcome.words(), verdict.outcome.advice());
            Some(CredentialState::Refused { since: now, reason })
        }
        _ => None,
    }
}

/// Writes what has ended, as much at once as has come together meanwhile.
async fn settle_all(store: Store, mut ended: mpsc::Receiver<Ended>) {
    let mut batch = Vec::with_capacity(SETTLE);
    while ended.recv_many(&mut batch, SETTLE).await > 0 {
        while let Err(error) = settle(&store, &batch).await {
            // The answers are held until they are written: if the process ends before, their leases end as well, and the
            // deliveries are sent again under the same collapse identifier.
            tracing::error!(%error, count = batch.len(), "settling deliveries failed; trying again");
            tokio::time::sleep(AFTER_FAILURE).await;
        }
        batch.clear();
    }
}

async fn settle(store: &Store, batch: &[Ended]) -> Result<(), Error> {
    let settlements: Vec<Settlement> = batch.iter().map(|ended| ended.settlement.clone()).collect();
    let mut tx = store.begin().await?;
    let mut counts = Counts::new();
    deliveries::settle(&mut tx, &settlements, &mut counts).await?;
    let mut seen = std::collections::HashSet::new();
    for news in batch.iter().rev().filter_map(|ended| ended.credential.as_ref()) {
        if seen.insert((news.app, news.revision)) {
            apps::set_state(&mut tx, news.app, news.revision, &news.state).await?;
        }
    }
    counts.write(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}
