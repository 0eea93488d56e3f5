use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use heliograph_transport::http::header::AUTHORIZATION;
use heliograph_transport::http::{HeaderMap, HeaderName, StatusCode};
use heliograph_transport::{Channel, Lane, Response as Answer, Stats, retry_after};
use serde::Deserialize;

use crate::notification::{ID, UNIQUE_ID};
use crate::{Config, Error, Notification, ProviderTokens, Reason};

/// How often one send is repeated after Apple named something that the client can repair: a provider token that has
/// expired (403 `ExpiredProviderToken`), or a connection to be made anew (403 `UnrelatedKeyIdInToken`, 400 `IdleTimeout`).
///
/// Apple, "Handling notification responses from APNs".
const REPAIRS: u32 = 2;
/// How long a connection rests after too many new provider tokens came over it: as long as Apple wants between two.
///
/// Apple, "Establishing a token-based connection to APNs".
const TOKEN_UPDATE_PAUSE: Duration = Duration::from_secs(20 * 60);

/// Sends notifications for one team's key in one environment; cheap to clone.
#[derive(Clone)]
pub struct Client {
    channel: Channel,
    tokens: ProviderTokens,
}

/// Apple's answer to a notification that it accepted.
///
/// It says that Apple will try to deliver, not that a phone showed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The notification's identifier as Apple repeats it.
    pub apns_id: Option<String>,
    /// Finds the notification in Apple's Push Notifications Console; only in the sandbox.
    pub apns_unique_id: Option<String>,
}

impl Client {
    /// Prepares a client, without opening a connection.
    pub fn new(config: Config) -> Result<Self, Error> {
        let channel = Channel::new(config.transport)?;
        Ok(Self {
            channel,
            tokens: config.tokens,
        })
    }

    /// Sends a notification and waits for Apple's answer.
    ///
    /// Waits while Apple allows no more at a time. `lane` is [`Lane::Probe`] for a token that is likely to be
    /// refused, since Apple slows a connection down after a refusal.
    ///
    /// # Errors
    /// [`Error::Refused`] with Apple's reason; [`Error::Transport`] if there was no answer.
    pub async fn send(&self, lane: Lane, notification: &Notification) -> Result<Response, Error> {
        self.send_if(lane, notification, || true).await
    }

    /// As [`Client::send`], for as long as `may_go` allows it: it is asked each time that the notification is about to go on
    /// the wire.
    ///
    /// # Errors
    /// As [`Client::send`]; [`TransportError::CalledOff`](crate::TransportError::CalledOff) where it was not allowed.
    pub async fn send_if(
        &self,
        lane: Lane,
        notification: &Notification,
        may_go: impl Fn() -> bool,
    ) -> Result<Response, Error> {
        let mut request = notification.request();
        let mut token = self.tokens.current()?;
        let mut repairs_left = REPAIRS;
        loop {
            request = request.header(AUTHORIZATION, token.header.clone());
            let answer = self.channel.send_if(lane, &request, &may_go).await?;
            if answer.status == StatusCode::OK {
                return Ok(Response {
                    apns_id: text(&answer.headers, &ID),
                    apns_unique_id: text(&answer.headers, &UNIQUE_ID),
                });
            }
            let refusal = Refusal::read(&answer);
            let repaired = match refusal.reason {
                Reason::ExpiredProviderToken => match self.tokens.after_expiry(&token)? {
                    Some(renewed) => {
                        token = renewed;
                        true
                    }
                    None => false,
                },
                Reason::UnrelatedKeyIdInToken | Reason::IdleTimeout => {
                    answer.connection.retire();
                    true
                }
                Reason::TooManyProviderTokenUpdates => {
                    answer.connection.park(TOKEN_UPDATE_PAUSE);
                    self.tokens.too_many_updates();
                    true
                }
                Reason::Shutdown => {
                    // This notification waits as after any 503, but the next ones need another server.
                    answer.connection.retire();
                    false
                }
                _ => false,
            };
            if !repaired || repairs_left == 0 {
                return Err(refusal.into_error(&answer, self.tokens.clock().now()));
            }
            repairs_left -= 1;
        }
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
            .finish_non_exhaustive()
    }
}

/// The body of a refusal.
#[derive(Deserialize)]
struct RefusalBody {
    reason: String,
    /// Milliseconds since 1970.
    timestamp: Option<u64>,
}

struct Refusal {
    reason: Reason,
    timestamp: Option<u64>,
}

impl Refusal {
    fn read(answer: &Answer) -> Self {
        match serde_json::from_slice::<RefusalBody>(&answer.body) {
            Ok(body) => Self {
                reason: Reason::from_text(&body.reason),
                timestamp: body.timestamp,
            },
            Err(_) => Self {
                reason: Reason::Missing,
                timestamp: None,
            },
        }
    }

    fn into_error(self, answer: &Answer, now: SystemTime) -> Error {
        Error::Refused {
            status: answer.status,
            reason: self.reason,
            timestamp: self
                .timestamp
                .and_then(|milliseconds| UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))),
            apns_id: text(&answer.headers, &ID),
            retry_after: retry_after(&answer.headers, now),
        }
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
