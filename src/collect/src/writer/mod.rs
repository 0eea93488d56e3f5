//! The one writer: many requests, one transaction.
//!
//! It takes what is waiting, without waiting for more, so that under light load a request is written alone and at once,
//! and under heavy load a transaction holds as much as came in while the last one was written. A group that the database
//! refuses is written in halves until what it can't take stands alone; that is noted as refused, and everything else is
//! kept. No event can hold up another.

mod consents;
mod events;

use std::sync::Arc;

use heliograph_model::collection::Verdict;
use heliograph_store::{
    Store, Topic,
    events::{Refusal, refuse},
};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::{
    answer::report,
    cache::Datastreams,
    submission::{Item, Submission},
};

/// Most items in one transaction. More would make the last request of a group wait for too long.
const GROUP: usize = 1000;

/// How often a transaction is tried that only came too near to another one.
const ATTEMPTS: u32 = 4;

/// A request that waits to be written.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) submission: Submission,
    pub(crate) answer: oneshot::Sender<Outcome>,
    /// Its part of the memory for what is waiting.
    pub(crate) room: OwnedSemaphorePermit,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// It is on disk.
    Written {
        /// Events that could not be kept, as the answer's `errors`.
        errors: Vec<Value>,
        /// What the developer should know, as the answer's `warnings`.
        warnings: Vec<Value>,
        /// The person's consents as they are now, where the request changed them.
        consents: Option<Value>,
    },
    /// The database can't be reached. It is to be sent again.
    Unavailable,
}

/// One thing to write, with the request that it came with.
#[derive(Debug, Clone, Copy)]
struct Unit<'a> {
    request: usize,
    submission: &'a Submission,
    item: &'a Item,
}

/// What became of one thing.
#[derive(Debug, Clone, PartialEq)]
enum Done {
    /// It is kept, or was already.
    Kept,
    /// Nothing in it says whose it is.
    NoIdentity,
    /// Whose it is refused all collection.
    CollectionRefused,
    /// Consents were changed, to these.
    Consents(Value),
    /// The database can't take it, ever.
    Quarantined,
    /// The database can't be reached.
    Unavailable,
}

/// Writes what the routes take in. Made by [`crate::Service::new`].
#[derive(Debug)]
pub struct Writer {
    store: Store,
    datastreams: Arc<Datastreams>,
    waiting: mpsc::Receiver<Waiting>,
}

impl Writer {
    pub(crate) fn new(store: Store, datastreams: Arc<Datastreams>, waiting: mpsc::Receiver<Waiting>) -> Self {
        Self {
            store,
            datastreams,
            waiting,
        }
    }

    /// Writes until told to stop; then takes nothing new, writes what is waiting, and returns.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut changes = self.store.signals().listen(Topic::Datastreams);
        loop {
            let first = tokio::select! {
                biased;
                () = changes.changed() => {
                    self.datastreams.forget();
                    continue;
                }
                first = self.waiting.recv() => first,
                () = shutdown.cancelled(), if !self.waiting.is_closed() => {
                    self.waiting.close();
                    continue;
                }
            };
            let Some(first) = first else { return };
            let mut group = vec![first];
            let mut items = group[0].submission.items.len();
            while items < GROUP
                && let Ok(next) = self.waiting.try_recv()
            {
                items += next.submission.items.len();
                group.push(next);
            }
            // Nobody waits any more for an answer that took too long; the app sends its request again.
            group.retain(|waiting| !waiting.answer.is_closed());
            self.write(group).await;
        }
    }

    /// Writes a group and answers each of its requests.
    async fn write(&self, group: Vec<Waiting>) {
        let units: Vec<Unit<'_>> = group
            .iter()
            .enumerate()
            .flat_map(|(request, waiting)| {
                let submission = &waiting.submission;
                submission.items.iter().map(move |item| Unit {
                    request,
                    submission,
                    item,
                })
            })
            .collect();
        let done = settle(&self.store, &units).await;
        let mut outcomes = vec![
            Outcome::Written {
                errors: Vec::new(),
                warnings: Vec::new(),
                consents: None,
            };
            group.len()
        ];
        for (unit, done) in units.iter().zip(done) {
            outcomes[unit.request].add(unit.item, done);
        }
        for (waiting, outcome) in group.into_iter().zip(outcomes) {
            drop(waiting.room);
            // Whoever has gone meanwhile sends it again, and it is known then.
            let _gone = waiting.answer.send(outcome);
        }
    }
}

