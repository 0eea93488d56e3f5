//! The collection API that mobile apps talk to: the Edge Network protocol as the AEP Mobile SDK speaks it, and the SDK's
//! configuration files.
//!
//! A request is checked where it comes in, waits with others for the one writer, is written in a transaction with them,
//! and is answered when that is on disk. So an answer of success means that nothing can be lost any more, and a thousand
//! events cost hardly more writes than one.
//!
//! The protocol's facts are read from the SDK's sources (edge-android `EdgeNetworkService`, `NetworkResponseHandler`,
//! `EdgeHitProcessor`; edge-ios likewise): which statuses the SDK tries again, and that each record of a streamed answer
//! begins with a byte that is thrown away.

mod answer;
mod cache;
mod edge;
mod error;
mod limit;
mod sdk;
mod submission;
mod tracking;
mod writer;

use std::{net::IpAddr, sync::Arc};

use heliograph_model::ids::DatastreamId;
use heliograph_store::Store;
use tokio::sync::{Semaphore, mpsc};

pub use edge::routes;
pub use error::Error;
pub use writer::Writer;

use crate::{cache::Datastreams, limit::Limits, submission::Submission, writer::Waiting};

/// Most requests that wait for the writer. Those beyond it are told to come back.
const QUEUE: usize = 4096;

/// Most bytes of bodies that wait for the writer.
const BACKLOG_BYTES: usize = 128 << 20;

/// How the service works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Most events in a second from one client: an IPv4 address, or the /64 network of an IPv6 address. A carrier may have
    /// thousands of phones behind one address.
    pub client_events_per_second: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client_events_per_second: 1000,
        }
    }
}

/// What the routes need. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    store: Store,
    datastreams: Arc<Datastreams>,
    limits: Arc<Limits<DatastreamId>>,
    clients: Arc<Limits<IpAddr>>,
    options: Options,
    queue: mpsc::Sender<Waiting>,
    backlog: Arc<Semaphore>,
}

impl Service {
    /// A service on a store, and the writer that must be run for it: `tokio::spawn(writer.run(shutdown))`.
    pub fn new(store: Store) -> (Self, Writer) {
        Self::with_options(store, Options::default())
    }

    /// A service that works in a way of one's own, and its writer.
    pub fn with_options(store: Store, options: Options) -> (Self, Writer) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let datastreams = Arc::new(Datastreams::default());
        let service = Self {
            store: store.clone(),
            datastreams: datastreams.clone(),
            limits: Arc::default(),
            clients: Arc::default(),
            options,
            queue,
            backlog: Arc::new(Semaphore::new(BACKLOG_BYTES)),
        };
        (service, Writer::new(store, datastreams, waiting))
    }

    /// Hands a request to the writer without waiting for it.
    ///
    /// # Errors
    /// [`Error::Overloaded`] where too much is waiting.
    fn enqueue(
        &self,
        submission: Submission,
        bytes: usize,
    ) -> Result<tokio::sync::oneshot::Receiver<writer::Outcome>, Error> {
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        let room = self
            .backlog
            .clone()
            .try_acquire_many_owned(permits)
            .map_err(|_| Error::Overloaded)?;
        let (answer, outcome) = tokio::sync::oneshot::channel();
        self.queue
            .try_send(Waiting {
                submission,
                answer,
                room,
            })
            .map_err(|_| Error::Overloaded)?;
        Ok(outcome)
    }
}
