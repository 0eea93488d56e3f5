//! The letters of date patterns, in one table: what the parser takes and what the reference shows.

use crate::personalize::functions::Example;

/// A letter of a date pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Letter {
    /// The letter.
    pub letter: char,
    /// How often it may stand at most.
    pub most: usize,
    /// What it prints.
    pub docs: &'static str,
    /// Its uses.
    pub example: Example,
}

const fn letter(
    letter: char,
    most: usize,
    docs: &'static str,
    source: &'static str,
    result: &'static str,
) -> Letter {
    Letter {
        letter,
        most,
        docs,
        example: Example { source, result },
    }
}

/// Every letter: first those that are used most.
pub const LETTERS: &[Letter] = &[
    letter(
        'y',
        9,
        "The year; yy has two digits.",
        r#"{%= formatDate(now, "y yy yyyy") %}"#,
        "2025 25 2025",
    ),
    letter(
        'M',
        5,
        "The month, as it is written inside a date: M and MM are numbers, MMM is short, MMMM long, MMMMM one letter.",
        r#"{%= formatDate(now, "M MM MMM MMMM MMMMM") %}"#,
        "1 01 Jan January J",
    ),
    letter(
        'd',
        2,
        "The day of the month.",
        r#"{%= formatDate(now, "d dd") %}"#,
        "7 07",
    ),
    letter(
        'E',
        5,
        "The day of the week: E is short, EEEE long, EEEEE one letter.",
        r#"{%= formatDate(now, "E EEEE EEEEE") %}"#,
        "Tue Tuesday T",
    ),
    letter(
        'H',
        2,
        "The hour from 0 to 23.",
        r#"{%= formatDate(now, "H HH") %}"#,
        "6 06",
    ),
    letter(
        'h',
        2,
        "The hour from 1 to 12, with a for its half of the day.",
        r#"{%= formatDate(now, "h:mm a") %}"#,
        "6:47 AM",
    ),
    letter(
        'm',
        2,
        "The minute.",
        r#"{%= formatDate(now, "HH:mm") %}"#,
        "06:47",
    ),
    letter(
        's',
        2,
        "The second.",
        r#"{%= formatDate(now, "HH:mm:ss") %}"#,
        "06:47:10",
    ),
    letter(
        'a',
        1,
        "Before or after noon.",
        r#"{%= formatDate(now, "ha") %}"#,
        "6AM",
    ),
    letter(
        'L',
        5,
        "The month, as it is written by itself; some languages inflect it inside a date.",
        r#"{%= formatDate(now, "d MMMM", "ru_RU") %}, {%= formatDate(now, "LLLL", "ru_RU") %}"#,
        "7 января, январь",
    ),
    letter(
        'Q',
        5,
        "The quarter of the year.",
        r#"{%= formatDate(now, "Q QQQ QQQQ") %}"#,
        "1 Q1 1st quarter",
    ),
    letter(
        'q',
        5,
        "The quarter, as it is written by itself.",
        r#"{%= formatDate(now, "q qqq") %}"#,
        "1 Q1",
    ),
    letter(
        'w',
        2,
        "The week of the year, as the locale's region counts weeks.",
        r#"{%= formatDate(now, "w", "en_US") %} {%= formatDate(now, "w", "de_DE") %}"#,
        "2 2",
    ),
    letter(
        'W',
        1,
        "The week of the month.",
        r#"{%= formatDate(now, "W") %}"#,
        "2",
    ),
    letter(
        'Y',
        9,
        "The year that the week belongs to, which differs from y around New Year. With w only.",
        r#"{%= formatDate("2024-12-31", "YYYY'-W'ww", "de_DE") %}"#,
        "2025-W01",
    ),
    letter(
        'D',
        3,
        "The day of the year.",
        r#"{%= formatDate("2025-02-01", "D DDD") %}"#,
        "32 032",
    ),
    letter(
        'F',
        1,
        "Which of its weekday in the month it is: 2 for the second Tuesday.",
        r#"{%= formatDate(now, "F") %}"#,
        "1",
    ),
    letter(
        'e',
        5,
        "The day of the week, as a number from the region's first day on; eee is short, eeee long.",
        r#"{%= formatDate(now, "e eeee", "de_DE") %}"#,
        "2 Dienstag",
    ),
    letter(
        'c',
        5,
        "The day of the week as e, as it is written by itself. cc is not allowed.",
        r#"{%= formatDate(now, "c cccc", "de_DE") %}"#,
        "2 Dienstag",
    ),
    letter('G', 5, "The era.", r#"{%= formatDate(now, "y G") %}"#, "2025 AD"),
    letter(
        'u',
        9,
        "The year without an era; before the year 1 it is 0 or negative.",
        r#"{%= formatDate(now, "u") %}"#,
        "2025",
    ),
    letter(
        'k',
        2,
        "The hour from 1 to 24.",
        r#"{%= formatDate("2025-01-07T00:30:00Z", "k:mm") %}"#,
        "24:30",
    ),
    letter(
        'K',
        2,
        "The hour of its half of the day, from 0 to 11.",
        r#"{%= formatDate("2025-01-07T12:30:00Z", "K:mm a") %}"#,
        "0:30 PM",
    ),
    letter(
        'S',
        9,
        "Parts of the second: SSS are thousandths.",
        r#"{%= formatDate("2025-01-07T06:47:10.250Z", "ss.SSS") %}"#,
        "10.250",
    ),
    letter(
        'A',
        19,
        "The milliseconds of the day.",
        r#"{%= formatDate(now, "A") %}"#,
        "24430000",
    ),
    letter(
        'n',
        19,
        "The nanoseconds of the second.",
        r#"{%= formatDate("2025-01-07T06:47:10.250Z", "n") %}"#,
        "250000000",
    ),
    letter(
        'N',
        19,
        "The nanoseconds of the day.",
        r#"{%= formatDate(now, "N") %}"#,
        "24430000000000",
    ),
    letter(
        'X',
        5,
        "The offset from UTC, Z where there is none: X, XX, XXX.",
        r#"{%= formatDate("2025-01-07T08:00:00+01:30", "X XX XXX") %}"#,
        "+0130 +0130 +01:30",
    ),
    letter(
        'x',
        5,
        "The offset from UTC as X, in digits where there is none.",
        r#"{%= formatDate(now, "x xxx") %}"#,
        "+00 +00:00",
    ),
    letter(
        'Z',
        5,
        "The offset from UTC: Z in digits, ZZZZ with GMT, ZZZZZ with a colon.",
        r#"{%= formatDate("2025-01-07T08:00:00+01:00", "Z ZZZZ ZZZZZ") %}"#,
        "+0100 GMT+01:00 +01:00",
    ),
    letter(
        'O',
        4,
        "The offset from UTC behind GMT: O short, OOOO long.",
        r#"{%= formatDate("2025-01-07T08:00:00+01:00", "O OOOO") %}"#,
        "GMT+1 GMT+01:00",
    ),
    letter(
        'z',
        4,
        "The short name of the time zone; zzzz, in Java the long one, is the same here.",
        r#"{%= formatDate(now, "z") %}"#,
        "UTC",
    ),
    letter(
        'v',
        4,
        "The short name of the time zone, as z; v and vvvv only, and both the same here.",
        r#"{%= formatDate(now, "v") %}"#,
        "UTC",
    ),
    letter(
        'V',
        2,
        "The identifier of the time zone; always two letters.",
        r#"{%= formatDate(now, "VV") %}"#,
        "UTC",
    ),
];
