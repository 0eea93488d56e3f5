//! How fast pushes leave: bare h2 as the limit, our client, the whole path through the database, and what others send with.
//!
//! All of them send the same payload to the same stand-in, on the same machine, one after the other. It measures who
//! sends, and says nothing of Apple.

mod clients;
mod peers;
pub(crate) mod provider;
mod queue;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use provider::{Latency, Provider};

use crate::{Figure, Goal};

/// How many pushes each client sends.
const PUSHES: u64 = 200_000;
/// How many deliveries go the whole path.
const QUEUED: u64 = 100_000;
/// How long the stand-in takes where it takes time.
const FAR: Duration = Duration::from_millis(40);

/// What our client should reach of the limit, and the whole path.
const CLIENT_SHARE: f64 = 0.85;
const PATH_SHARE: f64 = 0.5;

pub(crate) async fn measure(program: &Path) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let near = Provider::start(folder.path(), Latency(Duration::ZERO)).await?;
    let limit = clients::bare(&near, PUSHES).await?;
    let ours = clients::ours(&near, PUSHES).await?;
    let database = format!("sqlite:{}", folder.path().join("heliograph.db").display());
    let path = queue::measure(program, folder.path(), &database, &near, QUEUED).await?;
    let peer = peers::node_apn(&near).await?;
    drop(near);

    let far = Provider::start(folder.path(), Latency(FAR)).await?;
    let far_limit = clients::bare(&far, PUSHES).await?;
    let far_ours = clients::ours(&far, PUSHES).await?;
    let per_second = |what, value, goal| Figure {
        what,
        value,
        unit: "a second",
        goal,
    };
    let mut figures = vec![
        per_second("delivery: bare h2, the limit", limit, Goal::AtLeast(limit)),
        per_second("delivery: our client", ours, Goal::AtLeast(limit * CLIENT_SHARE)),
        per_second(
            "delivery: whole path, SQLite",
            path.rate,
            Goal::AtLeast(limit * PATH_SHARE),
        ),
        Figure {
            what: "delivery: memory, half of it queued",
            value: path.memory,
            unit: "MB",
            goal: Goal::AtMost(150.0),
        },
        per_second("delivery: bare h2, 40 ms", far_limit, Goal::AtLeast(far_limit)),
        per_second(
            "delivery: our client, 40 ms",
            far_ours,
            Goal::AtLeast(far_limit * CLIENT_SHARE),
        ),
    ];
    if let Some(peer) = peer {
        figures.push(per_second(
            "delivery: @parse/node-apn, which stores nothing",
            peer,
            Goal::AtMost(path.rate),
        ));
    }
    Ok(figures)
}
