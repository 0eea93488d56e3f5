//! Google's stand-in: OAuth tokens, and HTTP v1 sends.
//!
//! Source of the rules: Firebase, "FCM HTTP v1 API", "ErrorCode"; Google, "Using OAuth 2.0 for server to server
//! applications".

mod errors;
mod fields;
mod message;
mod oauth;
mod values;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::counts::{PushId, Visible};
use crate::faults::{Outcome, Provider};
use crate::phones::{Delivered, Platform};
use crate::shared::Shared;
use crate::wire::{Answer, Call, ConnectionRules, Reply, Service};
use errors::{QuotaOf, Refusal};
use message::Message;
use oauth::AccessTokens;

/// Streams that Google allows on a connection.
const STREAMS: u32 = 100;

/// Google's service.
pub(crate) struct Fcm {
    shared: Arc<Shared>,
    access: AccessTokens,
}

impl Fcm {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            access: AccessTokens::default(),
        }
    }

    fn streams(&self) -> u32 {
        self.shared
            .faults
            .provider(Provider::Fcm)
            .max_streams
            .map_or(STREAMS, NonZeroU32::get)
    }

    async fn send(&self, project: &str, call: &Call) -> Reply {
        let parsed = serde_json::from_slice::<Value>(&call.body);
        let message = match parsed.map_err(|error| error.to_string()) {
            Ok(body) => Message::read(&body),
            Err(problem) => Err(Refusal::invalid_json(&problem)),
        };
        let message = match message {
            Ok(message) => message,
            Err(refusal) => return self.refused(refusal, None),
        };
        let delivery = message.delivery_id();
        let id = PushId {
            token: message.address.as_str(),
            delivery: delivery.as_deref(),
        };
        self.shared.tally.request(Provider::Fcm, &id);
        if let Some(latency) = self.shared.faults.provider(Provider::Fcm).latency {
            tokio::time::sleep(latency.draw(&self.shared.chance)).await;
        }
        let now = self.shared.clock.now();
        if self.shared.faults.refuses_credentials(Provider::Fcm) {
            return self.refused(Refusal::unauthenticated(), None);
        }
        let at = self.shared.faults.time_at(Provider::Fcm, now);
        match self.access.project_of(&call.head, at) {
            None => return self.refused(Refusal::unauthenticated(), None),
            Some(own) if own != project => return self.refused(Refusal::permission_denied(project), None),
            Some(_) => {}
        }
        if !self.shared.faults.within_quota(Provider::Fcm, now) {
            return self.refused(Refusal::quota(QuotaOf::Project), Some(60));
        }
        match self.shared.faults.strike(Provider::Fcm, &message.address) {
            Some(fault) => self.strike(project, &message, fault).await,
            None => self.deliver(project, &message),
        }
    }

    async fn strike(&self, project: &str, message: &Message, fault: Outcome) -> Reply {
        match fault {
            Outcome::DeadToken { .. } | Outcome::ExpiredToken => self.refused(Refusal::unregistered(), None),
            Outcome::NotValid => self.refused(Refusal::bad_token(), None),
            Outcome::OtherApp => self.refused(Refusal::sender_mismatch(), None),
            Outcome::Throttled { retry_after } => self.refused(Refusal::quota(QuotaOf::Project), retry_after),
            Outcome::DeviceThrottled { retry_after } => {
                self.refused(Refusal::quota(QuotaOf::Device), retry_after)
            }
            Outcome::Internal => self.refused(Refusal::internal(), None),
            Outcome::Unavailable { retry_after } => self.refused(Refusal::unavailable(), retry_after),
            Outcome::Shutdown => self.refused(Refusal::unavailable(), None),
            Outcome::CredentialRefused => self.refused(Refusal::unauthenticated(), None),
            Outcome::ThirdPartyAuth => self.refused(Refusal::third_party_auth(), None),
            Outcome::Slow { latency } => {
                tokio::time::sleep(latency.draw(&self.shared.chance)).await;
                self.deliver(project, message)
            }
            Outcome::BlackHole => {
                self.shared.tally.unanswered(Provider::Fcm);
                Reply::Silence
            }
            Outcome::AnswerLost => {
                // Whatever it is answered, nobody hears it.
                let _ = self.deliver(project, message);
                self.shared.tally.unanswered(Provider::Fcm);
                Reply::Silence
            }
            Outcome::GoAway => Reply::GoAway,
            Outcome::RefusedStream => {
                self.shared.tally.refused_stream(Provider::Fcm);
                Reply::Refuse
            }
        }
    }

    fn deliver(&self, project: &str, message: &Message) -> Reply {
        let found = self.shared.phones.probe(&message.address, None);
        let phone = match found {
            Delivered::UnknownToken => return self.refused(Refusal::bad_token(), None),
            Delivered::Removed(_) => return self.refused(Refusal::unregistered(), None),
            Delivered::OtherApp | Delivered::Yes => self.shared.phones.get(&message.address),
        };
        let Ok(phone) = phone else {
            return self.refused(Refusal::bad_token(), None);
        };
        let home = {
            let registry = self
                .shared
                .registry
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            registry.fcm_project_of_package(&phone.app)
        };
        if home.is_some_and(|home| home.project_id != project) {
            return self.refused(Refusal::sender_mismatch(), None);
        }
        if message.validate_only {
            self.shared.tally.checked(Provider::Fcm);
            return ok(&format!("projects/{project}/messages/fake_message_id"));
        }
        let message_id = format!(
            "0:{}%{:016x}",
            self.shared.clock.now().as_microsecond(),
            self.shared.chance.number()
        );
        let headers = [("message-id".to_owned(), message_id.clone())].into();
        let replaced_by = message.replace_key();
        self.shared.phones.deliver(
            Platform::Fcm,
            &message.address,
            None,
            headers,
            message.body.clone(),
            replaced_by.clone(),
        );
        let delivery = message.delivery_id();
        let id = PushId {
            token: message.address.as_str(),
            delivery: delivery.as_deref(),
        };
        let visible = match &replaced_by {
            _ if message.is_silent() => Visible::Never,
            Some(key) => Visible::ReplacedBy(key),
            None => Visible::Alone,
        };
        self.shared.tally.accepted(Provider::Fcm, &id, visible);
        ok(&format!("projects/{project}/messages/{message_id}"))
    }

    fn refused(&self, refusal: Refusal, retry_after: Option<u32>) -> Reply {
        self.shared.tally.refused(Provider::Fcm, refusal.word());
        let mut answer = Answer::json(refusal.status, &refusal.body());
        if let Some(seconds) = retry_after {
            answer.headers.insert(http::header::RETRY_AFTER, seconds.into());
        }
        Reply::Answer(answer)
    }
}

