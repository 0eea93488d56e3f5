//! The parts that work behind the console: collection, journeys, delivery.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clap::{Args, ValueEnum};
use heliograph_delivery::{Accounts, Providers, Sealer};
use heliograph_store::{Store, deliveries, rule_sets, sessions};
use tokio::{runtime::Handle, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// How often sessions that have ended are swept out.
const SWEEP: Duration = Duration::from_secs(3600);

/// A part that one process can do without, where others do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// The pages.
    Console,
    /// The collection API for apps.
    Collect,
    /// Moving profiles through journeys.
    Journey,
    /// Judging audiences. They are judged where they are asked for, so nothing runs for it.
    Audience,
    /// Sending pushes.
    Delivery,
}

/// What the services are told.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServiceOptions {
    /// What this process does; everything by default.
    #[arg(
        long,
        env = "HELIOGRAPH_ROLES",
        value_delimiter = ',',
        default_value = "console,collect,journey,audience,delivery",
        value_name = "ROLE,…"
    )]
    roles: Vec<Role>,
    /// The file with the key that seals provider credentials; made where it is not there. Keep a copy apart from the
    /// database.
    #[arg(
        long,
        env = "HELIOGRAPH_KEY_FILE",
        default_value = "heliograph.key",
        value_name = "FILE"
    )]
    key_file: PathBuf,
    /// Most events in a second that are taken from one client, that is from one IPv4 address or one /64 network of IPv6
    /// addresses. This machine itself is not held to it.
    #[arg(
        long,
        env = "HELIOGRAPH_CLIENT_EVENTS_PER_SECOND",
        default_value_t = heliograph_collect::Options::default().client_events_per_second,
        value_parser = clap::value_parser!(u32).range(1..),
        value_name = "NUMBER"
    )]
    client_events_per_second: u32,
    /// After how many seconds others take up what a process was sending when it was killed. A send may take a little more
    /// than half as long.
    #[arg(
        long,
        env = "HELIOGRAPH_DELIVERY_LEASE",
        default_value_t = 180,
        value_parser = clap::value_parser!(u32).range(2..=3600),
        value_name = "SECONDS"
    )]
    delivery_lease: u32,
    /// Where Apple's production service is reached, if not at Apple's address: `https://HOST:PORT`.
    #[arg(long, env = "HELIOGRAPH_APNS_ENDPOINT", value_name = "URL")]
    apns_endpoint: Option<String>,
    /// Where Apple's sandbox is reached, if not at Apple's address.
    #[arg(long, env = "HELIOGRAPH_APNS_SANDBOX_ENDPOINT", value_name = "URL")]
    apns_sandbox_endpoint: Option<String>,
    /// Where Google's service is reached, if not at Google's address.
    #[arg(long, env = "HELIOGRAPH_FCM_ENDPOINT", value_name = "URL")]
    fcm_endpoint: Option<String>,
    /// Where to sign in for Google's service, if not where each service account's file says: `https://HOST:PORT/token`.
    #[arg(long, env = "HELIOGRAPH_FCM_SIGN_IN_ENDPOINT", value_name = "URL")]
    fcm_sign_in_endpoint: Option<String>,
    /// A certificate authority to trust for the providers beside the usual ones, as PEM.
    #[arg(long, env = "HELIOGRAPH_PROVIDER_CA", value_name = "FILE")]
    provider_ca: Option<PathBuf>,
}

impl ServiceOptions {
    /// Reads the files that the options name.
    pub(crate) fn resolve(self) -> Result<Services, Error> {
        let ca_pem = match &self.provider_ca {
            Some(path) => Some(std::fs::read_to_string(path).map_err(|source| Error::File {
                path: path.clone(),
                source,
            })?),
            None => None,
        };
        Ok(Services {
            roles: self.roles,
            collect: heliograph_collect::Options {
                client_events_per_second: self.client_events_per_second,
            },
            delivery: heliograph_delivery::Options::with_lease(Duration::from_secs(
                self.delivery_lease.into(),
            )),
            sealer: Arc::new(Sealer::open_or_create(&self.key_file)?),
            providers: Providers {
                apns: self.apns_endpoint,
                apns_sandbox: self.apns_sandbox_endpoint,
                fcm: self.fcm_endpoint,
                fcm_sign_in: self.fcm_sign_in_endpoint,
                ca_pem,
                accounts: Accounts::default(),
            },
        })
    }
}

/// What this process does, and what it needs for it.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    pub(crate) roles: Vec<Role>,
    pub(crate) collect: heliograph_collect::Options,
    pub(crate) delivery: heliograph_delivery::Options,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) providers: Providers,
}

impl Services {
    /// Everything, as the demo does.
    pub(crate) fn all(sealer: Arc<Sealer>, providers: Providers) -> Self {
        Self {
            roles: Role::value_variants().to_vec(),
            collect: heliograph_collect::Options::default(),
            delivery: heliograph_delivery::Options::default(),
            sealer,
            providers,
        }
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Starts what works in the background, as `parts`, and gives the routes of the collection API. Every part ends in good
    /// order when `stop` is cancelled; one that ends in a panic is to be answered by stopping the process.
    pub(crate) fn start(&self, store: &Store, parts: &mut JoinSet<()>, stop: &CancellationToken) -> Router {
        parts.spawn(sweep(store.clone(), stop.clone()));
        if self.has(Role::Journey) {
            let (engine, stop) = (heliograph_journey::Engine::new(store.clone()), stop.clone());
            parts.spawn(async move { engine.run(stop).await });
        }
        if self.has(Role::Delivery) {
            let service = heliograph_delivery::Service::with_options(
                store.clone(),
                self.sealer.clone(),
                self.providers.clone(),
                self.delivery.clone(),
            );
            // It holds the database's writer at times, and must not wait among the tasks of all that it sends.
            let (runtime, stop) = (Handle::current(), stop.clone());
            parts.spawn_blocking(move || runtime.block_on(service.run(stop)));
        }
        if !self.has(Role::Collect) {
            return Router::new();
        }
        let (service, writer) = heliograph_collect::Service::with_options(store.clone(), self.collect);
        parts.spawn(writer.run(stop.clone()));
        heliograph_collect::routes(service)
    }
}

/// Removes what is of no use any more, now and then: sessions that have ended, what no cap counts, and old figures of what
/// providers answered.
async fn sweep(store: Store, stop: CancellationToken) {
    loop {
        let swept = async {
            let mut tx = store.begin().await?;
            sessions::delete_expired(&mut tx).await?;
            deliveries::forget_answers(&mut tx).await?;
            tx.commit().await?;
            rule_sets::forget_uses(&store).await
        };
        if let Err(error) = swept.await {
            tracing::warn!(%error, "what is of no use any more could not be removed; trying again later");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SWEEP) => {}
        }
    }
}
