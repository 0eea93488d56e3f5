//! Measures Heliograph from outside: the program is started as its users start it, and met over HTTP.
//!
//! Each measurement gives one [`Figure`] beside the limit that it is held to. Everything runs on one machine, so load,
//! server and stand-in providers share its cores: the figures are of the whole, and none of them is Apple's or Google's.

mod collect;
mod delivery;
mod flow;
mod http;
mod server;
mod size;
mod start;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use serde::Serialize;

/// Measures Heliograph from outside.
#[derive(Debug, Parser)]
struct Options {
    /// What to measure: start, collect, flow, delivery, size; all of them unless told.
    names: Vec<String>,
    /// The program, built with optimisations.
    #[arg(long, value_name = "FILE", required_unless_present = "stand_in")]
    program: Option<PathBuf>,
    /// Chromium, for what only a browser can tell.
    #[arg(long, value_name = "FILE")]
    browser: Option<PathBuf>,
    /// Stands in for Apple instead, and writes the certificate to trust to this file.
    #[arg(long, value_name = "FILE", hide = true)]
    stand_in: Option<PathBuf>,
    /// How many milliseconds its answers take.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide = true)]
    stand_in_latency: u64,
    /// A refusal cuts its connection down to one stream.
    #[arg(long, hide = true)]
    stand_in_drops_streams: bool,
    #[command(flatten)]
    delivery: delivery::Options,
    /// Where the figures are kept as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// One thing that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    /// What: `collect: durable events`.
    pub(crate) what: String,
    /// How much.
    pub(crate) value: f64,
    /// Of what: `ms`, `MB`, `a second`.
    pub(crate) unit: &'static str,
    /// What it should be.
    pub(crate) goal: Goal,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// There is no aim; it is told beside the others.
    Told,
}

impl Figure {
    /// The goal, and how it stands to it: 1 is just reached, more is better.
    fn goal(&self) -> (String, String) {
        let (sign, goal, ratio) = match self.goal {
            Goal::AtMost(goal) => ("≤", goal, goal / self.value.max(f64::MIN_POSITIVE)),
            Goal::AtLeast(goal) => ("≥", goal, self.value / goal),
            Goal::Told => return Default::default(),
        };
        (format!("{sign} {goal:.0}"), format!("{ratio:.2}"))
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Some(ca) = options.stand_in {
        let manner = delivery::provider::Manner {
            latency: Duration::from_millis(options.stand_in_latency),
            drops_streams: options.stand_in_drops_streams,
        };
        return runtime.block_on(delivery::stand_in::run(&ca, manner));
    }
    let program = options.program.context("the program to measure is to be named")?;
    let known = ["start", "collect", "flow", "delivery", "size"];
    if let Some(other) = options.names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("there is no benchmark “{other}”: use {}", known.join(", "));
    }
    let mut figures = Vec::new();
    for name in known {
        if !options.names.is_empty() && !options.names.iter().any(|wanted| wanted == name) {
            continue;
        }
        figures.extend(runtime.block_on(async {
            match name {
                "start" => start::measure(&program).await,
                "collect" => collect::measure(&program).await,
                "flow" => flow::measure(&program).await,
                "delivery" => delivery::measure(&program, &options.delivery).await,
                _ => size::measure(&program, options.browser.as_deref()).await,
            }
        })?);
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "\n{:<64} {:>12} {:<10} {:>12}  of the goal",
        "", "", "", "goal"
    )?;
    for figure in &figures {
        let (goal, ratio) = figure.goal();
        writeln!(
            out,
            "{:<64} {:>12.1} {:<10} {goal:>12}  {ratio}",
            figure.what, figure.value, figure.unit,
        )?;
    }
    if let Some(path) = options.json {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, serde_json::to_vec_pretty(&figures)?)?;
    }
    Ok(())
}

/// The value below which this share of them lies.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list that fits in memory"
    )]
    let at = ((values.len().saturating_sub(1)) as f64 * share).round() as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}
