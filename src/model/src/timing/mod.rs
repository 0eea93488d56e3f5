//! When a message goes out: at once, spread over a window of time, or when each person tends to open pushes.

mod best;

use std::{fmt, time::Duration};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use best::{Best, Opens, Whose};

use crate::{payload::TTL_MIN, personalize::zone, time::Timestamp};

/// When the pushes of a message go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Timing {
    /// As soon as they are due.
    #[default]
    AtOnce,
    /// Each at a moment of its own, evenly drawn from a window of time.
    Spread {
        /// How long the window is, from 1 to [`Timing::MINUTES_MAX`].
        minutes: u32,
    },
    /// Each at the hour, within a window, at which the person has opened the most pushes.
    BestTime {
        /// How long the window is, from 1 to [`Timing::HOURS_MAX`].
        hours: u32,
    },
}

impl Timing {
    /// Longest window to spread over: a day.
    pub const MINUTES_MAX: u32 = 24 * 60;
    /// Longest window for the best time: a day, so that each hour comes once.
    pub const HOURS_MAX: u32 = 24;

    /// How long its window is; nothing where pushes go at once.
    pub fn length(self) -> Duration {
        match self {
            Self::AtOnce => Duration::ZERO,
            Self::Spread { minutes } => Duration::from_secs(u64::from(minutes) * 60),
            Self::BestTime { hours } => Duration::from_secs(u64::from(hours) * 3600),
        }
    }

    /// The window of a push that was made and expires then. It ends [`TTL_MIN`] seconds before the push expires, so that
    /// what goes at its end still reaches the phone.
    pub fn window(self, made: Timestamp, expires: Timestamp) -> Window {
        let last = expires - Duration::from_secs(TTL_MIN.into());
        Window {
            from: made,
            until: (made + self.length()).min(last).max(made),
        }
    }

    /// Why it can't be published, in a sentence.
    pub fn problem(self) -> Option<&'static str> {
        match self {
            Self::Spread { minutes } if !(1..=Self::MINUTES_MAX).contains(&minutes) => {
                Some("Pushes can be spread over 1 minute to 24 hours.")
            }
            Self::BestTime { hours } if !(1..=Self::HOURS_MAX).contains(&hours) => {
                Some("The window for the best time has 1 to 24 hours.")
            }
            _ => None,
        }
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::AtOnce => f.write_str("at once"),
            Self::Spread { minutes } if minutes > 0 && minutes.is_multiple_of(60) => {
                write!(f, "spread over {}", some(minutes / 60, "hour"))
            }
            Self::Spread { minutes } => write!(f, "spread over {}", some(minutes, "minute")),
            Self::BestTime { hours } => {
                write!(f, "at each person's best time within {}", some(hours, "hour"))
            }
        }
    }
}

fn some(count: u32, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The time within which a push goes out, from its first moment to before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end; the same where there is no room.
    pub until: Timestamp,
}

impl Window {
    /// The moment that a lot points at.
    pub fn moment(self, lot: Lot) -> Timestamp {
        self.from + lot.of(self.until.since(self.from))
    }
}

/// Where within a window a push goes: drawn evenly, from what made it. It is the same for all devices of the person, so that
/// they ring together, and after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot(u64);

impl Lot {
    /// The lot of what has this cause.
    pub fn of_cause(cause: &str) -> Self {
        let digest = Sha256::digest(cause.as_bytes());
        let (first, _) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        Self(u64::from_be_bytes(*first))
    }

    /// Its share of a span, to the millisecond: less than the whole.
    fn of(self, span: Duration) -> Duration {
        let share = (span.as_millis() * u128::from(self.0)) >> 64;
        Duration::from_millis(u64::try_from(share).unwrap_or(u64::MAX))
    }
}

/// The zone in which a person lives: their own, or that of the journey; UTC where neither is known.
pub fn zone_of(own: Option<&str>, journey: Option<&str>) -> TimeZone {
    own.and_then(zone::find)
        .or_else(|| journey.and_then(zone::find))
        .unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    #[test]
    fn a_window_is_spread_over_evenly() {
        let window = Timing::Spread { minutes: 60 }.window(START, START + 24 * HOUR);
        let mut minutes = [0; 60];
        for n in 0..6_000 {
            let after = window.moment(Lot::of_cause(&format!("push {n}"))).since(START);
            minutes[usize::try_from(after.as_secs() / 60).unwrap()] += 1;
        }
        // 100 are expected in each; four standard deviations are 40.
        assert!(minutes.iter().all(|n| (60..=140).contains(n)), "{minutes:?}");
    }

    #[test]
    fn a_timing_reads_as_a_person_would_say_it() {
        let words = |timing: Timing| timing.to_string();
        assert_eq!(words(Timing::AtOnce), "at once");
        assert_eq!(words(Timing::Spread { minutes: 1 }), "spread over 1 minute");
        assert_eq!(words(Timing::Spread { minutes: 90 }), "spread over 90 minutes");
        assert_eq!(words(Timing::Spread { minutes: 120 }), "spread over 2 hours");
        assert_eq!(
            words(Timing::BestTime { hours: 24 }),
            "at each person's best time within 24 hours"
        );
    }

    #[test]
    fn only_windows_of_a_minute_to_a_day_can_be_published() {
        for (timing, good) in [
            (Timing::AtOnce, true),
            (Timing::Spread { minutes: 0 }, false),
            (Timing::Spread { minutes: 1 }, true),
            (Timing::Spread { minutes: 1440 }, true),
            (Timing::Spread { minutes: 1441 }, false),
            (Timing::BestTime { hours: 0 }, false),
            (Timing::BestTime { hours: 24 }, true),
            (Timing::BestTime { hours: 25 }, false),
        ] {
            assert_eq!(timing.problem().is_none(), good, "{timing:?}");
        }
    }

    proptest! {
        #[test]
        fn a_moment_lies_in_its_window_and_never_past_the_time_to_live(
            minutes in 0..=Timing::MINUTES_MAX * 2,
            ttl in 0..200_000_u64,
            cause in ".{0,40}",
        ) {
            let expires = START + Duration::from_secs(ttl);
            let window = Timing::Spread { minutes }.window(START, expires);
            let moment = window.moment(Lot::of_cause(&cause));
            prop_assert!(moment >= START);
            prop_assert!(moment == START || moment < window.until);
            prop_assert!(moment == START || moment + Duration::from_secs(TTL_MIN.into()) < expires);
            prop_assert_eq!(moment, window.moment(Lot::of_cause(&cause)));
        }
    }
}
