//! Pace: how fast pushes go out.

use std::{collections::HashMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{ids::RuleSetId, time::Timestamp};

/// At most so many pushes a minute, evenly spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// How many a minute, at least 1.
    pub per_minute: u32,
    /// How it begins after a rest.
    pub ramp: Option<Ramp>,
}

/// A slow beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ramp {
    /// How many a minute at first, at least 1.
    pub from: u32,
    /// After how many minutes the full pace is reached.
    pub minutes: u32,
}

/// After a rest of this length the ramp begins anew.
const REST: Duration = Duration::from_secs(60 * 60);

/// Gives out the moments at which pushes may go. It is kept in the database between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pacer {
    /// Before when no more may go.
    pub next_at: Timestamp,
    /// Microseconds past `next_at`, so that a pace that does not divide a minute into whole milliseconds is kept.
    pub remainder: i64,
    /// When the ramp began.
    pub started_at: Timestamp,
}

impl Pacer {
    /// One that has given out nothing.
    pub const fn new(now: Timestamp) -> Self {
        Self {
            next_at: now,
            remainder: 0,
            started_at: now,
        }
    }

    /// The next moment, now or later.
    pub fn take(&mut self, pace: Pace, now: Timestamp) -> Timestamp {
        if now > self.next_at + REST {
            *self = Self::new(now);
        }
        if now > self.next_at {
            self.next_at = now;
            self.remainder = 0;
        }
        let slot = self.next_at;
        let micros = 60_000_000 / i64::from(pace.at(slot.since(self.started_at)).max(1)) + self.remainder;
        self.next_at = Timestamp::from_millis(slot.as_millis().saturating_add(micros / 1000));
        self.remainder = micros % 1000;
        slot
    }
}

impl Pace {
    /// How many a minute, so long after the ramp began.
    pub fn at(&self, since: Duration) -> u32 {
        match self.ramp {
            Some(ramp) if ramp.minutes > 0 && ramp.from < self.per_minute => {
                let whole = u64::from(ramp.minutes) * 60_000;
                let done = u64::try_from(since.as_millis()).unwrap_or(u64::MAX).min(whole);
                let more = u64::from(self.per_minute - ramp.from) * done / whole;
                // It is less than `per_minute` more.
                ramp.from + u32::try_from(more).unwrap_or(u32::MAX)
            }
            _ => self.per_minute,
        }
    }
}

/// When a push goes by the paces that hold for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// At once.
    Now,
    /// Later: by whose pace, and when.
    Later {
        /// Whose pace it is.
        set: RuleSetId,
        /// When.
        until: Timestamp,
    },
    /// Not before its time to live ends, by this rule set's pace.
    TooLate {
        /// Whose pace it is.
        set: RuleSetId,
    },
}

/// The moment that several paces together give a push: the last of those that each gives it. What would come too late takes
/// none. A pace without a pacer is left out.
pub fn take_together(
    paces: impl IntoIterator<Item = (RuleSetId, Pace)>,
    pacers: &mut HashMap<RuleSetId, Pacer>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Moment {
    let mut taken = Vec::new();
    let mut last: Option<(RuleSetId, Timestamp)> = None;
    for (set, pace) in paces {
        let Some(mut pacer) = pacers.get(&set).copied() else {
            continue;
        };
        let slot = pacer.take(pace, now);
        taken.push((set, pacer));
        if last.is_none_or(|(_, until)| until < slot) {
            last = Some((set, slot));
        }
    }
    match last {
        Some((set, until)) if until > now && until >= expires_at => Moment::TooLate { set },
        Some((set, until)) => {
            pacers.extend(taken);
            if until > now {
                Moment::Later { set, until }
            } else {
                Moment::Now
            }
        }
        None => Moment::Now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn taken(pace: Pace, count: usize) -> Vec<Duration> {
        let mut pacer = Pacer::new(START);
        (0..count).map(|_| pacer.take(pace, START).since(START)).collect()
    }

    #[test]
    fn a_minute_has_as_many_as_the_pace_says() {
        for per_minute in [1, 7, 1000, 90_000] {
            let slots = taken(
                Pace {
                    per_minute,
                    ramp: None,
                },
                per_minute as usize + 1,
            );
            let within = slots.iter().filter(|slot| slot.as_secs() < 60).count();
            // Whole microseconds let one more in, at most.
            assert!(
                (per_minute as usize..=per_minute as usize + 1).contains(&within),
                "{per_minute}: {within}"
            );
        }
    }

    #[test]
    fn a_ramp_begins_slowly_and_reaches_the_full_pace() {
        let pace = Pace {
            per_minute: 600,
            ramp: Some(Ramp {
                from: 60,
                minutes: 10,
            }),
        };
        assert_eq!(pace.at(Duration::ZERO), 60);
        assert_eq!(pace.at(Duration::from_secs(300)), 330);
        assert_eq!(pace.at(Duration::from_secs(6000)), 600);
        let first_minute = taken(pace, 200).iter().filter(|slot| slot.as_secs() < 60).count();
        assert!((60..120).contains(&first_minute), "{first_minute}");
    }

    #[test]
    fn after_a_rest_it_goes_on_from_now_and_not_from_then() {
        let pace = Pace {
            per_minute: 60,
            ramp: None,
        };
        let mut pacer = Pacer::new(START);
        pacer.take(pace, START);
        let later = START + Duration::from_secs(600);
        assert_eq!(pacer.take(pace, later), later);
        assert_eq!(
            pacer.take(pace, later),
            later + Duration::from_secs(1),
            "nothing was saved up"
        );
    }
}
