use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Connection, SendRequest};
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::greeting::Greeting;
use crate::{Config, Endpoint, Error, Scheme};

/// The one protocol that is offered.
const ALPN_HTTP2: &[u8] = b"h2";
/// Bytes of answers that may be under way on one connection; the bodies are small, so one window for many streams.
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Streams that may be used before the provider's SETTINGS arrive.
///
/// Apple allows one until a request with a valid token was answered; h2's own default of 100 loses requests. Apple,
/// "Sending notification requests to APNs"
/// (<https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns>).
const STREAMS_BEFORE_SETTINGS: usize = 1;

/// A byte stream to the provider, in the clear or under TLS.
pub(crate) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// An HTTP/2 connection that was just made.
pub(crate) struct Made {
    pub(crate) sender: SendRequest<Bytes>,
    pub(crate) driver: Connection<Box<dyn Io>, Bytes>,
    pub(crate) peer: SocketAddr,
    pub(crate) greeting: Greeting,
}

/// Makes connections to one endpoint.
pub(crate) struct Connector {
    endpoint: Endpoint,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    limit: Duration,
    /// Turns the list of addresses, so that connections spread over them.
    turn: AtomicUsize,
}

impl Connector {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let tls = match config.endpoint.scheme() {
            Scheme::Http => None,
            Scheme::Https => Some(tls(config)?),
        };
        Ok(Self {
            endpoint: config.endpoint.clone(),
            tls,
            limit: config.connect_timeout,
            turn: AtomicUsize::new(0),
        })
    }

    /// One try at a connection, within the time limit.
    pub(crate) async fn connect(&self) -> Result<Made, Error> {
        match timeout(self.limit, self.try_connect()).await {
            Ok(result) => result,
            Err(_) => Err(self.unreachable(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no connection within {:?}", self.limit),
            ))),
        }
    }

    async fn try_connect(&self) -> Result<Made, Error> {
        let addresses = self.addresses().await?;
        let (tcp, peer) = self.tcp(&addresses).await?;
        let io: Box<dyn Io> = match &self.tls {
            None => Box::new(tcp),
            Some((connector, name)) => {
                let stream = connector
                    .connect(name.clone(), tcp)
                    .await
                    .map_err(|error| self.tls_error(error))?;
                if stream.get_ref().1.alpn_protocol() != Some(ALPN_HTTP2) {
                    return Err(Error::NotHttp2 {
                        endpoint: self.endpoint.clone(),
                    });
                }
                Box::new(stream)
            }
        };
        let greeting = Greeting::default();
        let (sender, driver) = h2::client::Builder::new()
            .enable_push(false)
            .initial_max_send_streams(STREAMS_BEFORE_SETTINGS)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .handshake(greeting.listen(io))
            .await
            .map_err(|error| self.unreachable(io::Error::other(error)))?;
        Ok(Made {
            sender,
            driver,
            peer,
            greeting,
        })
    }

    /// The addresses of the host, looked up now, beginning with another one each time.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, Error> {
        let not_found = |cause| Error::NameNotFound {
            endpoint: self.endpoint.clone(),
            cause: Arc::new(cause),
        };
        let mut addresses: Vec<SocketAddr> =
            tokio::net::lookup_host((self.endpoint.host(), self.endpoint.port()))
                .await
                .map_err(not_found)?
                // A name that says loopback must also lead there before anything is sent in the clear.
                .filter(|address| self.endpoint.scheme() == Scheme::Https || address.ip().is_loopback())
                .collect();
        if addresses.is_empty() {
            return Err(not_found(io::Error::new(
                io::ErrorKind::NotFound,
                "the name has no address",
            )));
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % addresses.len();
        addresses.rotate_left(turn);
        Ok(addresses)
    }

    async fn tcp(&self, addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr), Error> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        // A dead address must leave time for the next one.
        let each = self.limit / 2;
        for &address in addresses {
            match timeout(each, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Requests are small; Nagle's algorithm would hold them back.
                    stream
                        .set_nodelay(true)
                        .map_err(|error| self.unreachable(error))?;
                    return Ok((stream, address));
                }
                Ok(Err(error)) => last = error,
                Err(_) => {
                    last = io::Error::new(io::ErrorKind::TimedOut, format!("{address} does not answer"))
                }
            }
        }
        Err(self.unreachable(last))
    }

    fn tls_error(&self, error: io::Error) -> Error {
        let endpoint = self.endpoint.clone();
        match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            Some(rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
                Error::NotHttp2 { endpoint }
            }
            Some(cause) => Error::Tls {
                endpoint,
                cause: Arc::new(cause.clone()),
            },
            None => self.unreachable(error),
        }
    }

    fn unreachable(&self, cause: io::Error) -> Error {
        Error::Connect {
            endpoint: self.endpoint.clone(),
            cause: Arc::new(cause),
        }
    }
}

fn tls(config: &Config) -> Result<(TlsConnector, ServerName<'static>), Error> {
    let failed = |cause: rustls::Error| Error::Tls {
        endpoint: config.endpoint.clone(),
        cause: Arc::new(cause),
    };
    let name = ServerName::try_from(config.endpoint.host().to_owned())
        .map_err(|error| failed(rustls::Error::General(error.to_string())))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_root_certificates(config.roots.store())
        .with_no_client_auth();
    client.alpn_protocols = vec![ALPN_HTTP2.to_vec()];
    Ok((TlsConnector::from(Arc::new(client)), name))
}
