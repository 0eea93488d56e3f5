//! Reads the names of months and days, which are English: a pattern for reading comes without a locale.

use crate::personalize::locale::{Column, Locale};

/// Reads a name of a column from the start of a text, letter case aside, and gives its place and what follows.
pub(crate) fn read(text: &str, column: Column) -> Option<(usize, &str)> {
    let names = Locale::english().get(column);
    names.split('|').enumerate().find_map(|(place, name)| {
        let start = text.get(..name.len())?;
        start
            .eq_ignore_ascii_case(name)
            .then(|| (place, &text[name.len()..]))
    })
}
