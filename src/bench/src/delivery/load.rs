//! What is sent, and having a client send it.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::percentile;

/// The app that is pushed to.
pub(crate) const BUNDLE_ID: &str = "app.bench";
/// The identifiers of the key, as Apple gives them out.
pub(crate) const KEY_ID: &str = "BENCHKEY01";
/// The team's.
pub(crate) const TEAM_ID: &str = "BENCHTEAM1";
/// How the tokens begin whose app was removed. The clients of others make tokens by the same rule.
pub(crate) const DEAD: &str = "dead";

/// What every push says.
pub(crate) const PAYLOAD: &str = r#"{"aps":{"alert":{"title":"Hi Ada","body":"Your basket is waiting for you, and shipping is free today."},"sound":"default","mutable-content":1},"adb_uri":"trailhead://basket","_xdm":{"mixins":{}}}"#;

/// Connections at a time, as many as ours has.
pub(crate) const CONNECTIONS: usize = 4;

/// A key as Apple gives it out, in PEM.
pub(crate) fn signing_key() -> Result<String> {
    Ok(rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?.serialize_pem())
}

/// How much is sent, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    /// How many pushes.
    pub(crate) pushes: u64,
    /// How many of a hundred tokens are dead.
    pub(crate) dead: u64,
    /// How many are under way at a time.
    pub(crate) at_once: usize,
}

impl Load {
    /// Is the token with this number dead? The dead are spread over each hundred.
    pub(crate) const fn is_dead(self, n: u64) -> bool {
        n * 37 % 100 < self.dead
    }

    /// The push token with this number.
    pub(crate) fn token(self, n: u64) -> String {
        if self.is_dead(n) {
            format!("{DEAD}{n:060x}")
        } else {
            format!("{n:064x}")
        }
    }

    /// How many pushes are sent before it is measured: with them connections open, and code is compiled where it is while
    /// it runs.
    pub(crate) fn warm_up(self) -> u64 {
        (self.pushes / 10).min(5_000)
    }
}

/// How a client did.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Run {
    /// Pushes a second that were answered.
    pub(crate) rate: f64,
    /// From handing a push to the client until its answer is there, in milliseconds, median.
    pub(crate) p50: Option<f64>,
    /// The same, 99 in 100.
    pub(crate) p99: Option<f64>,
    /// What else there is to say.
    pub(crate) note: String,
}

/// How a push was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It was taken.
    Taken,
    /// The app is gone.
    Dead,
}

/// A client that is measured. Each of its clones sends one push at a time.
pub(crate) trait Client: Clone + Send + 'static {
    /// Sends the push with this number to this token.
    fn push(&mut self, n: u64, token: String) -> impl Future<Output = Result<Answer>> + Send;
}

/// Has the client send the load, after a warm-up; `clients` are clones that differ in nothing but perhaps their connection.
pub(crate) async fn drive<C: Client>(clients: &[C], load: Load) -> Result<Run> {
    let warm_up = load.warm_up();
    pass(clients, load, 0..warm_up).await?;
    let started = Instant::now();
    let mut waits = pass(clients, load, warm_up..warm_up + load.pushes).await?;
    let span = started.elapsed();
    Ok(Run {
        rate: rate(load.pushes, span),
        p50: Some(percentile(&mut waits, 0.5)),
        p99: Some(percentile(&mut waits, 0.99)),
        note: String::new(),
    })
}

/// Sends the pushes with these numbers; how long each took, in milliseconds.
async fn pass<C: Client>(clients: &[C], load: Load, numbers: Range<u64>) -> Result<Vec<f64>> {
    let next = Arc::new(AtomicU64::new(numbers.start));
    let tasks: Vec<_> = (0..load.at_once)
        .map(|task| {
            let (mut client, next) = (clients[task % clients.len()].clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= numbers.end {
                        return anyhow::Ok(waits);
                    }
                    let is_dead = load.is_dead(n);
                    let sent = Instant::now();
                    let answer = client.push(n, load.token(n)).await?;
                    waits.push(sent.elapsed().as_secs_f64() * 1e3);
                    if (answer == Answer::Dead) != is_dead {
                        bail!(
                            "a push to a token that is {} dead: {answer:?}",
                            if is_dead { "" } else { "not" }
                        );
                    }
                }
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    Ok(waits)
}

/// So many in so long, a second.
pub(crate) fn rate(n: u64, span: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some million")]
    let n = n as f64;
    n / span.as_secs_f64()
}
