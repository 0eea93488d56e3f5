//! The Heliograph server and its command line.

mod clients;
mod console;
mod demo;
mod error;
mod security;
mod serve;
mod services;
mod session_store;
mod simulator;
mod site;
mod typed;
mod visit;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Push notifications along customer journeys, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "heliograph", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server.
    Serve(Box<serve::Serve>),
    /// Runs the server with a database of its own, sample data, and Apple and Google played by a simulator.
    Demo(demo::Demo),
    /// Plays Apple and Google for tests, with phones that can be tapped.
    Simulator(simulator::Simulator),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("HELIOGRAPH_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .init();
    let outcome = match cli.command {
        Command::Serve(options) => serve::run(*options),
        Command::Demo(options) => demo::run(options),
        Command::Simulator(options) => simulator::run(options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "heliograph: {error}");
            ExitCode::FAILURE
        }
    }
}
