//! Reads dates from texts.

use jiff::ZonedDateTime;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::{Pieces, TimeZoneAnnotationKind};
use jiff::tz::TimeZone;

use super::pattern::{Item, Pattern};
use crate::personalize::locale::Column;

use super::{Moment, MomentKind, names, zone};

/// Reads an ISO 8601 date.
pub(super) fn iso(text: &str, zone: Option<&TimeZone>) -> Option<Moment> {
    let pieces = Pieces::parse(text).ok()?;
    let local = pieces
        .date()
        .to_datetime(pieces.time().unwrap_or(Time::midnight()));
    if let Some(annotation) = pieces.time_zone_annotation() {
        // Only we know of those that were learned.
        let learned = || match annotation.kind() {
            TimeZoneAnnotationKind::Named(name) => zone::find(name.as_str()),
            _ => None,
        };
        let named = pieces.to_time_zone().ok().flatten().or_else(learned)?;
        if let Some(offset) = pieces.to_numeric_offset() {
            // The offset tells the moment and the zone how to show it, as Java has it.
            let at = local.to_zoned_datetime(TimeZone::fixed(offset)).ok()?;
            return Some(Moment::zoned(at.with_time_zone(named)));
        }
        return place(local, named, MomentKind::Zoned);
    }
    match pieces.to_numeric_offset() {
        Some(offset) if offset.seconds() == 0 => place(local, TimeZone::UTC, MomentKind::Instant),
        Some(offset) => place(local, TimeZone::fixed(offset), MomentKind::Zoned),
        None => place(local, zone.cloned().unwrap_or(TimeZone::UTC), MomentKind::Zoned),
    }
}

fn place(local: DateTime, zone: TimeZone, kind: MomentKind) -> Option<Moment> {
    let at: ZonedDateTime = local.to_zoned_datetime(zone).ok()?;
    Some(Moment { at, kind })
}

/// What a pattern found so far.
#[derive(Default)]
struct Found {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: Option<i64>,
    half_hour: Option<i64>,
    afternoon: Option<bool>,
    minute: Option<i64>,
    second: Option<i64>,
    nanos: Option<i64>,
    zone: Option<TimeZone>,
}

/// Reads a date by a pattern; what the pattern lacks is the first of its kind (1 January 1970, midnight, `zone`).
pub(crate) fn by_pattern(text: &str, pattern: &Pattern, zone: Option<&TimeZone>) -> Option<Moment> {
    let mut found = Found::default();
    let mut rest = text.trim();
    for (at, item) in pattern.items().iter().enumerate() {
        match item {
            Item::Literal(literal) => match rest.strip_prefix(literal.as_str()) {
                Some(after) => rest = after,
                // A text that ends where an optional part starts has been read whole.
                None if rest.is_empty() && pattern.is_optional(at) => break,
                None => return None,
            },
            Item::Field { .. } if rest.is_empty() && pattern.is_optional(at) => break,
            Item::Field { letter, count } => {
                let adjacent = matches!(pattern.items().get(at + 1), Some(Item::Field { .. }));
                rest = field(rest, *letter, *count, adjacent, &mut found)?;
            }
        }
    }
    if !rest.is_empty() {
        return None;
    }
    let year = i16::try_from(found.year.unwrap_or(1970)).ok()?;
    let date = match found.day_of_year {
        Some(day) => Date::new(year, 1, 1)
            .ok()?
            .with()
            .day_of_year(i16::try_from(day).ok()?)
            .build()
            .ok()?,
        None => Date::new(
            year,
            i8::try_from(found.month.unwrap_or(1)).ok()?,
            i8::try_from(found.day.unwrap_or(1)).ok()?,
        )
        .ok()?,
    };
    let hour = match (found.hour, found.half_hour, found.afternoon) {
        (Some(hour), _, _) => hour,
        (None, Some(hour), afternoon) => hour % 12 + if afternoon == Some(true) { 12 } else { 0 },
        (None, None, _) => 0,
    };
    let time = Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(found.minute.unwrap_or(0)).ok()?,
        i8::try_from(found.second.unwrap_or(0)).ok()?,
        i32::try_from(found.nanos.unwrap_or(0)).ok()?,
    )
    .ok()?;
    let local = date.to_datetime(time);
    match found.zone {
        Some(found) if found == TimeZone::UTC => place(local, found, MomentKind::Instant),
        Some(found) => place(local, found, MomentKind::Zoned),
        None => place(local, zone.cloned().unwrap_or(TimeZone::UTC), MomentKind::Zoned),
    }
}

/// Reads one field from the start of `text` and gives what follows it.
fn field<'t>(
    text: &'t str,
    letter: char,
    count: usize,
    adjacent: bool,
    found: &mut Found,
) -> Option<&'t str> {
    let number = |widest: usize| {
        let widest = if adjacent { count } else { widest };
        let digits = text.bytes().take(widest).take_while(u8::is_ascii_digit).count();
        text[..digits]
            .parse::<i64>()
            .ok()
            .map(|value| (value, &text[digits..]))
    };
    match letter {
        'y' | 'u' | 'Y' => {
            let (value, rest) = number(if count == 2 { 2 } else { 4 })?;
            // Java reads two digits as a year of this century.
            found.year = Some(if count == 2 { 2000 + value } else { value });
            Some(rest)
        }
        'M' | 'L' if count >= 3 => {
            let (place, rest) = names::read(
                text,
                if count == 3 {
                    Column::ShortMonths
                } else {
                    Column::Months
                },
            )?;
            found.month = Some(place as i64 + 1);
            Some(rest)
        }
        'E' | 'e' | 'c' => names::read(
            text,
            if count <= 3 {
                Column::ShortDays
            } else {
                Column::Days
            },
        )
        .map(|(_, rest)| rest),
        'a' => {
            let half = text.get(..2)?;
            found.afternoon = Some(match half.to_ascii_uppercase().as_str() {
                "AM" => false,
                "PM" => true,
                _ => return None,
            });
            Some(&text[2..])
        }
        'S' => {
            let digits = text
                .bytes()
                .take(count.min(9))
                .take_while(u8::is_ascii_digit)
                .count();
            let value: i64 = text[..digits].parse().ok()?;
            found.nanos = Some(value * 10_i64.pow(9 - digits as u32));
            Some(&text[digits..])
        }
        'X' | 'x' | 'Z' | 'V' | 'z' | 'O' | 'v' => {
            let end = text
                .find(|c: char| c.is_whitespace() || c == ']')
                .unwrap_or(text.len());
            found.zone = Some(zone::find(&text[..end])?);
            Some(&text[end..])
        }
        _ => {
            let (value, rest) = number(if letter == 'D' { 3 } else { 2 })?;
            match letter {
                'M' | 'L' => found.month = Some(value),
                'd' => found.day = Some(value),
                'D' => found.day_of_year = Some(value),
                'H' => found.hour = Some(value),
                'k' => found.hour = Some(value % 24),
                'h' | 'K' => found.half_hour = Some(value),
                'm' => found.minute = Some(value),
                's' => found.second = Some(value),
                // Weeks, quarters and their kin do not tell a day by themselves.
                _ => return None,
            }
            Some(rest)
        }
    }
}
