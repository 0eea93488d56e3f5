//! The English names of months and days.

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(crate) const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The first three letters, as the abbreviations of every month and day are formed.
pub(crate) fn short(name: &str) -> &str {
    &name[..3]
}

/// Whether the names here are those of a locale.
pub(crate) fn speaks(locale: &str) -> bool {
    locale
        .split(['_', '-'])
        .next()
        .is_some_and(|language| language.eq_ignore_ascii_case("en"))
}

/// Reads a name from the start of a text, letter case aside, and gives its place and what follows.
pub(crate) fn read<'t>(text: &'t str, names: &[&str], shortened: bool) -> Option<(usize, &'t str)> {
    names.iter().enumerate().find_map(|(place, name)| {
        let wanted = if shortened { short(name) } else { name };
        let start = text.get(..wanted.len())?;
        start
            .eq_ignore_ascii_case(wanted)
            .then(|| (place, &text[wanted.len()..]))
    })
}
