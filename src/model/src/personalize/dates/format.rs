//! Prints dates by a pattern.

use std::fmt::Write;

use jiff::ZonedDateTime;
use jiff::civil::{Date, Weekday};
use jiff::tz::Offset;

use super::names;
use super::pattern::{Item, Pattern};

/// How weeks are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WeekRule {
    first: Weekday,
    /// Days of January that make a week the year's first.
    least_days: i64,
}

impl WeekRule {
    /// ISO 8601: from Monday, the first week holds 4 January.
    pub(crate) const ISO: WeekRule = WeekRule {
        first: Weekday::Monday,
        least_days: 4,
    };
    /// The United States: from Sunday, the first week holds 1 January.
    pub(crate) const UNITED_STATES: WeekRule = WeekRule {
        first: Weekday::Sunday,
        least_days: 1,
    };

    /// The rule of a locale such as `fr_FR`; without one, that of Adobe's documented results.
    pub(crate) fn of(locale: Option<&str>) -> WeekRule {
        match locale {
            None => WeekRule::UNITED_STATES,
            Some(locale) if locale.ends_with("US") || locale == "en" => WeekRule::UNITED_STATES,
            Some(_) => WeekRule::ISO,
        }
    }

    /// The year that a day's week belongs to, and the week's number in it.
    pub(crate) fn week(self, date: Date) -> (i64, i64) {
        let year = i64::from(date.year());
        let day = i64::from(date.day_of_year());
        let weekday = i64::from(date.weekday().to_monday_zero_offset());
        let first = i64::from(self.first.to_monday_zero_offset());
        // Counting from the week's first day, the weekday of this year's 1 January.
        let new_year = (weekday - (day - 1) - first).rem_euclid(7);
        let length = i64::from(date.days_in_year());
        let before = if is_leap(year - 1) { 366 } else { 365 };
        let start = self.first_week(new_year);
        let next_start = length + self.first_week((new_year + length).rem_euclid(7));
        if day < start {
            let last_start = self.first_week((new_year - before).rem_euclid(7)) - before;
            return (year - 1, (day - last_start) / 7 + 1);
        }
        if day >= next_start {
            return (year + 1, (day - next_start) / 7 + 1);
        }
        (year, (day - start) / 7 + 1)
    }

    /// The day of the year on which the first week starts; 0 and less are days of the year before.
    fn first_week(self, new_year: i64) -> i64 {
        if 7 - new_year >= self.least_days {
            1 - new_year
        } else {
            8 - new_year
        }
    }

