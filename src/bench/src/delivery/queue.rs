//! A database with deliveries in its queue.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use heliograph_delivery::{Providers, Sealer};
use heliograph_model::app_config::{ApnsEnvironment, CredentialSummary, PayloadStyle, Platform};
use heliograph_model::ids::{AppId, MessageId, ProfileId};
use heliograph_model::message::Content;
use heliograph_model::profile::{ECID, Identity, PushPlatform};
use heliograph_model::rules::{Cap, Pace, Reach, Rules, Span, Unit};
use heliograph_store::counters::Counts;
use heliograph_store::deliveries::{Purpose, Request};
use heliograph_store::profiles::{self, Upsert};
use heliograph_store::{Store, apps, deliveries, devices, messages, rule_sets, testing};
use serde_json::json;

use super::load::{BUNDLE_ID, DEAD, KEY_ID, Load, TEAM_ID, signing_key};
use super::provider::Provider;
use crate::server::Server;

/// How many go into the database in one transaction.
const PART: u64 = 5_000;
/// Pushes to one person in a day that the cap allows: far more than they get.
const CAP: u32 = 1_000;
/// Pushes in a minute that the pace allows, a million a second: far more than go out.
const PACE: u32 = 60_000_000;

/// Where the queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine<'a> {
    /// In a file.
    Sqlite,
    /// In a database of its own on the server at this address.
    Postgres(&'a str),
}

impl Engine<'_> {
    /// As it is called in what is printed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// What keeps pushes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Nothing.
    None,
    /// A cap and a pace that are never reached, so that their cost is seen: each push reserves its place.
    CapAndPace,
}

/// What is known of dead tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Their last push was taken: they are among all others, on the main lane.
    Nothing,
    /// None was ever taken: they go on the probe lane, which is for those in doubt.
    Doubtful,
}

/// A database of its own; a file is removed when it is dropped.
pub(crate) struct Queue {
    /// The database.
    pub(crate) store: Store,
    folder: tempfile::TempDir,
    address: String,
    app: AppId,
    message: MessageId,
    /// What is known of dead tokens.
    pub(crate) known: Known,
}

impl Queue {
    /// An empty one.
    pub(crate) async fn new(engine: Engine<'_>, rule: Rule, known: Known) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("heliograph.db").display()),
            Engine::Postgres(server) => testing::fresh_postgres(server).await,
        };
        let store = Store::open(&address, Default::default()).await?;
        let sealer = Sealer::open_or_create(&folder.path().join("key"))?;
        let (app, message) = set_up(&store, &sealer, rule).await?;
        Ok(Self {
            store,
            folder,
            address,
            app,
            message,
            known,
        })
    }

    /// Queues the whole load, with everything that it needs.
    pub(crate) async fn fill(&self, load: Load) -> Result<()> {
        let mut n = 0;
        while n < load.pushes {
            let part = n..load.pushes.min(n + PART);
            let people = self.people(load, part.clone()).await?;
            self.queue(&people, part.clone()).await?;
            n = part.end;
        }
        Ok(())
    }

    /// Profiles with a phone each, that has taken a push lately, but for those that are known to be in doubt.
    pub(crate) async fn people(&self, load: Load, numbers: Range<u64>) -> Result<Vec<ProfileId>> {
        let mut tx = self.store.begin().await?;
        let upserts: Vec<Upsert> = numbers
            .clone()
            .map(|n| {
                Ok(Upsert {
                    identities: vec![Identity::new(ECID, &format!("{n:038}"))?],
                    attributes: json!({ "person": { "name": { "firstName": format!("Ada {n}") } } }),
                })
            })
            .collect::<Result<_>>()?;
        let people: Vec<ProfileId> = profiles::upsert(&mut tx, &upserts)
            .await?
            .into_iter()
            .collect::<Option<_>>()
            .context("every profile has an identity")?;
        let now = self.store.now();
        let claims: Vec<devices::Claim> = people
            .iter()
            .zip(numbers)
            .map(|(profile, n)| devices::Claim {
                profile: *profile,
                ecid: Some(format!("{n:038}")),
                app: BUNDLE_ID.to_owned(),
                platform: PushPlatform::Apns,
                token: load.token(n),
                wanted: devices::Wanted::Yes,
                at: now,
            })
            .collect();
        devices::sync(&mut tx, &claims).await?;
        let phones: Vec<_> = devices::active_of(&mut tx, &people)
            .await?
            .into_iter()
            .filter(|device| self.known == Known::Nothing || !device.token.starts_with(DEAD))
            .map(|device| device.id)
            .collect();
        devices::accepted(&mut tx, &phones, now).await?;
        tx.commit().await?;
        Ok(people)
    }

    /// Queues one delivery for each of these people, whose numbers tell their causes apart.
    pub(crate) async fn queue(&self, people: &[ProfileId], numbers: Range<u64>) -> Result<()> {
        let requests: Vec<Request> = people
            .iter()
            .zip(numbers)
            .map(|(profile, n)| Request {
                profile: *profile,
                message: self.message,
                version: 1,
                apps: vec![self.app],
                ttl: Duration::from_secs(86_400),
                rank: heliograph_model::message::Rank::Normal,
                journey: None,
                cause: format!("bench {n}"),
                context: json!({}),
                purpose: Purpose::Journey,
            })
            .collect();
        let (mut tx, mut counts) = (self.store.begin().await?, Counts::new());
        deliveries::queue(&mut tx, &requests, &mut counts).await?;
        counts.write(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Has every delivery its outcome?
    pub(crate) async fn is_empty(&self) -> Result<bool> {
        Ok(deliveries::depths(&mut self.store.read().await?)
            .await?
            .is_empty())
    }

    /// Starts the delivery part of the program on it.
    pub(crate) async fn serve(&self, program: &Path, provider: &Provider) -> Result<Server> {
        let key = self.folder.path().join("key").display().to_string();
        let (endpoint, ca) = (provider.endpoint(), provider.ca.display().to_string());
        let arguments = [
            ["--roles", "delivery"],
            ["--database-url", &self.address],
            ["--key-file", &key],
            ["--apns-endpoint", &endpoint],
            ["--provider-ca", &ca],
        ];
        Server::start(program, &[&["serve"][..], arguments.as_flattened()].concat()).await
    }

    /// The delivery part, to run it in this process.
    pub(crate) fn service(&self, provider: &Provider) -> Result<heliograph_delivery::Service> {
        let sealer = Sealer::open_or_create(&self.folder.path().join("key"))?;
        let providers = Providers {
            apns: Some(provider.endpoint()),
            ca_pem: Some(std::fs::read_to_string(&provider.ca)?),
            ..Providers::default()
        };
        Ok(heliograph_delivery::Service::new(
            self.store.clone(),
            sealer.into(),
            providers,
        ))
    }
}

/// An app with its key, and a message that greets by name.
async fn set_up(store: &Store, sealer: &Sealer, rule: Rule) -> Result<(AppId, MessageId)> {
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
    if rule == Rule::CapAndPace {
        let draft = rule_sets::Draft {
            name: "Bench".to_owned(),
            description: String::new(),
            reach: Reach::Marketing,
            rules: Rules {
                caps: vec![Cap {
                    most: CAP,
                    span: Span::Rolling {
                        length: 1,
                        unit: Unit::Day,
                    },
                }],
                pace: Some(Pace {
                    per_minute: PACE,
                    ramp: None,
                }),
                ..Rules::default()
            },
        };
        rule_sets::create(&mut tx, &draft).await?;
    }
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
