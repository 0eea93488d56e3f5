//! What a browser fetches for the first page, by way of a relay that counts.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::server::Fresh;
use crate::{Figure, Goal};

/// What the page says of itself once the browser's half has taken over.
const ALIVE: &str = "data-hydrated=\"true\"";

/// Opens the sign-in page in `browser`, which is Chromium, until the page is alive: everything that came over the wire
/// counts, with the headers.
pub(crate) async fn measure(program: &Path, browser: Option<&Path>) -> Result<Vec<Figure>> {
    let browser = browser.context("the size of the first page needs Chromium: name it with --browser")?;
    let fresh = Fresh::new()?;
    let server = fresh.serve(program).await?;
    let count = Arc::new(AtomicU64::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let target = server.url.trim_start_matches("http://").to_owned();
    tokio::spawn(relay(listener, target, Arc::clone(&count)));
    let mut chromium = Command::new(browser);
    chromium
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update"])
        .arg("--virtual-time-budget=20000")
        .arg(format!(
            "--user-data-dir={}",
            fresh.folder.path().join("browser").display()
        ))
        .arg("--dump-dom")
        .arg(format!("http://{address}/sign-in"))
        .stderr(Stdio::null());
    let page = tokio::task::spawn_blocking(move || chromium.output())
        .await?
        .with_context(|| format!("cannot start {}", browser.display()))?;
    if !String::from_utf8_lossy(&page.stdout).contains(ALIVE) {
        bail!("the page did not come alive in {}", browser.display());
    }
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand bytes")]
    let kilobytes = count.load(Ordering::Relaxed) as f64 / 1e3;
    Ok(vec![Figure {
        what: "size: first page, all that is fetched".to_owned(),
        value: kilobytes,
        unit: "KB",
        goal: Goal::AtMost(500.0),
    }])
}

/// Passes connections on to `target`, and counts what comes back.
async fn relay(listener: TcpListener, target: String, count: Arc<AtomicU64>) {
    while let Ok((near, _)) = listener.accept().await {
        let (target, count) = (target.clone(), Arc::clone(&count));
        tokio::spawn(async move {
            let far = TcpStream::connect(target).await?;
            let (mut from_near, mut to_near) = near.into_split();
            let (mut from_far, mut to_far) = far.into_split();
            let there = async {
                tokio::io::copy(&mut from_near, &mut to_far).await?;
                to_far.shutdown().await
            };
            let back = async {
                let mut buffer = vec![0; 1 << 16];
                loop {
                    let read = from_far.read(&mut buffer).await?;
                    if read == 0 {
                        return to_near.shutdown().await;
                    }
                    count.fetch_add(read as u64, Ordering::Relaxed);
                    to_near.write_all(&buffer[..read]).await?;
                }
            };
            tokio::try_join!(there, back)
        });
    }
}
