//! `cargo xtask test`: everything that has to hold before a change may land.

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::build::{self, Effort, TestProgram};
use crate::command::{run, say};
use crate::playwright;
use crate::postgres::Postgres;
use crate::toolchain::{BROWSER, Toolchain};

/// Where the tests look for PostgreSQL's address.
const POSTGRES: &str = "HELIOGRAPH_TEST_POSTGRES";

/// How each part ended, and how long it took.
type Outcomes = BTreeMap<Part, (Result<()>, Duration)>;

/// A part of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Is the code formatted?
    Fmt,
    /// Do the lints find nothing?
    Clippy,
    /// The tests of every crate but the two below, and the examples in the documentation.
    Unit,
    /// The tests of the store, on SQLite and on PostgreSQL.
    Store,
    /// The tests of the server, over HTTP.
    Http,
    /// The console in a real browser.
    E2e,
}

impl Part {
    /// Every part, quick ones first.
    pub(crate) const ALL: [Self; 6] = [
        Self::Fmt,
        Self::Clippy,
        Self::Unit,
        Self::Store,
        Self::Http,
        Self::E2e,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Unit => "unit",
            Self::Store => "store",
            Self::Http => "http",
            Self::E2e => "e2e",
        }
    }

    /// The part of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    /// The part that the tests of a package belong to.
    fn of(test: &TestProgram) -> Self {
        match test.folder.file_name().and_then(|folder| folder.to_str()) {
            Some("store") => Self::Store,
            Some("server") => Self::Http,
            _ => Self::Unit,
        }
    }
}

/// Runs the parts, then says how each ended. The last line is what CI reads.
pub(crate) fn run_parts(parts: &[Part]) -> Result<ExitCode> {
    let toolchain = Toolchain::ready()?;
    let mut outcomes = Outcomes::new();
    for part in [Part::Fmt, Part::Clippy] {
        if parts.contains(&part) {
            timed(&mut outcomes, part, || lint(&toolchain, part));
        }
    }
    let tested: Vec<Part> = parts
        .iter()
        .copied()
        .filter(|part| matches!(part, Part::Unit | Part::Store | Part::Http))
        .collect();
    let browsed = parts.contains(&Part::E2e);
    if !tested.is_empty() || browsed {
        let postgres = Postgres::start()?;
        if !tested.is_empty() {
            test_programs(&toolchain, &tested, &postgres, &mut outcomes);
        }
        if browsed {
            timed(&mut outcomes, Part::E2e, || end_to_end(&toolchain, &postgres));
        }
    }

    say("");
    for (part, (outcome, took)) in &outcomes {
        match outcome {
            Ok(()) => say(&format!("{:<8} passed  {:>5} s", part.name(), took.as_secs())),
            Err(error) => say(&format!(
                "{:<8} FAILED  {:>5} s  {error:#}",
                part.name(),
                took.as_secs()
            )),
        }
    }
    let failed = outcomes.values().filter(|(outcome, _)| outcome.is_err()).count();
    say(&format!("{} passed, {failed} failed", outcomes.len() - failed));
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn timed(outcomes: &mut Outcomes, part: Part, work: impl FnOnce() -> Result<()>) {
    say(&format!("\n== {}", part.name()));
    let started = Instant::now();
    let outcome = work();
    if let Err(error) = &outcome {
        say(&format!("{}: {error:#}", part.name()));
    }
    outcomes.insert(part, (outcome, started.elapsed()));
}

fn lint(toolchain: &Toolchain, part: Part) -> Result<()> {
    match part {
        Part::Fmt => run(toolchain.cargo().args(["fmt", "--all", "--check"])),
        _ => {
            run(toolchain
                .cargo()
                .args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
            run(toolchain
                .cargo()
                .args([
                    "clippy",
                    "--package",
                    "heliograph-app",
                    "--lib",
                    "--no-default-features",
                ])
                .args([
                    "--features",
                    "hydrate",
                    "--target",
                    BROWSER,
                    "--",
                    "-D",
                    "warnings",
                ]))
        }
    }
}

/// Builds every test once, then runs them part by part, with a PostgreSQL of their own beside them.
fn test_programs(toolchain: &Toolchain, parts: &[Part], postgres: &Postgres, outcomes: &mut Outcomes) {
    say("\n== building the tests");
    let started = Instant::now();
    // One part of one package need not wait for all the others.
    let packages: &[&str] = match parts {
        [Part::Store] => &["--package", "heliograph-store"],
        [Part::Http] => &["--package", "heliograph"],
        _ => &["--workspace"],
    };
    let programs = match build::test_programs(toolchain, packages) {
        Ok(programs) => programs,
        Err(error) => {
            let reason = format!("{error:#}");
            for &part in parts {
                outcomes.insert(part, (Err(anyhow::anyhow!("{reason}")), started.elapsed()));
            }
            return;
        }
    };
    for &part in parts {
        timed(outcomes, part, || {
            let mut failed = Vec::new();
            for test in programs.iter().filter(|test| Part::of(test) == part) {
                say(&format!("-- {} ({})", test.name, test.folder.display()));
                let passed = Command::new(&test.program)
                    .current_dir(&test.folder)
                    .env("CARGO_MANIFEST_DIR", &test.folder)
                    .env(POSTGRES, postgres.url())
                    .arg("--quiet")
                    .status()?
                    .success();
                if !passed {
                    failed.push(test.name.clone());
                }
            }
            if part == Part::Unit {
                run(toolchain
                    .cargo()
                    .args(["test", "--workspace", "--doc", "--quiet"]))?;
            }
            if failed.is_empty() {
                Ok(())
            } else {
                bail!("tests failed in {}", failed.join(", "))
            }
        });
    }
}

/// Drives the console with a real browser, against the server as it was just built.
fn end_to_end(toolchain: &Toolchain, postgres: &Postgres) -> Result<()> {
    build::everything(toolchain, Effort::Dev)?;
    let program = build::program(toolchain.target_dir(), Effort::Dev);
    run(playwright::ready(&program)?.env(POSTGRES, postgres.url()))
}
