//! Apple's stand-in.
//!
//! Source of the rules: Apple, "Sending notification requests to APNs" and "Handling notification responses from APNs".

mod check;
mod provider_token;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use crate::counts::{PushId, Visible};
use crate::faults::{AfterRejection, Outcome, Provider};
use crate::phones::{Delivered, Platform};
use crate::registry::ApnsKey;
use crate::shared::Shared;
use crate::wire::{Answer, Call, ConnectionRules, Reply, Service};
use check::Push;
use provider_token::Tokens;

/// Streams that Apple allows once a connection is authenticated.
const STREAMS: u32 = 1000;
/// Least time between two provider tokens on one connection, in seconds.
const TOKEN_CHANGE: i64 = 20 * 60;

/// Why a notification is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: u16,
    reason: &'static str,
}

pub(crate) const fn refuse(status: u16, reason: &'static str) -> Refusal {
    Refusal { status, reason }
}

/// One of Apple's two services.
pub(crate) struct Apns {
    shared: Arc<Shared>,
    platform: Platform,
    tokens: Tokens,
}

/// What a connection remembers.
#[derive(Default)]
pub(crate) struct Session {
    authenticated: AtomicBool,
    one_stream: AtomicBool,
    provider: Mutex<Option<PushedBy>>,
}

/// Who pushes over a connection: the key of its first push, and the newest provider token.
struct PushedBy {
    key: Arc<ApnsKey>,
    token: String,
    /// When the token came first, in seconds since 1970.
    since: i64,
}

impl Apns {
    pub(crate) fn new(shared: Arc<Shared>, platform: Platform) -> Self {
        Self {
            shared,
            platform,
            tokens: Tokens::default(),
        }
    }

    fn streams(&self) -> u32 {
        self.shared
            .faults
            .provider(Provider::Apns)
            .max_streams
            .map_or(STREAMS, std::num::NonZeroU32::get)
    }

    async fn process(&self, session: &Session, call: Call) -> Reply {
        let push = match Push::read(&call.head, &call.body) {
            Ok(push) => push,
            Err(refusal) => return self.refused(session, None, refusal, None),
        };
        let id = PushId {
            token: push.token.as_str(),
            delivery: push.id_given.then_some(push.id.as_str()),
        };
        self.shared.tally.request(Provider::Apns, &id);
        if let Some(latency) = self.shared.faults.provider(Provider::Apns).latency {
            tokio::time::sleep(latency.draw(&self.shared.chance)).await;
        }
        if self.shared.faults.refuses_credentials(Provider::Apns) {
            return self.refused(session, Some(&push), refuse(403, "InvalidProviderToken"), None);
        }
        if let Err(refusal) = self.authenticate(session, &push) {
            return self.refused(session, Some(&push), refusal, None);
        }
        let authenticated_now = !session.authenticated.swap(true, Ordering::Relaxed);
        if let Err(refusal) = push.check() {
            return self.refused(session, Some(&push), refusal, None);
        }
        match self.shared.faults.strike(Provider::Apns, &push.token) {
            Some(fault) => self.strike(session, &push, fault, authenticated_now).await,
            None => self.deliver(session, &push, authenticated_now),
        }
    }

    fn authenticate(&self, session: &Session, push: &Push) -> Result<(), Refusal> {
        let now = self.shared.clock.now();
        let now = self.shared.faults.time_at(Provider::Apns, now).as_second();
        let key = self.tokens.check(
            &self.shared,
            self.platform,
            &push.provider_token,
            &push.app(),
            now,
        )?;
        let mut provider = session.provider.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *provider {
            Some(first) if !first.key.is_related_to(&key) => {
                return Err(refuse(403, "UnrelatedKeyIdInToken"));
            }
            Some(first) if first.token == push.provider_token => {}
            Some(first) if now - first.since < TOKEN_CHANGE => {
                return Err(refuse(429, "TooManyProviderTokenUpdates"));
            }
            Some(first) => {
                first.token.clone_from(&push.provider_token);
                first.since = now;
            }
            None => {
                *provider = Some(PushedBy {
                    key,
                    token: push.provider_token.clone(),
                    since: now,
                });
            }
        }
        Ok(())
    }

    async fn strike(&self, session: &Session, push: &Push, fault: Outcome, first: bool) -> Reply {
        let now = self.shared.clock.now();
        let refused = |refusal, at| self.refused(session, Some(push), refusal, at);
        match fault {
            Outcome::DeadToken { since_ms } => refused(
                refuse(410, "Unregistered"),
                Some(since_ms.unwrap_or_else(|| now.as_millisecond())),
            ),
            Outcome::ExpiredToken => refused(refuse(410, "ExpiredToken"), Some(now.as_millisecond())),
            Outcome::NotValid => refused(refuse(400, "BadDeviceToken"), None),
            Outcome::OtherApp => refused(refuse(400, "DeviceTokenNotForTopic"), None),
            Outcome::Throttled { retry_after } | Outcome::DeviceThrottled { retry_after } => {
                with_retry_after(refused(refuse(429, "TooManyRequests"), None), retry_after)
            }
            Outcome::Internal => refused(refuse(500, "InternalServerError"), None),
            Outcome::Unavailable { retry_after } => {
                with_retry_after(refused(refuse(503, "ServiceUnavailable"), None), retry_after)
            }
            Outcome::Shutdown => refused(refuse(503, "Shutdown"), None),
            Outcome::CredentialRefused => refused(refuse(403, "InvalidProviderToken"), None),
            Outcome::ThirdPartyAuth => refused(refuse(403, "Forbidden"), None),
            Outcome::Slow { latency } => {
                tokio::time::sleep(latency.draw(&self.shared.chance)).await;
                self.deliver(session, push, first)
            }
            Outcome::BlackHole => {
                self.shared.tally.unanswered(Provider::Apns);
                Reply::Silence
            }
            Outcome::AnswerLost => {
                // Whatever it is answered, nobody hears it.
                let _ = self.deliver(session, push, first);
                self.shared.tally.unanswered(Provider::Apns);
                Reply::Silence
            }
            Outcome::GoAway => Reply::GoAway,
            Outcome::RefusedStream => {
                self.shared.tally.refused_stream(Provider::Apns);
                Reply::Refuse
            }
        }
    }