    /// The day of the week, from 1.
    fn day(self, date: Date) -> i64 {
        let first = i64::from(self.first.to_monday_zero_offset());
        (i64::from(date.weekday().to_monday_zero_offset()) - first).rem_euclid(7) + 1
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// How an offset from UTC is printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OffsetStyle {
    /// `Z` where there is no offset.
    zulu: bool,
    colon: bool,
    /// Minutes even where they are 0.
    minutes: bool,
    seconds: bool,
}

impl OffsetStyle {
    /// As Java prints an offset by itself.
    pub(crate) const JAVA: OffsetStyle = OffsetStyle {
        zulu: true,
        colon: true,
        minutes: true,
        seconds: true,
    };
}

/// An offset such as `+03:30`.
pub(crate) fn offset(offset: Offset, style: OffsetStyle) -> String {
    let total = offset.seconds();
    if total == 0 && style.zulu {
        return "Z".to_owned();
    }
    let sign = if total < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (total.abs() / 3600, total.abs() / 60 % 60, total.abs() % 60);
    let colon = if style.colon { ":" } else { "" };
    let mut text = format!("{sign}{hours:02}");
    if style.minutes || minutes > 0 {
        text.push_str(&format!("{colon}{minutes:02}"));
    }
    if style.seconds && seconds > 0 {
        text.push_str(&format!("{colon}{seconds:02}"));
    }
    text
}

/// `GMT`, `GMT+8` or, in full, `GMT+08:00`.
fn localized_offset(at: Offset, full: bool) -> String {
    let total = at.seconds();
    if total == 0 {
        return "GMT".to_owned();
    }
    if full {
        return format!(
            "GMT{}",
            offset(
                at,
                OffsetStyle {
                    zulu: false,
                    ..OffsetStyle::JAVA
                }
            )
        );
    }
    let sign = if total < 0 { '-' } else { '+' };
    let (hours, minutes) = (total.abs() / 3600, total.abs() / 60 % 60);
    if minutes == 0 {
        format!("GMT{sign}{hours}")
    } else {
        format!("GMT{sign}{hours}:{minutes:02}")
    }
}

/// Prints a date by a pattern, with English names.
pub(crate) fn by_pattern(at: &ZonedDateTime, pattern: &Pattern, weeks: WeekRule) -> String {
    let mut out = String::new();
    for item in pattern.items() {
        match item {
            Item::Literal(literal) => out.push_str(literal),
            Item::Field { letter, count } => field(at, *letter, *count, weeks, &mut out),
        }
    }
    out
}

fn field(at: &ZonedDateTime, letter: char, count: usize, weeks: WeekRule, out: &mut String) {
    let date = at.date();
    let nanos = i64::from(at.subsec_nanosecond());
    let seconds = i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60 + i64::from(at.second());
    match letter {
        'y' => year(era_year(at.year()), count, out),
        'u' => year(i64::from(at.year()), count, out),
        'Y' => year(weeks.week(date).0, count, out),
        'G' => out.push_str(match (at.year() > 0, count) {
            (true, 4) => "Anno Domini",
            (false, 4) => "Before Christ",
            (true, 5) => "A",
            (false, 5) => "B",
            (true, _) => "AD",
            (false, _) => "BC",
        }),
        'M' | 'L' => {
            let place = i64::from(at.month());
            named(names::MONTHS[(place - 1) as usize], place, count, out);
        }
        'Q' | 'q' => {
            let quarter = (i64::from(at.month()) + 2) / 3;
            match count {
                3 => push(out, format_args!("Q{quarter}")),
                4 => {
                    const NAMES: [&str; 4] = ["1st", "2nd", "3rd", "4th"];
                    push(out, format_args!("{} quarter", NAMES[(quarter - 1) as usize]));
                }
                5 => push(out, format_args!("{quarter}")),
                _ => padded(quarter, count, out),
            }
        }
        'E' => named(day_name(date), 0, count.max(3), out),
        'e' | 'c' => named(day_name(date), weeks.day(date), count, out),
        'd' => padded(i64::from(at.day()), count, out),
        'D' => padded(i64::from(at.day_of_year()), count, out),
        'F' => padded((i64::from(at.day()) - 1) / 7 + 1, count, out),
        'w' => padded(weeks.week(date).1, count, out),
        'W' => padded(week_of_month(date, weeks), count, out),
        'a' => out.push_str(if at.hour() < 12 { "AM" } else { "PM" }),
        'H' => padded(i64::from(at.hour()), count, out),
        'k' => padded(if at.hour() == 0 { 24 } else { i64::from(at.hour()) }, count, out),
        'K' => padded(i64::from(at.hour()) % 12, count, out),
        'h' => padded((i64::from(at.hour()) + 11) % 12 + 1, count, out),
        'm' => padded(i64::from(at.minute()), count, out),
        's' => padded(i64::from(at.second()), count, out),
        'S' => out.push_str(&format!("{nanos:09}")[..count.min(9)]),
        'A' => padded(seconds * 1000 + nanos / 1_000_000, count, out),
        'n' => padded(nanos, count, out),
        'N' => padded(seconds * 1_000_000_000 + nanos, count, out),
        _ => zone_field(at, letter, count, out),
    }
}

fn zone_field(at: &ZonedDateTime, letter: char, count: usize, out: &mut String) {
    let style = |zulu| match count {
        1 => OffsetStyle {
            zulu,
            colon: false,
            minutes: false,
            seconds: false,
        },
        2 => OffsetStyle {
            zulu,
            colon: false,
            minutes: true,
            seconds: false,
        },
        3 => OffsetStyle {
            zulu,
            colon: true,
            minutes: true,
            seconds: false,
        },
        4 => OffsetStyle {
            zulu,
            colon: false,
            minutes: true,
            seconds: true,
        },
        _ => OffsetStyle {
            zulu,
            colon: true,
            minutes: true,
            seconds: true,
        },
    };
    let text = match letter {
        'X' => offset(at.offset(), style(true)),
        'x' => offset(at.offset(), style(false)),
        'Z' if count == 5 => offset(at.offset(), OffsetStyle::JAVA),
        'Z' if count == 4 => localized_offset(at.offset(), true),
        'Z' => offset(
            at.offset(),
            OffsetStyle {
                zulu: false,
                colon: false,
                minutes: true,
                seconds: false,
            },
        ),
        'O' => localized_offset(at.offset(), count == 4),
        'V' => match at.time_zone().iana_name() {
            Some(name) => name.to_owned(),
            None => offset(at.offset(), OffsetStyle::JAVA),
        },
        _ => match at.time_zone().iana_name() {
            Some(_) => at
                .time_zone()
                .to_offset_info(at.timestamp())
                .abbreviation()
                .to_owned(),
            None => offset(at.offset(), OffsetStyle::JAVA),
        },
    };
    out.push_str(&text);
}

fn era_year(year: i16) -> i64 {
    let year = i64::from(year);
    if year > 0 { year } else { 1 - year }
}

fn year(value: i64, count: usize, out: &mut String) {
    if count == 2 {
        padded(value.rem_euclid(100), 2, out)
    } else {
        padded(value, count, out)
    }
}

fn day_name(date: Date) -> &'static str {
    names::DAYS[date.weekday().to_monday_zero_offset() as usize]
}

/// A number for one or two letters, an abbreviation for three, a name for four, a letter for five.
fn named(name: &str, value: i64, count: usize, out: &mut String) {
    match count {
        3 => out.push_str(names::short(name)),
        4 => out.push_str(name),
        5 => out.push_str(&name[..1]),
        _ => padded(value, count, out),
    }
}

fn week_of_month(date: Date, weeks: WeekRule) -> i64 {
    let first = i64::from(weeks.first.to_monday_zero_offset());
    let day = i64::from(date.day());
    let weekday = i64::from(date.weekday().to_monday_zero_offset());
    let month_start = (weekday - (day - 1) - first).rem_euclid(7);
    let start = weeks.first_week(month_start);
    (day - start).div_euclid(7) + 1
}

fn padded(value: i64, width: usize, out: &mut String) {
    push(out, format_args!("{value:0width$}"));
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
