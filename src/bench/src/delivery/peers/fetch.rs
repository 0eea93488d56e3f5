//! Having the clients of others on this machine: in a folder of their own below the user's cache, each in the versions that
//! are written down, fetched once from where its kind of package is fetched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{Peer, Start};

/// The packages for Node.js are those of the browser tests, which hold them against the simulator too.
const NODE_PACKAGES: &str = include_str!("../../../../../end2end/package.json");
const NODE_LOCK: &str = include_str!("../../../../../end2end/package-lock.json");
const NODE_APN: &str = include_str!("../../../peers/node-apn.cjs");
const FIREBASE_ADMIN: &str = include_str!("../../../peers/firebase-admin.cjs");
const NODE_DRIVE: &str = include_str!("../../../peers/drive.cjs");

const PYTHON_PACKAGES: &str = include_str!("../../../peers/requirements.txt");
const AIOAPNS: &str = include_str!("../../../peers/aioapns.py");

const GO_PACKAGES: &str = include_str!("../../../peers/apns2/go.mod");
const APNS2: &str = include_str!("../../../peers/apns2/main.go");

/// Fetches what the peer needs, unless it is here already; how it is started then.
pub(super) fn ready(peer: Peer) -> Result<Start> {
    let cache = cache()?;
    match peer {
        Peer::NodeApn => node(&cache.join("node"), "node-apn.cjs"),
        Peer::FirebaseAdmin => node(&cache.join("node"), "firebase-admin.cjs"),
        Peer::Aioapns => python(&cache.join("python")),
        Peer::Apns2 => go(&cache.join("go")),
    }
}

fn cache() -> Result<PathBuf> {
    let from = |name| std::env::var_os(name).map(PathBuf::from);
    let cache = from("XDG_CACHE_HOME").or_else(|| Some(from("HOME")?.join(".cache")));
    Ok(cache.context("there is no home folder")?.join("heliograph/peers"))
}

fn node(folder: &Path, script: &str) -> Result<Start> {
    once(folder, NODE_LOCK, || {
        fs::write(folder.join("package.json"), NODE_PACKAGES)?;
        fs::write(folder.join("package-lock.json"), NODE_LOCK)?;
        // The browser is of no use here.
        run(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .current_dir(folder))
    })?;
    for (name, text) in [
        ("node-apn.cjs", NODE_APN),
        ("firebase-admin.cjs", FIREBASE_ADMIN),
        ("drive.cjs", NODE_DRIVE),
    ] {
        fs::write(folder.join(name), text)?;
    }
    Ok(Start {
        program: "node".into(),
        arguments: vec![folder.join(script)],
    })
}

fn python(folder: &Path) -> Result<Start> {
    let python = folder.join("bin").join("python");
    once(folder, PYTHON_PACKAGES, || {
        let packages = folder.join("requirements.txt");
        fs::write(&packages, PYTHON_PACKAGES)?;
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .arg("--requirement")
            .arg(&packages))
    })?;
    let script = folder.join("send.py");
    fs::write(&script, AIOAPNS)?;
    Ok(Start {
        program: python,
        arguments: vec![script],
    })
}

fn go(folder: &Path) -> Result<Start> {
    let program = folder.join("apns2-peer");
    once(folder, &[GO_PACKAGES, APNS2].concat(), || {
        run(Command::new("go").arg("version"))?;
        fs::write(folder.join("go.mod"), GO_PACKAGES)?;
        fs::write(folder.join("main.go"), APNS2)?;
        run(Command::new("go").args(["mod", "tidy"]).current_dir(folder))?;
        run(Command::new("go")
            .args(["build", "-o"])
            .arg(&program)
            .current_dir(folder))
    })?;
    Ok(Start {
        program,
        arguments: Vec::new(),
    })
}

/// Does something in a folder, unless it was done there with the same inputs.
fn once(folder: &Path, inputs: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = folder.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|done_with| done_with == inputs) {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    work()?;
    Ok(fs::write(&stamp, inputs)?)
}

/// Runs a program quietly to its end; its last words where that is no good one.
fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let out = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| anyhow::anyhow!("there is no {name} here ({error})"))?;
    if !out.status.success() {
        bail!("{name} ended with {}: {}", out.status, last_line(&out.stderr));
    }
    Ok(())
}

/// The last line that says something.
pub(super) fn last_line(text: &[u8]) -> String {
    String::from_utf8_lossy(text)
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("nothing was said")
        .trim()
        .to_owned()
}
