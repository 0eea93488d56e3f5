//! How fast pushes leave: bare h2 as the limit, our clients, the whole path through the database, and what others send with.
//!
//! All of them send the same payload to the same stand-in, on the same machine, one after the other. It measures who
//! sends, and says nothing of Apple or Google.

mod clients;
mod load;
mod path;
mod peers;
pub(crate) mod provider;
mod queue;
mod report;
pub(crate) mod stand_in;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use clients::{Apns, Bare, Fcm};
use load::{Load, Run, drive};
use peers::Peer;
use provider::{Manner, Provider};
use queue::{Engine, Known, Queue, Rule};
use report::Report;

use crate::{Figure, Goal};

/// What our clients should reach of the limit, and the whole path.
const CLIENT_SHARE: f64 = 0.85;
const PATH_SHARE: f64 = 0.5;
/// What should be left of the clean rate with dead tokens, in percent.
const KEPT: f64 = 70.0;
/// How many of a hundred tokens are dead, where some are.
const DEAD: [u64; 2] = [1, 10];
/// Most memory of the server with a long queue, in MB.
const MEMORY: f64 = 150.0;
/// Longest time until the first push, in milliseconds.
const FIRST_PUSH: f64 = 50.0;
/// How many pushes a peer has under way at a time.
const PEER_AT_ONCE: usize = 2_000;
/// Which share of a long queue is sent before memory is read: one in so many.
const SENT_OF_BACKLOG: u64 = 5;

/// One thing that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Case {
    /// Bare h2, the limit; the ratios are to it.
    Bare,
    /// Our client of APNs.
    Ours,
    /// Our client of FCM.
    OursFcm,
    /// The whole path, on SQLite.
    Sqlite,
    /// The whole path, on PostgreSQL.
    Postgres,
    /// The whole path on both, with a cap and a pace that are never reached.
    Rules,
    /// The whole path, with dead tokens.
    DeadSqlite,
    /// Our client of APNs, with dead tokens.
    DeadOurs,
    /// `@parse/node-apn`, with dead tokens.
    DeadNodeApn,
    /// `@parse/node-apn`.
    NodeApn,
    /// `firebase-admin`.
    FirebaseAdmin,
    /// `aioapns`.
    Aioapns,
    /// `apns2`, the one in Go.
    Apns2,
    /// From a row queued to the request at the provider.
    FirstPush,
    /// The server's memory with a long queue.
    Memory,
}

/// What is measured of delivery, and how much of it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of delivery")]
#[group(skip)]
pub(crate) struct Options {
    /// Only these.
    #[arg(long, value_name = "CASE", value_enum, value_delimiter = ',')]
    only: Vec<Case>,
    /// How many milliseconds the provider's answers take, a quarter more or less.
    #[arg(long, value_name = "NUMBER", value_delimiter = ',', default_values_t = [0, 40])]
    latency: Vec<u64>,
    /// How many pushes bare h2 and our clients send.
    #[arg(long, value_name = "NUMBER", default_value_t = 200_000)]
    pushes: u64,
    /// How many pushes they have under way at a time.
    #[arg(long, value_name = "NUMBER", default_value_t = 4_000)]
    at_once: usize,
    /// How many deliveries go the whole path.
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000)]
    queued: u64,
    /// How many pushes the clients of others send.
    #[arg(long, value_name = "NUMBER", default_value_t = 30_000)]
    peer_pushes: u64,
    /// How many deliveries are queued where memory is measured.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000)]
    backlog: u64,
    /// A PostgreSQL server on which databases may be made.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
}

impl Options {
    fn wants(&self, case: Case) -> bool {
        self.only.is_empty() || self.only.contains(&case)
    }

    fn pushes(&self, dead: u64) -> Load {
        Load {
            pushes: self.pushes,
            dead,
            at_once: self.at_once,
        }
    }

    fn queued(&self, dead: u64) -> Load {
        Load {
            pushes: self.queued,
            ..self.pushes(dead)
        }
    }

