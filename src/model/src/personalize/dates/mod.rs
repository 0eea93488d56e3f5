//! Dates as the language knows them.

pub(crate) mod format;
pub mod learned;
pub(crate) mod letters;
mod names;
pub(crate) mod pattern;
pub(crate) mod read;
pub(crate) mod zone;

use std::cmp::Ordering;
use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// What a date says beside its moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MomentKind {
    /// A moment given in UTC; where a calendar is asked, the profile's zone answers.
    Instant,
    /// A moment in a zone that was named.
    Zoned,
    /// A date and time of no zone.
    Local,
}

/// A date and time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment {
    pub(crate) at: ZonedDateTime,
    pub(crate) kind: MomentKind,
}

impl Moment {
    pub(crate) fn instant(at: Timestamp) -> Moment {
        Moment {
            at: at.to_zoned_datetime(TimeZone::UTC),
            kind: MomentKind::Instant,
        }
    }

    pub(crate) fn zoned(at: ZonedDateTime) -> Moment {
        Moment {
            at,
            kind: MomentKind::Zoned,
        }
    }

    /// Milliseconds since 1970 UTC as a date, if it is one of the years -9999 to 9999.
    pub(crate) fn from_millis(millis: i64) -> Option<Moment> {
        Timestamp::from_millisecond(millis).ok().map(Moment::instant)
    }

    /// The date as a calendar of `zone` shows it.
    pub(crate) fn wall(&self, zone: &TimeZone) -> ZonedDateTime {
        match self.kind {
            MomentKind::Instant => self.at.with_time_zone(zone.clone()),
            MomentKind::Zoned | MomentKind::Local => self.at.clone(),
        }
    }

    /// A date of the same kind, from what its calendar shows.
    pub(crate) fn with_wall(&self, wall: ZonedDateTime) -> Moment {
        match self.kind {
            MomentKind::Instant => Moment::instant(wall.timestamp()),
            kind => Moment { at: wall, kind },
        }
    }

    pub(crate) fn compare(&self, other: &Moment) -> Ordering {
        self.at.timestamp().cmp(&other.at.timestamp())
    }

    /// Reads an ISO 8601 date, with or without time, offset and zone; without one it is a date of `zone` (or UTC).
    pub(crate) fn parse(text: &str, zone: Option<&TimeZone>) -> Option<Moment> {
        // The longest that can be read is an expanded year with nanoseconds, offset and the name of a zone.
        const LONGEST: usize = 128;
        if text.len() > LONGEST {
            return None;
        }
        read::iso(text.trim(), zone)
    }
}

/// As Java prints a `ZonedDateTime`: seconds only where there are some, `Z` or the offset, the zone's name in brackets
/// (<https://docs.oracle.com/javase/8/docs/api/java/time/ZonedDateTime.html#toString-->).
impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.at.datetime();
        write_local(local, out)?;
        if self.kind == MomentKind::Local {
            return Ok(());
        }
        format::offset(self.at.offset(), format::OffsetStyle::JAVA, out)?;
        match self.at.time_zone().iana_name() {
            Some(name) if name != "UTC" => write!(out, "[{name}]"),
            _ => Ok(()),
        }
    }
}

fn write_local(local: DateTime, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute()
    )?;
    let nanos = local.subsec_nanosecond();
    if local.second() == 0 && nanos == 0 {
        return Ok(());
    }
    write!(out, ":{:02}", local.second())?;
    match nanos {
        0 => Ok(()),
        _ if nanos % 1_000_000 == 0 => write!(out, ".{:03}", nanos / 1_000_000),
        _ if nanos % 1_000 == 0 => write!(out, ".{:06}", nanos / 1_000),
        _ => write!(out, ".{nanos:09}"),
    }
}
