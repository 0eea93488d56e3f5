//! Prints dates by a pattern.

use std::fmt::Write;

use jiff::ZonedDateTime;
use jiff::civil::{Date, Weekday};
use jiff::tz::Offset;

use super::pattern::{Item, Pattern};
use crate::personalize::locale::{Column, Locale};

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

    /// The rule of a locale's region.
    pub(crate) fn of(locale: Locale) -> WeekRule {
        let weeks = locale.weeks();
        WeekRule {
            first: Weekday::from_monday_zero_offset(weeks.first).unwrap_or(Weekday::Monday),
            least_days: i64::from(weeks.least_days),
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

/// Writes an offset such as `+03:30`.
pub(crate) fn offset(offset: Offset, style: OffsetStyle, out: &mut impl Write) -> std::fmt::Result {
    let total = offset.seconds();
    if total == 0 && style.zulu {
        return out.write_char('Z');
    }
    let sign = if total < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (total.abs() / 3600, total.abs() / 60 % 60, total.abs() % 60);
    let colon = if style.colon { ":" } else { "" };
    write!(out, "{sign}{hours:02}")?;
    if style.minutes || minutes > 0 {
        write!(out, "{colon}{minutes:02}")?;
    }
    if style.seconds && seconds > 0 {
        write!(out, "{colon}{seconds:02}")?;
    }
    Ok(())
}

/// `GMT`, `GMT+8` or, in full, `GMT+08:00`.
fn localized_offset(at: Offset, full: bool, out: &mut impl Write) -> std::fmt::Result {
    let total = at.seconds();
    out.write_str("GMT")?;
    if total == 0 {
        return Ok(());
    }
    if full {
        let style = OffsetStyle {
            zulu: false,
            ..OffsetStyle::JAVA
        };
        return offset(at, style, out);
    }
    let sign = if total < 0 { '-' } else { '+' };
    let (hours, minutes) = (total.abs() / 3600, total.abs() / 60 % 60);
    match minutes {
        0 => write!(out, "{sign}{hours}"),
        _ => write!(out, "{sign}{hours}:{minutes:02}"),
    }
}

/// Writes a date by a pattern, with the names of a locale. Digits are the European ones everywhere, as Java has it.
pub(crate) fn by_pattern(
    at: &ZonedDateTime,
    pattern: &Pattern,
    locale: Locale,
    out: &mut impl Write,
) -> std::fmt::Result {
    let weeks = WeekRule::of(locale);
    for item in pattern.items() {
        match item {
            Item::Literal(literal) => out.write_str(literal)?,
            Item::Field { letter, count } => field(at, *letter, *count, locale, weeks, out)?,
        }
    }
    Ok(())
}

fn field(
    at: &ZonedDateTime,
    letter: char,
    count: usize,
    locale: Locale,
    weeks: WeekRule,
    out: &mut impl Write,
) -> std::fmt::Result {
    let date = at.date();
    let nanos = i64::from(at.subsec_nanosecond());
    let seconds = i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60 + i64::from(at.second());
    let weekday = date.weekday().to_monday_zero_offset() as usize;
    match letter {
        'y' => year(era_year(at.year()), count, out),
        'u' => year(i64::from(at.year()), count, out),
        'Y' => year(weeks.week(date).0, count, out),
        'G' => out.write_str(locale.word(
            match count {
                4 => Column::Eras,
                5 => Column::NarrowEras,
                _ => Column::ShortEras,
            },
            usize::from(at.year() > 0),
        )),
        'M' | 'L' => {
            let place = i64::from(at.month());
            let columns = if letter == 'M' {
                [Column::ShortMonths, Column::Months, Column::NarrowMonths]
            } else {
                [
                    Column::ShortMonthsAlone,
                    Column::MonthsAlone,
                    Column::NarrowMonthsAlone,
                ]
            };
            named(locale, columns, (place - 1) as usize, place, count, out)
        }
        'Q' | 'q' => {
            let quarter = (i64::from(at.month()) + 2) / 3;
            match count {
                3 => out.write_str(locale.word(Column::ShortQuarters, (quarter - 1) as usize)),
                4 => out.write_str(locale.word(Column::Quarters, (quarter - 1) as usize)),
                5 => padded(quarter, 1, out),
                _ => padded(quarter, count, out),
            }
        }
        'E' => named(locale, DAYS, weekday, 0, count.max(3), out),
        'e' => named(locale, DAYS, weekday, weeks.day(date), count, out),
        'c' => {
            let columns = [Column::ShortDaysAlone, Column::DaysAlone, Column::NarrowDaysAlone];
            named(locale, columns, weekday, weeks.day(date), count, out)
        }
        'd' => padded(i64::from(at.day()), count, out),
        'D' => padded(i64::from(at.day_of_year()), count, out),
        'F' => padded((i64::from(at.day()) - 1) / 7 + 1, count, out),
        'w' => padded(weeks.week(date).1, count, out),
        'W' => padded(week_of_month(date, weeks), count, out),
        'a' => out.write_str(locale.word(Column::Halves, usize::from(at.hour() >= 12))),
        'H' => padded(i64::from(at.hour()), count, out),
        'k' => padded(if at.hour() == 0 { 24 } else { i64::from(at.hour()) }, count, out),
        'K' => padded(i64::from(at.hour()) % 12, count, out),
        'h' => padded((i64::from(at.hour()) + 11) % 12 + 1, count, out),
        'm' => padded(i64::from(at.minute()), count, out),
        's' => padded(i64::from(at.second()), count, out),
        'S' => {
            let width = count.min(9);
            padded(nanos / 10_i64.pow(9 - width as u32), width, out)
        }
        'A' => padded(seconds * 1000 + nanos / 1_000_000, count, out),
        'n' => padded(nanos, count, out),
        'N' => padded(seconds * 1_000_000_000 + nanos, count, out),
        _ => zone_field(at, letter, count, out),
    }
}

/// The names of days, for three, four and five letters.
const DAYS: [Column; 3] = [Column::ShortDays, Column::Days, Column::NarrowDays];

fn zone_field(at: &ZonedDateTime, letter: char, count: usize, out: &mut impl Write) -> std::fmt::Result {
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
    match letter {
        'X' => offset(at.offset(), style(true), out),
        'x' => offset(at.offset(), style(false), out),
        'Z' if count == 5 => offset(at.offset(), OffsetStyle::JAVA, out),
        'Z' if count == 4 => localized_offset(at.offset(), true, out),
        'Z' => {
            let style = OffsetStyle {
                zulu: false,
                colon: false,
                minutes: true,
                seconds: false,
            };
            offset(at.offset(), style, out)
        }
        'O' => localized_offset(at.offset(), count == 4, out),
        'V' => match at.time_zone().iana_name() {
            Some(name) => out.write_str(name),
            None => offset(at.offset(), OffsetStyle::JAVA, out),
        },
        _ => match at.time_zone().iana_name() {
            Some(_) => out.write_str(at.time_zone().to_offset_info(at.timestamp()).abbreviation()),
            None => offset(at.offset(), OffsetStyle::JAVA, out),
        },
    }
}

fn era_year(year: i16) -> i64 {
    let year = i64::from(year);
    if year > 0 { year } else { 1 - year }
}

fn year(value: i64, count: usize, out: &mut impl Write) -> std::fmt::Result {
    if count == 2 {
        padded(value.rem_euclid(100), 2, out)
    } else {
        padded(value, count, out)
    }
}

/// A number for one or two letters, and a word of one of three columns for three, four and five.
fn named(
    locale: Locale,
    columns: [Column; 3],
    place: usize,
    value: i64,
    count: usize,
    out: &mut impl Write,
) -> std::fmt::Result {
    match columns.get(count.wrapping_sub(3)) {
        Some(column) => out.write_str(locale.word(*column, place)),
        None => padded(value, count, out),
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

fn padded(value: i64, width: usize, out: &mut impl Write) -> std::fmt::Result {
    write!(out, "{value:0width$}")
}