    fn deliver(&self, session: &Session, push: &Push, first: bool) -> Reply {
        if !self
            .shared
            .faults
            .within_quota(Provider::Apns, self.shared.clock.now())
        {
            return self.refused(session, Some(push), refuse(429, "TooManyRequests"), None);
        }
        let app = push.app();
        let replaced_by = push
            .collapse_id
            .clone()
            .or_else(|| push.id_given.then(|| push.id.clone()));
        let delivered = self.shared.phones.deliver(
            self.platform,
            &push.token,
            Some(&app),
            push.headers(),
            push.payload.clone(),
            replaced_by.clone(),
        );
        match delivered {
            Delivered::Yes => {}
            Delivered::UnknownToken => {
                return self.refused(session, Some(push), refuse(400, "BadDeviceToken"), None);
            }
            Delivered::OtherApp => {
                return self.refused(session, Some(push), refuse(400, "DeviceTokenNotForTopic"), None);
            }
            Delivered::Removed(since) => {
                let at = Some(since.as_millisecond());
                return self.refused(session, Some(push), refuse(410, "Unregistered"), at);
            }
        }
        let visible = match &push.collapse_id {
            _ if push.is_silent() => Visible::Never,
            Some(key) => Visible::ReplacedBy(key),
            None => Visible::Alone,
        };
        let id = PushId {
            token: push.token.as_str(),
            delivery: push.id_given.then_some(push.id.as_str()),
        };
        self.shared.tally.accepted(Provider::Apns, &id, visible);
        let freed = session.one_stream.swap(false, Ordering::Relaxed);
        let mut headers = self.headers(&push.id);
        if self.platform == Platform::ApnsSandbox
            && let Ok(unique) = HeaderValue::from_str(&self.shared.chance.uuid().to_string())
        {
            headers.insert("apns-unique-id", unique);
        }
        Reply::Answer(Answer {
            status: StatusCode::OK,
            headers,
            body: Default::default(),
            streams: (first || freed).then(|| self.streams()),
        })
    }

    fn refused(&self, session: &Session, push: Option<&Push>, refusal: Refusal, at_ms: Option<i64>) -> Reply {
        self.shared.tally.refused(Provider::Apns, refusal.reason);
        let mut body = json!({ "reason": refusal.reason });
        if let Some(at) = at_ms {
            body["timestamp"] = json!(at);
        }
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut answer = Answer::json(status, &body);
        let id = push.map_or_else(|| self.shared.chance.uuid().to_string(), |push| push.id.clone());
        answer.headers.extend(self.headers(&id));
        let authenticated = session.authenticated.load(Ordering::Relaxed);
        if authenticated {
            // 410 is no error in Apple's eyes.
            let rejected = refusal.status != 410
                && self.shared.faults.provider(Provider::Apns).after_rejection == AfterRejection::OneStream;
            if rejected {
                session.one_stream.store(true, Ordering::Relaxed);
                answer.streams = Some(1);
            } else if !session.one_stream.load(Ordering::Relaxed) {
                answer.streams = Some(self.streams());
            }
        }
        Reply::Answer(answer)
    }

    fn headers(&self, id: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.insert("apns-id", id);
        }
        headers
    }
}

fn with_retry_after(mut reply: Reply, seconds: Option<u32>) -> Reply {
    if let (Reply::Answer(answer), Some(seconds)) = (&mut reply, seconds) {
        answer.headers.insert(http::header::RETRY_AFTER, seconds.into());
    }
    reply
}

impl Service for Apns {
    type Session = Session;

    fn open(&self) -> (Session, ConnectionRules) {
        self.shared.tally.connection(Provider::Apns);
        let faults = self.shared.faults.provider(Provider::Apns);
        let rules = ConnectionRules {
            first_streams: 1,
            most_streams: self.streams(),
            settings_delay: std::time::Duration::from_millis(faults.settings_delay_ms),
            go_away_after: faults.go_away_after.map(std::num::NonZeroU32::get),
        };
        (Session::default(), rules)
    }

    fn refused_stream(&self) {
        self.shared.tally.refused_stream(Provider::Apns);
    }

    async fn answer(&self, session: &Session, call: Call) -> Reply {
        self.process(session, call).await
    }
}
