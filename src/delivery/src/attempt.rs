//! One attempt at one delivery: what must hold before it is sent, sending it, and what then follows.

use std::{sync::Arc, time::Instant};

use heliograph_apns::{
    CollapseId, DeviceToken, Expiration, Lane, Notification, Priority as ApnsPriority, PushType, Topic,
};
use heliograph_model::{
    app_config::{ApnsEnvironment, CredentialState, Platform},
    delivery::{Class, Exclusion, Outcome, Retry},
    ids::AppId,
    message::{Priority, WhenUnknown},
    payload::{self, CompiledContent, Correlation, Payload, Recipient, RenderedContent, Target},
    profile::{Consent, Device, DeviceStatus, PushPlatform},
    time::Timestamp,
};
use heliograph_store::deliveries::{Claimed, ClaimedApp, Credential, DeviceChange, End, Settlement};

use crate::{
    answer::{self, Answer},
    clients::{Client, NoClient},
    service::Inner,
};

/// An address that was not accepted for so long goes by the probe lane: it may be dead, and Apple slows a connection down
/// after a refusal.
const DOUBTFUL_AFTER: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 60 * 60);

/// Why a delivery is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    /// It is due.
    Due,
    /// To see whether the app's refused credential works again.
    Probe,
}

/// What an attempt tells of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialNews {
    pub(crate) app: AppId,
    pub(crate) revision: i64,
    pub(crate) state: CredentialState,
}

/// How an attempt ended.
#[derive(Debug)]
pub(crate) struct Attempted {
    pub(crate) settlement: Settlement,
    pub(crate) news: Option<CredentialNews>,
}

/// An end that comes before anything is sent.
struct Early {
    end: End,
    detail: Option<String>,
    news: Option<CredentialNews>,
}

impl From<Exclusion> for Early {
    fn from(why: Exclusion) -> Self {
        Self {
            end: End::Excluded(why),
            detail: None,
            news: None,
        }
    }
}

impl Early {
    fn new(end: End, detail: impl Into<String>) -> Self {
        Self {
            end,
            detail: Some(detail.into()),
            news: None,
        }
    }
}

/// A delivery that nothing stands in the way of.
struct Ready<'a> {
    claimed: &'a Claimed,
    app: &'a Arc<ClaimedApp>,
    device: &'a Device,
    credential: &'a Credential,
    compiled: Arc<CompiledContent>,
    rendered: RenderedContent,
    payload: Payload,
}

/// Carries out one attempt. It does not fail: whatever goes wrong is an end.
pub(crate) async fn carry_out(inner: &Inner, claimed: Claimed, errand: Errand) -> Attempted {
    let ready = match prepare(inner, &claimed, errand) {
        Ok(ready) => ready,
        Err(early) => return stop(inner, &claimed, early),
    };
    let (revision, client) = match inner
        .clients
        .of(&inner.store, ready.app.id, ready.credential.revision)
        .await
    {
        Ok(found) => found,
        Err(why) => return stop(inner, &claimed, no_client(inner, &ready, why)),
    };
    let sent_at = inner.store.now();
    let started = Instant::now();
    let answer = tokio::time::timeout(inner.options.send_limit, send(&client, &ready))
        .await
        .unwrap_or_else(|_| Answer::of(Outcome::AnswerLost, "no answer came in time"));
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    conclude(inner, &ready, &client, revision, answer, sent_at, milliseconds)
}

fn stop(inner: &Inner, claimed: &Claimed, early: Early) -> Attempted {
    Attempted {
        settlement: Settlement {
            id: claimed.id,
            lease_until: claimed.lease_until,
            at: inner.store.now(),
            end: early.end,
            detail: early.detail,
            sent_at: None,
            milliseconds: None,
            payload: None,
            device: None,
        },
        news: early.news,
    }
}

