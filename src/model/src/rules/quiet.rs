//! Quiet hours: when nobody is to be disturbed.

use std::fmt;

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::time::Timestamp;

/// When a person is not to be disturbed, in their own zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct QuietHours {
    /// Times of the week.
    pub windows: Vec<Window>,
    /// Whole days.
    pub closed: Vec<Closed>,
    /// What becomes of a push that is due then.
    pub then: WhenQuiet,
}

/// What becomes of a push that is due in quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum WhenQuiet {
    /// It waits for their end, if its time to live allows.
    #[default]
    Hold,
    /// It is not sent.
    Drop,
}

/// A time that comes on some days of each week. Where it does not end later than it begins, it ends on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The days on which it begins.
    pub days: Days,
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends.
    pub to: TimeOfDay,
}

/// Whole days by date, the last one included: `2026-12-24` to `2026-12-26`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The first of them.
    #[serde(with = "written")]
    pub from: Date,
    /// The last of them.
    #[serde(with = "written")]
    pub to: Date,
}

/// Dates as `2026-12-24`.
mod written {
    use jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Day {
    /// The days of a week, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// In three letters.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Monday => "Mon",
            Self::Tuesday => "Tue",
            Self::Wednesday => "Wed",
            Self::Thursday => "Thu",
            Self::Friday => "Fri",
            Self::Saturday => "Sat",
            Self::Sunday => "Sun",
        }
    }

    const fn of(weekday: Weekday) -> Self {
        match weekday {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

/// A set of days of the week. Kept as the list of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days(u8);

impl Days {
    /// All seven.
    pub const EVERY: Self = Self(0b111_1111);

    /// These days.
    pub fn of(days: impl IntoIterator<Item = Day>) -> Self {
        Self(days.into_iter().fold(0, |bits, day| bits | 1 << day as u8))
    }

    /// Is this day one of them?
    pub const fn has(self, day: Day) -> bool {
        self.0 & 1 << day as u8 != 0
    }

    /// The set with this day put in or, where it was there, taken out.
    #[must_use]
    pub const fn toggled(self, day: Day) -> Self {
        Self(self.0 ^ 1 << day as u8)
    }

    /// Is none of them in it?
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its days, from Monday.
    pub fn iter(self) -> impl Iterator<Item = Day> {
        Day::ALL.into_iter().filter(move |day| self.has(*day))
    }
}

impl Serialize for Days {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Day>::deserialize(deserializer).map(Self::of)
    }
}

/// A time of the day, to the minute. Written `22:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// From hours (0 to 23) and minutes (0 to 59).
    pub const fn new(hour: u16, minute: u16) -> Option<Self> {
        if hour < 24 && minute < 60 {
            Some(Self(hour * 60 + minute))
        } else {
            None
        }
    }

    /// Reads `22:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.trim().split_once(':')?;
        Self::new(hour.parse().ok()?, minute.get(..2)?.parse().ok()?)
    }

    fn to_civil(self) -> Time {
        // Both are in range by construction.
        Time::new((self.0 / 60) as i8, (self.0 % 60) as i8, 0, 0).unwrap_or(Time::midnight())
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("“{text}” is no time of the day like 22:00")))
    }
}

/// Quiet times that follow one another without a gap are looked through as far as this many; a rule that is quiet for
/// longer is asked again then.
const JOINED_MAX: usize = 100;

impl QuietHours {
    /// Until when it is quiet for a person in this zone, if it is.
    pub fn until(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut end = now;
        for _ in 0..JOINED_MAX {
            match self.end_of_period_at(end, zone) {
                Some(later) if later > end => end = later,
                _ => break,
            }
        }
        (end > now).then_some(end)
    }

    /// When it is quiet at this instant, for a person in this zone: `between 22:00 and 08:00`. None where it is not.
    pub fn words_at(&self, at: Timestamp, zone: &TimeZone) -> Option<String> {
        let (period, _) = self.periods_at(at, zone).max_by_key(|(_, end)| *end)?;
        Some(period.to_string())
    }

    /// The latest end of the periods that this instant lies in.
    fn end_of_period_at(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.periods_at(at, zone).map(|(_, end)| end).max()
    }

    /// The periods that this instant lies in, and when each ends.
    fn periods_at(&self, at: Timestamp, zone: &TimeZone) -> impl Iterator<Item = (Period<'_>, Timestamp)> {
        let today = zone.to_datetime(at.to_jiff()).date();
        let windows = self.windows.iter().flat_map(move |window| {
            // One that began yesterday may go on today.
            [Some(today), today.yesterday().ok()]
                .into_iter()
                .flatten()
                .filter(|day| window.days.has(Day::of(day.weekday())))
                .filter_map(move |day| {
                    let last = if window.to > window.from {
                        day
                    } else {
                        day.tomorrow().ok()?
                    };
                    Some((
                        Period::Window(window),
                        day.to_datetime(window.from.to_civil()),
                        last.to_datetime(window.to.to_civil()),
                    ))
                })
        });
        let closed = self.closed.iter().filter_map(|closed| {
            let after = closed.to.checked_add(1.day()).ok()?;
            Some((
                Period::Closed(closed),
                closed.from.to_datetime(Time::midnight()),
                after.to_datetime(Time::midnight()),
            ))
        });
        windows
            .chain(closed)
            .filter_map(|(period, from, to)| Some((period, instant(from, zone)?, instant(to, zone)?)))
            .filter(move |(_, from, to)| *from <= at && at < *to)
            .map(|(period, _, to)| (period, to))
    }
}

