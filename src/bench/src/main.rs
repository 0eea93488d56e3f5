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

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
pub(crate) use heliograph_bench::{Figure, Goal, percentile};

// The server's allocator, for the bare client, ours and the stand-in alike.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Heliograph from outside.
#[derive(Debug, Parser)]
struct Options {
    /// What to measure: start, collect, flow, delivery, size; all of them unless told. Beside them `cargo xtask bench
    /// personalize` measures the language of the messages, without the program and without options.
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
    heliograph_bench::report(&figures, options.json.as_deref())
}
