//! Server functions of the live list of events.

use heliograph_model::collection::{ExperienceEvent, Verdict};
use heliograph_model::ids::{DatastreamId, EventId, ProfileId};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// Something that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// Of the event, or of the note that it was not kept.
    pub id: EventId,
    /// When it reached us.
    pub at: Timestamp,
    /// Its type; empty where it has none.
    pub event_type: String,
    /// What was done with it.
    pub verdict: Verdict,
    /// Why it was not kept.
    pub reason: Option<String>,
    /// Whose it is, where it was kept.
    pub profile: Option<ProfileId>,
    /// The identity that named the profile.
    pub identity: Option<String>,
    /// How large it was, in bytes.
    pub bytes: u64,
}

/// What the list can be narrowed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrowing {
    /// The datastreams that there are.
    pub datastreams: Vec<(DatastreamId, String)>,
    /// The types of the newest events, the most frequent first.
    pub types: Vec<String>,
}

/// The newest 100 arrivals; of one datastream, type and verdict where these are not empty.
#[server]
pub async fn newest(
    datastream: String,
    event_type: String,
    verdict: String,
) -> Result<Vec<Arrived>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::Store;
    use heliograph_store::events::{self, Filter};

    crate::session::require(Permission::ManageCollection)?;
    let filter = Filter {
        datastream: datastream.parse().ok(),
        event_type: (!event_type.is_empty()).then_some(event_type),
        verdict: Verdict::parse(&verdict),
    };
    let mut conn = expect_context::<Store>().read().await?;
    let rows = events::recent(&mut conn, &filter, None, 100).await?;
    Ok(rows
        .into_iter()
        .map(|arrival| Arrived {
            id: arrival.id,
            at: arrival.at,
            event_type: arrival.event_type,
            verdict: arrival.verdict,
            reason: arrival.reason,
            profile: arrival.profile,
            identity: arrival.identity,
            bytes: u64::try_from(arrival.bytes).unwrap_or_default(),
        })
        .collect())
}

/// What the list can be narrowed to.
#[server]
pub async fn ways_to_narrow() -> Result<Narrowing, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, datastreams, events};

    crate::session::require(Permission::ManageCollection)?;
    let mut conn = expect_context::<Store>().read().await?;
    let datastreams = datastreams::list(&mut conn)
        .await?
        .into_iter()
        .map(|datastream| (datastream.id, datastream.name))
        .collect();
    let types = events::types(&mut conn, 1_000).await?;
    Ok(Narrowing { datastreams, types })
}

/// One event that was kept; none where the address names none.
#[server]
pub async fn opened(profile: String, event: String) -> Result<Option<ExperienceEvent>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, events};

    crate::session::require(Permission::ManageCollection)?;
    let (Ok(profile), Ok(event)) = (profile.parse::<ProfileId>(), event.parse::<EventId>()) else {
        return Ok(None);
    };
    Ok(events::get(&mut expect_context::<Store>().read().await?, profile, event).await?)
}
