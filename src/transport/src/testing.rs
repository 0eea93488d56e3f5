//! A small HTTP/2 server on loopback for tests: each request is answered by a closure.
//!
//! It serves real TLS with a certificate made on the spot, so that what is tested is what runs.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes, BytesMut};
use h2::server::SendResponse;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::connect::Io;
use crate::{Config, Endpoint, ExtraRoots};

/// Why a stream is reset.
pub use h2::Reason;

/// A request as it reached the [`TestServer`].
#[derive(Debug, Clone)]
pub struct Received {
    /// Which connection brought it, counted from 0.
    pub connection: usize,
    /// Its method.
    pub method: Method,
    /// Its path and query.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its whole body.
    pub body: Bytes,
}

impl Received {
    /// A header as text; empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// What the [`TestServer`] does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers it.
    Answer {
        /// Status.
        status: StatusCode,
        /// Headers.
        headers: HeaderMap,
        /// Body.
        body: Bytes,
    },
    /// Resets its stream.
    Reset(h2::Reason),
    /// Never answers.
    Silence,
    /// Breaks the connection.
    HangUp,
}

impl Reply {
    /// An answer with a status and a body.
    ///
    /// # Panics
    /// If the status is not between 100 and 999.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        let status = StatusCode::from_u16(status).expect("a test gives a valid status");
        Self::Answer {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    /// The same answer with one more header.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            let value = HeaderValue::from_str(value).expect("a test gives a valid header");
            headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}

/// Until when the certificate of a [`TestServer`] is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Far into the future.
    Current,
    /// Until a day that is long gone.
    Expired,
}

/// How a [`TestServer`] listens.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Whether its certificate has expired.
    pub certificate: Validity,
    /// The protocols it offers under TLS.
    pub alpn: Vec<&'static str>,
    /// Streams it allows at a time on a connection.
    pub max_streams: Option<u32>,
    /// Whether it writes nothing, not even its SETTINGS, before [`TestServer::let_write`].
    pub hold_writes: bool,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            tls: true,
            certificate: Validity::Current,
            alpn: vec!["h2"],
            max_streams: Some(100),
            hold_writes: false,
        }
    }
}

/// A server on loopback that lives as long as this value.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    tls: bool,
    certificate: String,
    connections: Arc<AtomicUsize>,
    gate: Arc<Gate>,
    accepting: JoinHandle<()>,
}

impl TestServer {
    /// Starts a server with TLS and 100 streams per connection.
    pub async fn start<F, A>(answer: F) -> Self
    where
        F: Fn(Received) -> A + Send + Sync + 'static,
        A: Future<Output = Reply> + Send + 'static,
    {
        Self::start_with(ServerOptions::default(), answer).await
    }

    /// Starts a server.
    ///
    /// # Panics
    /// If loopback cannot be listened on.
    pub async fn start_with<F, A>(options: ServerOptions, answer: F) -> Self
    where
        F: Fn(Received) -> A + Send + Sync + 'static,
        A: Future<Output = Reply> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("loopback can be listened on");
        let address = listener.local_addr().expect("a bound listener has an address");
        let (acceptor, certificate) = acceptor(&options.alpn, options.certificate);
        let connections = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(Gate {
            open: Mutex::new((!options.hold_writes, Vec::new())),
        });
        let answer = Arc::new(answer);
        let tls = options.tls;
        let accepting = tokio::spawn({
            let (connections, gate) = (Arc::clone(&connections), Arc::clone(&gate));
            async move {
                while let Ok((tcp, _)) = listener.accept().await {
                    let connection = connections.fetch_add(1, Ordering::SeqCst);
                    let acceptor = options.tls.then(|| acceptor.clone());
                    let (answer, gate) = (Arc::clone(&answer), Arc::clone(&gate));
                    let max_streams = options.max_streams;
                    tokio::spawn(async move {
                        let io: Box<dyn Io> = match acceptor {
                            None => Box::new(tcp),
                            Some(acceptor) => match acceptor.accept(tcp).await {
                                Ok(stream) => Box::new(stream),
                                // The client does not trust us, which its own test asserts.
                                Err(_) => return,
                            },
                        };
                        serve(
                            Gated {
                                io,
                                gate,
                                held: BytesMut::new(),
                            },
                            connection,
                            max_streams,
                            answer,
                        )
                        .await;
                    });
                }
            }
        });
        Self {
            address,
            tls,
            certificate,
            connections,
            gate,
            accepting,
        }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> Endpoint {
        let scheme = if self.tls { "https" } else { "http" };
        Endpoint::parse(&format!("{scheme}://{}", self.address)).expect("a loopback address is an endpoint")
    }

