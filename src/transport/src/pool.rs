use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

use crate::connect::{Connector, Made};
use crate::connection::Connection;
use crate::{Config, Error};

/// Further tries at a connection when the first fails.
const RECONNECTS: u32 = 5;
/// Pause before the second try at a connection; doubles with each further one.
const RECONNECT_PAUSE: Duration = Duration::from_millis(20);
/// Pause in opening *more* connections after one could not be made, while others work.
const WIDEN_PAUSE: Duration = Duration::from_secs(1);
/// Waiting requests per connection in the making that justify yet another one.
///
/// A few requests on a cold start share the first connection, which is ready within a round trip; many open several.
const WAITERS_PER_NEW_CONNECTION: usize = 16;

/// Tells the connections of a pool apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The connections of one lane, and the requests that wait for a stream.
///
/// All numbers are under one lock, and [`Pool::pump`] runs after each change of them: it alone hands out streams
/// and decides to open a connection.
pub(crate) struct Pool {
    connector: Arc<Connector>,
    config: Arc<Config>,
    max_connections: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lines: Vec<Line>,
    /// Connections in the making.
    opening: usize,
    waiters: VecDeque<Waiter>,
    next_id: u64,
    widen_not_before: Option<Instant>,
    /// Why the latest connection could not be made; none after a success.
    last_failure: Option<Error>,
}

/// A connection in use, with its count of streams.
struct Line {
    connection: Arc<Connection>,
    in_flight: usize,
    /// What the provider's SETTINGS allow now.
    limit: usize,
    /// Whether an authenticated answer came.
    proven: bool,
    parked_until: Option<Instant>,
    last_used: Instant,
}

impl Line {
    fn streams(&self, cap: usize) -> usize {
        if self.proven {
            self.limit.min(cap)
        } else {
            self.limit.min(1)
        }
    }

    fn is_parked(&self, now: Instant) -> bool {
        self.parked_until.is_some_and(|until| now < until)
    }
}

struct Waiter {
    avoid: Option<ConnectionId>,
    handover: oneshot::Sender<Result<Slot, Error>>,
}

/// One line of [`Pool::snapshot`].
pub(crate) struct LineSnapshot {
    pub(crate) peer: SocketAddr,
    pub(crate) in_flight: usize,
    pub(crate) limit: usize,
    pub(crate) parked: bool,
}

impl Pool {
    pub(crate) fn new(connector: Arc<Connector>, config: Arc<Config>, max_connections: usize) -> Arc<Self> {
        Arc::new(Self {
            connector,
            config,
            max_connections: max_connections.max(1),
            state: Mutex::new(State::default()),
        })
    }

    /// Waits for the right to one stream, rather not on the connection `avoid`.
    pub(crate) async fn slot(
        self: &Arc<Self>,
        avoid: Option<ConnectionId>,
        deadline: Instant,
    ) -> Result<Slot, Error> {
        let wait = {
            let mut state = self.lock();
            if state.waiters.is_empty()
                && let Some(slot) = self.take(&mut state, avoid)
            {
                return Ok(slot);
            }
            let (handover, wait) = oneshot::channel();
            state.waiters.push_back(Waiter { avoid, handover });
            self.pump(&mut state);
            wait
        };
        match timeout_at(deadline, wait).await {
            Ok(Ok(slot)) => slot,
            // The sender is dropped only unsent with the pool, which `self` keeps.
            Ok(Err(_)) | Err(_) => Err(self.why_no_slot()),
        }
    }

    /// The reason that no stream was to be had: that the provider is out of reach, or just busy.
    fn why_no_slot(&self) -> Error {
        let state = self.lock();
        match &state.last_failure {
            Some(failure) if state.lines.is_empty() => failure.clone(),
            _ => Error::NoStreamInTime {
                endpoint: self.config.endpoint.clone(),
                waited: self.config.wait_timeout,
            },
        }
    }

    /// Takes up what the provider's SETTINGS allow now.
    pub(crate) fn limit_changed(self: &Arc<Self>, id: ConnectionId, limit: usize) {
        self.change(id, |line| line.limit = limit);
    }

    /// Notes that a request on the connection was answered, and whether its credential was taken.
    pub(crate) fn answered(self: &Arc<Self>, id: ConnectionId, authenticated: bool) {
        if authenticated {
            self.change(id, |line| line.proven = true);
        }
    }

    /// Starts no more requests on the connection.
    pub(crate) fn retire(self: &Arc<Self>, id: ConnectionId) {
        let mut state = self.lock();
        state.lines.retain(|line| line.connection.id != id);
        self.pump(&mut state);
    }

    /// Starts no more requests on the connection for a while.
    pub(crate) fn park(self: &Arc<Self>, id: ConnectionId, pause: Duration) {
        self.change(id, |line| line.parked_until = Some(Instant::now() + pause));
    }

    /// When the last request on the connection ended; none if the pool no longer uses it.
    pub(crate) fn last_used(&self, id: ConnectionId) -> Option<Instant> {
        self.lock()
            .lines
            .iter()
            .find(|line| line.connection.id == id)
            .map(|line| line.last_used)
    }

    /// The connections, and how many requests wait.
    pub(crate) fn snapshot(&self) -> (Vec<LineSnapshot>, usize) {
        let state = self.lock();
        let now = Instant::now();
        let lines = state
            .lines
            .iter()
            .map(|line| LineSnapshot {
                peer: line.connection.peer,
                in_flight: line.in_flight,
                limit: line.streams(self.config.max_streams),
                parked: line.is_parked(now),
            })
            .collect();
        (
            lines,
            state
                .waiters
                .iter()
                .filter(|waiter| !waiter.handover.is_closed())
                .count(),
        )
    }

