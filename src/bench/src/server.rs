//! The program that is measured, as a process of its own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::http::Http;

/// How long the program may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program; killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    /// Its address, without a slash at the end.
    pub(crate) url: String,
}

/// An empty database with its key, for a server of one's own; removed when it is dropped.
pub(crate) struct Fresh {
    /// Where both are.
    pub(crate) folder: tempfile::TempDir,
    /// The database's address.
    pub(crate) database: String,
    key: String,
}

impl Fresh {
    /// A folder for a database that is made when it is first opened.
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        Ok(Self {
            database: format!("sqlite:{}", folder.path().join("heliograph.db").display()),
            key: folder.path().join("key").display().to_string(),
            folder,
        })
    }

    /// Starts the program on it.
    pub(crate) async fn serve(&self, program: &Path) -> Result<Server> {
        let arguments = ["serve", "--database-url", &self.database, "--key-file", &self.key];
        Server::start(program, &arguments).await
    }
}

impl Server {
    /// Starts the program with these arguments and an address to listen on, and waits until it is ready.
    pub(crate) async fn start(program: &Path, arguments: &[&str]) -> Result<Self> {
        let address = free_address()?;
        let child = Command::new(program)
            .args(arguments)
            .args(["--listen", &address])
            .env("HELIOGRAPH_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut server = Self {
            child,
            url: format!("http://{address}"),
        };
        let (http, started) = (Http::new(), Instant::now());
        while !matches!(http.get(&format!("{}/readyz", server.url)).await, Ok((200, _))) {
            if let Some(status) = server.child.try_wait()? {
                bail!("{} ended before it was ready ({status})", program.display());
            }
            if started.elapsed() > PATIENCE {
                bail!("{} was not ready within a minute", program.display());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(server)
    }

    /// The memory that it holds, in MB, as the system counts it.
    pub(crate) fn memory(&self) -> Result<f64> {
        self.megabytes("VmRSS:")
    }

    /// The most memory that it has held since it was started, in MB.
    pub(crate) fn peak_memory(&self) -> Result<f64> {
        self.megabytes("VmHWM:")
    }

    /// The processor time that it has taken.
    pub(crate) fn busy(&self) -> Result<Duration> {
        busy(self.child.id())
    }

    fn megabytes(&self, field: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix(field))
            .and_then(|rest| rest.split_whitespace().next())
            .context("the system does not tell the memory of a process")?
            .parse()?;
        Ok(kib * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The processor time that a process has taken (proc_pid_stat(5), fields 14 and 15).
pub(crate) fn busy(process: u32) -> Result<Duration> {
    /// Linux counts in hundredths of a second there, on every architecture that we are built for.
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name, which may have spaces in it, in brackets.
    let (_, fields) = stat
        .rsplit_once(')')
        .context("the system does not tell the time of a process")?;
    let mut ticks = 0;
    for field in fields.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<u32>()?;
    }
    Ok(TICK * ticks)
}

/// An address on this machine that nothing listens on.
pub(crate) fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}
