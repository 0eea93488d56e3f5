//! Caps: how many pushes a person may get in a span of time.

use std::time::Duration;

use jiff::{ToSpan as _, civil::Time, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::quiet::instant;
use crate::time::Timestamp;

/// At most so many pushes to a person in a span of time. A push to several devices of theirs is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// How many, at least 1.
    pub most: u32,
    /// In which time.
    pub span: Span,
}

/// The time in which pushes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Span {
    /// The time before the push.
    Rolling {
        /// How many units.
        length: u32,
        /// Of what.
        unit: Unit,
    },
    /// The day, week or month of the push, in the person's zone.
    Calendar {
        /// Which of them.
        period: Period,
    },
}

/// A unit of rolling time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// 7 days of 24 hours.
    Week,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// How long it is.
    pub const fn length(self) -> Duration {
        Duration::from_secs(match self {
            Self::Hour => 3600,
            Self::Day => 24 * 3600,
            Self::Week => 7 * 24 * 3600,
        })
    }
}

/// A part of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first.
    Month,
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];
}

impl Cap {
    /// From when pushes count at a moment, for a person in this zone.
    pub fn since(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        match self.span {
            // What was sent exactly one span ago counts no more.
            Span::Rolling { length, unit } => {
                now - unit.length().saturating_mul(length) + Duration::from_millis(1)
            }
            Span::Calendar { period } => start_of(period, now, zone),
        }
    }
}

fn start_of(period: Period, now: Timestamp, zone: &TimeZone) -> Timestamp {
    let today = zone.to_datetime(now.to_jiff()).date();
    let first = match period {
        Period::Day => Ok(today),
        Period::Week => today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()),
        Period::Month => Ok(today.first_of_month()),
    };
    first
        .ok()
        .and_then(|first| instant(first.to_datetime(Time::midnight()), zone))
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personalize::zone;

    fn since(span: Span, now: &str, zone_name: &str) -> String {
        let now = Timestamp::parse(now).unwrap();
        let zone = zone::find(zone_name).unwrap();
        Cap { most: 1, span }.since(now, &zone).to_string()
    }

    #[test]
    fn calendar_spans_begin_in_the_persons_own_zone() {
        let day = Span::Calendar { period: Period::Day };
        // 23:30 on the 27th in New York, where it is still the day before.
        assert_eq!(
            since(day, "2026-11-28T04:30:00Z", "America/New_York"),
            "2026-11-27T05:00:00.000Z"
        );
        assert_eq!(
            since(day, "2026-11-28T04:30:00Z", "Europe/Rome"),
            "2026-11-27T23:00:00.000Z"
        );
        let week = Span::Calendar { period: Period::Week };
        // A Sunday belongs to the week that began six days before.
        assert_eq!(
            since(week, "2026-11-29T12:00:00Z", "UTC"),
            "2026-11-23T00:00:00.000Z"
        );
        let month = Span::Calendar {
            period: Period::Month,
        };
        assert_eq!(
            since(month, "2026-11-29T12:00:00Z", "UTC"),
            "2026-11-01T00:00:00.000Z"
        );
        // The month began in summer time.
        assert_eq!(
            since(month, "2026-10-30T12:00:00Z", "Europe/Rome"),
            "2026-09-30T22:00:00.000Z"
        );
    }

    #[test]
    fn a_rolling_span_ends_to_the_millisecond() {
        let day = Span::Rolling {
            length: 1,
            unit: Unit::Day,
        };
        assert_eq!(
            since(day, "2026-11-28T04:30:00Z", "UTC"),
            "2026-11-27T04:30:00.001Z"
        );
    }
}