fn ok(name: &str) -> Reply {
    Reply::Answer(Answer::json(StatusCode::OK, &json!({ "name": name })))
}

impl Service for Fcm {
    type Session = ();

    fn open(&self) -> ((), ConnectionRules) {
        self.shared.tally.connection(Provider::Fcm);
        let faults = self.shared.faults.provider(Provider::Fcm);
        let streams = self.streams();
        let rules = ConnectionRules {
            first_streams: streams,
            most_streams: streams,
            settings_delay: Duration::from_millis(faults.settings_delay_ms),
            go_away_after: faults.go_away_after.map(NonZeroU32::get),
        };
        ((), rules)
    }

    fn refused_stream(&self) {
        self.shared.tally.refused_stream(Provider::Fcm);
    }

    async fn answer(&self, (): &(), call: Call) -> Reply {
        let path = call.head.uri.path();
        if call.head.method != Method::POST {
            return self.refused(Refusal::not_found(), None);
        }
        if path == "/token" {
            return Reply::Answer(self.access.issue(&self.shared, &call));
        }
        let project = path
            .strip_prefix("/v1/projects/")
            .and_then(|rest| rest.strip_suffix("/messages:send"));
        match project.map(str::to_owned) {
            Some(project) => self.send(&project, &call).await,
            None => self.refused(Refusal::not_found(), None),
        }
    }
}
