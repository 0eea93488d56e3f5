//! Server functions of the canvas.

use std::collections::HashMap;

use heliograph_model::ids::JourneyId;
use heliograph_model::journey::{Document, Known, NodeId, Port, Status};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// Everything that the page needs to begin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JourneyView {
    /// Which journey.
    pub id: JourneyId,
    /// What it is called.
    pub name: String,
    /// The draft.
    pub document: Document,
    /// The draft's revision.
    pub revision: i64,
    /// The messages and audiences there are.
    pub known: Known,
    /// Where it is in its life.
    pub state: LiveState,
}

/// Where a journey is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveState {
    /// Its status.
    pub status: Status,
    /// The newest published version.
    pub version: Option<i64>,
}

/// How many are where, and went through what, over all versions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FlowCounts {
    /// How many are at a step now.
    here: HashMap<String, u64>,
    /// How many went through a port, by step and port.
    passed: Vec<(String, String, u64)>,
}

impl FlowCounts {
    /// How many are at this step now.
    pub fn here(&self, node: &NodeId) -> u64 {
        self.here.get(&node.0).copied().unwrap_or(0)
    }

    /// How many went through this port.
    pub fn passed(&self, node: &NodeId, port: &Port) -> u64 {
        let key = port.key();
        self.passed
            .iter()
            .find(|(from, port, _)| *from == node.0 && *port == key)
            .map_or(0, |(_, _, passed)| *passed)
    }

    /// How many are in the journey now.
    pub fn inside(&self) -> u64 {
        self.here.values().sum()
    }
}

/// The journey, to be edited.
#[server]
pub async fn load(id: String) -> Result<JourneyView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, journeys};

    crate::session::require(Permission::ManageJourneys)?;
    let id: JourneyId = id.parse().map_err(|_| gone())?;
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let journey = journeys::get(&mut conn, id).await?;
    let known = heliograph_journey::publishing::known(&mut conn).await?;
    Ok(JourneyView {
        id,
        name: journey.name,
        document: journey.draft.0,
        revision: journey.revision,
        known,
        state: LiveState {
            status: journey.status,
            version: journey.version,
        },
    })
}

#[cfg(feature = "ssr")]
fn gone() -> AppError {
    AppError::NotFound {
        what: "This journey".to_owned(),
    }
}

/// Keeps name and draft; the new revision.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn save(id: JourneyId, revision: i64, name: String, document: Document) -> Result<i64, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, journeys};

    crate::session::require(Permission::ManageJourneys)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(AppError::field(
            "name",
            "Give the journey a name of 1 to 200 characters.",
        ));
    }
    let mut tx = expect_context::<Store>().begin().await?;
    let revision = journeys::save(&mut tx, id, revision, name, &document).await?;
    tx.commit().await?;
    Ok(revision)
}

/// Publishes the draft of this revision.
#[server]
pub async fn publish(id: JourneyId, revision: i64) -> Result<LiveState, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::Store;

    let who = crate::session::require(Permission::ManageJourneys)?;
    let store = expect_context::<Store>();
    heliograph_journey::publishing::publish(&store, id, revision, &who.actor()).await?;
    state(&store, id).await
}

/// Lets nobody new in.
#[server]
pub async fn close(id: JourneyId) -> Result<LiveState, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::Store;

    let who = crate::session::require(Permission::ManageJourneys)?;
    let store = expect_context::<Store>();
    heliograph_journey::publishing::close(&store, id, &who.actor()).await?;
    state(&store, id).await
}

/// Takes everyone out.
#[server]
pub async fn stop(id: JourneyId) -> Result<LiveState, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::Store;

    let who = crate::session::require(Permission::ManageJourneys)?;
    let store = expect_context::<Store>();
    heliograph_journey::publishing::stop(&store, id, &who.actor()).await?;
    state(&store, id).await
}

#[cfg(feature = "ssr")]
async fn state(store: &heliograph_store::Store, id: JourneyId) -> Result<LiveState, AppError> {
    let mut conn = store.read().await?;
    let journey = heliograph_store::journeys::get(&mut conn, id).await?;
    Ok(LiveState {
        status: journey.status,
        version: journey.version,
    })
}

/// How many are where, and went through what.
#[server]
pub async fn counts(id: JourneyId) -> Result<FlowCounts, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::report::{Figure, Scope};
    use heliograph_store::{
        Store,
        reports::{self, Range},
    };

    crate::session::require(Permission::ManageJourneys)?;
    let mut conn = expect_context::<Store>().read().await?;
    let mut counts = FlowCounts::default();
    for (node, totals) in reports::by_node(&mut conn, Scope::Journey { id }, Range::EVER).await? {
        let mut gone = totals.n(Figure::Left);
        for count in totals
            .counts()
            .iter()
            .filter(|count| count.figure == Figure::Passed)
        {
            gone += count.n;
            counts.passed.push((
                node.clone(),
                count.reason.clone(),
                u64::try_from(count.n).unwrap_or(0),
            ));
        }
        let here = u64::try_from(totals.n(Figure::Arrived) - gone).unwrap_or(0);
        counts.here.insert(node, here);
    }
    Ok(counts)
}