/// Checks what must hold, in the order of the design, and makes the payload.
fn prepare<'a>(inner: &Inner, claimed: &'a Claimed, errand: Errand) -> Result<Ready<'a>, Early> {
    let now = inner.store.now();
    let content = claimed.content.as_ref().ok_or_else(|| {
        Early::new(
            End::Failed {
                outcome: Outcome::NotPersonalised,
            },
            "the message has no such version",
        )
    })?;
    if claimed.interrupted && content.when_unknown == WhenUnknown::RatherNever {
        let outcome = Outcome::AnswerLost;
        return Err(Early::new(
            End::Unknown { outcome },
            "the process that sent it ended before it had written the answer down",
        ));
    }
    if claimed.stopped {
        return Err(Exclusion::Stopped.into());
    }
    let profile = claimed.profile.as_ref().ok_or(Exclusion::NoDevice)?;
    if !claimed.proof && Consent::push(&profile.attributes) == Consent::Refused {
        return Err(Exclusion::ConsentRefused.into());
    }
    let device = claimed.device.as_ref().ok_or_else(|| {
        Early::new(
            End::Excluded(Exclusion::DeviceRetired),
            "the device is gone, or somebody else has signed in on it",
        )
    })?;
    if device.status != DeviceStatus::Active {
        return Err(Exclusion::DeviceRetired.into());
    }
    let app = claimed.app.as_ref().ok_or(Exclusion::AppGone)?;
    if now >= claimed.expires_at {
        return Err(Exclusion::TooLate.into());
    }
    let credential = usable(inner, claimed, app, errand)?;
    let compiled = inner.compiled(claimed, content);
    let recipient = Recipient::new(
        &profile.attributes,
        &claimed.context,
        app.platform,
        &app.app,
        &app.name,
    )
    .journey_time_zone(claimed.time_zone.as_deref());
    // The same for each attempt, so that what is random in a text does not change between two.
    let seed = claimed.id.0.as_u64_pair().1;
    let rendered = compiled.render(&recipient.scope(now, seed)).map_err(|fault| {
        Early::new(
            End::Failed {
                outcome: Outcome::NotPersonalised,
            },
            fault.to_string(),
        )
    })?;
    let empty = rendered.empty_fields();
    if compiled.needs_all_fields() && !empty.is_empty() {
        return Err(Early::new(
            End::Excluded(Exclusion::FieldEmpty),
            format!("empty: {}", empty.join(", ")),
        ));
    }
    let payload = write_payload(claimed, app, device, &rendered, now);
    if let Some(excess) = payload.excess() {
        return Err(Early::new(
            End::Failed {
                outcome: Outcome::TooLarge,
            },
            format!("{excess} bytes too many: {} of {}", payload.bytes, payload.limit),
        ));
    }
    Ok(Ready {
        claimed,
        app,
        device,
        credential,
        compiled,
        rendered,
        payload,
    })
}

/// The app's credential, unless it is known not to work.
fn usable<'a>(
    inner: &Inner,
    claimed: &Claimed,
    app: &'a ClaimedApp,
    errand: Errand,
) -> Result<&'a Credential, Early> {
    let credential = app.credential.as_ref().ok_or(Early {
        end: End::Held {
            outcome: Outcome::CredentialMissing,
        },
        detail: None,
        news: None,
    })?;
    if errand == Errand::Probe {
        return Ok(credential);
    }
    let refused = match &credential.state {
        CredentialState::Refused { reason, .. } => Some(reason.clone()),
        // Refused since this was claimed; what is claimed from now on knows it from the database.
        _ => inner.refused_since(app.id, credential.revision, claimed.lease_until),
    };
    match refused {
        Some(reason) => {
            let outcome = match app.platform {
                Platform::Ios => Outcome::AppleKeyRejected,
                Platform::Android => Outcome::GoogleSignInRejected,
            };
            Err(Early::new(End::Held { outcome }, reason))
        }
        None => Ok(credential),
    }
}

fn write_payload(
    claimed: &Claimed,
    app: &ClaimedApp,
    device: &Device,
    rendered: &RenderedContent,
    now: Timestamp,
) -> Payload {
    let correlation = Correlation {
        delivery: claimed.id,
        message: claimed.message,
        journey_version: claimed.journey_version,
        instance: claimed.instance,
    };
    let left = claimed.expires_at.since(now).as_secs();
    let target = Target {
        platform: app.platform,
        style: app.style,
        token: &device.token,
        ttl: u32::try_from(left)
            .unwrap_or(u32::MAX)
            .min(heliograph_model::message::TTL_MAX),
    };
    payload::build(rendered, &correlation, target)
}

