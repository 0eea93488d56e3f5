//! Faults on demand: what goes wrong, for whom, how often.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Chance;
use crate::phones::Token;

/// One of the two push services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Apple Push Notification service, both environments.
    Apns,
    /// Firebase Cloud Messaging.
    Fcm,
}

/// All faults in force; the default is none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// What holds for every request to Apple's stand-in.
    pub apns: ProviderFaults,
    /// What holds for every request to Google's stand-in.
    pub fcm: ProviderFaults,
    /// What happens to certain tokens; the first rule that fits decides.
    pub rules: Vec<Rule>,
}

/// Faults of the service and its connections, not of a token.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderFaults {
    /// How long each answer takes.
    pub latency: Option<Latency>,
    /// How late a new connection sends its SETTINGS (and so anything), in milliseconds.
    pub settings_delay_ms: u64,
    /// The streams that a connection allows once it is authenticated; 1000 (Apple) or 100 (Google) by default.
    pub max_streams: Option<NonZeroU32>,
    /// After how many streams a connection says GOAWAY.
    pub go_away_after: Option<NonZeroU32>,
    /// Whether a rejection cuts the connection down to one stream.
    pub after_rejection: AfterRejection,
    /// By how many seconds the provider's clock is ahead of this machine's; behind it where negative.
    pub clock_ahead: i64,
    /// The messages that are taken in a minute; more are throttled.
    pub quota_per_minute: Option<NonZeroU32>,
}

/// What a rejected notification does to its connection.
///
/// Apple was seen to allow one stream after a rejection until the next accepted notification (OpenRadar 27870881).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterRejection {
    /// Nothing.
    #[default]
    KeepStreams,
    /// One stream is allowed until a notification is accepted.
    OneStream,
}

/// A fault for some tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The service it holds for; both by default.
    #[serde(default)]
    pub provider: Option<Provider>,
    /// How the tokens begin (case is ignored for Apple's); all tokens by default.
    #[serde(default)]
    pub token_prefix: String,
    /// Only one in so many tokens, chosen by the token itself so that a token always fares alike.
    #[serde(default)]
    pub one_in: Option<NonZeroU32>,
    /// How many requests it strikes before it heals; for ever by default.
    #[serde(default)]
    pub times: Option<u64>,
    /// What happens.
    pub outcome: Outcome,
}