    fn change(self: &Arc<Self>, id: ConnectionId, change: impl FnOnce(&mut Line)) {
        let mut state = self.lock();
        if let Some(line) = state.lines.iter_mut().find(|line| line.connection.id == id) {
            change(line);
            self.pump(&mut state);
        }
    }

    fn release(self: &Arc<Self>, id: ConnectionId) {
        self.change(id, |line| {
            line.in_flight -= 1;
            line.last_used = Instant::now();
        });
    }

    /// Hands free streams to those who wait, and opens a connection if they are too many.
    fn pump(self: &Arc<Self>, state: &mut State) {
        while let Some(waiter) = state.waiters.front() {
            if waiter.handover.is_closed() {
                state.waiters.pop_front();
                continue;
            }
            let avoid = waiter.avoid;
            let Some(slot) = self.take(state, avoid) else {
                break;
            };
            let id = slot.connection.id;
            let unwanted = match state.waiters.pop_front() {
                Some(waiter) => waiter.handover.send(Ok(slot)).err().and_then(Result::ok),
                None => Some(slot),
            };
            if let Some(slot) = unwanted {
                slot.forget();
                if let Some(line) = state.lines.iter_mut().find(|line| line.connection.id == id) {
                    line.in_flight -= 1;
                }
            }
        }
        if self.should_open(state) {
            state.opening += 1;
            tokio::spawn(Arc::clone(self).open());
        }
    }

    /// One stream of the connection with the most room; of `avoid` only if there is no other.
    fn take(self: &Arc<Self>, state: &mut State, avoid: Option<ConnectionId>) -> Option<Slot> {
        let now = Instant::now();
        let cap = self.config.max_streams.max(1);
        let line = state
            .lines
            .iter_mut()
            .filter(|line| !line.is_parked(now) && line.in_flight < line.streams(cap))
            .max_by_key(|line| {
                (
                    Some(line.connection.id) != avoid,
                    line.streams(cap).saturating_sub(line.in_flight),
                )
            })?;
        line.in_flight += 1;
        let connection = Arc::clone(&line.connection);
        Some(Slot {
            pool: Some(Arc::clone(self)),
            connection,
        })
    }

    fn should_open(&self, state: &State) -> bool {
        let now = Instant::now();
        let usable = state.lines.iter().filter(|line| !line.is_parked(now)).count();
        // Parked connections stay open beside the others, but not without end.
        let room = usable + state.opening < self.max_connections
            && state.lines.len() + state.opening < 2 * self.max_connections;
        let held_back = usable > 0 && state.widen_not_before.is_some_and(|until| now < until);
        if !room || held_back {
            return false;
        }
        let unproven = state
            .lines
            .iter()
            .filter(|line| !line.proven && !line.is_parked(now))
            .count();
        state.waiters.len() > (state.opening + unproven) * WAITERS_PER_NEW_CONNECTION
    }

    /// Makes a connection, with further tries as long as there is no other.
    async fn open(self: Arc<Self>) {
        let mut pause = RECONNECT_PAUSE;
        for reconnects_left in (0..=RECONNECTS).rev() {
            match self.connector.connect().await {
                Ok(made) => return self.opened(made),
                Err(error) => {
                    tracing::debug!(%error, reconnects_left, "no connection to the provider");
                    if self.failed(error, reconnects_left) {
                        return;
                    }
                }
            }
            sleep(pause).await;
            pause *= 2;
        }
    }

    fn opened(self: &Arc<Self>, made: Made) {
        let mut state = self.lock();
        state.opening -= 1;
        state.last_failure = None;
        let id = ConnectionId(state.next_id);
        state.next_id += 1;
        tracing::debug!(connection = %id, peer = %made.peer, "connected to the provider");
        state.lines.push(Line {
            limit: made.sender.current_max_send_streams(),
            connection: Connection::start(made, id, self, self.config.ping_after),
            in_flight: 0,
            proven: false,
            parked_until: None,
            last_used: Instant::now(),
        });
        self.pump(&mut state);
    }

    /// Takes note that a connection could not be made; says whether to give up.
    fn failed(&self, error: Error, reconnects_left: u32) -> bool {
        let mut state = self.lock();
        state.last_failure = Some(error.clone());
        let alone = state.lines.is_empty();
        if alone && reconnects_left > 0 && !error.is_lasting() && !state.waiters.is_empty() {
            return false;
        }
        state.opening -= 1;
        if !alone {
            state.widen_not_before = Some(Instant::now() + WIDEN_PAUSE);
        } else if state.opening == 0 {
            for waiter in state.waiters.drain(..) {
                // One who no longer waits needs no answer.
                let _ = waiter.handover.send(Err(error.clone()));
            }
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change under the lock is complete before anything can panic, so the numbers hold.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to one stream of a connection, given back when dropped.
pub(crate) struct Slot {
    pool: Option<Arc<Pool>>,
    pub(crate) connection: Arc<Connection>,
}

impl Slot {
    /// Drops the slot without giving the stream back, for a caller who holds the lock and does that itself.
    fn forget(mut self) {
        self.pool = None;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            pool.release(self.connection.id);
        }
    }
}
