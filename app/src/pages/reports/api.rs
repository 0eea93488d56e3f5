//! The server function of the list of reports.

use heliograph_model::report::{Figure, Totals};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::AppError;

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A journey.
    Journey,
    /// A message.
    Message,
}

impl Kind {
    /// As it stands in addresses.
    pub const fn place(self) -> &'static str {
        match self {
            Self::Journey => "journeys",
            Self::Message => "messages",
        }
    }

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Journey => "Journey",
            Self::Message => "Message",
        }
    }
}

/// A journey or message in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportRow {
    /// Which of the two.
    pub kind: Kind,
    /// Its identifier.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Is it going on?
    pub current: bool,
    /// What was counted.
    pub totals: Totals,
}

impl ReportRow {
    /// How often a figure was counted.
    pub fn n(&self, figure: Figure) -> u64 {
        crate::components::whole(self.totals.n(figure))
    }
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportPage {
    /// The journeys and messages, the busiest first.
    pub rows: Vec<ReportRow>,
    /// How many fit in all.
    pub found: u64,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Journeys and messages on a page.
#[cfg(feature = "ssr")]
const PAGE: usize = 50;

/// The journeys and messages that there are reports about, with their figures of the last days.
#[server]
pub async fn list(search: String, kind: String, days: String, after: String) -> Result<ReportPage, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_report::listing;
    use heliograph_store::Store;

    crate::session::require(Permission::ViewReports)?;
    let store = expect_context::<Store>();
    let days = crate::pages::report_global::range(&days, "", "", store.now())?;
    let words = search.trim().to_lowercase();
    let rows: Vec<ReportRow> = listing::read(&store, days)
        .await?
        .into_iter()
        .map(|one| ReportRow {
            kind: match one.kind {
                listing::Kind::Journey => Kind::Journey,
                listing::Kind::Message => Kind::Message,
            },
            id: one.id,
            name: one.name,
            current: one.current,
            totals: one.totals,
        })
        .filter(|row| kind.is_empty() || row.kind.place() == kind)
        .filter(|row| row.name.to_lowercase().contains(&words))
        .collect();
    let from = after.parse().unwrap_or(0);
    Ok(ReportPage {
        found: rows.len() as u64,
        next: (from + PAGE < rows.len()).then(|| (from + PAGE).to_string()),
        rows: rows.into_iter().skip(from).take(PAGE).collect(),
    })
}
