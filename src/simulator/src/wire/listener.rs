//! Accepts connections and hands each to the protocol it asks for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tracing::debug;

use super::{Identity, Service, http1, http2};
use crate::error::Error;

/// How long a client may take for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to wait when the machine has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The HTTP versions that a service takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocols {
    /// Only HTTP/2, as Apple.
    Http2,
    /// HTTP/2 and HTTP/1.1, as Google.
    Both,
}

impl Protocols {
    fn alpn(self) -> &'static [&'static [u8]] {
        match self {
            Self::Http2 => &[b"h2"],
            Self::Both => &[b"h2", b"http/1.1"],
        }
    }
}

/// Listens on the address until `stop` changes; returns the address with its actual port.
pub(crate) async fn listen<S: Service>(
    name: &'static str,
    address: SocketAddr,
    protocols: Protocols,
    identity: &Identity,
    service: Arc<S>,
    stop: watch::Receiver<()>,
) -> Result<SocketAddr, Error> {
    let failed = |source| Error::Listen {
        service: name,
        address,
        source,
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let actual = listener.local_addr().map_err(failed)?;
    let acceptor = TlsAcceptor::from(identity.server(protocols.alpn())?);
    let mut stopped = stop.clone();
    tokio::spawn(async move {
        loop {
            let connection = tokio::select! {
                connection = listener.accept() => connection,
                _ = stopped.changed() => return,
            };
            match connection {
                Ok((stream, _)) => {
                    let (acceptor, service, mut stop) =
                        (acceptor.clone(), Arc::clone(&service), stop.clone());
                    tokio::spawn(async move {
                        tokio::select! {
                            () = serve(name, stream, acceptor, protocols, service) => {}
                            _ = stop.changed() => {}
                        }
                    });
                }
                Err(error) => {
                    debug!(service = name, %error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    });
    Ok(actual)
}

async fn serve<S: Service>(
    name: &'static str,
    stream: TcpStream,
    acceptor: TlsAcceptor,
    protocols: Protocols,
    service: Arc<S>,
) {
    // Answers are small; waiting to fill a packet only adds delay. It is not fatal if the system can't.
    let _ = stream.set_nodelay(true);
    let tls = match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(tls)) => tls,
        Ok(Err(error)) => return debug!(service = name, %error, "TLS handshake failed"),
        Err(_) => return debug!(service = name, "TLS handshake timed out"),
    };
    let chosen = tls.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
    match chosen.as_deref() {
        Some(b"h2") => {
            if let Err(error) = http2::serve(service, tls).await {
                debug!(service = name, %error, "HTTP/2 connection ended");
            }
        }
        _ if protocols == Protocols::Both => {
            if let Err(error) = http1::serve(service, tls).await {
                debug!(service = name, %error, "HTTP/1.1 connection ended");
            }
        }
        _ => debug!(service = name, "the client does not speak HTTP/2"),
    }
}