    fn of_peers(&self, dead: u64) -> Load {
        Load {
            pushes: self.peer_pushes,
            dead,
            at_once: PEER_AT_ONCE,
        }
    }

    /// PostgreSQL, or a line that says that there is none.
    fn postgres(&self, what: &str) -> Result<Option<Engine<'_>>> {
        if self.postgres.is_none() {
            Report::left_out(what, "there is no PostgreSQL on this machine")?;
        }
        Ok(self.postgres.as_deref().map(Engine::Postgres))
    }
}

/// Measures all that is wanted.
pub(crate) async fn measure(program: &Path, options: &Options) -> Result<Vec<Figure>> {
    let mut report = Report::begin()?;
    for latency in options.latency.iter().copied().map(Duration::from_millis) {
        side_by_side(program, options, latency, &mut report).await?;
    }
    if options.wants(Case::Rules) {
        rules(program, options, &mut report).await?;
    }
    for latency in options.latency.iter().copied().map(Duration::from_millis) {
        dead_tokens(program, options, latency, &mut report).await?;
    }
    if options.wants(Case::FirstPush) {
        first_push(program, options, &mut report).await?;
    }
    if options.wants(Case::Memory) {
        let load = Load {
            pushes: options.backlog,
            ..options.queued(0)
        };
        let near = near().await?;
        let sent = options.backlog / SENT_OF_BACKLOG;
        let memory = path::memory(program, Engine::Sqlite, &near, load, sent).await?;
        let what = format!("peak memory, {} queued, SQLite", options.backlog);
        report.memory(&what, memory, MEMORY)?;
    }
    Ok(report.figures())
}

/// A stand-in that answers at once.
async fn near() -> Result<Provider> {
    Provider::start(Manner {
        latency: Duration::ZERO,
        drops_streams: false,
    })
    .await
}

/// Everybody who sends, one after the other.
async fn side_by_side(
    program: &Path,
    options: &Options,
    latency: Duration,
    report: &mut Report,
) -> Result<()> {
    let provider = Provider::start(Manner {
        latency,
        drops_streams: false,
    })
    .await?;
    let load = options.pushes(0);
    if options.wants(Case::Bare) {
        let run = drive(&Bare::connect(&provider).await?, load).await?;
        report.limit("bare h2, the limit", latency, &run)?;
    }
    if options.wants(Case::Ours) {
        let run = drive(&[Apns::new(&provider)?], load).await?;
        report.rate("our client of APNs", latency, &run, Some(CLIENT_SHARE))?;
    }
    if options.wants(Case::OursFcm) {
        let run = drive(&[Fcm::new(&provider)?], load).await?;
        report.rate("our client of FCM", latency, &run, None)?;
    }
    let mut engines = Vec::new();
    engines.extend(options.wants(Case::Sqlite).then_some(Engine::Sqlite));
    if options.wants(Case::Postgres) {
        engines.extend(options.postgres("whole path, PostgreSQL")?);
    }
    for engine in engines {
        let what = format!("whole path, {}", engine.name());
        let queue = Queue::new(engine, Rule::None, Known::Nothing).await?;
        let run = path::throughput(program, queue, &provider, options.queued(0)).await?;
        report.rate(&what, latency, &run, Some(PATH_SHARE))?;
    }
    for (case, peer) in [
        (Case::NodeApn, Peer::NodeApn),
        (Case::FirebaseAdmin, Peer::FirebaseAdmin),
        (Case::Aioapns, Peer::Aioapns),
        (Case::Apns2, Peer::Apns2),
    ] {
        if !options.wants(case) {
            continue;
        }
        let what = format!("{}, which stores nothing", peer.name());
        match peers::measure(peer, &provider, options.of_peers(0)).await {
            Ok(run) => report.rate(&what, latency, &run, None)?,
            Err(why) => Report::left_out(peer.name(), &format!("{why:#}"))?,
        }
    }
    Ok(())
}

