//! The parts that work behind the console: collection, journeys, delivery.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use clap::{Args, ValueEnum};
use heliograph_delivery::{Providers, Sealer};
use heliograph_store::{Store, sessions};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::Error;

/// How often sessions that have ended are swept out.
const SWEEP: std::time::Duration = std::time::Duration::from_secs(3600);

/// A part that one process can do without, where others do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// The pages.
    Console,
    /// The collection API for apps.
    Collect,
    /// Moving profiles through journeys.
    Journey,
    /// Judging audiences; they are judged where they are asked for, so this runs nothing of its own yet.
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
    pub(crate) roles: Vec<Role>,
    /// The file with the key that seals provider credentials; made where it is not there. Keep a copy apart from the
    /// database.
    #[arg(long, env = "HELIOGRAPH_KEY_FILE", default_value = "heliograph.key", value_name = "FILE")]
    pub(crate) key_file: PathBuf,
    /// Where Apple's production service is reached instead of its own address, for tests: `https://HOST:PORT`.
    #[arg(long, env = "HELIOGRAPH_APNS_ENDPOINT", value_name = "URL")]
    pub(crate) apns_endpoint: Option<String>,
    /// Likewise, Apple's sandbox.
    #[arg(long, env = "HELIOGRAPH_APNS_SANDBOX_ENDPOINT", value_name = "URL")]
    pub(crate) apns_sandbox_endpoint: Option<String>,
    /// Likewise, Google's service.
    #[arg(long, env = "HELIOGRAPH_FCM_ENDPOINT", value_name = "URL")]
    pub(crate) fcm_endpoint: Option<String>,
    /// A certificate authority to trust for the providers beside the usual ones, as PEM.
    #[arg(long, env = "HELIOGRAPH_PROVIDER_CA", value_name = "FILE")]
    pub(crate) provider_ca: Option<PathBuf>,
}

impl ServiceOptions {
    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
