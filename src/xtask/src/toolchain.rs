//! A Rust toolchain that can build the browser's half as well as the server's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::command::{exists, output, run, say, succeeds, succeeds_within, target_dir};
use crate::machine;

/// What the browser's half is compiled for.
pub(crate) const BROWSER: &str = "wasm32-unknown-unknown";
/// The toolchain that is made of Debian's packages where rustup cannot fetch the target.
const DEBIAN: &str = "web";
/// Where Debian's compiler is.
const DEBIAN_ROOT: &str = "/usr";
/// How long rustup may take to fetch the target; without a network it can hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// The toolchain that everything is built with.
#[derive(Debug)]
pub(crate) struct Toolchain {
    /// Its name, where it is not the one that is active anyway.
    name: Option<&'static str>,
    target_dir: PathBuf,
}

impl Toolchain {
    /// Finds a toolchain that can build for the browser, or makes one.
    pub(crate) fn ready() -> Result<Self> {
        let target_dir = target_dir()?;
        let active = Self {
            name: None,
            target_dir: target_dir.clone(),
        };
        if active.builds_for_browser() {
            return Ok(active);
        }
        let debian = Self {
            name: Some(DEBIAN),
            target_dir,
        };
        if debian.builds_for_browser() {
            return Ok(debian);
        }
        say(&format!(
            "Fetching the standard library for {BROWSER}: the console's browser half is compiled for it."
        ));
        let add = &mut Command::new("rustup");
        if succeeds_within(add.args(["target", "add", BROWSER]), PATIENCE) && active.builds_for_browser() {
            return Ok(active);
        }
        say("rustup could not fetch it; building it from Debian's source package instead.");
        debian.make()?;
        Ok(debian)
    }

    /// A cargo of this toolchain.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new("cargo");
        command.env("CARGO_TARGET_DIR", &self.target_dir);
        // In CI each build is of other sources in another folder: what is kept for the next one only fills the disk.
        if std::env::var_os("CI").is_some() {
            command.env("CARGO_INCREMENTAL", "0");
        }
        // What the outer cargo set for xtask itself is not meant for the inner one: ring's build script asks for it, and
        // all that depends on ring would be built anew whenever cargo is called by xtask and by hand in turn.
        for (name, _) in std::env::vars_os() {
            let of_package = ["CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|start| name.to_string_lossy().starts_with(start));
            if of_package || name == "CARGO" {
                command.env_remove(name);
            }
        }
        if let Some(name) = self.name {
            command.env("RUSTUP_TOOLCHAIN", name);
        }
        command
    }

    /// Where this toolchain's compiled things go.
    pub(crate) fn target_dir(&self) -> &Path {
        &self.target_dir
    }

    fn rustc(&self) -> Command {
        let mut command = Command::new("rustc");
        if let Some(name) = self.name {
            command.env("RUSTUP_TOOLCHAIN", name);
        }
        command
    }

    /// Has it a standard library for the browser?
    fn builds_for_browser(&self) -> bool {
        let mut ask = self.rustc();
        ask.args(["--print", "target-libdir", "--target", BROWSER])
            .stderr(std::process::Stdio::null());
        let Ok(answer) = ask.output() else { return false };
        let folder = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim());
        answer.status.success()
            && fs::read_dir(folder).is_ok_and(|files| {
                files
                    .flatten()
                    .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
            })
    }

    /// Makes the toolchain of Debian's packages, which carry a current compiler and its library's source.
    fn make(&self) -> Result<()> {
        machine::install(
            &[
                "rustc-web",
                "cargo-web",
                "rust-web-src",
                "rust-web-clippy",
                "rustfmt-web",
            ],
            "the compiler with the source of its standard library, for the console's browser half",
        )?;
        if !succeeds(self.rustc().arg("--version")) {
            run(Command::new("rustup").args(["toolchain", "link", DEBIAN, DEBIAN_ROOT]))?;
        }
        self.build_standard_library()?;
        self.link_linker()
    }

    /// Compiles the standard library for the browser by way of an empty crate, and keeps it with the compiler.
    fn build_standard_library(&self) -> Result<()> {
        say("Building the standard library for the browser, one to two minutes.");
        let empty = std::env::temp_dir().join(format!("heliograph-std-{}", std::process::id()));
        fs::create_dir_all(empty.join("src"))?;
        fs::write(empty.join("src/lib.rs"), "")?;
        fs::write(
            empty.join("Cargo.toml"),
            "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
        )?;
        let built = empty.join("target");
        run(self
            .cargo()
            .current_dir(&empty)
            .env("CARGO_TARGET_DIR", &built)
            .env("RUSTC_BOOTSTRAP", "1")
            .args([
                "build",
                "--quiet",
                "--release",
                "-Zbuild-std=std,panic_abort,panic_unwind,proc_macro",
                "--target",
            ])
            .arg(BROWSER))?;
        let kept = Path::new(DEBIAN_ROOT)
            .join("lib/rustlib")
            .join(BROWSER)
            .join("lib");
        fs::create_dir_all(&kept)?;
        for file in fs::read_dir(built.join(BROWSER).join("release/deps"))? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if name.ends_with(".rlib") && !name.starts_with("libempty-") {
                fs::copy(file.path(), kept.join(&name)).with_context(|| format!("cannot keep {name}"))?;
            }
        }
        fs::remove_dir_all(&empty)?;
        Ok(())
    }

    /// Debian's compiler lacks the wasm linker; rustup's toolchains carry it.
    fn link_linker(&self) -> Result<()> {
        let host = output(self.rustc().arg("-vV"))?
            .lines()
            .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
            .context("rustc does not say what machine this is")?;
        let linker = Path::new(DEBIAN_ROOT)
            .join("lib/rustlib")
            .join(&host)
            .join("bin/rust-lld");
        if linker.exists() {
            return Ok(());
        }
        let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
        let theirs = Path::new(sysroot.trim())
            .join("lib/rustlib")
            .join(&host)
            .join("bin/rust-lld");
        if !theirs.exists() {
            return machine::install(&["lld"], "the linker for the console's browser half");
        }
        if let Some(folder) = linker.parent() {
            fs::create_dir_all(folder)?;
        }
        std::os::unix::fs::symlink(&theirs, &linker)
            .with_context(|| format!("cannot link {}", linker.display()))
    }
}

/// Is `wasm-opt` there? Without it the browser's files are larger and work as well.
pub(crate) fn has_optimiser() -> bool {
    exists("wasm-opt")
}