/// What it costs that each push reserves its place under a cap and in a pace.
async fn rules(program: &Path, options: &Options, report: &mut Report) -> Result<()> {
    let near = near().await?;
    let mut engines = vec![Engine::Sqlite];
    engines.extend(options.postgres("whole path with a cap and a pace, PostgreSQL")?);
    for engine in engines {
        let what = format!("whole path with a cap and a pace, {}", engine.name());
        let run = path::throughput(
            program,
            Queue::new(engine, Rule::CapAndPace, Known::Nothing).await?,
            &near,
            options.queued(0),
        )
        .await?;
        report.rate(&what, Duration::ZERO, &run, None)?;
    }
    Ok(())
}

/// How much is left of the clean rate where some tokens are dead, and each refusal cuts its connection to one stream until a
/// push is taken.
async fn dead_tokens(
    program: &Path,
    options: &Options,
    latency: Duration,
    report: &mut Report,
) -> Result<()> {
    let provider = Provider::start(Manner {
        latency,
        drops_streams: true,
    })
    .await?;
    if options.wants(Case::DeadOurs) {
        let clean = drive(&[Apns::new(&provider)?], options.pushes(0)).await?;
        report.rate("our client of APNs, none dead", latency, &clean, None)?;
        for dead in DEAD {
            let run = drive(&[Apns::new(&provider)?], options.pushes(dead)).await?;
            let what = format!("our client of APNs, {dead} % dead");
            with_dead(report, &what, latency, &run, &clean, Goal::AtLeast(KEPT))?;
        }
    }
    if options.wants(Case::DeadSqlite) {
        let clean = path::throughput(
            program,
            Queue::new(Engine::Sqlite, Rule::None, Known::Nothing).await?,
            &provider,
            options.queued(0),
        )
        .await?;
        report.rate("whole path, SQLite, none dead", latency, &clean, None)?;
        for (known, words) in [
            (Known::Nothing, "on the main lane"),
            (Known::Doubtful, "on the probe lane"),
        ] {
            for dead in DEAD {
                let queue = Queue::new(Engine::Sqlite, Rule::None, known).await?;
                let run = path::throughput(program, queue, &provider, options.queued(dead)).await?;
                let what = format!("whole path, SQLite, {dead} % dead, {words}");
                with_dead(report, &what, latency, &run, &clean, Goal::AtLeast(KEPT))?;
            }
        }
    }
    if options.wants(Case::DeadNodeApn) {
        let name = Peer::NodeApn.name();
        let clean = match peers::measure(Peer::NodeApn, &provider, options.of_peers(0)).await {
            Ok(clean) => clean,
            Err(why) => return Report::left_out(name, &format!("{why:#}")),
        };
        report.rate(&format!("{name}, none dead"), latency, &clean, None)?;
        for dead in DEAD {
            let what = format!("{name}, {dead} % dead");
            match peers::measure(Peer::NodeApn, &provider, options.of_peers(dead)).await {
                Ok(run) => with_dead(report, &what, latency, &run, &clean, Goal::Told)?,
                Err(why) => Report::left_out(&what, &format!("{why:#}"))?,
            }
        }
    }
    Ok(())
}

fn with_dead(
    report: &mut Report,
    what: &str,
    latency: Duration,
    run: &Run,
    clean: &Run,
    goal: Goal,
) -> Result<()> {
    report.rate(what, latency, run, None)?;
    report.kept(what, latency, run.rate / clean.rate * 100.0, goal)
}

async fn first_push(program: &Path, options: &Options, report: &mut Report) -> Result<()> {
    let near = near().await?;
    let mut engines = vec![Engine::Sqlite];
    engines.extend(options.postgres("row queued to request at the provider, PostgreSQL")?);
    for engine in engines {
        let what = format!("row queued to request at the provider, {}", engine.name());
        let run = path::first_push(program, engine, &near)
            .await
            .with_context(|| what.clone())?;
        report.wait(&what, &run, FIRST_PUSH)?;
    }
    Ok(())
}