fn no_client(inner: &Inner, ready: &Ready<'_>, why: NoClient) -> Early {
    let now = inner.store.now();
    match &why {
        NoClient::Missing => Early::new(
            End::Held {
                outcome: Outcome::CredentialMissing,
            },
            why.to_string(),
        ),
        NoClient::Unreadable(words) => {
            let outcome = Outcome::CredentialUnreadable;
            Early {
                news: Some(refused(inner, ready, ready.credential.revision, outcome, words)),
                ..Early::new(End::Held { outcome }, words.as_str())
            }
        }
        NoClient::Provider(_) | NoClient::Store(_) => {
            let outcome = Outcome::ProviderUnreachable;
            let pause = outcome.retry().after(1, None, (inner.options.spread)());
            let until = now + pause.unwrap_or_default();
            Early::new(End::Waiting { until, outcome }, why.to_string())
        }
    }
}

async fn send(client: &Client, ready: &Ready<'_>) -> Answer {
    match client {
        Client::Apns {
            production, sandbox, ..
        } => {
            let client = match ready.device.platform {
                PushPlatform::ApnsSandbox => sandbox,
                PushPlatform::Apns | PushPlatform::Fcm => production,
            };
            match notification(ready) {
                Ok(notification) => answer::of_apns(client.send(lane(ready), &notification).await),
                Err(answer) => answer,
            }
        }
        Client::Fcm(client) => answer::of_fcm(client.send_json(ready.payload.json.clone()).await),
    }
}

fn lane(ready: &Ready<'_>) -> Lane {
    let known_good = ready
        .device
        .accepted_at
        .is_some_and(|at| at + DOUBTFUL_AFTER > ready.claimed.created_at);
    if known_good { Lane::Main } else { Lane::Probe }
}

fn notification(ready: &Ready<'_>) -> Result<Notification, Answer> {
    let token = DeviceToken::new(&ready.device.token)
        .map_err(|error| Answer::of(Outcome::AddressNotValid, error.to_string()))?;
    let topic = Topic::of_app(&ready.app.app, PushType::Alert)
        .map_err(|error| Answer::of(Outcome::AppNotAllowed, error.to_string()))?;
    let id = ready.claimed.id;
    let mut notification = Notification::alert(id.0, token, topic, ready.payload.json.clone());
    notification.priority = match ready.rendered.priority {
        Priority::High => ApnsPriority::Immediate,
        Priority::Normal => ApnsPriority::PowerAware,
    };
    let until = u64::try_from(ready.claimed.expires_at.as_seconds()).unwrap_or_default();
    notification.expiration = Expiration::At(until);
    notification.collapse_id = Some(
        CollapseId::new(&ready.rendered.collapse_id(id))
            .map_err(|error| Answer::of(Outcome::NotValid, error.to_string()))?,
    );
    Ok(notification)
}

/// What follows from an answer.
fn conclude(
    inner: &Inner,
    ready: &Ready<'_>,
    client: &Client,
    revision: i64,
    answer: Answer,
    sent_at: Timestamp,
    milliseconds: u64,
) -> Attempted {
    let claimed = ready.claimed;
    let at = inner.store.now();
    let end = end(inner, ready, client, &answer, at);
    let news = match &end {
        End::Held { outcome } => {
            let words = answer.words.as_deref().unwrap_or_default();
            Some(refused(inner, ready, revision, *outcome, words))
        }
        // The provider has let the credential in, whatever it thinks of the push.
        _ if lets_in(answer.outcome) && !matches!(ready.credential.state, CredentialState::Good { .. }) => {
            Some(CredentialNews {
                app: ready.app.id,
                revision,
                state: CredentialState::Good { since: at },
            })
        }
        _ => None,
    };
    let device = device_change(claimed, &answer, sent_at).map(|change| (ready.device.id, change));
    Attempted {
        settlement: Settlement {
            id: claimed.id,
            lease_until: claimed.lease_until,
            at,
            end,
            detail: answer.words,
            sent_at: Some(sent_at),
            milliseconds: Some(milliseconds),
            payload: Some(ready.payload.json.clone()),
            device,
        },
        news,
    }
}

fn lets_in(outcome: Outcome) -> bool {
    matches!(outcome.class(), Class::Accepted | Class::Retire)
}