    /// Its certificate in PEM, which the client must trust.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate
    }

    /// Its certificate as the client takes it.
    pub fn roots(&self) -> ExtraRoots {
        ExtraRoots::from_pem(&self.certificate).expect("the server's certificate is a certificate")
    }

    /// The settings that reach it.
    pub fn config(&self) -> Config {
        let mut config = Config::new(self.endpoint());
        config.roots = self.roots();
        config
    }

    /// How many connections it has accepted.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Lets it write, if it was told to hold back.
    pub fn let_write(&self) {
        let wakers = {
            let mut open = self.gate.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.0 = true;
            std::mem::take(&mut open.1)
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn acceptor(alpn: &[&str], validity: Validity) -> (TlsAcceptor, String) {
    let mut about = rcgen::CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()])
        .expect("loopback names are names");
    if validity == Validity::Expired {
        about.not_before = rcgen::date_time_ymd(2020, 1, 1);
        about.not_after = rcgen::date_time_ymd(2021, 1, 1);
    }
    let pair = rcgen::KeyPair::generate().expect("a key can be made");
    let made = about
        .self_signed(&pair)
        .expect("loopback names make a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring serves the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.der().clone()], key)
        .expect("the key belongs to the certificate");
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    (TlsAcceptor::from(Arc::new(config)), made.pem())
}

async fn serve<F, A>(io: Gated, connection: usize, max_streams: Option<u32>, answer: Arc<F>)
where
    F: Fn(Received) -> A + Send + Sync + 'static,
    A: Future<Output = Reply> + Send + 'static,
{
    let mut builder = h2::server::Builder::new();
    if let Some(max) = max_streams {
        builder.max_concurrent_streams(max);
    }
    let Ok(mut http2) = builder.handshake::<_, Bytes>(io).await else {
        return;
    };
    let hang_up = Arc::new(Notify::new());
    loop {
        let (request, respond) = tokio::select! {
            next = http2.accept() => match next {
                Some(Ok(next)) => next,
                Some(Err(_)) | None => return,
            },
            () = hang_up.notified() => return,
        };
        let (answer, hang_up) = (Arc::clone(&answer), Arc::clone(&hang_up));
        tokio::spawn(async move {
            let (head, mut stream) = request.into_parts();
            let mut body = BytesMut::new();
            while let Some(Ok(chunk)) = stream.data().await {
                // A client that has gone is no concern of the server.
                let _ = stream.flow_control().release_capacity(chunk.len());
                body.extend_from_slice(&chunk);
            }
            let received = Received {
                connection,
                method: head.method,
                path: head
                    .uri
                    .path_and_query()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                headers: head.headers,
                body: body.freeze(),
            };
            reply(answer(received).await, respond, &hang_up).await;
        });
    }
}

async fn reply(reply: Reply, mut respond: SendResponse<Bytes>, hang_up: &Notify) {
    match reply {
        Reply::Answer {
            status,
            headers,
            body,
        } => {
            let mut head = http::Response::new(());
            *head.status_mut() = status;
            *head.headers_mut() = headers;
            // A client that has gone is no concern of the server.
            if let Ok(mut stream) = respond.send_response(head, body.is_empty())
                && !body.is_empty()
            {
                let _ = stream.send_data(body, true);
            }
        }
        Reply::Reset(reason) => respond.send_reset(reason),
        Reply::Silence => std::future::pending().await,
        Reply::HangUp => hang_up.notify_one(),
    }
}

/// Holds writes back until it is opened.
#[derive(Debug)]
struct Gate {
    open: Mutex<(bool, Vec<Waker>)>,
}

/// A stream that keeps what is written until its gate opens; the server believes it was sent.
struct Gated {
    io: Box<dyn Io>,
    gate: Arc<Gate>,
    held: BytesMut,
}

impl Gated {
    /// Sends what was held, if the gate is open; registers for its opening otherwise.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        {
            let mut open = self.gate.open.lock().unwrap_or_else(PoisonError::into_inner);
            if !open.0 {
                open.1.push(cx.waker().clone());
                return Poll::Pending;
            }
        }
        while !self.held.is_empty() {
            let sent = ready!(Pin::new(&mut self.io).poll_write(cx, &self.held))?;
            self.held.advance(sent);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Gated {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A connection reads all the time, so this is where it learns that the gate has opened.
        if !self.held.is_empty() && self.poll_held(cx)?.is_ready() {
            ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        }
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Gated {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.poll_held(cx)? {
            Poll::Ready(()) => Pin::new(&mut self.io).poll_write(cx, bytes),
            Poll::Pending => {
                self.held.extend_from_slice(bytes);
                Poll::Ready(Ok(bytes.len()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.poll_held(cx)? {
            Poll::Ready(()) => Pin::new(&mut self.io).poll_flush(cx),
            Poll::Pending => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
