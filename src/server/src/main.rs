//! The Heliograph server and its command line.

mod cli;
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

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Most of what is asked for in one thread is given back in another (rows of the database, pushes on their way), which takes
/// glibc's allocator a tenth of the delivery service's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Push notifications along customer journeys, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "heliograph", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How the log on the standard error is written; what is logged is in HELIOGRAPH_LOG, such as `info` or `debug`.
    #[arg(long, global = true, env = "HELIOGRAPH_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server.
    Serve(Box<serve::Serve>),
    /// Runs the server with a database of its own, sample data, and Apple and Google played by a simulator.
    Demo(demo::Demo),
    /// Plays Apple and Google for tests, with phones that can be tapped.
    Simulator(simulator::Simulator),
    /// Brings a database's schema up to date; `serve` does so as well.
    Migrate(cli::Database),
    /// Who may sign in to the console.
    #[command(subcommand)]
    User(cli::UserCommand),
    /// Renders, checks or lays out one personalisation template.
    #[command(subcommand)]
    Template(cli::TemplateCommand),
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object on each line.
    Json,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let log = tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("HELIOGRAPH_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr);
    match cli.log {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    let outcome = match cli.command {
        Command::Serve(options) => serve::run(*options),
        Command::Demo(options) => demo::run(options),
        Command::Simulator(options) => simulator::run(options),
        Command::Migrate(database) => cli::migrate(&database),
        Command::User(command) => cli::run_user(command),
        Command::Template(command) => cli::run_template(command),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "heliograph: {error}");
            ExitCode::FAILURE
        }
    }
}