impl Outcome {
    fn add(&mut self, item: &Item, done: Done) {
        let Self::Written {
            errors,
            warnings,
            consents,
        } = self
        else {
            return;
        };
        let index = match item {
            Item::Event(event) => event.index,
            Item::Consents(_) | Item::Refusal(_) => 0,
        };
        match done {
            Done::Kept => {}
            Done::NoIdentity => warnings.push(report(
                "no-identity",
                "It is not kept: no identity says whose it is",
                index,
            )),
            Done::CollectionRefused => warnings.push(report(
                "collection-refused",
                "It is not kept: the person refused all collection",
                index,
            )),
            Done::Consents(now) => *consents = Some(now),
            Done::Quarantined => errors.push(report("not-kept", NOT_KEPT, index)),
            Done::Unavailable => *self = Self::Unavailable,
        }
    }
}

const NOT_KEPT: &str = "The database can't keep it";

/// Writes the units, in as few transactions as the database lets them be written; what became of each, in order.
async fn settle(store: &Store, units: &[Unit<'_>]) -> Vec<Done> {
    let mut settled = Vec::with_capacity(units.len());
    // Parts still to be written, the next one last.
    let mut parts = vec![units];
    while let Some(part) = parts.pop() {
        match write_part(store, part).await {
            Ok(done) => settled.extend(done),
            Err(error) if is_temporary(&error) => {
                tracing::warn!(%error, items = part.len(), "what apps sent can't be written now");
                settled.extend(part.iter().map(|_| Done::Unavailable));
            }
            Err(error) if part.len() == 1 => {
                tracing::warn!(%error, "something that an app sent can't be kept");
                settled.push(quarantine(store, part[0]).await);
            }
            Err(_) => {
                let (first, second) = part.split_at(part.len() / 2);
                parts.push(second);
                parts.push(first);
            }
        }
    }
    settled
}

fn is_temporary(error: &heliograph_store::Error) -> bool {
    error.is_temporary() || matches!(error, heliograph_store::Error::Conflict(_))
}

/// Writes units in one transaction; again where another process was in the way.
async fn write_part(store: &Store, part: &[Unit<'_>]) -> heliograph_store::Result<Vec<Done>> {
    let mut attempt = 1;
    loop {
        match write_once(store, part).await {
            Err(error) if is_temporary(&error) && attempt < ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

async fn write_once(store: &Store, part: &[Unit<'_>]) -> heliograph_store::Result<Vec<Done>> {
    let mut tx = store.begin().await?;
    let mut done = Vec::with_capacity(part.len());
    // Consents decide what of the events after them is kept, so they are not written together.
    for run in part.chunk_by(|a, b| std::mem::discriminant(a.item) == std::mem::discriminant(b.item)) {
        match run[0].item {
            Item::Event(_) => done.extend(events::write(&mut tx, run).await?),
            Item::Consents(_) => done.extend(consents::write(&mut tx, run).await?),
            Item::Refusal(_) => {
                let refusals: Vec<_> = run
                    .iter()
                    .filter_map(|unit| match unit.item {
                        Item::Refusal(refusal) => Some(refusal.clone()),
                        _ => None,
                    })
                    .collect();
                refuse(&mut tx, &refusals).await?;
                done.extend(run.iter().map(|_| Done::Kept));
            }
        }
    }
    tx.commit().await?;
    Ok(done)
}

/// Notes that something can't be kept.
async fn quarantine(store: &Store, unit: Unit<'_>) -> Done {
    let (event_type, bytes) = match unit.item {
        Item::Event(event) => (event.event_type.clone(), event.bytes),
        Item::Consents(_) | Item::Refusal(_) => (String::new(), 0),
    };
    let refusal = refusal(unit.submission, &event_type, bytes, Verdict::Refused, NOT_KEPT);
    let noted: heliograph_store::Result<()> = async {
        let mut tx = store.begin().await?;
        refuse(&mut tx, &[refusal]).await?;
        tx.commit().await
    }
    .await;
    match noted {
        Ok(()) => Done::Quarantined,
        Err(error) => {
            tracing::error!(%error, "nothing can be written");
            Done::Unavailable
        }
    }
}

fn refusal(submission: &Submission, event_type: &str, bytes: u32, verdict: Verdict, reason: &str) -> Refusal {
    Refusal {
        datastream: submission.datastream,
        at: submission.received_at,
        verdict,
        event_type: event_type.to_owned(),
        reason: reason.to_owned(),
        bytes,
    }
}
