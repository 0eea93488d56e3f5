//! Time zones that a program without a table of them is told of: the browser, where a table would be most of the download.

use std::collections::BTreeMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use jiff::tz::TimeZone;

/// What is known of a name.
#[derive(Debug, Clone)]
enum Zone {
    /// Somebody looked for it in vain.
    Wanted,
    /// It was told by [`wanted`], and the answer is on its way.
    Asked,
    /// It is a zone.
    Known(TimeZone),
    /// There is no such zone.
    Unknown,
}

static ZONES: RwLock<BTreeMap<String, Zone>> = RwLock::new(BTreeMap::new());

/// Whether this program can look zones up by itself.
static TABLE: LazyLock<bool> = LazyLock::new(|| TimeZone::get("Europe/Paris").is_ok());

/// Most names that are kept: a page has a handful, and what is typed into a template passes through many.
const MOST: usize = 500;
/// Longest name of a zone that is asked for, in bytes; the longest there is has 32.
const LONGEST: usize = 40;

/// The zone of this name, if this program was told of it. If it has no table and was not told yet, the name is noted as
/// [`wanted`].
pub(super) fn find(name: &str) -> Option<TimeZone> {
    match ZONES.read().unwrap_or_else(PoisonError::into_inner).get(name) {
        Some(Zone::Known(zone)) => return Some(zone.clone()),
        Some(Zone::Wanted | Zone::Asked | Zone::Unknown) => return None,
        None => {}
    }
    if !*TABLE && could_be(name) {
        put(name, Zone::Wanted);
    }
    None
}

/// Whether it is certain that there is no zone of this name.
pub(super) fn is_none(name: &str) -> bool {
    *TABLE
        || matches!(
            ZONES.read().unwrap_or_else(PoisonError::into_inner).get(name),
            Some(Zone::Unknown)
        )
}

fn could_be(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    name.len() <= LONGEST
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(letters)
}

fn put(name: &str, zone: Zone) {
    let mut zones = ZONES.write().unwrap_or_else(PoisonError::into_inner);
    if zones.len() < MOST || zones.contains_key(name) {
        zones.insert(name.to_owned(), zone);
    }
}

/// The names of time zones that were looked for in vain since this was last asked. Whoever asks fetches them and calls
/// [`learn`], or [`forget`] where that fails. On a server, which has a table, there are none.
pub fn wanted() -> Vec<String> {
    let mut zones = ZONES.write().unwrap_or_else(PoisonError::into_inner);
    let mut names = Vec::new();
    for (name, zone) in zones.iter_mut() {
        if matches!(zone, Zone::Wanted) {
            *zone = Zone::Asked;
            names.push(name.clone());
        }
    }
    names
}

/// Tells this program of the time zone of a name: what it is called and the bytes of its TZif file (RFC 9636), or none where
/// there is no such zone.
pub fn learn(name: &str, zone: Option<(&str, &[u8])>) {
    let zone = zone.and_then(|(called, tzif)| TimeZone::tzif(called, tzif).ok());
    put(name, zone.map_or(Zone::Unknown, Zone::Known));
}

/// Lets time zones be asked for again that could not be fetched.
pub fn forget(names: &[String]) {
    let mut zones = ZONES.write().unwrap_or_else(PoisonError::into_inner);
    zones.retain(|name, zone| !(matches!(zone, Zone::Asked) && names.contains(name)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_can_be_no_name_is_not_asked_for() {
        assert!(
            ["Europe/Rome", "America/Argentina/Buenos_Aires", "Etc/GMT+1"]
                .into_iter()
                .all(could_be)
        );
        assert!(
            !["", "two words", "+02:00", "é", &"a".repeat(41)]
                .into_iter()
                .any(could_be)
        );
    }
}
