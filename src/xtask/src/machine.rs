//! What has to be installed on the machine, and installing it where that is ours to do.

use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, bail};

use crate::command::{exists, output, run, say, succeeds};

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

/// Is this Debian or its kin, and are we its root?
pub(crate) fn can_install() -> bool {
    exists("apt-get") && is_root()
}

/// Are we root?
pub(crate) fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
