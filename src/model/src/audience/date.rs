//! Dates as rules read them.

use crate::time::Timestamp;

/// Reads a date as rules take it: `2026-01-15`, which is the start of that day in UTC, or RFC 3339 with upper-case `T` and
/// `Z`: `2026-01-15T10:20:30Z`, `2026-01-15T10:20:30.123+01:00`, with at most nine digits of a second, of which the first
/// three count. None for anything else, the year 0 and leap seconds among it.
pub fn instant(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = bytes.get(range)?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0')))
    };
    let at = |index: usize, byte: u8| bytes.get(index) == Some(&byte);
    let within = |n: i64, max: i64| (0..=max).contains(&n).then_some(n);

    if !(at(4, b'-') && at(7, b'-')) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let date = jiff::civil::Date::new(
        i16::try_from(year).ok().filter(|year| *year > 0)?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    // Counted on the calendar: jiff's own instants end a day before the year 9999 does.
    let midnight = date.duration_since(jiff::civil::date(1970, 1, 1)).as_secs() * 1000;
    if bytes.len() == 10 {
        return Some(Timestamp::from_millis(midnight));
    }

    if !(at(10, b'T') && at(13, b':') && at(16, b':')) {
        return None;
    }
    let clock = (within(number(11..13)?, 23)? * 60 + within(number(14..16)?, 59)?) * 60
        + within(number(17..19)?, 59)?;
    let mut rest = 19;
    let mut millis = 0;
    if at(19, b'.') {
        let digits = bytes[20..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        rest = 20 + digits;
        millis = (0..3).fold(0, |n, place| {
            n * 10
                + if place < digits {
                    i64::from(bytes[20 + place] - b'0')
                } else {
                    0
                }
        });
    }
    let offset = match bytes.get(rest..)? {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let minutes =
                within(number(rest + 1..rest + 3)?, 23)? * 60 + within(number(rest + 4..rest + 6)?, 59)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    Some(Timestamp::from_millis(
        midnight + clock * 1000 + millis - offset * 60_000,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Option<i64> {
        instant(text).map(Timestamp::as_millis)
    }

    #[test]
    fn dates_are_read_as_written() {
        assert_eq!(millis("1970-01-02"), Some(86_400_000));
        assert_eq!(millis("1970-01-01T00:00:01Z"), Some(1_000));
        assert_eq!(millis("1970-01-01T00:00:00.5Z"), Some(500));
        assert_eq!(millis("1970-01-01T01:00:00.1239+01:00"), Some(123));
        assert_eq!(millis("1969-12-31T23:59:59.999-00:30"), Some(1_799_999));
        assert_eq!(millis("2024-02-29"), Some(1_709_164_800_000));
        assert_eq!(millis("9999-12-31T23:59:59.999-23:59"), Some(253_402_387_139_999));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026",
            "2026-1-5",
            "2026-02-29",
            "2026-13-01",
            "0000-01-01",
            "2026-01-15T10:20:30",
            "2026-01-15T10:20Z",
            "2026-01-15t10:20:30z",
            "2026-01-15T24:00:00Z",
            "2026-01-15T10:20:30.Z",
            "2026-01-15T10:20:30.1234567890Z",
            "2026-01-15T10:20:30+24:00",
            "2026-01-15T10:20:30Z ",
            "２026-01-15",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
