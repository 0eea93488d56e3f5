use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Ping, PingPong};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use crate::connect::{Io, Made};
use crate::greeting::Greeting;
use crate::pool::{ConnectionId, Pool};

/// How long the answer to a PING may take before the connection counts as dead.
const PONG_LIMIT: Duration = Duration::from_secs(10);

/// An open connection. It closes when the pool and the last request under way have let go of it.
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) peer: SocketAddr,
    sender: SendRequest<Bytes>,
    greeting: Greeting,
    /// Whether the peer has ever answered a request.
    answered: AtomicBool,
    suspect: Arc<Notify>,
}

impl Connection {
    /// Takes a connection into use and starts the tasks that drive it.
    pub(crate) fn start(made: Made, id: ConnectionId, pool: &Arc<Pool>, ping_after: Duration) -> Arc<Self> {
        let Made {
            sender,
            mut driver,
            peer,
            greeting,
        } = made;
        let suspect = Arc::new(Notify::new());
        let dead = Arc::new(Notify::new());
        let (ended, driver_ended) = oneshot::channel();
        let ping_pong = driver.ping_pong();
        let connection = Arc::new(Self {
            id,
            peer,
            sender,
            greeting,
            answered: AtomicBool::new(false),
            suspect: Arc::clone(&suspect),
        });
        tokio::spawn(drive(
            driver,
            Arc::downgrade(&connection),
            Arc::downgrade(pool),
            id,
            Arc::clone(&dead),
            ended,
        ));
        if let Some(ping_pong) = ping_pong {
            let watch = Watch {
                id,
                pool: Arc::downgrade(pool),
                ping_after,
                suspect,
                dead,
            };
            tokio::spawn(watch.run(ping_pong, driver_ended));
        }
        connection
    }

    /// A handle for one request.
    pub(crate) fn sender(&self) -> SendRequest<Bytes> {
        self.sender.clone()
    }

    /// Whether the peer speaks HTTP/2 at all.
    pub(crate) fn has_greeted(&self) -> bool {
        self.greeting.came()
    }

    /// Whether the peer has ever answered a request.
    pub(crate) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Notes that the peer has answered.
    pub(crate) fn note_answer(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Has the connection pinged now, because an answer is overdue.
    pub(crate) fn suspect(&self) {
        self.suspect.notify_one();
    }
}

/// Moves the connection's bytes until it ends, and tells the pool of each change of the stream limit.
async fn drive(
    mut driver: h2::client::Connection<Box<dyn Io>, Bytes>,
    connection: Weak<Connection>,
    pool: Weak<Pool>,
    id: ConnectionId,
    dead: Arc<Notify>,
    // Dropped at the end, which the watch sees.
    _ended: oneshot::Sender<()>,
) {
    let mut limit = None;
    let mut leaving = false;
    let run = poll_fn(|cx| {
        let result = std::pin::Pin::new(&mut driver).poll(cx);
        if result.is_pending() && !leaving {
            let now = driver.max_concurrent_send_streams();
            if limit != Some(now)
                && let Some(pool) = pool.upgrade()
            {
                limit = Some(now);
                pool.limit_changed(id, now);
            }
            // After GOAWAY the connection lives on for the streams under way, but takes no new one.
            if let Some(connection) = connection.upgrade()
                && let Poll::Ready(Err(error)) = connection.sender().poll_ready(cx)
            {
                leaving = true;
                tracing::debug!(connection = %id, %error, "the provider closes a connection");
                if let Some(pool) = pool.upgrade() {
                    pool.retire(id);
                }
            }
        }
        result
    });
    tokio::select! {
        result = run => {
            if let Err(error) = result {
                tracing::debug!(connection = %id, %error, "a connection broke");
            }
        }
        () = dead.notified() => tracing::debug!(connection = %id, "a connection no longer answers PING"),
    }
    if let Some(pool) = pool.upgrade() {
        pool.retire(id);
    }
}

/// Pings a connection that is idle or suspect, and ends it if no answer comes.
struct Watch {
    id: ConnectionId,
    pool: Weak<Pool>,
    ping_after: Duration,
    suspect: Arc<Notify>,
    dead: Arc<Notify>,
}

impl Watch {
    async fn run(self, mut ping_pong: PingPong, mut driver_ended: oneshot::Receiver<()>) {
        let mut quiet_since = Instant::now();
        loop {
            let suspect = tokio::select! {
                () = sleep_until(quiet_since + self.ping_after) => false,
                () = self.suspect.notified() => true,
                _ = &mut driver_ended => return,
            };
            let Some(last_used) = self.pool.upgrade().and_then(|pool| pool.last_used(self.id)) else {
                return;
            };
            if !suspect && last_used > quiet_since {
                quiet_since = last_used;
                continue;
            }
            let pong = tokio::select! {
                pong = timeout(PONG_LIMIT, ping_pong.ping(Ping::opaque())) => pong,
                _ = &mut driver_ended => return,
            };
            if !matches!(pong, Ok(Ok(_))) {
                self.dead.notify_one();
                return;
            }
            quiet_since = Instant::now();
        }
    }
}
