//! What a provider's answer means: an outcome of the taxonomy, and what it tells of the device.

use std::time::{Duration, UNIX_EPOCH};

use heliograph_apns::Reason;
use heliograph_fcm::{ErrorCode, Refusal, SignInError};
use heliograph_model::app_config::Platform;
use heliograph_model::delivery::Outcome;
use heliograph_model::time::Timestamp;
use heliograph_store::deliveries::DeviceChange;

/// What an attempt has come to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    /// The provider's own words.
    pub(crate) detail: Option<String>,
    /// The provider's identifier of the push, where it took it.
    pub(crate) provider_id: Option<String>,
    /// How long the provider wants to be left alone.
    pub(crate) asked: Option<Duration>,
    /// What it tells of the device's address.
    pub(crate) device: Option<DeviceChange>,
}

impl Verdict {
    pub(crate) fn new(outcome: Outcome, detail: impl Into<String>) -> Self {
        Self {
            outcome,
            detail: Some(detail.into()),
            provider_id: None,
            asked: None,
            device: None,
        }
    }

    pub(crate) fn accepted(platform: Platform, provider_id: Option<String>) -> Self {
        Self {
            outcome: Outcome::accepted(platform),
            detail: None,
            provider_id,
            asked: None,
            device: Some(DeviceChange::Accepted),
        }
    }

    fn with_device(mut self, change: Option<DeviceChange>) -> Self {
        self.device = change;
        self
    }
}

/// How a doubtful address stands: one that is called not valid is suspected first, and retired the second time.
fn not_valid(suspected_before: bool, now: Timestamp) -> DeviceChange {
    if suspected_before {
        DeviceChange::Retired(now)
    } else {
        DeviceChange::Suspected
    }
}

/// What Apple's client says.
///
/// Source: Apple, "Handling notification responses from APNs".
pub(crate) fn of_apns(error: &heliograph_apns::Error, suspected_before: bool, now: Timestamp) -> Verdict {
    use heliograph_apns::Error as E;
    let words = error.to_string();
    match error {
        E::Refused {
            status,
            reason,
            timestamp,
            ..
        } => {
            let since = timestamp
                .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
                .and_then(|since| i64::try_from(since.as_millis()).ok())
                .map_or(now, Timestamp::from_millis);
            let retired = Some(DeviceChange::Retired(since));
            let (outcome, device) = match reason {
                Reason::Unregistered => (Outcome::AppRemoved, retired),
                Reason::ExpiredToken => (Outcome::AddressExpired, retired),
                Reason::BadDeviceToken => (Outcome::AddressNotValid, Some(not_valid(suspected_before, now))),
                Reason::DeviceTokenNotForTopic => (Outcome::AddressOfOtherApp, None),
                Reason::ExpiredProviderToken => (Outcome::AppleSignInExpired, None),
                Reason::InvalidProviderToken
                | Reason::MissingProviderToken
                | Reason::Forbidden
                | Reason::BadCertificate => (Outcome::AppleKeyRejected, None),
                Reason::BadEnvironmentKeyInToken | Reason::BadCertificateEnvironment => {
                    (Outcome::AppleKeyOtherEnvironment, None)
                }
                Reason::UnrelatedKeyIdInToken => (Outcome::AppleKeyChanged, None),
                Reason::TopicDisallowed | Reason::BadTopic | Reason::MissingTopic => {
                    (Outcome::AppNotAllowed, None)
                }
                Reason::PayloadTooLarge => (Outcome::TooLarge, None),
                Reason::TooManyRequests => (Outcome::TooManyToDevice, None),
                Reason::TooManyProviderTokenUpdates => (Outcome::AppleSignInTooOften, None),
                Reason::IdleTimeout => (Outcome::LineRenewed, None),
                _ if status.is_server_error() => (Outcome::AppleBusy, None),
                _ if status.as_u16() == 410 => (Outcome::AppRemoved, retired),
                _ if status.as_u16() == 403 => (Outcome::AppleKeyRejected, None),
                _ if status.is_client_error() => (Outcome::NotValid, None),
                _ => (Outcome::Other, None),
            };
            Verdict::new(outcome, words).with_device(device)
        }
        E::Transport(error) => of_transport(error),
        _ => Verdict::new(Outcome::CredentialUnreadable, words),
    }
}

