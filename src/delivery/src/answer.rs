//! What a provider's answer means: from its words to an [`Outcome`].

use std::time::{Duration, UNIX_EPOCH};

use heliograph_apns::{Error as ApnsError, Reason, TransportError};
use heliograph_fcm::{Error as FcmError, ErrorCode, Refusal, SignInError};
use heliograph_model::{
    delivery::{Class, Outcome},
    profile::PushPlatform,
    time::Timestamp,
};

/// What a provider's answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    /// The provider's own words, or those of the connection.
    pub(crate) words: Option<String>,
    /// Its identifier of the push.
    pub(crate) provider_id: Option<String>,
    /// How long it asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// Since when the address is dead, as it says.
    pub(crate) dead_since: Option<Timestamp>,
    /// Which of Apple's environments took it, where it is another than was thought.
    pub(crate) taken_in: Option<PushPlatform>,
}

/// Most characters that are kept of what a provider says.
const WORDS_MAX: usize = 1000;

/// What a provider said, fit to be kept and shown: PostgreSQL takes no NUL in a text, and one such answer would keep a whole
/// batch from being written down.
fn legible(said: &str) -> String {
    said.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(WORDS_MAX)
        .collect()
}

impl Answer {
    fn accepted(outcome: Outcome, provider_id: Option<&str>) -> Self {
        Self {
            outcome,
            words: None,
            provider_id: provider_id.map(legible),
            retry_after: None,
            dead_since: None,
            taken_in: None,
        }
    }

    pub(crate) fn of(outcome: Outcome, words: impl AsRef<str>) -> Self {
        Self {
            outcome,
            words: Some(legible(words.as_ref())),
            provider_id: None,
            retry_after: None,
            dead_since: None,
            taken_in: None,
        }
    }
}

impl Answer {
    /// What both of Apple's environments say of a token that one did not know. The second is believed where it knows the token,
    /// or where nobody can say what became of the push; it tells nothing of a key that was made for the first alone.
    pub(crate) fn or_in(self, other: PushPlatform, second: Self) -> Self {
        let (here, there) = match other {
            PushPlatform::Apns => ("the sandbox", "production"),
            PushPlatform::ApnsSandbox | PushPlatform::Fcm => ("production", "the sandbox"),
        };
        let words = |answer: &Self| answer.words.clone().unwrap_or_else(|| "taken".to_owned());
        let both = format!("{here}: {}; {there}: {}", words(&self), words(&second));
        match second.outcome.class() {
            Class::Accepted => Self {
                words: Some(format!("{both}, where its pushes go from now on")),
                taken_in: Some(other),
                ..second
            },
            Class::Retire | Class::Unknown => Self {
                words: Some(both),
                ..second
            },
            _ => Self {
                words: Some(both),
                ..self
            },
        }
    }
}

/// Apple's answer.
pub(crate) fn of_apns(answer: Result<heliograph_apns::Response, ApnsError>) -> Answer {
    let error = match answer {
        Ok(response) => {
            let id = response.apns_unique_id.or(response.apns_id);
            return Answer::accepted(Outcome::AcceptedByApple, id.as_deref());
        }
        Err(error) => error,
    };
    match error {
        ApnsError::Refused {
            status,
            reason,
            timestamp,
            retry_after,
            ..
        } => {
            let words = format!("{} {reason}", status.as_u16());
            Answer {
                retry_after,
                dead_since: timestamp
                    .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
                    .and_then(|since| i64::try_from(since.as_millis()).ok())
                    .map(Timestamp::from_millis),
                ..Answer::of(of_reason(&reason, status.as_u16()), words)
            }
        }
        ApnsError::Transport(error) => match error.status().map(|status| status.as_u16()) {
            // Apple's body is empty then: nothing is lost with it.
            Some(200) => Answer::accepted(Outcome::AcceptedByApple, None),
            Some(status) => Answer::of(of_reason(&Reason::Missing, status), error.to_string()),
            None => Answer::of(of_transport(&error), error.to_string()),
        },
        other => Answer::of(Outcome::AppleBusy, other.to_string()),
    }
}

