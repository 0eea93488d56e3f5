//! What others send pushes with, at the same stand-in. They are fetched from their registry when they are measured.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::clients::{BUNDLE_ID, KEY_ID, PAYLOAD, TEAM_ID, signing_key};
use super::provider::Provider;

/// How many pushes a peer sends.
const PUSHES: u64 = 40_000;
/// Pushes under way at a time.
const AT_ONCE: u64 = 2_000;

/// Sends with `@parse/node-apn`, and prints how many milliseconds it took.
const SCRIPT: &str = r#"
const fs = require("fs");
const apn = require("@parse/node-apn");
const job = JSON.parse(process.argv[2]);
const provider = new apn.Provider({
  token: { key: job.key, keyId: job.keyId, teamId: job.teamId },
  address: "localhost", port: job.port, ca: fs.readFileSync(job.ca), production: true, clientCount: 4,
});
const note = new apn.Notification();
note.topic = job.topic; note.pushType = "alert"; note.priority = 10; note.expiry = 1900000000;
note.rawPayload = JSON.parse(job.payload);
let next = 0, failed = 0;
async function lane() {
  while (next < job.pushes) {
    const token = (next++).toString(16).padStart(64, "0");
    const answer = await provider.send(note, token);
    failed += answer.failed.length;
  }
}
(async () => {
  const started = performance.now();
  await Promise.all(Array.from({ length: job.atOnce }, lane));
  const took = performance.now() - started;
  if (failed) { console.error(failed + " failed"); process.exit(1); }
  console.log(took);
  process.exit(0);
})();
"#;

/// Pushes a second that `@parse/node-apn` sends; none where there is no Node.js, or no way to its registry.
pub(crate) async fn node_apn(provider: &Provider) -> Result<Option<f64>> {
    let folder = tempfile::tempdir()?;
    if !is_installed(folder.path(), "@parse/node-apn@8.1") {
        return Ok(None);
    }
    let script = folder.path().join("send.js");
    std::fs::write(&script, SCRIPT)?;
    let job = serde_json::json!({
        "key": signing_key()?, "keyId": KEY_ID, "teamId": TEAM_ID, "topic": BUNDLE_ID, "payload": PAYLOAD,
        "port": provider.address.port(), "ca": provider.ca, "pushes": PUSHES, "atOnce": AT_ONCE,
    });
    let mut node = Command::new("node");
    node.arg(&script).arg(job.to_string()).current_dir(folder.path());
    let out = tokio::task::spawn_blocking(move || node.output()).await??;
    if !out.status.success() {
        bail!(
            "@parse/node-apn ended with {}: {}",
            out.status,
            String::from_utf8_lossy(&out.stderr)
        );
    }
    let milliseconds: f64 = String::from_utf8_lossy(&out.stdout)
        .trim()
        .parse()
        .context("it says how long it took")?;
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand")]
    Ok(Some(PUSHES as f64 / milliseconds * 1e3))
}

/// Installs a package in a folder, if that can be done here; npm says why where it can't.
fn is_installed(folder: &Path, package: &str) -> bool {
    Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--silent", package])
        .current_dir(folder)
        .status()
        .is_ok_and(|status| status.success())
}