/// What Google's client says.
///
/// Source: Firebase, "ErrorCode"; the details decide, and not the status alone.
pub(crate) fn of_fcm(error: &heliograph_fcm::Error, suspected_before: bool, now: Timestamp) -> Verdict {
    use heliograph_fcm::Error as E;
    match error {
        E::Refused(refusal) => of_refusal(refusal, suspected_before, now),
        E::SignIn(SignInError::Refused { status, .. }) if status.is_server_error() => {
            Verdict::new(Outcome::GoogleBusy, error.to_string())
        }
        // The message was not sent.
        E::SignIn(SignInError::Transport(_)) => Verdict::new(Outcome::ProviderUnreachable, error.to_string()),
        E::SignIn(_) => Verdict::new(Outcome::GoogleSignInRejected, error.to_string()),
        E::Transport(error) => of_transport(error),
        // Google answered 200: it took the message.
        E::UnreadableAnswer => Verdict::accepted(Platform::Android, None),
        _ => Verdict::new(Outcome::NotValid, error.to_string()),
    }
}

fn of_refusal(refusal: &Refusal, suspected_before: bool, now: Timestamp) -> Verdict {
    let gone_at_apple = refusal.apns.as_ref().is_some_and(|apns| apns.status == 410);
    let (outcome, device) = match &refusal.code {
        Some(ErrorCode::Unregistered) => (Outcome::AppRemovedAndroid, Some(DeviceChange::Retired(now))),
        Some(ErrorCode::InvalidArgument) if gone_at_apple => {
            (Outcome::AppRemovedViaFirebase, Some(DeviceChange::Retired(now)))
        }
        Some(ErrorCode::InvalidArgument) if refusal.blames_address() => (
            Outcome::AddressNotValidAndroid,
            Some(not_valid(suspected_before, now)),
        ),
        Some(ErrorCode::InvalidArgument) if refusal.message.contains("too big") => (Outcome::TooLarge, None),
        Some(ErrorCode::InvalidArgument) => (Outcome::NotValid, None),
        Some(ErrorCode::SenderIdMismatch) => (Outcome::AddressOfOtherProject, None),
        Some(ErrorCode::QuotaExceeded) => (Outcome::GoogleQuota, None),
        Some(ErrorCode::Unavailable | ErrorCode::Internal) => (Outcome::GoogleBusy, None),
        Some(ErrorCode::ThirdPartyAuthError) => (Outcome::FirebaseKeyRejected, None),
        _ => match refusal.status.as_u16() {
            // Without a code of FCM's own these are about sign-in, role or project, and not about the message.
            401 | 403 | 404 => (Outcome::GoogleSignInRejected, None),
            429 => (Outcome::GoogleQuota, None),
            500.. => (Outcome::GoogleBusy, None),
            400..=499 => (Outcome::NotValid, None),
            _ => (Outcome::Other, None),
        },
    };
    let mut verdict = Verdict::new(outcome, refusal.to_string()).with_device(device);
    verdict.asked = refusal.retry_after;
    verdict
}

fn of_transport(error: &heliograph_apns::TransportError) -> Verdict {
    use heliograph_apns::TransportError as T;
    let outcome = match error {
        error if error.is_outcome_unknown() => Outcome::AnswerLost,
        T::Refused { .. } | T::NoStreamInTime { .. } => Outcome::LineRenewed,
        _ => Outcome::ProviderUnreachable,
    };
    Verdict::new(outcome, error.to_string())
}
