//! The whole path: rows queued in the database, claimed, personalised, sent, outcome and counters written.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio_util::sync::CancellationToken;

use super::load::{Load, Run, rate};
use super::provider::{Provider, until};
use super::queue::{Engine, Known, Queue, Rule};
use crate::percentile;

/// How long a queue may take to empty.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often the time to the first push is taken.
const FIRSTS: u64 = 50;

/// Queues a load, starts the server's delivery part on it, and waits until the last outcome is written. The rate is of all
/// that, from the first push that is taken on.
///
/// Where the dead are known to be doubtful, only the others are waited for and counted: how fast they go, beside the dead.
pub(crate) async fn throughput(program: &Path, queue: Queue, provider: &Provider, load: Load) -> Result<Run> {
    queue.fill(load).await?;
    let dead = (0..load.pushes).filter(|n| load.is_dead(*n)).count() as u64;
    let living = load.pushes - dead;
    let before = provider.arrived().await?;
    let server = queue.serve(program, provider).await?;
    provider.until_taken(before.taken + 1, PATIENCE).await?;
    let (started, busy, provider_busy) = (Instant::now(), server.busy()?, provider.busy()?);
    provider.until_taken(before.taken + living, PATIENCE).await?;
    if queue.known == Known::Nothing {
        until("outcomes are written", PATIENCE, || queue.is_empty()).await?;
    }
    let span = started.elapsed();
    let after = provider.arrived().await?;
    let (taken, refused) = (after.taken - before.taken, after.dead - before.dead);
    let each = |before: Duration, now: Duration| 1e6 / rate(load.pushes, now.saturating_sub(before));
    let mut note = format!(
        "processor time for each: {:.0} µs, and {:.0} µs of the stand-in; peak memory {:.0} MB",
        each(busy, server.busy()?),
        each(provider_busy, provider.busy()?),
        server.peak_memory()?,
    );
    drop(server);
    queue.store.close().await;
    let sent = match queue.known {
        Known::Nothing => {
            ensure!(
                (taken, refused) == (living, dead),
                "{taken} were taken and {refused} refused, where {living} and {dead} were queued"
            );
            load.pushes
        }
        Known::Doubtful => {
            note = format!("{refused} of {dead} dead were tried meanwhile; {note}");
            living
        }
    };
    Ok(Run {
        rate: rate(sent, span),
        note,
        ..Run::default()
    })
}

/// The most memory, in MB, that the server has held when it has sent `sent` of a long queue.
pub(crate) async fn memory(
    program: &Path,
    engine: Engine<'_>,
    provider: &Provider,
    load: Load,
    sent: u64,
) -> Result<f64> {
    let queue = Queue::new(engine, Rule::None, Known::Nothing).await?;
    queue.fill(load).await?;
    let before = provider.arrived().await?;
    let server = queue.serve(program, provider).await?;
    provider.until_taken(before.taken + sent, PATIENCE).await?;
    let memory = server.peak_memory()?;
    drop(server);
    queue.store.close().await;
    Ok(memory)
}

/// How long it takes from the beginning of the transaction that queues a delivery until its push is at the provider, in
/// milliseconds: one at a time, where nothing else is to be done.
///
/// On SQLite the delivery part runs in this process, as it runs in one with all that queues deliveries; on PostgreSQL it
/// is a process of its own.
pub(crate) async fn first_push(program: &Path, engine: Engine<'_>, provider: &Provider) -> Result<Run> {
    let queue = Queue::new(engine, Rule::None, Known::Nothing).await?;
    let load = Load {
        pushes: FIRSTS + 1,
        dead: 0,
        at_once: 1,
    };
    let people = queue.people(load, 0..load.pushes).await?;
    let stop = CancellationToken::new();
    let (mut server, mut service) = (None, None);
    match engine {
        Engine::Sqlite => service = Some(tokio::spawn(queue.service(provider)?.run(stop.clone()))),
        Engine::Postgres(_) => server = Some(queue.serve(program, provider).await?),
    }
    let (mut waits, mut cold) = (Vec::new(), 0.0);
    for (n, person) in (0..).zip(&people) {
        let before = provider.arrived().await?.taken;
        let begun = Instant::now();
        let arrived = provider.until_taken(before + 1, PATIENCE);
        let (queued, arrived) = tokio::join!(queue.queue(std::slice::from_ref(person), n..n + 1), arrived);
        let wait = begun.elapsed().as_secs_f64() * 1e3;
        queued?;
        arrived?;
        until("the outcome is written", PATIENCE, || queue.is_empty()).await?;
        // The first one opens the connection to the provider.
        if n == 0 {
            cold = wait;
        } else {
            waits.push(wait);
        }
    }
    stop.cancel();
    if let Some(service) = service {
        service.await?;
    }
    drop(server);
    queue.store.close().await;
    Ok(Run {
        rate: 0.0,
        p50: Some(percentile(&mut waits, 0.5)),
        p99: Some(percentile(&mut waits, 0.99)),
        note: format!("{cold:.0} ms for the very first, which opens the connection"),
    })
}
