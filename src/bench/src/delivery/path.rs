//! The whole path: rows queued in the database, claimed, personalised, sent, outcome and counters written.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio_util::sync::CancellationToken;

use super::load::{Load, Run, rate};
use super::provider::{Provider, until};
use super::queue::{Engine, Queue, Rule};
use crate::percentile;

/// How long a queue may take to empty.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often the time to the first push is taken.
const FIRSTS: u64 = 50;

/// Queues a load, starts the server's delivery part on it, and waits until the last outcome is written. The rate is of all
/// that, from the first push at the provider on.
pub(crate) async fn throughput(
    program: &Path,
    engine: Engine<'_>,
    rule: Rule,
    provider: &Provider,
    load: Load,
) -> Result<Run> {
    let queue = Queue::new(engine, rule).await?;
    queue.fill(load).await?;
    let before = provider.arrived().await?;
    let busy_before = provider.busy()?;
    let server = queue.serve(program, provider).await?;
    provider.until_arrived(before.all + 1, PATIENCE).await?;
    let started = Instant::now();
    let after = provider.until_arrived(before.all + load.pushes, PATIENCE).await?;
    until("outcomes are written", PATIENCE, || queue.is_empty()).await?;
    let span = started.elapsed();
    let dead = (0..load.pushes).filter(|n| load.is_dead(*n)).count() as u64;
    ensure!(
        (after.all - before.all, after.dead - before.dead) == (load.pushes, dead),
        "{after:?} after {before:?}, and {} were queued, {dead} of them to dead tokens",
        load.pushes
    );
    let each = |busy: Duration| busy.as_secs_f64() * 1e6 / load.pushes as f64;
    let note = format!(
        "processor time for each: {:.0} µs, and {:.0} µs of the stand-in; peak memory {:.0} MB",
        each(server.busy()?),
        each(provider.busy()?.saturating_sub(busy_before)),
        server.peak_memory()?,
    );
    drop(server);
    queue.store.close().await;
    Ok(Run {
        rate: rate(load.pushes, span),
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
    let queue = Queue::new(engine, Rule::None).await?;
    queue.fill(load).await?;
    let before = provider.arrived().await?;
    let server = queue.serve(program, provider).await?;
    provider.until_arrived(before.all + sent, PATIENCE).await?;
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
    let queue = Queue::new(engine, Rule::None).await?;
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
        let before = provider.arrived().await?.all;
        let begun = Instant::now();
        let arrived = provider.until_arrived(before + 1, PATIENCE);
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