/// A time at which it is quiet.
enum Period<'a> {
    Window(&'a Window),
    Closed(&'a Closed),
}

impl fmt::Display for Period<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |date: Date| date.strftime("%-d %b %Y");
        match self {
            Self::Window(Window { from, to, .. }) => write!(f, "between {from} and {to}"),
            Self::Closed(Closed { from, to }) if from == to => write!(f, "on {}", day(*from)),
            Self::Closed(Closed { from, to }) => write!(f, "from {} to {}", day(*from), day(*to)),
        }
    }
}

/// When the clocks of a zone show this. An hour that is skipped in spring counts as the one after it, and of one that comes
/// twice in autumn the first is meant.
pub(super) fn instant(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let at = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    Some(Timestamp::from_millis(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personalize::zone;

    fn nights(days: Days) -> QuietHours {
        QuietHours {
            windows: vec![Window {
                days,
                from: TimeOfDay::parse("22:00").unwrap(),
                to: TimeOfDay::parse("08:00").unwrap(),
            }],
            ..QuietHours::default()
        }
    }

    fn until(quiet: &QuietHours, now: &str, zone_name: &str) -> Option<String> {
        quiet
            .until(Timestamp::parse(now).unwrap(), &zone::find(zone_name).unwrap())
            .map(|end| end.to_string())
    }

    #[test]
    fn a_night_ends_the_next_morning_where_the_person_lives() {
        let quiet = nights(Days::EVERY);
        assert_eq!(
            until(&quiet, "2026-11-27T21:00:00Z", "Europe/Rome").unwrap(),
            "2026-11-28T07:00:00.000Z"
        );
        assert_eq!(
            until(&quiet, "2026-11-28T07:00:00Z", "Europe/Rome"),
            None,
            "it has ended"
        );
        assert_eq!(
            until(&quiet, "2026-11-27T21:00:00Z", "America/New_York"),
            None,
            "it is 16:00 there"
        );
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let quiet = nights(Days::of([Day::Friday]));
        // Friday 2026-11-27, then the morning after it, then the night after that.
        assert!(until(&quiet, "2026-11-27T23:00:00Z", "UTC").is_some());
        assert!(until(&quiet, "2026-11-28T07:59:00Z", "UTC").is_some());
        assert!(until(&quiet, "2026-11-28T23:00:00Z", "UTC").is_none());
    }

    #[test]
    fn periods_without_a_gap_are_one() {
        let mut quiet = nights(Days::EVERY);
        quiet.closed.push(Closed {
            from: Date::constant(2026, 12, 24),
            to: Date::constant(2026, 12, 26),
        });
        assert_eq!(
            until(&quiet, "2026-12-23T22:30:00Z", "UTC").unwrap(),
            "2026-12-27T08:00:00.000Z",
            "the night, three holidays, and the night after them"
        );
    }

    #[test]
    fn the_hours_are_told_in_words() {
        let mut quiet = nights(Days::EVERY);
        quiet.closed.push(Closed {
            from: Date::constant(2026, 12, 24),
            to: Date::constant(2026, 12, 26),
        });
        quiet.closed.push(Closed {
            from: Date::constant(2027, 1, 6),
            to: Date::constant(2027, 1, 6),
        });
        let words = |at: &str| quiet.words_at(Timestamp::parse(at).unwrap(), &zone::find("UTC").unwrap());
        assert_eq!(words("2026-12-01T23:00:00Z").unwrap(), "between 22:00 and 08:00");
        assert_eq!(
            words("2026-12-24T12:00:00Z").unwrap(),
            "from 24 Dec 2026 to 26 Dec 2026"
        );
        assert_eq!(words("2027-01-06T12:00:00Z").unwrap(), "on 6 Jan 2027");
        assert_eq!(words("2026-12-01T12:00:00Z"), None);
    }

    #[test]
    fn clocks_that_change_do_not_shift_the_morning() {
        // Clocks go back in the night to 2026-10-25 in Rome: 08:00 is 07:00 UTC from then on.
        let quiet = nights(Days::EVERY);
        assert_eq!(
            until(&quiet, "2026-10-24T21:00:00Z", "Europe/Rome").unwrap(),
            "2026-10-25T07:00:00.000Z"
        );
    }

    #[test]
    fn what_is_always_quiet_ends_nevertheless() {
        let quiet = QuietHours {
            windows: vec![Window {
                days: Days::EVERY,
                from: TimeOfDay::default(),
                to: TimeOfDay::default(),
            }],
            ..QuietHours::default()
        };
        assert!(until(&quiet, "2026-10-24T21:00:00Z", "UTC").is_some());
    }

    #[test]
    fn they_are_kept_as_people_would_write_them() {
        let json = serde_json::to_value(nights(Days::of([Day::Sunday, Day::Monday]))).unwrap();
        assert_eq!(
            json["windows"][0],
            serde_json::json!({"days": ["monday", "sunday"], "from": "22:00", "to": "08:00"})
        );
        assert!(serde_json::from_str::<TimeOfDay>("\"24:00\"").is_err());
    }
}
