//! Counts of every id that was seen, so that lost and doubled pushes are proven and not guessed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::faults::Provider;

/// What both stand-ins have seen since the start or the last reset.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// At Apple's stand-in.
    pub apns: ProviderCounts,
    /// At Google's stand-in.
    pub fcm: ProviderCounts,
}

/// What one stand-in has seen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProviderCounts {
    /// Connections that were opened.
    pub connections: u64,
    /// Send requests that were read, refused ones too.
    pub requests: u64,
    /// Distinct pushes (token and delivery id) among them.
    pub seen: u64,
    /// Requests that were accepted.
    pub accepted: u64,
    /// Distinct pushes among those accepted.
    pub accepted_distinct: u64,
    /// Acceptances beyond the first of the same push.
    pub doubled: u64,
    /// The delivery ids of those pushes, at most 1,000 of them.
    pub doubles: BTreeSet<String>,
    /// Doubles that the person saw, because nothing told the phone that one replaces the other.
    pub shown_twice: u64,
    /// Dry runs (`validate_only`) that passed.
    pub checked: u64,
    /// Requests that never got an answer.
    pub unanswered: u64,
    /// Streams refused with `REFUSED_STREAM`.
    pub refused_streams: u64,
    /// Refused requests by the provider's own word for the reason.
    pub refused: BTreeMap<String, u64>,
}

/// The most pushes that are named where they came again.
const DOUBLES: usize = 1000;

/// A push as the counts know it.
pub(crate) struct PushId<'a> {
    pub(crate) token: &'a str,
    /// What tells one push to a phone from the next; none if the sender gave no id, so that a double can't be told.
    pub(crate) delivery: Option<&'a str>,
}

/// What makes the phone show one of two copies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visible<'a> {
    /// It is never shown (a silent push).
    Never,
    /// A later copy stands beside it.
    Alone,
    /// A later one with the same key takes its place.
    ReplacedBy(&'a str),
}

/// The tally of one stand-in.
pub(crate) struct Tally {
    hashers: [RandomState; 2],
    inner: [Mutex<Inner>; 2],
}

#[derive(Default)]
struct Inner {
    counts: ProviderCounts,
    /// By a 128-bit keyed hash of token and delivery id: millions of pushes fit in memory, and two of them share a
    /// hash once in 10^26.
    pushes: HashMap<u128, Push>,
}

#[derive(Default)]
struct Push {
    accepted: bool,
    /// The hash of the key by which the last copy is replaced; 0 if it can't be.
    replaced_by: u64,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            hashers: [RandomState::new(), RandomState::new()],
            inner: Default::default(),
        }
    }

    fn with(&self, provider: Provider, change: impl FnOnce(&mut Inner)) {
        change(
            &mut self.inner[provider as usize]
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    pub(crate) fn connection(&self, provider: Provider) {
        self.with(provider, |inner| inner.counts.connections += 1);
    }

    /// A send request that names a push was read.
    pub(crate) fn request(&self, provider: Provider, push: &PushId<'_>) {
        let key = self.key(push);
        self.with(provider, |inner| {
            inner.counts.requests += 1;
            if let Some(key) = key
                && !inner.pushes.contains_key(&key)
            {
                inner.pushes.insert(key, Push::default());
                inner.counts.seen += 1;
            }
        });
    }

    /// A push was accepted; to be called after `request`.
    pub(crate) fn accepted(&self, provider: Provider, push: &PushId<'_>, visible: Visible<'_>) {
        let key = self.key(push);
        let replaced_by = match visible {
            Visible::ReplacedBy(key) => self.hashers[0].hash_one(key).max(1),
            Visible::Alone | Visible::Never => 0,
        };
        self.with(provider, |inner| {
            inner.counts.accepted += 1;
            let Some(key) = key else {
                inner.counts.accepted_distinct += 1;
                return;
            };
            let known = inner.pushes.entry(key).or_default();
            if known.accepted {
                inner.counts.doubled += 1;
                if inner.counts.doubles.len() < DOUBLES {
                    inner.counts.doubles.extend(push.delivery.map(str::to_owned));
                }
                let replaces = replaced_by != 0 && known.replaced_by == replaced_by;
                if !replaces && visible != Visible::Never {
                    inner.counts.shown_twice += 1;
                }
            } else {
                inner.counts.accepted_distinct += 1;
            }
            *known = Push {
                accepted: true,
                replaced_by,
            };
        });
    }

    pub(crate) fn checked(&self, provider: Provider) {
        self.with(provider, |inner| inner.counts.checked += 1);
    }

    pub(crate) fn unanswered(&self, provider: Provider) {
        self.with(provider, |inner| inner.counts.unanswered += 1);
    }

    pub(crate) fn refused_stream(&self, provider: Provider) {
        self.with(provider, |inner| inner.counts.refused_streams += 1);
    }

    pub(crate) fn refused(&self, provider: Provider, reason: &str) {
        self.with(provider, |inner| match inner.counts.refused.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                inner.counts.refused.insert(reason.to_owned(), 1);
            }
        });
    }

    pub(crate) fn counts(&self) -> Counts {
        let of = |provider: Provider| {
            self.inner[provider as usize]
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .counts
                .clone()
        };
        Counts {
            apns: of(Provider::Apns),
            fcm: of(Provider::Fcm),
        }
    }

    pub(crate) fn reset(&self) {
        self.with(Provider::Apns, |inner| *inner = Inner::default());
        self.with(Provider::Fcm, |inner| *inner = Inner::default());
    }

    fn key(&self, push: &PushId<'_>) -> Option<u128> {
        let id = (push.token, push.delivery?);
        let [high, low] = [&self.hashers[0], &self.hashers[1]].map(|hasher| u128::from(hasher.hash_one(id)));
        Some(high << 64 | low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUSH: PushId<'static> = PushId {
        token: "t",
        delivery: Some("d"),
    };

    fn accepted_twice(first: Visible<'_>, second: Visible<'_>) -> ProviderCounts {
        let tally = Tally::new();
        for visible in [first, second] {
            tally.request(Provider::Fcm, &PUSH);
            tally.accepted(Provider::Fcm, &PUSH, visible);
        }
        tally.counts().fcm
    }

    #[test]
    fn a_double_is_shown_twice_unless_its_key_replaces_it() {
        let replaced = accepted_twice(Visible::ReplacedBy("a"), Visible::ReplacedBy("a"));
        assert_eq!(
            (
                replaced.seen,
                replaced.accepted,
                replaced.doubled,
                replaced.shown_twice
            ),
            (1, 2, 1, 0)
        );
        assert_eq!(replaced.doubles, ["d".to_owned()].into());
        assert_eq!(
            accepted_twice(Visible::ReplacedBy("a"), Visible::ReplacedBy("b")).shown_twice,
            1
        );
        assert_eq!(accepted_twice(Visible::Alone, Visible::Alone).shown_twice, 1);
        assert_eq!(accepted_twice(Visible::Never, Visible::Never).shown_twice, 0);
    }

    #[test]
    fn the_same_delivery_to_two_phones_is_no_double() {
        let tally = Tally::new();
        for token in ["a", "b"] {
            tally.accepted(
                Provider::Apns,
                &PushId {
                    token,
                    delivery: Some("d"),
                },
                Visible::Alone,
            );
        }
        let counts = tally.counts().apns;
        assert_eq!((counts.accepted_distinct, counts.doubled), (2, 0));
    }
}
