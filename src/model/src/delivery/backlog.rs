//! What is waiting to be sent, in groups that share an app and a reason.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{HowMany, Outcome, Retry, explain};
use crate::{UnknownKeyword, app_config::Platform, ids::AppId, time::Timestamp};

/// What a delivery that has not ended waits for.
///
/// It is written as a word: `queued`, `sending`, `waiting:apple_busy`, `held:credential_missing`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Pending {
    /// Its turn.
    Queued,
    /// The provider's answer: a worker has it.
    Sending,
    /// Its next try; with the code of the reason.
    Waiting(String),
    /// A credential that works, or that sending to the app goes on; with the code of the reason.
    Held(String),
}

impl Pending {
    /// The code of the reason, where there is one: an [`Outcome`]'s or [`super::Exclusion`]'s.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Queued | Self::Sending => None,
            Self::Waiting(reason) | Self::Held(reason) => Some(reason),
        }
    }

    /// Does it wait for something of the app's: a credential that works, or that sending to it goes on?
    pub const fn is_held(&self) -> bool {
        matches!(self, Self::Held(_))
    }

    /// Is there a next try that can be brought forward? Without any credential there is none, nor while sending to the app
    /// is stopped; and the moment that a message gives a push is kept.
    pub fn can_be_retried(&self) -> bool {
        match self {
            Self::Queued | Self::Sending => false,
            Self::Waiting(reason) => !matches!(
                Outcome::parse(reason),
                Some(Outcome::SpreadOut | Outcome::BestTime)
            ),
            Self::Held(reason) => !matches!(
                Outcome::parse(reason),
                Some(Outcome::CredentialMissing | Outcome::SendingStopped | Outcome::ManyNotValid)
            ),
        }
    }

    /// Does it wait until sending to the app goes on?
    pub fn is_stopped(&self) -> bool {
        let outcome = self.reason().and_then(Outcome::parse);
        outcome.is_some_and(|outcome| outcome.retry() == Retry::WhenSentAgain)
    }

    /// Can it still be kept back? What a worker has may be on the wire.
    pub const fn can_be_dropped(&self) -> bool {
        !matches!(self, Self::Sending)
    }

    /// In plain words: a title, and what it means or what to do about it.
    pub fn in_words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Queued => ("To be sent", "It goes out in its turn."),
            Self::Sending => ("Being sent", "The provider is being asked."),
            Self::Waiting(reason) | Self::Held(reason) => explain(reason).map_or(
                (
                    "To be tried again",
                    "For a reason that this version of Heliograph does not know.",
                ),
                |(title, _, advice)| (title, advice),
            ),
        }
    }
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queued => f.write_str("queued"),
            Self::Sending => f.write_str("sending"),
            Self::Waiting(reason) => write!(f, "waiting:{reason}"),
            Self::Held(reason) => write!(f, "held:{reason}"),
        }
    }
}

impl From<Pending> for String {
    fn from(pending: Pending) -> Self {
        pending.to_string()
    }
}

impl TryFrom<String> for Pending {
    type Error = UnknownKeyword;

    fn try_from(word: String) -> Result<Self, UnknownKeyword> {
        match word.split_once(':') {
            None if word == "queued" => Ok(Self::Queued),
            None if word == "sending" => Ok(Self::Sending),
            Some(("waiting", reason)) => Ok(Self::Waiting(reason.to_owned())),
            Some(("held", reason)) => Ok(Self::Held(reason.to_owned())),
            _ => Err(UnknownKeyword {
                expected: "Pending",
                found: word,
            }),
        }
    }
}

/// Deliveries to one app that wait for the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// By which app configuration.
    pub app: Option<AppId>,
    /// The app configuration's name; none where it is gone.
    pub app_name: Option<String>,
    /// Its operating system; none where it is gone.
    pub platform: Option<Platform>,
    /// What they wait for.
    pub pending: Pending,
    /// How many there are, counted up to [`Backlog::COUNTED`].
    pub count: HowMany,
    /// When the oldest of them was queued.
    pub oldest: Timestamp,
    /// When the first of them is tried next; none where that is not known, as for one that is being sent.
    pub next: Option<Timestamp>,
}

impl Backlog {
    /// So many are counted one by one.
    pub const COUNTED: u64 = 20_000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_written_as_a_word_and_read_back() {
        for pending in [
            Pending::Queued,
            Pending::Sending,
            Pending::Waiting("apple_busy".into()),
            Pending::Held("credential_missing".into()),
        ] {
            let json = serde_json::to_string(&pending).unwrap();
            assert_eq!(json, format!("\"{pending}\""));
            assert_eq!(serde_json::from_str::<Pending>(&json).unwrap(), pending);
        }
        for word in ["", "waiting", "held", "done:apple_busy"] {
            assert!(Pending::try_from(word.to_owned()).is_err(), "{word}");
        }
    }

    #[test]
    fn what_can_be_done_depends_on_what_is_waited_for() {
        let held = |outcome: Outcome| Pending::Held(outcome.as_str().into());
        let busy = Pending::Waiting(Outcome::AppleBusy.as_str().into());
        assert!(busy.can_be_retried() && busy.can_be_dropped());
        assert!(held(Outcome::AppleKeyRejected).can_be_retried());
        assert!(!held(Outcome::CredentialMissing).can_be_retried());
        assert!(held(Outcome::CredentialMissing).can_be_dropped());
        assert!(!Pending::Waiting(Outcome::BestTime.as_str().into()).can_be_retried());
        let stopped = held(Outcome::SendingStopped);
        assert!(stopped.is_stopped() && stopped.can_be_dropped() && !stopped.can_be_retried());
        assert!(!busy.is_stopped() && !Pending::Queued.is_stopped());
        assert!(!Pending::Queued.can_be_retried() && Pending::Queued.can_be_dropped());
        assert!(!Pending::Sending.can_be_retried() && !Pending::Sending.can_be_dropped());
        assert_eq!(busy.in_words().0, "Apple busy");
        assert_eq!(
            Pending::Waiting("of_tomorrow".into()).in_words().0,
            "To be tried again"
        );
    }
}
