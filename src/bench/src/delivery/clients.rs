//! Two clients at the stand-in: bare h2, which is the limit, and ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use heliograph_apns::{
    Client, Config, DeviceToken, Environment, ExtraRoots, KeyId, Lane, Notification, SigningKey, TeamId,
    Topic,
};
use http::{Request, header};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::provider::Provider;

/// Connections at a time, as many as ours has.
const CONNECTIONS: usize = 4;
/// Pushes under way at a time on each.
const EACH: usize = 500;

/// The app that is pushed to.
pub(crate) const BUNDLE_ID: &str = "app.bench";
/// The identifiers of the key, as Apple gives them out.
pub(crate) const KEY_ID: &str = "BENCHKEY01";
/// The team's.
pub(crate) const TEAM_ID: &str = "BENCHTEAM1";

/// What every push says.
pub(crate) const PAYLOAD: &str = r#"{"aps":{"alert":{"title":"Hi Ada","body":"Your basket is waiting for you, and shipping is free today."},"sound":"default","mutable-content":1},"adb_uri":"trailhead://basket","_xdm":{"mixins":{}}}"#;

/// The push token with this number.
pub(crate) fn token(n: u64) -> String {
    format!("{n:064x}")
}

/// A key as Apple gives it out, in PEM.
pub(crate) fn signing_key() -> Result<String> {
    Ok(rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?.serialize_pem())
}

/// Pushes a second that bare h2 sends: no tokens are signed, nothing is retried, nothing is read but the status.
pub(crate) async fn bare(provider: &Provider, pushes: u64) -> Result<f64> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&provider.ca)?)?;
    let mut tls = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let tls = TlsConnector::from(Arc::new(tls));
    let mut senders = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(provider.address).await?;
        stream.set_nodelay(true)?;
        let stream = tls.connect(ServerName::try_from("localhost")?, stream).await?;
        let (sender, connection) = h2::client::handshake(stream).await?;
        tokio::spawn(async move {
            // It ends with the last of its senders.
            let _ = connection.await;
        });
        senders.push(sender);
    }
    let authority = format!("localhost:{}", provider.address.port());
    let (next, started) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let tasks: Vec<_> = (0..CONNECTIONS * EACH)
        .map(|task| {
            let (mut sender, next) = (senders[task % CONNECTIONS].clone(), Arc::clone(&next));
            let authority = authority.clone();
            tokio::spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= pushes {
                        return Ok(());
                    }
                    let request = Request::post(format!("https://{authority}/3/device/{}", token(n)))
                        .header(header::AUTHORIZATION, "bearer none")
                        .header("apns-id", uuid::Uuid::from_u128(n.into()).to_string())
                        .header("apns-topic", BUNDLE_ID)
                        .header("apns-push-type", "alert")
                        .header("apns-priority", "10")
                        .header("apns-expiration", "1900000000")
                        .body(())?;
                    sender = sender.ready().await?;
                    let (answer, mut body) = sender.send_request(request, false)?;
                    body.send_data(Bytes::from_static(PAYLOAD.as_bytes()), true)?;
                    let status = answer.await?.status();
                    if status != 200 {
                        bail!("a push was answered with {status}");
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(rate(pushes, started.elapsed()))
}

/// Pushes a second that our client sends.
pub(crate) async fn ours(provider: &Provider, pushes: u64) -> Result<f64> {
    let key = SigningKey::from_pem(&signing_key()?)?;
    let mut config = Config::new(
        Environment::Production,
        key,
        KeyId::new(KEY_ID)?,
        TeamId::new(TEAM_ID)?,
    );
    config.transport.endpoint = provider.endpoint().parse()?;
    config.transport.roots = ExtraRoots::from_pem(&std::fs::read_to_string(&provider.ca)?)?;
    let client = Client::new(config)?;
    let topic = Topic::new(BUNDLE_ID)?;
    let notification = move |n: u64| -> Result<Notification> {
        let token = DeviceToken::new(&token(n)).context("the token is well formed")?;
        Ok(Notification::alert(
            uuid::Uuid::from_u128(n.into()),
            token,
            topic.clone(),
            PAYLOAD,
        ))
    };
    let (next, started) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let tasks: Vec<_> = (0..CONNECTIONS * EACH)
        .map(|_| {
            let (client, next, notification) = (client.clone(), Arc::clone(&next), notification.clone());
            tokio::spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= pushes {
                        return anyhow::Ok(());
                    }
                    client.send(Lane::Main, &notification(n)?).await?;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(rate(pushes, started.elapsed()))
}

/// So many in so long, a second.
pub(crate) fn rate(n: u64, span: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let n = n as f64;
    n / span.as_secs_f64()
}
