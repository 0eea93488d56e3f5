//! The server function of the global report.

use heliograph_model::journey::NodeId;
use heliograph_model::report::GlobalReport;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// How many days a report shows where nobody has chosen.
#[cfg(feature = "ssr")]
const USUAL: u32 = 28;

/// A global report with the names of what it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GlobalView {
    /// What it is about.
    pub title: String,
    /// The figures, beside those of as many days before.
    pub report: GlobalReport,
    /// The steps of the journey, in the order of its drawing; empty where it is about something else.
    pub nodes: Vec<(NodeId, String)>,
}

/// The report of the days `from` to `to`, or where they are empty of the last `days`.
#[server]
pub async fn global(
    kind: String,
    id: String,
    days: String,
    from: String,
    to: String,
) -> Result<GlobalView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::Store;

    use crate::pages::reports::subject::{self, Subject};

    crate::session::require(Permission::ViewReports)?;
    let store = expect_context::<Store>();
    let days = range(&days, &from, &to, store.now())?;
    let Subject { title, scope, nodes } = subject::find(&mut store.read().await?, &kind, &id).await?;
    let report = heliograph_report::global::read(&store, scope, days, Some(days.before())).await?;
    Ok(GlobalView { title, report, nodes })
}

/// The days that an address names.
#[cfg(feature = "ssr")]
pub(in crate::pages) fn range(
    days: &str,
    from: &str,
    to: &str,
    now: heliograph_model::time::Timestamp,
) -> Result<heliograph_report::global::Days, AppError> {
    use heliograph_model::time::Timestamp;
    use heliograph_report::global::Days;

    let wrong =
        || AppError::invalid("The first day has to be before the last one, and both within five years.");
    if from.is_empty() && to.is_empty() {
        let count = days.parse().unwrap_or(USUAL);
        return Days::last(count, now).map_err(|_| wrong());
    }
    let day = |text: &str| Timestamp::parse(&format!("{text}T00:00:00Z")).map_err(|_| wrong());
    let last = if to.is_empty() { now } else { day(to)? };
    let first = if from.is_empty() { last } else { day(from)? };
    Days::new(first, last).map_err(|_| wrong())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use heliograph_model::time::Timestamp;
    use heliograph_report::global::Days;

    use super::*;

    #[test]
    fn an_address_names_days_by_their_number_or_their_dates() {
        let at = |text: &str| Timestamp::parse(text).expect("it is an instant");
        let now = at("2026-03-10T12:00:00Z");
        let days = |first: &str, last: &str| Days::new(at(first), at(last)).expect("they are in order");
        let last_week = days("2026-03-04T00:00:00Z", "2026-03-10T00:00:00Z");
        assert_eq!(range("7", "", "", now), Ok(last_week));
        assert_eq!(range("7", "2026-03-04", "", now), Ok(last_week));
        assert_eq!(
            range("", "2026-02-01", "2026-02-03", now),
            Ok(days("2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z"))
        );
        assert_eq!(range("no number", "", "", now), range("28", "", "", now));
        for (from, to) in [
            ("2026-03-04", "2026-03-01"),
            ("yesterday", ""),
            ("1900-01-01", ""),
        ] {
            assert!(range("", from, to, now).is_err(), "{from} {to}");
        }
    }
}
