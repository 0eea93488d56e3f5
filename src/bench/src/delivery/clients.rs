//! Clients at the stand-in: bare h2, which is the limit, and ours.

use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use h2::client::SendRequest;
use heliograph_apns::{
    Config, DeviceToken, Environment, Error, ExtraRoots, KeyId, Lane, Notification, ProviderTokens, Reason,
    SigningKey, TeamId, Topic,
};
use heliograph_fcm::{Message, Mode, Quota, ServiceAccount, Target};
use http::{Request, StatusCode, header};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::load::{Answer, BUNDLE_ID, CONNECTIONS, Client, KEY_ID, PAYLOAD, TEAM_ID, signing_key};
use super::provider::Provider;

/// Bare h2: no tokens are signed, nothing is retried, nothing is read but the status.
#[derive(Clone)]
pub(crate) struct Bare {
    sender: SendRequest<Bytes>,
    authority: Arc<str>,
}

impl Bare {
    /// One for each connection.
    pub(crate) async fn connect(provider: &Provider) -> Result<Vec<Self>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&provider.ca)?)?;
        let mut tls = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let tls = TlsConnector::from(Arc::new(tls));
        let authority: Arc<str> = format!("localhost:{}", provider.address.port()).into();
        let mut all = Vec::new();
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(provider.address).await?;
            stream.set_nodelay(true)?;
            let stream = tls.connect(ServerName::try_from("localhost")?, stream).await?;
            let (sender, connection) = h2::client::handshake(stream).await?;
            tokio::spawn(async move {
                // It ends with the last of its senders.
                let _ = connection.await;
            });
            all.push(Self {
                sender,
                authority: Arc::clone(&authority),
            });
        }
        Ok(all)
    }
}

impl Client for Bare {
    async fn push(&mut self, n: u64, token: String) -> Result<Answer> {
        let request = Request::post(format!("https://{}/3/device/{token}", self.authority))
            .header(header::AUTHORIZATION, "bearer none")
            .header("apns-id", uuid::Uuid::from_u128(n.into()).to_string())
            .header("apns-topic", BUNDLE_ID)
            .header("apns-push-type", "alert")
            .header("apns-priority", "10")
            .header("apns-expiration", "1900000000")
            .body(())?;
        std::future::poll_fn(|cx| self.sender.poll_ready(cx)).await?;
        let (answer, mut body) = self.sender.send_request(request, false)?;
        body.send_data(Bytes::from_static(PAYLOAD.as_bytes()), true)?;
        match answer.await?.status() {
            StatusCode::OK => Ok(Answer::Taken),
            StatusCode::GONE => Ok(Answer::Dead),
            other => bail!("a push was answered with {other}"),
        }
    }
}

/// Our client of APNs.
#[derive(Clone)]
pub(crate) struct Apns {
    client: heliograph_apns::Client,
    topic: Topic,
}

impl Apns {
    /// One that has no connection yet.
    pub(crate) fn new(provider: &Provider) -> Result<Self> {
        let key = SigningKey::from_pem(&signing_key()?)?;
        let tokens = ProviderTokens::new(key, KeyId::new(KEY_ID)?, TeamId::new(TEAM_ID)?);
        let mut config = Config::new(Environment::Production, tokens);
        config.transport.endpoint = provider.endpoint().parse()?;
        config.transport.roots = ExtraRoots::from_pem(&std::fs::read_to_string(&provider.ca)?)?;
        Ok(Self {
            client: heliograph_apns::Client::new(config)?,
            topic: Topic::new(BUNDLE_ID)?,
        })
    }
}

impl Client for Apns {
    async fn push(&mut self, n: u64, token: String) -> Result<Answer> {
        let token = DeviceToken::new(&token).context("the token is well formed")?;
        let topic = self.topic.clone();
        let notification = Notification::alert(uuid::Uuid::from_u128(n.into()), token, topic, PAYLOAD);
        match self.client.send(Lane::Main, &notification).await {
            Ok(_) => Ok(Answer::Taken),
            Err(Error::Refused {
                reason: Reason::Unregistered,
                ..
            }) => Ok(Answer::Dead),
            Err(error) => Err(error.into()),
        }
    }
}

/// Our client of FCM.
#[derive(Clone)]
pub(crate) struct Fcm(heliograph_fcm::Client);

impl Fcm {
    /// One that has no connection yet.
    pub(crate) fn new(provider: &Provider) -> Result<Self> {
        let key_file = heliograph_fcm::testing::key_file(&format!("{}/token", provider.endpoint()));
        let mut config = heliograph_fcm::Config::new(ServiceAccount::from_json(&key_file)?);
        config.transport.endpoint = provider.endpoint().parse()?;
        config.transport.roots =
            heliograph_fcm::ExtraRoots::from_pem(&std::fs::read_to_string(&provider.ca)?)?;
        // Google's 10,000 a second is not what is measured.
        config.quota = Quota::new(NonZeroU32::MAX);
        Ok(Self(heliograph_fcm::Client::new(config)?))
    }
}

impl Client for Fcm {
    async fn push(&mut self, _n: u64, token: String) -> Result<Answer> {
        let mut message = Message::new(Target::Token(token));
        message.notification = Some(heliograph_fcm::Notification {
            title: Some("Hi Ada".to_owned()),
            body: Some("Your basket is waiting for you, and shipping is free today.".to_owned()),
            ..heliograph_fcm::Notification::default()
        });
        message
            .data
            .insert("adb_uri".to_owned(), r#""trailhead://basket""#.to_owned());
        message
            .data
            .insert("_xdm".to_owned(), r#"{"mixins":{}}"#.to_owned());
        self.0.send(&message, Mode::Deliver).await?;
        Ok(Answer::Taken)
    }
}
