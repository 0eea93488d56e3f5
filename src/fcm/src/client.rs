use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use heliograph_transport::http::header::{AUTHORIZATION, CONTENT_TYPE};
use heliograph_transport::http::{HeaderValue, StatusCode};
use heliograph_transport::{Channel, Clock, Config as TransportConfig, Endpoint, Lane, Request, Stats};
use serde::{Deserialize, Serialize};

use crate::access_token::AccessTokens;
use crate::{Error, Message, Quota, Refusal, ServiceAccount};

/// Who sends, and over which connections.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The account that sends.
    pub account: ServiceAccount,
    /// Endpoint, extra certificate authorities, number of connections and time limits.
    ///
    /// The authorities and the time limits also hold for fetching access tokens.
    pub transport: TransportConfig,
    /// The clock that dates access tokens.
    pub clock: Clock,
    /// How fast the account's project may send; clients of one project share it.
    pub quota: Quota,
}

impl Config {
    /// Sends to Google's own endpoint; set [`Config::transport`] for another.
    pub fn new(account: ServiceAccount) -> Self {
        // Well-formed, and a test reads it.
        let endpoint =
            Endpoint::parse("https://fcm.googleapis.com").expect("Google's address is an endpoint");
        Self {
            account,
            transport: TransportConfig::new(endpoint),
            clock: Clock::system(),
            quota: Quota::default(),
        }
    }
}

/// Whether a message is to reach anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// FCM delivers it.
    Deliver,
    /// FCM only checks it (`validate_only`).
    ValidateOnly,
}

/// FCM's answer to a message that it accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The message's name, `projects/{project}/messages/{id}`.
    pub name: String,
}

/// Sends messages in one Firebase project; cheap to clone.
#[derive(Clone)]
pub struct Client {
    channel: Channel,
    tokens: Arc<AccessTokens>,
    clock: Clock,
    quota: Quota,
    /// How long a turn is waited for.
    patience: Duration,
    path: Arc<str>,
}

impl Client {
    /// Prepares a client, without opening a connection.
    pub fn new(config: Config) -> Result<Self, Error> {
        let Config {
            account,
            transport,
            clock,
            quota,
        } = config;
        let patience = transport.wait_timeout;
        let mut sign_in = transport.clone();
        sign_in.endpoint = account.token_uri.endpoint.clone();
        sign_in.max_connections = 1;
        let path = format!("/v1/projects/{}/messages:send", account.project_id);
        let tokens = AccessTokens::new(account, Channel::new(sign_in)?, clock.clone());
        let channel = Channel::new(transport)?;
        Ok(Self {
            channel,
            tokens: Arc::new(tokens),
            clock,
            quota,
            patience,
            path: path.into(),
        })
    }

    /// Sends a message and waits for FCM's answer.
    ///
    /// Waits while FCM allows no more at a time, for a turn in the project's [`Quota`], and for the first access token.
    ///
    /// # Errors
    /// [`Error::Refused`] with all that FCM says; [`Error::SignIn`] if there is no access token,
    /// [`Error::QuotaSpent`] if the next turn is far away, and [`Error::Transport`] if there was no answer.
    pub async fn send(&self, message: &Message, mode: Mode) -> Result<Response, Error> {
        let envelope = Envelope {
            validate_only: mode == Mode::ValidateOnly,
            message,
        };
        let body =
            serde_json::to_vec(&envelope).map_err(|error| Error::UnwritableMessage(error.to_string()))?;
        self.send_json_if(body, || true).await
    }

    /// Sends the body of a `messages:send` request that has been written elsewhere, as it is, for as long as `may_go` allows
    /// it: it is asked each time that the message is about to go on the wire.
    ///
    /// # Errors
    /// As [`Client::send`]; [`TransportError::CalledOff`](crate::TransportError::CalledOff) where it was not allowed.
    pub async fn send_json_if(
        &self,
        body: impl Into<Bytes>,
        may_go: impl Fn() -> bool,
    ) -> Result<Response, Error> {
        let request = Request::post(&self.path)
            // The account's project identifier has only characters that fit a path.
            .expect("a project makes a path")
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body.into());
        let mut token = self.tokens.current().await?;
        let mut renewed = false;
        let turn = self.quota.turn(self.patience).await;
        turn.map_err(|wait| Error::QuotaSpent { wait })?;
        loop {
            let signed = request.clone().header(AUTHORIZATION, token.header.clone());
            let answer = self.channel.send_if(Lane::Main, &signed, &may_go).await?;
            if answer.status == StatusCode::OK {
                let accepted: Accepted =
                    serde_json::from_slice(&answer.body).map_err(|_| Error::UnreadableAnswer)?;
                return Ok(Response { name: accepted.name });
            }
            let refusal = Refusal::read(answer.status, &answer.headers, &answer.body, self.clock.now());
            if refusal.blames_project_quota() {
                self.quota.spent(refusal.retry_after);
            }
            // With a code of FCM's own, a 401 is about Apple's key and not about our token.
            let token_refused = answer.status == StatusCode::UNAUTHORIZED && refusal.code.is_none();
            if !token_refused || renewed {
                return Err(Error::Refused(Box::new(refusal)));
            }
            token = self.tokens.instead_of(&token).await?;
            renewed = true;
        }
    }

    /// Fetches an access token if there is none, to check the account without sending anything.
    pub async fn sign_in(&self) -> Result<(), Error> {
        self.tokens.current().await?;
        Ok(())
    }

    /// The connections and their load at this moment.
    pub fn stats(&self) -> Stats {
        self.channel.stats()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", self.channel.endpoint())
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    validate_only: bool,
    message: &'a Message,
}

#[derive(Deserialize)]
struct Accepted {
    name: String,
}
