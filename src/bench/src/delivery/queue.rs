//! The whole path: rows queued in the database, claimed, personalised, sent, outcome and counters written.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use heliograph_delivery::Sealer;
use heliograph_model::app_config::{ApnsEnvironment, CredentialSummary, PayloadStyle, Platform};
use heliograph_model::ids::{AppId, MessageId, ProfileId};
use heliograph_model::message::Content;
use heliograph_model::profile::{ECID, Identity};
use heliograph_store::counters::Counts;
use heliograph_store::deliveries::{Purpose, Request};
use heliograph_store::profiles::{self, Upsert};
use heliograph_store::{Store, apps, deliveries, devices, messages};
use serde_json::json;

use super::clients::{BUNDLE_ID, KEY_ID, TEAM_ID, rate, signing_key, token};
use super::provider::{Provider, until_taken};
use crate::server::Server;

/// How many go into the database in one transaction.
const PART: u64 = 5_000;
/// How long the whole may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// What was measured of a queue that was sent to its end.
pub(crate) struct Sent {
    /// Deliveries a second, from the first push at the provider to the last outcome in the database.
    pub(crate) rate: f64,
    /// The server's memory with half of it still queued, in MB.
    pub(crate) memory: f64,
}

/// Queues so many deliveries in a database at `address`, starts the server's delivery part on it, and waits until the
/// outcome of the last is written.
pub(crate) async fn measure(
    program: &Path,
    folder: &Path,
    address: &str,
    provider: &Provider,
    queued: u64,
) -> Result<Sent> {
    let key = folder.join("key");
    let store = Store::open(address, Default::default()).await?;
    let (app, message) = set_up(&store, &Sealer::open_or_create(&key)?).await?;
    let mut n = 0;
    while n < queued {
        let part = PART.min(queued - n);
        queue(&store, app, message, n..n + part).await?;
        n += part;
    }
    let before = provider.taken().await?;
    let (key, ca, endpoint) = (
        key.display().to_string(),
        provider.ca.display().to_string(),
        provider.endpoint(),
    );
    let server = Server::start(
        program,
        &[
            "serve",
            "--roles",
            "delivery",
            "--database-url",
            address,
            "--key-file",
            &key,
            "--apns-endpoint",
            &endpoint,
            "--provider-ca",
            &ca,
        ],
    )
    .await?;
    until_taken(provider, before + 1, PATIENCE).await?;
    let started = Instant::now();
    until_taken(provider, before + queued / 2, PATIENCE).await?;
    let memory = server.memory()?;
    until_taken(provider, before + queued, PATIENCE).await?;
    let mut conn = store.read().await?;
    while !deliveries::depths(&mut conn).await?.is_empty() {
        if started.elapsed() > PATIENCE {
            bail!("outcomes were not written in time");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let span = started.elapsed();
    drop(conn);
    store.close().await;
    Ok(Sent {
        rate: rate(queued, span),
        memory,
    })
}

/// An app with its key, and a message that greets by name.
async fn set_up(store: &Store, sealer: &Sealer) -> Result<(AppId, MessageId)> {
    let mut tx = store.begin().await?;
    let new = apps::NewApp {
        name: "Bench",
        platform: Platform::Ios,
        app: BUNDLE_ID,
        style: PayloadStyle::AdobeMessaging,
    };
    let app = apps::create(&mut tx, &new).await?;
    let summary = CredentialSummary::Apns {
        key_id: KEY_ID.to_owned(),
        team_id: TEAM_ID.to_owned(),
        environment: ApnsEnvironment::Production,
    };
    let sealed = sealer.seal(app, 1, signing_key()?.as_bytes())?;
    apps::replace_credential(&mut tx, app, &summary, |_| sealed).await?;
    let content = Content {
        apps: vec![app],
        title: "Hi {{profile.person.name.firstName}}".to_owned(),
        body:
            "Your basket is waiting for you, {{profile.person.name.firstName}}, and shipping is free today."
                .to_owned(),
        ..Content::default()
    };
    let message = messages::create(&mut tx, "Bench", &content).await?;
    messages::publish(&mut tx, message, 1, "Bench").await?;
    tx.commit().await?;
    Ok((app, message))
}

/// Profiles with a phone that has taken pushes before, and one delivery for each.
async fn queue(store: &Store, app: AppId, message: MessageId, numbers: std::ops::Range<u64>) -> Result<()> {
    let mut tx = store.begin().await?;
    let upserts: Vec<Upsert> = numbers
        .clone()
        .map(|n| {
            Ok(Upsert {
                identities: vec![Identity::new(ECID, &format!("{n:038}"))?],
                attributes: json!({ "person": { "name": { "firstName": format!("Ada {n}") } } }),
            })
        })
        .collect::<Result<_>>()?;
    let found: Vec<ProfileId> = profiles::upsert(&mut tx, &upserts)
        .await?
        .into_iter()
        .collect::<Option<_>>()
        .context("every profile has an identity")?;
    let now = store.now();
    let claims: Vec<devices::Claim> = found
        .iter()
        .zip(numbers.clone())
        .map(|(profile, n)| devices::Claim {
            profile: *profile,
            ecid: Some(format!("{n:038}")),
            app: BUNDLE_ID.to_owned(),
            platform: heliograph_model::profile::PushPlatform::Apns,
            token: token(n),
            wanted: devices::Wanted::Yes,
            at: now,
        })
        .collect();
    devices::sync(&mut tx, &claims).await?;
    let phones: Vec<_> = devices::active_of(&mut tx, &found)
        .await?
        .into_iter()
        .map(|device| device.id)
        .collect();
    devices::accepted(&mut tx, &phones, now).await?;
    let requests: Vec<Request> = found
        .iter()
        .zip(numbers)
        .map(|(profile, n)| Request {
            profile: *profile,
            message,
            version: 1,
            apps: vec![app],
            ttl: Duration::from_secs(86_400),
            journey: None,
            cause: format!("bench {n}"),
            context: json!({}),
            purpose: Purpose::Journey,
        })
        .collect();
    let mut counts = Counts::new();
    deliveries::queue(&mut tx, &requests, &mut counts).await?;
    counts.write(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}
