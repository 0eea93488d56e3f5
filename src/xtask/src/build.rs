//! Building the server and the browser's files, and starting the demo.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, Result};

use crate::command::{output, run, say};
use crate::machine;
use crate::toolchain::{BROWSER, Toolchain, has_optimiser};

/// How much the compiler should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Built soon: for developing, for tests and for a first look.
    Dev,
    /// Fast and small: for use.
    Release,
}

impl Effort {
    const fn server_profile(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    const fn browser_profile(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "browser",
        }
    }

    const fn flag(self) -> &'static str {
        match self {
            Self::Dev => "--dev",
            Self::Release => "--release",
        }
    }
}

/// The folder that cargo puts the results of a profile in.
fn folder_of(profile: &str) -> &str {
    if profile == "dev" { "debug" } else { profile }
}

/// Where the server's program is after a build.
pub(crate) fn program(target_dir: &Path, effort: Effort) -> PathBuf {
    target_dir
        .join(folder_of(effort.server_profile()))
        .join("heliograph")
}

/// Builds the server and the browser's files. What has not changed is not built again.
pub(crate) fn everything(toolchain: &Toolchain, effort: Effort) -> Result<()> {
    everything_with(toolchain, effort, &[])
}

/// Builds everything, and further packages together with the server: built by themselves they would want other features
/// of what they have in common, and have all of it built a second time.
pub(crate) fn everything_with(toolchain: &Toolchain, effort: Effort, packages: &[&str]) -> Result<()> {
    say("Building the server.");
    let further = packages.iter().flat_map(|package| ["--package", package]);
    run(toolchain
        .cargo()
        .args(["build", "--package", "heliograph"])
        .args(further)
        .args(["--profile", effort.server_profile()]))?;
    say("Building the console for the browser.");
    run(toolchain
        .cargo()
        .args([
            "build",
            "--package",
            "heliograph-app",
            "--lib",
            "--no-default-features",
            "--features",
            "hydrate",
        ])
        .args(["--target", BROWSER, "--profile", effort.browser_profile()]))?;
    bundle(toolchain, effort)
}

/// Makes the browser's files, unless those that are there came from the same inputs.
fn bundle(toolchain: &Toolchain, effort: Effort) -> Result<()> {
    let wasm = toolchain
        .target_dir()
        .join(BROWSER)
        .join(folder_of(effort.browser_profile()))
        .join("heliograph_app.wasm");
    let site = program(toolchain.target_dir(), effort).with_file_name("site");
    let stamp = site.join("stamp");
    let inputs = inputs(&wasm, effort)?;
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == inputs) {
        return Ok(());
    }
    if effort == Effort::Release && !has_optimiser() && machine::can_install() {
        machine::install(
            &["binaryen"],
            "wasm-opt makes what the browser fetches half as large",
        )?;
    }
    say("Bundling the browser's files.");
    run(toolchain
        .cargo()
        .args([
            "run",
            "--quiet",
            "--package",
            "xtask",
            "--features",
            "bundle",
            "--bin",
            "bundle",
            "--",
        ])
        .args([wasm.as_os_str(), site.as_os_str()])
        .arg(effort.flag()))?;
    fs::write(&stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Every file that the bundle is made of, with its size and the time of its last change.
fn inputs(wasm: &Path, effort: Effort) -> Result<String> {
    let mut list = format!("{} {}\n", effort.flag(), has_optimiser());
    let mut waiting = vec![
        wasm.to_owned(),
        "style".into(),
        "public".into(),
        "src/xtask/src/bin/bundle.rs".into(),
    ];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let mut inside = fs::read_dir(&path)?
                .map(|entry| Ok(entry?.path()))
                .collect::<Result<Vec<_>>>()?;
            inside.sort();
            waiting.extend(inside);
            continue;
        }
        let about = fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let changed = about
            .modified()?
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos();
        writeln!(list, "{} {} {changed}", path.display(), about.len())?;
    }
    Ok(list)
}

/// Starts the demo in place of this program, so that a signal to one is a signal to the other.
pub(crate) fn start_demo(effort: Effort, options: &[&str]) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    let program = program(&crate::command::target_dir()?, effort);
    let error = Command::new(&program).arg("demo").args(options).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}

/// Builds the tests of the packages that cargo's arguments select; the program and the folder of each.
pub(crate) fn test_programs(toolchain: &Toolchain, packages: &[&str]) -> Result<Vec<TestProgram>> {
    let messages = output(toolchain.cargo().arg("test").args(packages).args([
        "--no-run",
        "--message-format",
        "json-render-diagnostics",
    ]))?;
    let mut programs = Vec::new();
    for line in messages.lines() {
        let message: serde_json::Value =
            serde_json::from_str(line).context("cargo said something unexpected")?;
        let text = |path: &str| message.pointer(path).and_then(serde_json::Value::as_str);
        let is_test = message
            .pointer("/profile/test")
            .and_then(serde_json::Value::as_bool)
            == Some(true);
        if let (true, Some(program), Some(manifest), Some(name)) = (
            is_test,
            text("/executable"),
            text("/manifest_path"),
            text("/target/name"),
        ) {
            let folder = Path::new(manifest).parent().unwrap_or(Path::new(".")).to_owned();
            programs.push(TestProgram {
                program: program.into(),
                folder,
                name: name.to_owned(),
            });
        }
    }
    programs.sort_by(|a, b| (&a.folder, &a.name).cmp(&(&b.folder, &b.name)));
    Ok(programs)
}

/// A program with tests.
#[derive(Debug)]
pub(crate) struct TestProgram {
    /// The program.
    pub(crate) program: PathBuf,
    /// The folder of its package.
    pub(crate) folder: PathBuf,
    /// The name of the target.
    pub(crate) name: String,
}
