//! How many events a second are taken over HTTP and kept, on SQLite.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use heliograph_model::collection::DatastreamStatus;
use heliograph_store::{Store, datastreams};

use crate::http::{Http, interact};
use crate::server::Fresh;
use crate::{Figure, Goal, percentile};

/// Requests under way at a time, each with one event.
const AT_ONCE: usize = 64;
/// How many installs the events are of.
const INSTALLS: u64 = 10_000;
/// How long it is measured, after as long a warm-up.
const SPAN: Duration = Duration::from_secs(8);

pub(crate) async fn measure(program: &Path) -> Result<Vec<Figure>> {
    let fresh = Fresh::new()?;
    let store = Store::open(&fresh.database, Default::default()).await?;
    let mut tx = store.begin().await?;
    let settings = datastreams::Settings {
        name: "Bench".to_owned(),
        status: DatastreamStatus::Active,
        events_per_second: 1_000_000,
        body_limit: 1 << 20,
    };
    let datastream = datastreams::create(&mut tx, &settings).await?;
    tx.commit().await?;
    store.close().await;

    let server = fresh.serve(program).await?;
    let url = format!("{}/ee/v1/interact?configId={datastream}", server.url);
    let (http, next) = (Http::new(), Arc::new(AtomicU64::new(0)));
    let begin = Instant::now() + SPAN;
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (http, url, next) = (http.clone(), url.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while begin.elapsed() < SPAN {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let ecid = format!("{:038}", n % INSTALLS);
                    let body = interact(&ecid, "commerce.productViews", "2026-01-15T10:20:30.000Z");
                    let sent = Instant::now();
                    let (status, _) = http.post(&url, &body).await?;
                    if status != 200 {
                        bail!("an event was answered with {status}");
                    }
                    if sent >= begin {
                        waits.push(sent.elapsed().as_secs_f64() * 1e3);
                    }
                }
                Ok(waits)
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand requests")]
    let rate = waits.len() as f64 / SPAN.as_secs_f64();
    Ok(vec![
        Figure {
            what: "collect: durable events, SQLite".to_owned(),
            value: rate,
            unit: "a second",
            goal: Goal::AtLeast(5_000.0),
        },
        Figure {
            what: "collect: answer, p99".to_owned(),
            value: percentile(&mut waits, 0.99),
            unit: "ms",
            goal: Goal::AtMost(100.0),
        },
    ])
}
