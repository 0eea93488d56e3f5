use std::time::Duration;

use heliograph_transport::http::StatusCode;

use crate::Refusal;

/// Why a message was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// FCM answered and did not take the message.
    #[error("Firebase refused the message: {0}")]
    Refused(Box<Refusal>),
    /// No access token was to be had; the message was not sent.
    #[error("sign-in to Google failed: {0}")]
    SignIn(#[from] SignInError),
    /// The project's quota is spent, as FCM said of an earlier message; this one was not sent.
    #[error("Google's quota for this project is used up for another {} s; nothing was sent", wait.as_secs().max(1))]
    QuotaSpent {
        /// How long until there is a turn again.
        wait: Duration,
    },
    /// FCM gave no answer; the cause says whether it may have acted on the message.
    #[error(transparent)]
    Transport(#[from] heliograph_transport::Error),
    /// FCM took the message, and its answer has no message name.
    #[error("Firebase took the message, but its answer cannot be read; check what answers at the endpoint")]
    UnreadableAnswer,
    /// The message cannot be written as JSON.
    #[error("the message cannot be written as JSON: {0}")]
    UnwritableMessage(String),
}

/// Why there is no access token.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// Google does not accept the account.
    #[error("Google does not accept the service account (status {status}): {error} {description}")]
    Refused {
        /// Status of the answer.
        status: StatusCode,
        /// OAuth's short code, such as `invalid_grant`; empty if there was none.
        error: String,
        /// Google's explanation; empty if there was none.
        description: String,
    },
    /// Google gave no answer.
    #[error(transparent)]
    Transport(#[from] heliograph_transport::Error),
    /// Google's answer holds no token.
    #[error("the answer holds no access token; check `token_uri` in the key file")]
    UnreadableAnswer,
    /// The key could not sign.
    #[error("the request for a token could not be signed; check the system's random number source")]
    Signing,
}

impl Error {
    /// Whether nobody can say if FCM acted on the message.
    pub fn is_outcome_unknown(&self) -> bool {
        // A lost answer to the sign-in is no concern here: the message itself was not sent.
        matches!(self, Self::Transport(error) if error.is_outcome_unknown())
    }
}
