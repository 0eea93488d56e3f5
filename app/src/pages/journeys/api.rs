//! Server functions of the list of journeys.

use heliograph_model::ids::JourneyId;
use heliograph_model::journey::Status;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A journey in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JourneyRow {
    /// Which.
    pub id: JourneyId,
    /// What it is called.
    pub name: String,
    /// Where it is in its life.
    pub status: Status,
    /// The newest published version.
    pub version: Option<i64>,
    /// How many are in it now.
    pub here: u64,
    /// How many have ever entered.
    pub entered: u64,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JourneyPage {
    /// The journeys.
    pub rows: Vec<JourneyRow>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Journeys, the one that changed last first.
#[server]
pub async fn list(search: String, status: String, after: String) -> Result<JourneyPage, AppError> {
    use crate::pages::paging;
    use heliograph_model::access::Permission;
    use heliograph_model::report::{Figure, Scope};
    use heliograph_store::{
        Store,
        journeys::{self, Filter},
        reports::{self, Range},
    };

    crate::session::require(Permission::ManageJourneys)?;
    let mut conn = expect_context::<Store>().read().await?;
    let filter = Filter {
        search,
        status: Status::parse(&status),
        before: paging::begins_after(&after),
        limit: paging::READ,
    };
    let mut found = journeys::list(&mut conn, &filter).await?;
    let next = paging::cut(&mut found, |journey| (journey.updated_at, journey.id));
    let mut rows = Vec::with_capacity(found.len());
    for journey in found {
        let totals = reports::totals(&mut conn, Scope::Journey { id: journey.id }, Range::EVER).await?;
        let count = |figure| u64::try_from(totals.n(figure)).unwrap_or(0);
        rows.push(JourneyRow {
            id: journey.id,
            name: journey.name,
            status: journey.status,
            version: journey.version,
            here: count(Figure::Entered).saturating_sub(count(Figure::Left)),
            entered: count(Figure::Entered),
            updated_at: journey.updated_at,
        });
    }
    Ok(JourneyPage { rows, next })
}

/// Makes an empty journey and leads to its canvas.
#[server]
pub async fn create_journey(name: String) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::journey::Document;
    use heliograph_store::audit::{self, Change};
    use heliograph_store::{Store, journeys};

    let who = crate::session::require(Permission::ManageJourneys)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(AppError::field(
            "name",
            "Give the journey a name of 1 to 200 characters.",
        ));
    }
    let mut tx = expect_context::<Store>().begin().await?;
    let id = journeys::create(&mut tx, name, &Document::default()).await?;
    let change = Change {
        action: "created",
        object_kind: "journey",
        object: Some(id.0),
        name,
        detail: serde_json::json!({}),
    };
    audit::record(&mut tx, &who.actor(), change).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/journeys/{id}"));
    Ok(())
}
