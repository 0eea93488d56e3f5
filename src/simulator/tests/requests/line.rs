//! One HTTP/2 connection, over which anything can be asked.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use h2::client::SendRequest;
use http::Request;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub(crate) struct Line(SendRequest<Bytes>);

impl Line {
    pub(crate) async fn open(to: SocketAddr, ca_pem: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap())
            .unwrap();
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TcpStream::connect(to).await.unwrap();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .unwrap();
        let (requests, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self(requests)
    }

    /// Asks, and waits for the answer: its status, and its body, null where that is empty.
    pub(crate) async fn ask(&mut self, request: Request<()>, body: impl Into<Bytes>) -> (u16, Value) {
        let body = body.into();
        std::future::poll_fn(|cx| self.0.poll_ready(cx)).await.unwrap();
        let (answer, mut stream) = self.0.send_request(request, body.is_empty()).unwrap();
        if !body.is_empty() {
            stream.send_data(body, true).unwrap();
        }
        let answer = answer.await.unwrap();
        let status = answer.status().as_u16();
        let mut answered = answer.into_body();
        let mut text = Vec::new();
        while let Some(part) = answered.data().await {
            let part = part.unwrap();
            answered.flow_control().release_capacity(part.len()).unwrap();
            text.extend_from_slice(&part);
        }
        let body = match text.as_slice() {
            [] => Value::Null,
            text => serde_json::from_slice(text).unwrap(),
        };
        (status, body)
    }
}

/// A part of a signed token.
pub(crate) fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