fn of_reason(reason: &Reason, status: u16) -> Outcome {
    use Reason as R;
    match reason {
        R::Unregistered => Outcome::AppRemoved,
        R::ExpiredToken => Outcome::AddressExpired,
        R::BadDeviceToken => Outcome::AddressNotValid,
        R::DeviceTokenNotForTopic => Outcome::AddressOfOtherApp,
        R::ExpiredProviderToken => Outcome::AppleSignInExpired,
        R::InvalidProviderToken | R::MissingProviderToken | R::Forbidden | R::BadCertificate => {
            Outcome::AppleKeyRejected
        }
        R::BadEnvironmentKeyInToken | R::BadCertificateEnvironment => Outcome::AppleKeyOtherEnvironment,
        R::UnrelatedKeyIdInToken => Outcome::AppleKeyChanged,
        R::TopicDisallowed | R::BadTopic | R::MissingTopic => Outcome::AppNotAllowed,
        R::PayloadTooLarge => Outcome::TooLarge,
        R::TooManyRequests => Outcome::TooManyToDevice,
        R::TooManyProviderTokenUpdates => Outcome::AppleSignInTooOften,
        R::InternalServerError | R::ServiceUnavailable | R::Shutdown => Outcome::AppleBusy,
        R::IdleTimeout => Outcome::LineRenewed,
        R::BadCollapseId
        | R::BadExpirationDate
        | R::BadMessageId
        | R::BadPriority
        | R::DuplicateHeaders
        | R::InvalidPushType
        | R::MissingDeviceToken
        | R::PayloadEmpty
        | R::BadPath
        | R::MethodNotAllowed => Outcome::NotValid,
        // A reason of a later day is judged by its status. Neither provider sends anybody elsewhere: whoever does so is
        // not the provider, but something on the way to it.
        _ => match status {
            300..=399 => Outcome::ProviderUnreachable,
            403 => Outcome::AppleKeyRejected,
            410 => Outcome::AppRemoved,
            413 => Outcome::TooLarge,
            429 => Outcome::TooManyToDevice,
            500.. => Outcome::AppleBusy,
            _ => Outcome::Other,
        },
    }
}

/// Google's answer.
pub(crate) fn of_fcm(answer: Result<heliograph_fcm::Response, FcmError>) -> Answer {
    let error = match answer {
        Ok(response) => return Answer::accepted(Outcome::AcceptedByGoogle, Some(&response.name)),
        Err(error) => error,
    };
    match error {
        FcmError::Refused(refusal) => Answer {
            retry_after: refusal.retry_after,
            ..Answer::of(of_refusal(&refusal), refusal.to_string())
        },
        FcmError::QuotaSpent { wait } => Answer {
            retry_after: Some(wait),
            ..Answer::of(Outcome::GoogleQuota, error.to_string())
        },
        FcmError::SignIn(error) => Answer::of(of_sign_in(&error), error.to_string()),
        FcmError::Transport(error) => match error.status().map(|status| status.as_u16()) {
            // Only its identifier is lost.
            Some(200) => Answer::accepted(Outcome::AcceptedByGoogle, None),
            Some(status) => Answer::of(of_google_status(status), error.to_string()),
            None => Answer::of(of_transport(&error), error.to_string()),
        },
        FcmError::UnreadableAnswer => Answer::of(Outcome::AnswerLost, error.to_string()),
        other => Answer::of(Outcome::NotValid, other.to_string()),
    }
}

fn of_refusal(refusal: &Refusal) -> Outcome {
    let status = refusal.status.as_u16();
    if refusal.apns.as_ref().is_some_and(|apns| apns.status == 410) {
        return Outcome::AppRemovedViaFirebase;
    }
    match &refusal.code {
        Some(ErrorCode::Unregistered) => Outcome::AppRemovedAndroid,
        Some(ErrorCode::SenderIdMismatch) => Outcome::AddressOfOtherProject,
        Some(ErrorCode::ThirdPartyAuthError) => Outcome::FirebaseKeyRejected,
        // A topic has a quota as well, and nothing is sent to topics here.
        _ if status == 429 && !refusal.blames_project_quota() => Outcome::TooManyToDevice,
        Some(ErrorCode::QuotaExceeded) => Outcome::GoogleQuota,
        Some(ErrorCode::Unavailable | ErrorCode::Internal) => Outcome::GoogleBusy,
        _ if refusal.blames_address() => Outcome::AddressNotValidAndroid,
        code => match status {
            401 | 403 | 404 if code.is_none() => Outcome::GoogleSignInRejected,
            400 if is_too_big(refusal) => Outcome::TooLarge,
            400 => Outcome::NotValid,
            status => of_google_status(status),
        },
    }
}

