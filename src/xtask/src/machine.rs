//! What has to be installed on the machine, and installing it where that is ours to do.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, bail};

use crate::command::{exists, find, output, run, say, succeeds};

/// Installs Debian packages where we may; elsewhere says what to install.
pub(crate) fn install(packages: &[&str], why: &str) -> Result<()> {
    if !can_install() {
        bail!("{why}: please install {} and run this again", packages.join(", "));
    }
    say(&format!("Installing {}: {why}.", packages.join(", ")));
    // The lists of packages are fetched once a run.
    static UPDATED: OnceLock<bool> = OnceLock::new();
    UPDATED.get_or_init(|| succeeds(Command::new("apt-get").args(["update", "-qq"])));
    run(Command::new("apt-get")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages))
}

/// Chromium or its like; installed where it is missing and we may.
pub(crate) fn browser(why: &str) -> Result<Option<PathBuf>> {
    let on_machine = || {
        ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(find)
    };
    if let Some(found) = on_machine() {
        return Ok(Some(found));
    }
    if can_install() {
        install(&["chromium"], why)?;
    }
    Ok(on_machine())
}

/// Is this Debian or its kin, and are we its root?
pub(crate) fn can_install() -> bool {
    exists("apt-get") && is_root()
}

/// Are we root?
pub(crate) fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