/// What happens to a request that a rule strikes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// The app is gone: 410 `Unregistered`, or 404 `UNREGISTERED`.
    DeadToken {
        /// Since when (milliseconds since 1970), as Apple tells; now by default.
        #[serde(default)]
        since_ms: Option<i64>,
    },
    /// The address is too old: 410 `ExpiredToken`; Google says `UNREGISTERED`.
    ExpiredToken,
    /// The address is not valid: 400 `BadDeviceToken`, or 400 `INVALID_ARGUMENT` on `message.token`.
    NotValid,
    /// The address belongs to another app: `DeviceTokenNotForTopic`, or `SENDER_ID_MISMATCH`.
    OtherApp,
    /// Too much: 429 `TooManyRequests`, or `QUOTA_EXCEEDED` of the project.
    Throttled {
        /// The `Retry-After` header, in seconds; absent by default.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// Too much for this one phone: 429 `TooManyRequests`, or `QUOTA_EXCEEDED` of the device.
    DeviceThrottled {
        /// The `Retry-After` header, in seconds; absent by default.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// 500 `InternalServerError`, or `INTERNAL`.
    Internal,
    /// 503 `ServiceUnavailable`, or `UNAVAILABLE`.
    Unavailable {
        /// The `Retry-After` header, in seconds; absent by default.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// Apple is restarting: 503 `Shutdown`; Google says `UNAVAILABLE`.
    Shutdown,
    /// The answer is late, and otherwise as usual.
    Slow {
        /// How late.
        latency: Latency,
    },
    /// No answer ever, and nothing reaches the phone.
    BlackHole,
    /// No answer ever, though the phone got it.
    AnswerLost,
    /// The connection says GOAWAY and leaves this stream unprocessed.
    GoAway,
    /// The stream is refused with `REFUSED_STREAM`.
    RefusedStream,
    /// The sender's credential is not accepted: 403 `InvalidProviderToken`, or 401.
    CredentialRefused,
    /// Google cannot sign in at Apple or a web push service: 401 `THIRD_PARTY_AUTH_ERROR`. Apple says `Forbidden`.
    ThirdPartyAuth,
}

/// How long answers take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Latency {
    /// Always as long.
    Fixed {
        /// Milliseconds.
        ms: u32,
    },
    /// Spread as real services are: many quick, a few slow.
    Lognormal {
        /// Half of the answers take less, in milliseconds.
        median_ms: u32,
        /// One in a hundred takes more, in milliseconds.
        p99_ms: u32,
    },
}

impl Latency {
    /// The standard normal distribution's 99th percentile.
    const Z99: f64 = 2.326_347_9;

    pub(crate) fn draw(self, chance: &Chance) -> Duration {
        match self {
            Self::Fixed { ms } => Duration::from_millis(ms.into()),
            Self::Lognormal { median_ms, p99_ms } => {
                let median = f64::from(median_ms.max(1));
                let sigma = (f64::from(p99_ms.max(1)) / median).ln().max(0.0) / Self::Z99;
                // Box and Muller's method turns two uniform values into a normal one.
                let normal =
                    (-2.0 * chance.unit().ln()).sqrt() * (std::f64::consts::TAU * chance.unit()).cos();
                let ms = median * (sigma * normal).exp();
                Duration::from_secs_f64((ms / 1000.0).min(3600.0))
            }
        }
    }
}

/// The faults in force, and how often each has struck.
pub(crate) struct FaultBook {
    active: RwLock<Arc<Active>>,
    quotas: [Mutex<Bucket>; 2],
}

struct Active {
    faults: Faults,
    struck: Vec<AtomicU64>,
}

/// A minute's allowance, filled evenly.
#[derive(Default)]
struct Bucket {
    left: f64,
    filled_at: Option<Timestamp>,
}

impl FaultBook {
    pub(crate) fn new(faults: Faults) -> Self {
        Self {
            active: RwLock::new(Arc::new(Active::new(faults))),
            quotas: Default::default(),
        }
    }

    /// Replaces all faults; counts of strikes and the quotas begin anew.
    pub(crate) fn set(&self, faults: Faults) {
        *self.active.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Active::new(faults));
        for quota in &self.quotas {
            *quota.lock().unwrap_or_else(PoisonError::into_inner) = Bucket::default();
        }
    }

    fn active(&self) -> Arc<Active> {
        self.active.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn faults(&self) -> Faults {
        self.active().faults.clone()
    }

    pub(crate) fn provider(&self, provider: Provider) -> ProviderFaults {
        let active = self.active();
        match provider {
            Provider::Apns => active.faults.apns.clone(),
            Provider::Fcm => active.faults.fcm.clone(),
        }
    }

    /// What the provider's clock shows when this machine's shows `now`.
    pub(crate) fn time_at(&self, provider: Provider, now: Timestamp) -> Timestamp {
        let ahead = jiff::SignedDuration::from_secs(self.provider(provider).clock_ahead);
        now.checked_add(ahead).unwrap_or(now)
    }

    /// Whether every request of the provider is to be refused for its credential.
    pub(crate) fn refuses_credentials(&self, provider: Provider) -> bool {
        self.active().faults.rules.iter().any(|rule| {
            rule.outcome == Outcome::CredentialRefused
                && rule.token_prefix.is_empty()
                && rule.one_in.is_none()
                && rule.times.is_none()
                && rule.provider.is_none_or(|only| only == provider)
        })
    }

    /// The fault that strikes a request to this token, if any; counts the strike.
    pub(crate) fn strike(&self, provider: Provider, token: &Token) -> Option<Outcome> {
        let active = self.active();
        let position = active
            .faults
            .rules
            .iter()
            .zip(&active.struck)
            .position(|(rule, struck)| {
                rule.fits(provider, token)
                    && match rule.times {
                        None => true,
                        Some(times) => struck
                            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |so_far| {
                                (so_far < times).then(|| so_far + 1)
                            })
                            .is_ok(),
                    }
            })?;
        Some(active.faults.rules[position].outcome.clone())
    }

    /// Takes one message from the provider's quota; false if it is used up.
    pub(crate) fn within_quota(&self, provider: Provider, now: Timestamp) -> bool {
        let Some(per_minute) = self.provider(provider).quota_per_minute else {
            return true;
        };
        let full = f64::from(per_minute.get());
        let mut bucket = self.quotas[provider as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let elapsed = bucket
            .filled_at
            .map(|then| now.duration_since(then).as_secs_f64().max(0.0));
        bucket.left = elapsed.map_or(full, |seconds| (bucket.left + full * seconds / 60.0).min(full));
        bucket.filled_at = Some(now);
        if bucket.left < 1.0 {
            return false;
        }
        bucket.left -= 1.0;
        true
    }
}

impl Active {
    fn new(faults: Faults) -> Self {
        let struck = faults.rules.iter().map(|_| AtomicU64::new(0)).collect();
        Self { faults, struck }
    }
}

impl Rule {
    fn fits(&self, provider: Provider, token: &Token) -> bool {
        self.provider.is_none_or(|only| only == provider)
            && token.starts_with(&self.token_prefix)
            && self
                .one_in
                .is_none_or(|n| fnv1a(token.as_str()).is_multiple_of(u64::from(n.get())))
    }
}

/// The FNV-1a hash: the same on every machine and in every version, unlike the standard library's.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lognormal_latency_has_the_median_and_the_tail_it_says() {
        let chance = Chance::new(Some(7));
        let latency = Latency::Lognormal {
            median_ms: 40,
            p99_ms: 400,
        };
        let mut drawn: Vec<_> = (0..10_000).map(|_| latency.draw(&chance).as_millis()).collect();
        drawn.sort_unstable();
        assert!((36..=44).contains(&drawn[5_000]), "median {}", drawn[5_000]);
        assert!((300..=520).contains(&drawn[9_900]), "p99 {}", drawn[9_900]);
    }

    #[test]
    fn a_rule_heals_after_its_times_and_then_the_next_one_decides() {
        let rule = |times, outcome| Rule {
            provider: Some(Provider::Fcm),
            token_prefix: "busy".into(),
            one_in: None,
            times,
            outcome,
        };
        let book = FaultBook::new(Faults {
            rules: vec![rule(Some(2), Outcome::Internal), rule(None, Outcome::BlackHole)],
            ..Faults::default()
        });
        let token = Token::from_text("busy-1");
        let struck: Vec<_> = (0..3).map(|_| book.strike(Provider::Fcm, &token)).collect();
        assert_eq!(
            struck,
            [
                Some(Outcome::Internal),
                Some(Outcome::Internal),
                Some(Outcome::BlackHole)
            ]
        );
        assert_eq!(book.strike(Provider::Apns, &token), None);
        assert_eq!(book.strike(Provider::Fcm, &Token::from_text("quiet")), None);
    }

    #[test]
    fn a_quota_is_spent_and_filled_evenly() {
        let quota = ProviderFaults {
            quota_per_minute: NonZeroU32::new(60),
            ..Default::default()
        };
        let book = FaultBook::new(Faults {
            fcm: quota,
            ..Faults::default()
        });
        let start = Timestamp::UNIX_EPOCH;
        let taken = (0..100)
            .filter(|_| book.within_quota(Provider::Fcm, start))
            .count();
        assert_eq!(taken, 60);
        let later = start + jiff::SignedDuration::from_secs(2);
        let taken = (0..100)
            .filter(|_| book.within_quota(Provider::Fcm, later))
            .count();
        assert_eq!(taken, 2);
    }
}
