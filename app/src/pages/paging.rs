//! Lists that show what changed last first, page by page.

use std::{fmt::Display, str::FromStr};

use heliograph_model::time::Timestamp;

/// Rows on a page.
const PAGE: u32 = 50;
/// How many are read for a page: one more tells that there is a next.
pub(super) const READ: u32 = PAGE + 1;

/// The row that a page begins after, as its address has it; none for the first page.
pub(super) fn begins_after<I: FromStr>(cursor: &str) -> Option<(Timestamp, I)> {
    let (at, id) = cursor.split_once('_')?;
    Some((Timestamp::from_millis(at.parse().ok()?), id.parse().ok()?))
}

/// Leaves the rows of one page, of [`READ`] that were looked for; where the next one begins, if there is one.
pub(super) fn cut<T, I: Display>(found: &mut Vec<T>, place: impl Fn(&T) -> (Timestamp, I)) -> Option<String> {
    let page = PAGE as usize;
    let more = found.len() > page;
    found.truncate(page);
    let (at, id) = found.last().filter(|_| more).map(place)?;
    Some(format!("{}_{id}", at.as_millis()))
}
