//! A stand-in for Apple and Google, as fast as can be: it takes every push whose token is not dead, after a while that is
//! set, and counts. It runs as a process of its own, so that all who are measured meet it alike.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// How the stand-in behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    /// How long an answer takes, a quarter of it more or less.
    pub(crate) latency: Duration,
    /// Does a refusal cut its connection down to one stream, until the next push that is taken? Apple was seen to do that
    /// (OpenRadar 27870881).
    pub(crate) drops_streams: bool,
}

/// How many pushes have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrived {
    /// Those that were taken.
    pub(crate) taken: u64,
    /// Those to a dead token.
    pub(crate) dead: u64,
}

/// A running stand-in; killed when it is dropped.
pub(crate) struct Provider {
    child: Child,
    /// Where it takes pushes, by TLS, as `localhost`.
    pub(crate) address: SocketAddr,
    /// Where it says how many it has taken.
    control: SocketAddr,
    /// The file with the certificate to trust.
    pub(crate) ca: PathBuf,
    /// Where that file is.
    _folder: tempfile::TempDir,
}

impl Provider {
    /// Starts one as a process.
    pub(crate) async fn start(manner: Manner) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let ca = folder.path().join("provider.pem");
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("--stand-in")
            .arg(&ca)
            .arg("--stand-in-latency")
            .arg(manner.latency.as_millis().to_string());
        if manner.drops_streams {
            command.arg("--stand-in-drops-streams");
        }
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(tokio::process::ChildStdout::from_std(out)?).lines();
        let line = lines.next_line().await?.context("the stand-in ended at once")?;
        let (address, control) = line.split_once(' ').context("it says two addresses")?;
        Ok(Self {
            child,
            address: address.parse()?,
            control: control.parse()?,
            ca,
            _folder: folder,
        })
    }

    /// Its address as it is given to those who send.
    pub(crate) fn endpoint(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// How many pushes have come.
    pub(crate) async fn arrived(&self) -> Result<Arrived> {
        self.ask(0).await
    }

    /// Waits until so many pushes were taken. It is told at once, and not found out by asking again and again, which would
    /// take processor time from what is measured.
    pub(crate) async fn until_taken(&self, n: u64, patience: Duration) -> Result<Arrived> {
        match tokio::time::timeout(patience, self.ask(n)).await {
            Ok(arrived) => arrived,
            Err(_) => bail!(
                "{} of {n} pushes were taken in {} s",
                self.arrived().await?.taken,
                patience.as_secs()
            ),
        }
    }

    /// How many have come, once `least` were taken.
    async fn ask(&self, least: u64) -> Result<Arrived> {
        let mut stream = TcpStream::connect(self.control).await?;
        stream.set_nodelay(true)?;
        stream.write_u64(least).await?;
        Ok(Arrived {
            taken: stream.read_u64().await?,
            dead: stream.read_u64().await?,
        })
    }

    /// The processor time that it has taken.
    pub(crate) fn busy(&self) -> Result<Duration> {
        crate::server::busy(self.child.id())
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Repeats something until it is so, or patience is over.
pub(crate) async fn until<F: Future<Output = Result<bool>>>(
    what: &str,
    patience: Duration,
    mut is_so: impl FnMut() -> F,
) -> Result<()> {
    let started = Instant::now();
    while !is_so().await? {
        if started.elapsed() > patience {
            bail!("{what}: not within {} s", patience.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
