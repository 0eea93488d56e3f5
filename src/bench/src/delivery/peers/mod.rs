//! What others send pushes with, at the same stand-in.

mod fetch;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use tokio::process::Command;

use super::load::{BUNDLE_ID, CONNECTIONS, KEY_ID, Load, PAYLOAD, Run, TEAM_ID, rate, signing_key};
use super::provider::Provider;

/// How long one may take for its pushes.
const PATIENCE: Duration = Duration::from_secs(300);

/// A client that others wrote. None of them stores anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// `@parse/node-apn`, in JavaScript.
    NodeApn,
    /// `firebase-admin`, in JavaScript; for Google.
    FirebaseAdmin,
    /// `aioapns`, in Python.
    Aioapns,
    /// `apns2`, in Go.
    Apns2,
}

impl Peer {
    /// As it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::NodeApn => "@parse/node-apn 8.1.0",
            Self::FirebaseAdmin => "firebase-admin 13.8.0",
            Self::Aioapns => "aioapns 4.0",
            Self::Apns2 => "Go apns2 0.25.0",
        }
    }
}

/// A program and its first arguments.
struct Start {
    program: PathBuf,
    arguments: Vec<PathBuf>,
}

/// What a peer prints of its run.
#[derive(Debug, Deserialize)]
struct Report {
    /// How long it took, in milliseconds.
    ms: f64,
    /// Pushes that the provider refused because their token is dead.
    refused: u64,
    /// Pushes that the peer gave up.
    lost: u64,
    /// Why, in its words, the first one.
    why: Option<String>,
    p50: f64,
    p99: f64,
}

/// How a peer did; why it was not measured where it can't be had here.
pub(crate) async fn measure(peer: Peer, provider: &Provider, load: Load) -> Result<Run> {
    let start = tokio::task::spawn_blocking(move || fetch::ready(peer)).await??;
    let job = serde_json::json!({
        "key": signing_key()?, "keyId": KEY_ID, "teamId": TEAM_ID, "topic": BUNDLE_ID, "payload": PAYLOAD,
        "port": provider.address.port(), "ca": provider.ca, "connections": CONNECTIONS,
        "pushes": load.pushes, "warmUp": load.warm_up(), "dead": load.dead, "atOnce": load.at_once,
    });
    let before = provider.arrived().await?.taken;
    let running = Command::new(&start.program)
        .args(&start.arguments)
        .arg(job.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let Ok(out) = tokio::time::timeout(PATIENCE, running).await else {
        let taken = provider.arrived().await?.taken - before;
        bail!("it had not done in {} s; {taken} were taken", PATIENCE.as_secs());
    };
    let out = out?;
    if !out.status.success() {
        bail!("it ended with {}: {}", out.status, fetch::last_line(&out.stderr));
    }
    let report: Report = serde_json::from_slice(&out.stdout).context("it says how it went")?;
    let mut notes = Vec::new();
    if report.refused > 0 {
        notes.push(format!("{} refused", report.refused));
    }
    if report.lost > 0 {
        let why = report.why.unwrap_or_default();
        notes.push(format!("{} given up, the first for “{why}”", report.lost));
    }
    Ok(Run {
        rate: rate(load.pushes, Duration::from_secs_f64(report.ms / 1e3)),
        p50: Some(report.p50),
        p99: Some(report.p99),
        note: notes.join(", "),
    })
}
