//! Driving a browser.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::{exists, run};
use crate::machine;

/// Playwright with its browser, ready to run what is in `end2end` against this program.
pub(crate) fn ready(program: &Path) -> Result<Command> {
    if !exists("npm") {
        machine::install(
            &["nodejs", "npm"],
            "the browser tests are written for Playwright, which needs Node.js",
        )?;
    }
    let browser = machine::browser("the browser tests drive it")?;
    let mut install = Command::new("npm");
    install
        .current_dir("end2end")
        .args(["ci", "--no-audit", "--no-fund"]);
    if browser.is_some() {
        install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    }
    run(&mut install)?;
    let mut playwright = Command::new("npx");
    playwright
        .current_dir("end2end")
        .env("HELIOGRAPH_BIN", program)
        .args(["playwright", "test"]);
    match browser {
        Some(browser) => {
            playwright.env("HELIOGRAPH_CHROMIUM", browser);
        }
        // Playwright brings its own.
        None => run(Command::new("npx")
            .current_dir("end2end")
            .args(["playwright", "install", "chromium"]))?,
    }
    Ok(playwright)
}
