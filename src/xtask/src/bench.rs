//! Measuring.

use std::process::Command;

use anyhow::Result;

use crate::build::{Effort, everything_with, program};
use crate::command::{run, say};
use crate::machine;
use crate::playwright;
use crate::postgres::Postgres;
use crate::toolchain::Toolchain;

/// The benchmark that is a program of its own, since all that it measures is a library.
const PERSONALIZE: &str = "personalize";
/// The benchmark that a browser makes.
const COMPOSER: &str = "composer";

/// Builds with optimisations what is to be measured, and measures it. The arguments are names of benchmarks, then options
/// of theirs.
pub(crate) fn bench(toolchain: &Toolchain, arguments: &[&str]) -> Result<()> {
    let options = arguments.iter().position(|argument| argument.starts_with('-'));
    let (names, options) = arguments.split_at(options.unwrap_or(arguments.len()));
    if options.iter().any(|option| ["-h", "--help"].contains(option)) {
        let help = [
            "run",
            "--package",
            "heliograph-bench",
            "--bin",
            "heliograph-bench",
            "--",
            "--help",
        ];
        return run(toolchain.cargo().args(help));
    }
    let outside: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| ![PERSONALIZE, COMPOSER].contains(name))
        .collect();
    if names.is_empty() || !outside.is_empty() {
        bench_outside(toolchain, &outside, options)?;
    }
    if names.is_empty() || names.contains(&COMPOSER) {
        bench_composer(toolchain)?;
    }
    if names.is_empty() || names.contains(&PERSONALIZE) {
        bench_personalize(toolchain)?;
    }
    Ok(())
}

/// Measures the program as its users meet it.
fn bench_outside(toolchain: &Toolchain, names: &[&str], options: &[&str]) -> Result<()> {
    everything_with(toolchain, Effort::Release, &["heliograph-bench"])?;
    let target = toolchain.target_dir();
    let program = program(target, Effort::Release);
    let mut bench = Command::new(program.with_file_name("heliograph-bench"));
    let wants = |name| names.is_empty() || names.contains(&name);
    bench
        .args(names)
        .args(options)
        .arg("--program")
        .arg(&program)
        .arg("--json")
        .arg(target.join("bench").join("figures.json"));
    if wants("size")
        && let Some(browser) = machine::browser("the size of the first page is measured with it")?
    {
        bench.arg("--browser").arg(browser);
    }
    // It is stopped when it is dropped, after the run.
    let postgres = if wants("delivery") {
        Postgres::start_if_there()?
    } else {
        None
    };
    if let Some(postgres) = &postgres {
        bench.arg("--postgres").arg(postgres.url());
    }
    run(&mut bench)
}

/// Measures the language of the messages.
fn bench_personalize(toolchain: &Toolchain) -> Result<()> {
    say("Building the benchmark of the language.");
    run(toolchain.cargo().args([
        "build",
        "--package",
        "heliograph-bench",
        "--no-default-features",
        "--bin",
        "heliograph-bench-personalize",
        "--release",
    ]))?;
    let target = toolchain.target_dir();
    run(
        Command::new(program(target, Effort::Release).with_file_name("heliograph-bench-personalize"))
            .arg("--json")
            .arg(target.join("bench").join("personalize.json")),
    )
}

/// Measures in a browser how long the composer takes over a key.
fn bench_composer(toolchain: &Toolchain) -> Result<()> {
    everything_with(toolchain, Effort::Release, &["heliograph-bench"])?;
    let target = toolchain.target_dir();
    let mut playwright = playwright::ready(&program(target, Effort::Release))?;
    run(playwright
        .args(["--config", "bench.config.ts"])
        .env("HELIOGRAPH_FIGURES", target.join("bench").join("composer.json")))
}
