use std::time::{Duration, SystemTime};

use heliograph_transport::http::StatusCode;

use crate::Reason;

/// Why a notification was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Apple answered and did not take the notification.
    #[error("Apple refused the notification: {reason} (status {status})")]
    Refused {
        /// Status of the answer.
        status: StatusCode,
        /// Apple's reason.
        reason: Reason,
        /// Since when the device token is not valid for the topic; only with status 410.
        ///
        /// A token that was registered again later is still good.
        timestamp: Option<SystemTime>,
        /// The notification's `apns-id` as Apple repeats it.
        apns_id: Option<String>,
        /// How long Apple asks to wait, where it says so (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// Apple gave no answer; the cause says whether it may have acted on the notification.
    #[error(transparent)]
    Transport(#[from] heliograph_transport::Error),
    /// The key could not sign, because the system has no randomness.
    #[error("the provider token could not be signed; check the system's random number source")]
    Signing,
}

impl Error {
    /// Whether nobody can say if Apple acted on the notification.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_outcome_unknown())
    }
}
