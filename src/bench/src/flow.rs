//! From an event that comes in to the push that is at the provider, in the sample shop, at 500 events a second.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use heliograph_model::time::Timestamp;
use heliograph_store::{Store, datastreams};
use serde::Deserialize;

use crate::http::{Http, interact};
use crate::server::{Server, free_address};
use crate::{Figure, Goal, percentile};

/// Events a second.
const RATE: u64 = 500;
/// Each phone has one event that starts a journey; the others go on with something else at the same rate.
const SPAN: Duration = Duration::from_secs(10);
/// One event in so many starts the journey, so that everyone starts it about once.
const STARTS: u64 = 8;

/// A phone of the simulator.
#[derive(Debug, Deserialize)]
struct Phone {
    token: String,
    ecid: Option<String>,
    received: Vec<Received>,
}

/// A push on it.
#[derive(Debug, Deserialize)]
struct Received {
    received_at: String,
}

pub(crate) async fn measure(program: &Path) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().display().to_string();
    let control = free_address()?;
    let arguments = [
        "demo",
        "--shoppers",
        "0",
        "--data-dir",
        &data,
        "--control",
        &control,
    ];
    let server = Server::start(program, &arguments).await?;
    let store = Store::open(
        &format!("sqlite:{}", folder.path().join("heliograph.db").display()),
        Default::default(),
    )
    .await?;
    let datastream = datastreams::list(&mut store.read().await?)
        .await?
        .first()
        .context("the sample shop has a datastream")?
        .id;
    store.close().await;
    let url = format!("{}/ee/v1/interact?configId={datastream}", server.url);
    let http = Http::new();
    let phones: Vec<Phone> = devices(&http, &control).await?;
    let ecids: Vec<&str> = phones.iter().filter_map(|phone| phone.ecid.as_deref()).collect();

    let (started, mut sent, mut tasks) = (Instant::now(), HashMap::new(), Vec::new());
    let mut starters = ecids.iter();
    for n in 0..RATE * SPAN.as_secs() {
        tokio::time::sleep_until((started + Duration::from_micros(n * 1_000_000 / RATE)).into()).await;
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1e3;
        let starts = if n % STARTS == 0 { starters.next() } else { None };
        #[expect(clippy::cast_possible_truncation, reason = "fewer than a thousand phones")]
        let (ecid, event_type) = match starts {
            Some(ecid) => {
                sent.insert((*ecid).to_owned(), at);
                (*ecid, "commerce.purchases")
            }
            None => (ecids[n as usize % ecids.len()], "application.launch"),
        };
        let body = interact(ecid, event_type, &now());
        let (http, url) = (http.clone(), url.clone());
        tasks.push(tokio::spawn(async move { http.post(&url, &body).await }));
    }
    for task in tasks {
        let (status, _) = task.await??;
        if status != 200 {
            bail!("an event was answered with {status}");
        }
    }
    // What is under way arrives; who has refused pushes gets none.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut waits = Vec::new();
    for phone in devices(&http, &control).await? {
        let (Some(at), Some(push)) = (
            phone.ecid.as_ref().and_then(|ecid| sent.get(ecid)),
            phone.received.first(),
        ) else {
            continue;
        };
        let received = Timestamp::parse(&push.received_at)
            .map_err(|error| anyhow::anyhow!("{}: {error}", phone.token))?
            .as_millis();
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this century")]
        waits.push(received as f64 - at);
    }
    if waits.len() < sent.len() / 2 {
        bail!("{} of {} pushes arrived", waits.len(), sent.len());
    }
    Ok(vec![
        Figure {
            what: "flow: event to provider, p50".to_owned(),
            value: percentile(&mut waits, 0.5),
            unit: "ms",
            goal: Goal::AtMost(50.0),
        },
        Figure {
            what: "flow: event to provider, p99".to_owned(),
            value: percentile(&mut waits, 0.99),
            unit: "ms",
            goal: Goal::AtMost(250.0),
        },
    ])
}

async fn devices(http: &Http, control: &str) -> Result<Vec<Phone>> {
    let (_, body) = http.get(&format!("http://{control}/devices")).await?;
    Ok(serde_json::from_slice(&body)?)
}

fn now() -> String {
    use heliograph_model::time::{Clock as _, SystemClock};
    SystemClock.now().to_string()
}
