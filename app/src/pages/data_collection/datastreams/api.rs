//! Server functions of datastreams.

use heliograph_model::collection::Datastream;
use heliograph_model::ids::DatastreamId;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// The most events a second that a datastream can be set to take.
pub(super) const MOST_EVENTS: u32 = 100_000;
/// The largest request body that a datastream can be set to take, in KiB.
pub(super) const LARGEST_BODY: u32 = 10_240;
/// What a new datastream takes: events a second, and KiB of one request's body.
#[cfg(feature = "ssr")]
pub(super) const USUAL: (u32, u32) = (1_000, 1_024);

/// A datastream in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatastreamRow {
    /// The datastream.
    pub datastream: Datastream,
    /// When its last event came in.
    pub last_event_at: Option<Timestamp>,
}

/// Every datastream, by name.
#[server]
pub async fn list() -> Result<Vec<DatastreamRow>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, datastreams};

    crate::session::require(Permission::ManageCollection)?;
    let mut conn = expect_context::<Store>().read().await?;
    let mut rows = Vec::new();
    for datastream in datastreams::list(&mut conn).await? {
        rows.push(DatastreamRow {
            last_event_at: datastreams::last_event_at(&mut conn, datastream.id).await?,
            datastream,
        });
    }
    Ok(rows)
}

/// Makes a datastream that takes events.
#[server]
pub async fn create_datastream(name: String) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, datastreams};

    let who = crate::session::require(Permission::ManageCollection)?;
    let settings = checked(&name, true, USUAL.0, USUAL.1)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let id = datastreams::create(&mut tx, &settings).await?;
    record(&mut tx, &who, "created", id, &settings.name).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes a datastream, if nobody else has changed this revision: its name, whether it takes events, and its limits.
#[server]
pub async fn save_datastream(
    id: DatastreamId,
    revision: i64,
    name: String,
    #[server(default)] enabled: bool,
    events_per_second: u32,
    body_limit: u32,
) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, datastreams};

    let who = crate::session::require(Permission::ManageCollection)?;
    let settings = checked(&name, enabled, events_per_second, body_limit)?;
    let mut tx = expect_context::<Store>().begin().await?;
    datastreams::update(&mut tx, id, revision, &settings).await?;
    record(&mut tx, &who, "changed", id, &settings.name).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a datastream that no property uses.
#[server]
pub async fn delete_datastream(id: DatastreamId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Error, Store, datastreams};

    let who = crate::session::require(Permission::ManageCollection)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let before = datastreams::get(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("datastream"))?;
    datastreams::delete(&mut tx, id).await?;
    record(&mut tx, &who, "deleted", id, &before.name).await?;
    tx.commit().await?;
    Ok(())
}

/// What was entered, or what is wrong with it.
#[cfg(feature = "ssr")]
fn checked(
    name: &str,
    enabled: bool,
    events_per_second: u32,
    body_limit: u32,
) -> Result<heliograph_store::datastreams::Settings, AppError> {
    use heliograph_model::collection::DatastreamStatus;

    use crate::error::FieldError;

    let mut faults = Vec::new();
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        faults.push(FieldError::new(
            "name",
            "Give the datastream a name of 1 to 100 characters.",
        ));
    }
    if !(1..=MOST_EVENTS).contains(&events_per_second) {
        let message = format!("Enter a number from 1 to {MOST_EVENTS}.");
        faults.push(FieldError::new("events_per_second", message));
    }
    if !(1..=LARGEST_BODY).contains(&body_limit) {
        let message = format!("Enter a number from 1 to {LARGEST_BODY}.");
        faults.push(FieldError::new("body_limit", message));
    }
    if !faults.is_empty() {
        return Err(AppError::fields(faults));
    }
    Ok(heliograph_store::datastreams::Settings {
        name: name.to_owned(),
        status: if enabled {
            DatastreamStatus::Active
        } else {
            DatastreamStatus::Disabled
        },
        events_per_second,
        body_limit: body_limit * 1024,
    })
}

/// Writes a change of a datastream to the audit log.
#[cfg(feature = "ssr")]
async fn record(
    tx: &mut heliograph_store::Tx,
    who: &crate::session::CurrentUser,
    action: &str,
    id: DatastreamId,
    name: &str,
) -> Result<(), AppError> {
    use heliograph_store::audit::{self, Change};

    let change = Change {
        action,
        object_kind: "datastream",
        object: Some(id.0),
        name,
        detail: serde_json::json!({}),
    };
    Ok(audit::record(tx, &who.actor(), change).await?)
}
