//! What follows from how a send ended: for the delivery, the device and the credential.

use std::{sync::Arc, time::Duration};

use heliograph_model::{
    app_config::{CredentialState, Platform},
    delivery::{Class, Outcome, Retry},
    message::WhenUnknown,
    profile::Device,
    time::Timestamp,
};
use heliograph_store::deliveries::{Claimed, DeviceChange, End, Settlement};

use super::{Attempted, CredentialNews, Early, Ready};
use crate::{
    answer::Answer,
    clients::{Client, NoClient},
    service::Inner,
};

/// When a device last took a push matters by weeks: see [`Device::is_doubtful`]. It is not written down for each push.
const ACCEPTED_GRAIN: Duration = Duration::from_secs(24 * 60 * 60);

/// What follows from an answer.
pub(super) fn conclude(
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
    if matches!(end, End::Accepted { .. }) {
        inner.resting.accepted(ready.device.id);
    }
    let news = match &end {
        End::Held { outcome } if *outcome != Outcome::ManyNotValid => {
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
    let device = device_change(&answer, sent_at)
        .filter(|change| *change != DeviceChange::Accepted || !is_known_good(ready.device, at))
        .map(|change| (ready.device.id, change));
    Attempted {
        settlement: Settlement {
            place: Arc::clone(&claimed.place),
            attempts: claimed.attempts,
            expires_at: claimed.expires_at,
            lease_until: claimed.lease_until,
            at,
            end,
            detail: answer.words,
            // What the provider surely did not take up is no attempt.
            sent_at: answer.outcome.is_attempt().then_some(sent_at),
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
    let attempt = attempt(claimed, outcome, now);
    let unknown_is_left = ready.compiled.content().when_unknown == WhenUnknown::RatherNever;
    match outcome.retry() {
        // Its address is not to blame: it is sent when somebody has put right what is.
        _ if is_doubted(inner, ready, outcome) => End::Held {
            outcome: Outcome::ManyNotValid,
        },
        _ if outcome.class() == Class::Accepted => End::Accepted {
            outcome,
            provider_id: answer.provider_id.clone(),
        },
        Retry::Never | Retry::AtItsMoment => End::Failed { outcome },
        // A device of the other environment says nothing of the key in its own.
        Retry::WhenCredentialWorks
            if outcome == Outcome::AppleKeyOtherEnvironment && is_of_other_environment(ready, client) =>
        {
            End::Failed { outcome }
        }
        Retry::WhenCredentialWorks | Retry::WhenSentAgain => End::Held { outcome },
        Retry::AsMessageSays if unknown_is_left => End::Unknown { outcome },
        retry @ (Retry::Steps(_) | Retry::Doubling | Retry::AsMessageSays) => {
            let (asked, chance) = (answer.retry_after, (inner.options.spread)());
            let until = if outcome == Outcome::TooManyToDevice {
                inner.resting.refused(ready.device.id, now, asked, chance)
            } else {
                now + retry.after(attempt, asked, chance).unwrap_or_default()
            };
            // What is tried again in steps goes on until its time to live ends.
            let given_up = ready.app.platform == Platform::Android
                && !matches!(retry, Retry::Steps(_))
                && retry.is_spent(attempt);
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

/// The number of the attempt that ended so, from 1. What is no attempt goes by how long the delivery has been waiting, so that
/// its pauses grow all the same.
fn attempt(claimed: &Claimed, outcome: Outcome, now: Timestamp) -> u32 {
    if outcome.is_attempt() {
        u32::try_from(claimed.attempts + 1).unwrap_or(u32::MAX)
    } else {
        outcome.retry().attempt_after(now.since(claimed.created_at))
    }
}

/// Is the address refused while so many others of the app are that none is believed?
fn is_doubted(inner: &Inner, ready: &Ready<'_>, outcome: Outcome) -> bool {
    let stop = outcome
        .doubts_address()
        .then(|| inner.guard.stop_of(ready.app.id))
        .flatten();
    stop.is_some_and(|stop| stop.outcome() == Outcome::ManyNotValid)
}

fn is_of_other_environment(ready: &Ready<'_>, client: &Client) -> bool {
    matches!(client, Client::Apns { environment, .. } if !environment.opens(ready.device.service()))
}

/// Is it known already, as exactly as anybody asks, that the device's address is good?
fn is_known_good(device: &Device, now: Timestamp) -> bool {
    device.accepted_at.is_some_and(|at| at + ACCEPTED_GRAIN > now)
}

fn device_change(answer: &Answer, sent_at: Timestamp) -> Option<DeviceChange> {
    match answer.outcome {
        Outcome::AcceptedByApple | Outcome::AcceptedByGoogle => Some(match answer.taken_in {
            Some(service) => DeviceChange::AcceptedIn(service),
            None => DeviceChange::Accepted,
        }),
        Outcome::AppRemoved
        | Outcome::AddressExpired
        | Outcome::AppRemovedAndroid
        | Outcome::AppRemovedViaFirebase => {
            // A token that the app sent again after it was dead is good.
            Some(DeviceChange::Retired(answer.dead_since.unwrap_or(sent_at)))
        }
        doubtful if doubtful.doubts_address() => Some(DeviceChange::NotValid),
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
    inner.note_refusal(ready.app.id, revision, outcome, reason.clone());
    CredentialNews {
        app: ready.app.id,
        revision,
        state: CredentialState::Refused {
            since,
            reason,
            outcome: Some(outcome),
        },
    }
}

/// What becomes of a delivery for which there is no client.
pub(super) fn no_client(inner: &Inner, ready: &Ready<'_>, why: NoClient) -> Early {
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
            let attempt = attempt(ready.claimed, outcome, now);
            let pause = outcome.retry().after(attempt, None, (inner.options.spread)());
            let until = now + pause.unwrap_or_default();
            Early::new(End::Waiting { until, outcome }, why.to_string())
        }
    }
}
