//! Time zones by name.

use jiff::tz::{Offset, TimeZone};

use super::learned;

/// The zone of an IANA name (`Europe/Paris`), of UTC, or of an offset (`+02:00`, `GMT-5`).
pub(crate) fn find(name: &str) -> Option<TimeZone> {
    let name = name.trim();
    if matches!(name, "UTC" | "Z" | "GMT" | "Etc/UTC") {
        return Some(TimeZone::UTC);
    }
    offset(name.trim_start_matches("UTC").trim_start_matches("GMT"))
        .map(TimeZone::fixed)
        .or_else(|| TimeZone::get(name).ok())
        .or_else(|| learned::find(name))
}

/// Whether a name is a zone, or nothing where this build has no table of them to look in and was not told yet.
pub(crate) fn is_known(name: &str) -> Option<bool> {
    if find(name).is_some() {
        return Some(true);
    }
    learned::is_none(name.trim()).then_some(false)
}

/// An offset as `+2`, `+02`, `+0200`, `+02:00`, with seconds or without, or `Z`.
pub(crate) fn offset(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
        return None;
    }
    let digits: Vec<i32> = rest
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|byte| i32::from(byte - b'0'))
        .collect();
    let pair = |at: usize| {
        digits
            .get(at)
            .zip(digits.get(at + 1))
            .map(|(tens, ones)| tens * 10 + ones)
    };
    let (hours, minutes, seconds) = match digits.len() {
        1 => (digits[0], 0, 0),
        2 | 4 | 6 => (pair(0)?, pair(2).unwrap_or(0), pair(4).unwrap_or(0)),
        _ => return None,
    };
    if hours > 18 || minutes > 59 || seconds > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60 + seconds)).ok()
}
