//! What the process of the stand-in does.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use heliograph_simulator::{TapHandle, tap};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::load::DEAD;
use super::provider::Manner;

/// Most pushes at a time on one connection, as Apple allows.
const STREAMS: u32 = 1000;
/// By how much an answer comes earlier or later than it is meant to.
const SPREAD: f64 = 0.25;
/// What Apple says of a token whose app was removed.
const UNREGISTERED: &str = r#"{"reason":"Unregistered","timestamp":4000000000000}"#;

/// What all connections count together.
struct Tally {
    manner: Manner,
    taken: AtomicU64,
    dead: AtomicU64,
    /// The least number of pushes taken that somebody waits for.
    awaited: AtomicU64,
    reached: Notify,
}

impl Tally {
    /// Counts a push; its number among its like.
    fn count(&self, is_dead: bool) -> u64 {
        if is_dead {
            return self.dead.fetch_add(1, Ordering::SeqCst) + 1;
        }
        let n = self.taken.fetch_add(1, Ordering::SeqCst) + 1;
        if n >= self.awaited.load(Ordering::SeqCst) {
            self.awaited.store(u64::MAX, Ordering::SeqCst);
            self.reached.notify_waiters();
        }
        n
    }

    /// Waits until there are so many.
    async fn until(&self, least: u64) {
        loop {
            let mut reached = std::pin::pin!(self.reached.notified());
            reached.as_mut().enable();
            self.awaited.fetch_min(least, Ordering::SeqCst);
            if self.taken.load(Ordering::SeqCst) >= least {
                return;
            }
            reached.await;
        }
    }

    /// How long the answer to the push with this number takes: spread evenly, and alike in each run.
    fn latency(&self, n: u64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "below a hundred")]
        let share = (n * 37 % 100) as f64 / 50.0 - 1.0;
        self.manner.latency.mul_f64(1.0 + SPREAD * share)
    }
}

/// A connection whose streams are cut after a refusal.
struct Line {
    tap: TapHandle,
    is_cut: AtomicBool,
}

impl Line {
    fn answered(&self, taken: bool) {
        if self.is_cut.swap(!taken, Ordering::SeqCst) == taken {
            self.tap.announce(if taken { STREAMS } else { 1 });
        }
    }
}

/// Is the stand-in, until it is killed.
pub(crate) async fn run(ca: &Path, manner: Manner) -> Result<()> {
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
    let tally = Arc::new(Tally {
        manner,
        taken: AtomicU64::new(0),
        dead: AtomicU64::new(0),
        awaited: AtomicU64::new(u64::MAX),
        reached: Notify::new(),
    });
    {
        let mut out = tokio::io::stdout();
        let line = format!("{} {}\n", pushes.local_addr()?, control.local_addr()?);
        out.write_all(line.as_bytes()).await?;
        out.flush().await?;
    }
    let counted = Arc::clone(&tally);
    tokio::spawn(async move {
        while let Ok((stream, _)) = control.accept().await {
            tokio::spawn(tell(stream, Arc::clone(&counted)));
        }
    });
    loop {
        let (stream, _) = pushes.accept().await?;
        stream.set_nodelay(true)?;
        let (tls, tally) = (tls.clone(), Arc::clone(&tally));
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else {
                return;
            };
            if tally.manner.drops_streams {
                let (stream, tap) = tap(stream, STREAMS, Duration::ZERO);
                let is_cut = AtomicBool::new(false);
                serve(stream, tally, Some(Arc::new(Line { tap, is_cut }))).await;
            } else {
                serve(stream, tally, None).await;
            }
        });
    }
}

/// Tells how many pushes have come, once as many were taken as are asked for.
async fn tell(mut stream: TcpStream, tally: Arc<Tally>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let least = stream.read_u64().await?;
    tally.until(least).await;
    stream.write_u64(tally.taken.load(Ordering::SeqCst)).await?;
    stream.write_u64(tally.dead.load(Ordering::SeqCst)).await
}

async fn serve<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: T,
    tally: Arc<Tally>,
    line: Option<Arc<Line>>,
) {
    let service = service_fn(|request| answer(request, Arc::clone(&tally), line.clone()));
    // Who is measured closes the connection as they like.
    let _ = http2::Builder::new(TokioExecutor::new())
        .max_concurrent_streams(STREAMS)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    tally: Arc<Tally>,
    line: Option<Arc<Line>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    const ID: HeaderName = HeaderName::from_static("apns-id");
    let path = request.uri().path();
    if path == "/token" {
        return Ok(json(
            r#"{"access_token":"none","expires_in":3600,"token_type":"Bearer"}"#,
        ));
    }
    let is_apple = path.starts_with("/3/device/");
    let is_dead = path
        .strip_prefix("/3/device/")
        .is_some_and(|token| token.starts_with(DEAD));
    let id = request.headers().get(&ID).cloned();
    // A body that breaks off is no push.
    if request.into_body().collect().await.is_err() {
        return Ok(Response::default());
    }
    let n = tally.count(is_dead);
    if !tally.manner.latency.is_zero() {
        tokio::time::sleep(tally.latency(n)).await;
    }
    if !is_apple {
        return Ok(json(r#"{"name":"projects/bench/messages/0:1"}"#));
    }
    if let Some(line) = line {
        line.answered(!is_dead);
    }
    let mut response = Response::new(Full::default());
    if is_dead {
        *response.status_mut() = StatusCode::GONE;
        *response.body_mut() = Full::new(Bytes::from_static(UNREGISTERED.as_bytes()));
    }
    if let Some(id) = id {
        response.headers_mut().insert(ID, id);
    }
    Ok(response)
}

fn json(body: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
