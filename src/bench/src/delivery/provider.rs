//! A stand-in for Apple, as fast as can be: it takes every push, after a while that is set, and counts. It runs as a
//! process of its own, so that all who are measured meet it alike.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{HeaderName, Request, Response};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Most pushes at a time on one connection, as Apple allows.
const STREAMS: u32 = 1000;
/// By how much an answer comes earlier or later than it is meant to.
const SPREAD: f64 = 0.25;

/// How long an answer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Latency(pub(crate) Duration);

impl Latency {
    /// The latency of the push with this number.
    fn of(self, n: u64) -> Duration {
        // Spread evenly, and alike in each run.
        #[expect(clippy::cast_precision_loss, reason = "below a hundred")]
        let share = (n * 37 % 100) as f64 / 50.0 - 1.0;
        self.0.mul_f64(1.0 + SPREAD * share)
    }
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
}

impl Provider {
    /// Starts one as a process, with its certificate in `folder`.
    pub(crate) async fn start(folder: &Path, latency: Latency) -> Result<Self> {
        let ca = folder.join("provider.pem");
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--stand-in")
            .arg(&ca)
            .arg("--stand-in-latency")
            .arg(latency.0.as_millis().to_string())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(tokio::process::ChildStdout::from_std(out)?).lines();
        let line = lines.next_line().await?.context("the stand-in ended at once")?;
        let (address, control) = line.split_once(' ').context("it says two addresses")?;
        Ok(Self {
            child,
            address: address.parse()?,
            control: control.parse()?,
            ca,
        })
    }

    /// Its address as it is given to those who send.
    pub(crate) fn endpoint(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// How many pushes it has taken.
    pub(crate) async fn taken(&self) -> Result<u64> {
        let mut answer = String::new();
        TcpStream::connect(self.control)
            .await?
            .read_to_string(&mut answer)
            .await?;
        Ok(answer.trim().parse()?)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is the stand-in, until it is killed.
pub(crate) async fn stand_in(ca: &Path, latency: Latency) -> Result<()> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    tokio::fs::write(ca, made.cert.pem()).await?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let mut tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let tls = TlsAcceptor::from(Arc::new(tls));
    let (pushes, control) = (
        TcpListener::bind("127.0.0.1:0").await?,
        TcpListener::bind("127.0.0.1:0").await?,
    );
    let taken = Arc::new(AtomicU64::new(0));
    {
        let mut out = tokio::io::stdout();
        let line = format!("{} {}\n", pushes.local_addr()?, control.local_addr()?);
        out.write_all(line.as_bytes()).await?;
        out.flush().await?;
    }
    let counted = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = control.accept().await {
            let line = format!("{}\n", counted.load(Ordering::Relaxed));
            // Whoever asks may have gone.
            let _ = stream.write_all(line.as_bytes()).await;
        }
    });
    loop {
        let (stream, _) = pushes.accept().await?;
        stream.set_nodelay(true)?;
        let (tls, taken) = (tls.clone(), Arc::clone(&taken));
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else {
                return;
            };
            let service = service_fn(|request| answer(request, Arc::clone(&taken), latency));
            // Who is measured closes the connection as they like.
            let _ = http2::Builder::new(TokioExecutor::new())
                .max_concurrent_streams(STREAMS)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    taken: Arc<AtomicU64>,
    latency: Latency,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    const ID: HeaderName = HeaderName::from_static("apns-id");
    let id = request.headers().get(&ID).cloned();
    // A body that breaks off is no push.
    if request.into_body().collect().await.is_err() {
        return Ok(Response::default());
    }
    let n = taken.fetch_add(1, Ordering::Relaxed);
    if !latency.0.is_zero() {
        tokio::time::sleep(latency.of(n)).await;
    }
    let mut response = Response::new(Empty::new());
    if let Some(id) = id {
        response.headers_mut().insert(ID, id);
    }
    Ok(response)
}

/// Waits until the stand-in has taken so many.
pub(crate) async fn until_taken(provider: &Provider, n: u64, patience: Duration) -> Result<()> {
    let started = std::time::Instant::now();
    loop {
        let taken = provider.taken().await?;
        if taken >= n {
            return Ok(());
        }
        if started.elapsed() > patience {
            bail!("{taken} of {n} pushes arrived in {} s", patience.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
