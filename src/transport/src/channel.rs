use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::time::{Instant, sleep};

use crate::connect::Connector;
use crate::exchange::{Failure, exchange};
use crate::message::ConnectionRef;
use crate::pool::Pool;
use crate::{Config, Endpoint, Error, Lane, Request, Response};

/// How often a request whose stream was refused is sent again.
const RESENDS: u32 = 5;
/// Pause before the second resend, doubled with each further one; the first goes at once.
const RESEND_PAUSE: Duration = Duration::from_millis(10);
/// How often the pause is doubled: it grows to 1.28 seconds.
const PAUSE_DOUBLINGS: u32 = 7;

/// The connections to one provider for one credential; cheap to clone.
///
/// Connections open on demand and close when the last clone is dropped.
#[derive(Clone)]
pub struct Channel {
    config: Arc<Config>,
    main: Arc<Pool>,
    probe: Arc<Pool>,
}

/// What a [`Channel`] is doing right now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The open connections of both lanes.
    pub connections: Vec<ConnectionStats>,
    /// Requests that wait for a stream.
    pub waiting: usize,
}

/// What one connection is doing right now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionStats {
    /// Which requests it serves.
    pub lane: Lane,
    /// The provider's address.
    pub peer: SocketAddr,
    /// Requests under way.
    pub in_flight: usize,
    /// Requests that may be under way at a time.
    pub limit: usize,
    /// Whether it rests because the provider asked for it.
    pub parked: bool,
}

impl Channel {
    /// Prepares the connections, without opening one.
    ///
    /// # Errors
    /// [`Error::Tls`] if the host cannot be the name in a certificate.
    pub fn new(config: Config) -> Result<Self, Error> {
        let config = Arc::new(config);
        let connector = Arc::new(Connector::new(&config)?);
        let pool = |max| Pool::new(Arc::clone(&connector), Arc::clone(&config), max);
        Ok(Self {
            main: pool(config.max_connections),
            probe: pool(config.max_probe_connections),
            config,
        })
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// Waits for a free stream. A request that the provider surely did not process is sent again: up to five times where its
    /// stream was refused, and for as long as it may wait where the connection was closed before its turn, for a provider
    /// that renews its connections often says nothing of the request. An answer that was lost is reported and not asked for
    /// again.
    pub async fn send(&self, lane: Lane, request: &Request) -> Result<Response, Error> {
        self.send_if(lane, request, || true).await
    }

    /// As [`Channel::send`], for as long as `may_go` allows it: it is asked each time that the request is about to be put on
    /// a stream, and the request never is where it says no.
    ///
    /// # Errors
    /// As [`Channel::send`], and [`Error::CalledOff`].
    pub async fn send_if(
        &self,
        lane: Lane,
        request: &Request,
        may_go: impl Fn() -> bool,
    ) -> Result<Response, Error> {
        let pool = match lane {
            Lane::Main => &self.main,
            Lane::Probe => &self.probe,
        };
        let deadline = Instant::now() + self.config.wait_timeout;
        let (mut tries, mut refused) = (0, 0);
        let mut avoid = None;
        loop {
            let slot = pool.slot(avoid, deadline).await?;
            if !may_go() {
                return Err(Error::CalledOff);
            }
            let id = slot.connection.id;
            tries += 1;
            match exchange(&slot.connection, request, &self.config).await {
                Ok(answer) => {
                    pool.answered(id, is_authenticated(answer.status));
                    return Ok(Response {
                        status: answer.status,
                        headers: answer.headers,
                        body: answer.body,
                        connection: ConnectionRef {
                            id,
                            pool: Arc::downgrade(pool),
                        },
                    });
                }
                Err(Failure::Final { error, overdue }) => {
                    if !slot.connection.has_answered() {
                        pool.retire(id);
                    } else if overdue {
                        slot.connection.suspect();
                    }
                    return Err(error);
                }
                Err(Failure::Unprocessed { cause, leave }) => {
                    tracing::debug!(connection = %id, cause, tries, "a request was not processed");
                    if leave {
                        pool.retire(id);
                    } else {
                        refused += 1;
                    }
                    if refused > RESENDS || Instant::now() >= deadline {
                        let endpoint = self.config.endpoint.clone();
                        return Err(Error::Refused {
                            endpoint,
                            tries,
                            cause,
                        });
                    }
                    avoid = Some(id);
                }
            }
            drop(slot);
            if tries > 1 {
                sleep(RESEND_PAUSE * 2u32.pow(PAUSE_DOUBLINGS.min(tries - 2))).await;
            }
        }
    }

    /// Where the channel leads.
    pub fn endpoint(&self) -> &Endpoint {
        &self.config.endpoint
    }

    /// The connections and their load at this moment.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats {
            connections: Vec::new(),
            waiting: 0,
        };
        for (lane, pool) in [(Lane::Main, &self.main), (Lane::Probe, &self.probe)] {
            let (lines, waiting) = pool.snapshot();
            stats.waiting += waiting;
            stats
                .connections
                .extend(lines.into_iter().map(|line| ConnectionStats {
                    lane,
                    peer: line.peer,
                    in_flight: line.in_flight,
                    limit: line.limit,
                    parked: line.parked,
                }));
        }
        stats
    }
}

/// Whether an answer shows that the provider took the credential, so that it allows more than one stream.
fn is_authenticated(status: StatusCode) -> bool {
    status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("endpoint", &self.config.endpoint)
            .finish_non_exhaustive()
    }
}