fn end(inner: &Inner, ready: &Ready<'_>, client: &Client, answer: &Answer, now: Timestamp) -> End {
    let outcome = answer.outcome;
    let claimed = ready.claimed;
    let attempt = u32::try_from(claimed.attempts + 1).unwrap_or(u32::MAX);
    let unknown_is_left = ready.compiled.content().when_unknown == WhenUnknown::RatherNever;
    match outcome.retry() {
        _ if outcome.class() == Class::Accepted => End::Accepted {
            outcome,
            provider_id: answer.provider_id.clone(),
        },
        Retry::Never => End::Failed { outcome },
        // A device of the other environment says nothing of the key in its own.
        Retry::WhenCredentialWorks
            if outcome == Outcome::AppleKeyOtherEnvironment && is_of_other_environment(ready, client) =>
        {
            End::Failed { outcome }
        }
        Retry::WhenCredentialWorks => End::Held { outcome },
        Retry::AsMessageSays if unknown_is_left => End::Unknown { outcome },
        retry @ (Retry::Steps(_) | Retry::Doubling | Retry::AsMessageSays) => {
            let pause = retry.after(attempt, answer.retry_after, (inner.options.spread)());
            let until = now + pause.unwrap_or_default();
            let given_up = ready.app.platform == Platform::Android && retry.is_spent(attempt);
            if until < claimed.expires_at && !given_up {
                End::Waiting { until, outcome }
            } else if retry == Retry::AsMessageSays {
                End::Unknown { outcome }
            } else {
                End::Failed { outcome }
            }
        }
    }
}

fn is_of_other_environment(ready: &Ready<'_>, client: &Client) -> bool {
    let device = match ready.device.platform {
        PushPlatform::Apns => ApnsEnvironment::Production,
        PushPlatform::ApnsSandbox => ApnsEnvironment::Sandbox,
        PushPlatform::Fcm => return false,
    };
    matches!(client, Client::Apns { environment, .. } if *environment != device)
}

fn device_change(claimed: &Claimed, answer: &Answer, sent_at: Timestamp) -> Option<DeviceChange> {
    match answer.outcome {
        Outcome::AcceptedByApple | Outcome::AcceptedByGoogle => Some(DeviceChange::Accepted),
        Outcome::AppRemoved
        | Outcome::AddressExpired
        | Outcome::AppRemovedAndroid
        | Outcome::AppRemovedViaFirebase => {
            // A token that the app sent again after it was dead is good.
            Some(DeviceChange::Retired(answer.dead_since.unwrap_or(sent_at)))
        }
        Outcome::AddressNotValid | Outcome::AddressNotValidAndroid => Some(match claimed.suspected_at {
            None => DeviceChange::Suspected,
            Some(_) => DeviceChange::Retired(sent_at),
        }),
        _ => None,
    }
}

/// Notes that a credential is refused: at once for what this process has claimed already, and for the database.
fn refused(inner: &Inner, ready: &Ready<'_>, revision: i64, outcome: Outcome, words: &str) -> CredentialNews {
    let since = inner.store.now();
    let reason = if words.is_empty() {
        format!("{} {}", outcome.words(), outcome.advice())
    } else {
        format!("{} ({words}) {}", outcome.words(), outcome.advice())
    };
    inner.note_refusal(ready.app.id, revision, reason.clone());
    CredentialNews {
        app: ready.app.id,
        revision,
        state: CredentialState::Refused { since, reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_for_google_is_one_that_its_client_would_write() {
        let content = heliograph_model::message::Content {
            title: "Hi “Ada” \u{1f44b}".into(),
            body: "<b>&".into(),
            image: "https://img.example/a.png".into(),
            badge: "2".into(),
            channel: "news".into(),
            data: vec![("z".into(), "1".into()), ("Ä".into(), "2".into())],
            ..Default::default()
        };
        let scope = heliograph_model::personalize::Scope::at(0);
        let rendered = payload::render_content(&content, &scope).unwrap();
        let correlation = Correlation {
            delivery: uuid::Uuid::from_u128(1).into(),
            message: uuid::Uuid::from_u128(2).into(),
            journey_version: None,
            instance: None,
        };
        for style in [
            heliograph_model::app_config::PayloadStyle::AdobeMessaging,
            heliograph_model::app_config::PayloadStyle::Standard,
        ] {
            let target = Target {
                platform: Platform::Android,
                style,
                token: "token",
                ttl: 600,
            };
            let payload = payload::build(&rendered, &correlation, target);
            // Google's client knows every field by its name, and writes them in the same order.
            let mut request: serde_json::Value = serde_json::from_str(&payload.json).unwrap();
            let message: heliograph_fcm::Message = serde_json::from_value(request["message"].take()).unwrap();
            let again = serde_json::to_string(&message).unwrap();
            assert_eq!(format!(r#"{{"message":{again}}}"#), payload.json);
        }
    }
}