/// What a refusal of Google's means, of which no more is known.
fn of_google_status(status: u16) -> Outcome {
    match status {
        300..=399 => Outcome::ProviderUnreachable,
        413 => Outcome::TooLarge,
        429 => Outcome::GoogleQuota,
        500.. => Outcome::GoogleBusy,
        _ => Outcome::Other,
    }
}

/// Google says so in words alone.
fn is_too_big(refusal: &Refusal) -> bool {
    refusal.message.contains("too big")
        || refusal
            .field_violations
            .iter()
            .any(|violation| violation.description.contains("too big"))
}

fn of_sign_in(error: &SignInError) -> Outcome {
    match error {
        SignInError::Refused { status, .. } if status.is_server_error() || status.as_u16() == 429 => {
            Outcome::GoogleBusy
        }
        SignInError::Refused { .. } | SignInError::UnreadableAnswer => Outcome::GoogleSignInRejected,
        _ => Outcome::ProviderUnreachable,
    }
}

fn of_transport(error: &TransportError) -> Outcome {
    match error {
        lost if lost.is_outcome_unknown() => Outcome::AnswerLost,
        TransportError::Refused { .. } => Outcome::LineRenewed,
        TransportError::NoStreamInTime { .. } => Outcome::ProviderFull,
        _ => Outcome::ProviderUnreachable,
    }
}

#[cfg(test)]
mod tests {
    use heliograph_model::delivery::Retry;
    use heliograph_transport::{Endpoint, LossCause, http::StatusCode};

    use super::*;

    #[test]
    fn every_reason_of_apples_has_an_outcome_and_only_dead_addresses_are_retired() {
        for reason in Reason::all() {
            let outcome = of_reason(reason, 400);
            assert_ne!(outcome, Outcome::Other, "{reason}");
            let dead = matches!(
                reason,
                Reason::Unregistered
                    | Reason::ExpiredToken
                    | Reason::BadDeviceToken
                    | Reason::DeviceTokenNotForTopic
            );
            assert_eq!(outcome.class() == Class::Retire, dead, "{reason}");
        }
    }

    #[test]
    fn what_apple_may_say_one_day_is_judged_by_its_status() {
        let reason = Reason::Unknown("SolarFlare".into());
        for (status, outcome) in [
            (400, Outcome::Other),
            (403, Outcome::AppleKeyRejected),
            (410, Outcome::AppRemoved),
            (429, Outcome::TooManyToDevice),
            (502, Outcome::AppleBusy),
        ] {
            assert_eq!(of_reason(&reason, status), outcome);
        }
    }

    #[test]
    fn a_status_that_came_decides_though_the_body_broke_off() {
        let endpoint = Endpoint::parse("https://localhost").unwrap();
        let broken = |status| TransportError::AnswerLost {
            endpoint: endpoint.clone(),
            status,
            cause: LossCause::Broken("reset".to_owned()),
        };
        for (status, apple, google) in [
            (200, Outcome::AcceptedByApple, Outcome::AcceptedByGoogle),
            (400, Outcome::Other, Outcome::Other),
            (429, Outcome::TooManyToDevice, Outcome::GoogleQuota),
            (503, Outcome::AppleBusy, Outcome::GoogleBusy),
        ] {
            let error = broken(Some(StatusCode::from_u16(status).unwrap()));
            assert_eq!(of_apns(Err(error.clone().into())).outcome, apple, "{status}");
            assert_eq!(of_fcm(Err(error.into())).outcome, google, "{status}");
        }
        assert_eq!(of_apns(Err(broken(None).into())).outcome, Outcome::AnswerLost);
        assert_eq!(of_fcm(Err(broken(None).into())).outcome, Outcome::AnswerLost);
    }

    #[test]
    fn a_credential_that_is_refused_holds_its_deliveries() {
        for outcome in [
            Outcome::AppleKeyRejected,
            Outcome::AppNotAllowed,
            Outcome::GoogleSignInRejected,
        ] {
            assert_eq!(outcome.retry(), Retry::WhenCredentialWorks);
        }
    }
}
