//! Server functions of mobile properties.

use heliograph_model::collection::{MobileProperty, Stage};
use heliograph_model::ids::{DatastreamId, EnvironmentId, PropertyId};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A datastream to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatastreamChoice {
    /// Which.
    pub id: DatastreamId,
    /// What it is called.
    pub name: String,
}

/// The properties, and the datastreams that they may send to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyList {
    /// The properties, by name.
    pub properties: Vec<MobileProperty>,
    /// The datastreams, by name.
    pub datastreams: Vec<DatastreamChoice>,
}

/// One property with what an app needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyView {
    /// The property.
    pub property: MobileProperty,
    /// The datastreams that it may send to.
    pub datastreams: Vec<DatastreamChoice>,
    /// The configuration as the property stands now, for each stage.
    pub configurations: Vec<(Stage, String)>,
    /// When the last event came in by its datastream.
    pub last_event_at: Option<Timestamp>,
    /// When the last push token did, among the newest events.
    pub last_token_at: Option<Timestamp>,
}

/// What the SDK is told, as the form sends it: a box that is not ticked is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnteredSettings {
    /// Are events collected before the person was asked?
    #[serde(default)]
    pub collect_by_default: bool,
    /// Does the SDK send the push token only when it changes?
    #[serde(default)]
    pub optimize_push_sync: bool,
    /// Do tokens belong to Apple's sandbox?
    #[serde(default)]
    pub use_sandbox: bool,
    /// Session timeout, in seconds.
    pub session_timeout: u32,
}

/// Every property, by name.
#[server]
pub async fn list() -> Result<PropertyList, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, properties};

    crate::session::require(Permission::ManageCollection)?;
    let mut conn = expect_context::<Store>().read().await?;
    Ok(PropertyList {
        properties: properties::list(&mut conn).await?,
        datastreams: choices(&mut conn).await?,
    })
}

/// One property.
#[server]
pub async fn load(id: String) -> Result<PropertyView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::collection::sdk_configuration;
    use heliograph_store::{Store, datastreams, events, properties};

    /// How many of the newest events are looked at for a token.
    const LOOK_BACK: u32 = 20_000;
    crate::session::require(Permission::ManageCollection)?;
    let gone = || AppError::NotFound {
        what: "This property".to_owned(),
    };
    let id = id.parse::<PropertyId>().map_err(|_| gone())?;
    let mut conn = expect_context::<Store>().read().await?;
    let property = properties::get(&mut conn, id).await?.ok_or_else(gone)?;
    let domain = edge_domain();
    let configurations = Stage::ALL
        .map(|stage| {
            let configuration = sdk_configuration(&domain, &property, stage, &property.settings);
            (
                stage,
                serde_json::to_string_pretty(&configuration).unwrap_or_default(),
            )
        })
        .to_vec();
    Ok(PropertyView {
        datastreams: choices(&mut conn).await?,
        last_event_at: datastreams::last_event_at(&mut conn, property.datastream).await?,
        last_token_at: events::last_token_at(&mut conn, property.datastream, LOOK_BACK).await?,
        configurations,
        property,
    })
}

/// Makes a property with three environments, and leads to its page.
#[server]
pub async fn create_property(name: String, datastream: DatastreamId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::collection::PropertySettings;
    use heliograph_store::{Store, properties};

    let who = crate::session::require(Permission::ManageCollection)?;
    let name = checked_name(&name)?;
    let mut tx = expect_context::<Store>().begin().await?;
    known(&mut tx, datastream).await?;
    let id = properties::create(&mut tx, name, datastream, &PropertySettings::default()).await?;
    record(&mut tx, &who, "created", id, name, serde_json::json!({})).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/data-collection/properties/{id}"));
    Ok(())
}

/// Changes a property, if nobody else has changed this revision; the new revision. Its environments serve what they serve
/// until they are published again.
#[server]
pub async fn save_property(
    id: PropertyId,
    revision: i64,
    name: String,
    datastream: DatastreamId,
    settings: EnteredSettings,
) -> Result<i64, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::collection::PropertySettings;
    use heliograph_store::{Store, properties};

    let who = crate::session::require(Permission::ManageCollection)?;
    let name = checked_name(&name)?;
    if !(1..=86_400).contains(&settings.session_timeout) {
        return Err(AppError::field(
            "settings[session_timeout]",
            "Enter a number of seconds from 1 to 86400.",
        ));
    }
    let settings = PropertySettings {
        collect_by_default: settings.collect_by_default,
        optimize_push_sync: settings.optimize_push_sync,
        use_sandbox: settings.use_sandbox,
        session_timeout: settings.session_timeout,
    };
    let mut tx = expect_context::<Store>().begin().await?;
    known(&mut tx, datastream).await?;
    let revision = properties::update(&mut tx, id, revision, name, datastream, &settings).await?;
    let detail = serde_json::json!({ "datastream": datastream, "settings": settings });
    record(&mut tx, &who, "changed", id, name, detail).await?;
    tx.commit().await?;
    Ok(revision)
}

/// Serves the property as it stands now to the apps of one environment.
#[server]
pub async fn publish_environment(id: PropertyId, environment: EnvironmentId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Error, Store, properties};

    let who = crate::session::require(Permission::ManageCollection)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let version = properties::publish(&mut tx, environment, &edge_domain()).await?;
    let property = properties::get(&mut tx, id)
        .await?
        .filter(|property| property.environments.iter().any(|one| one.id == environment))
        .ok_or(Error::NotFound("mobile property"))?;
    let detail = serde_json::json!({ "environment": environment, "version": version });
    record(&mut tx, &who, "published", id, &property.name, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a property, and leads back to the list.
#[server]
pub async fn delete_property(id: PropertyId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Error, Store, properties};

    let who = crate::session::require(Permission::ManageCollection)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let property = properties::get(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("mobile property"))?;
    properties::delete(&mut tx, id).await?;
    record(
        &mut tx,
        &who,
        "deleted",
        id,
        &property.name,
        serde_json::json!({}),
    )
    .await?;
    tx.commit().await?;
    leptos_axum::redirect("/data-collection/properties");
    Ok(())
}

#[cfg(feature = "ssr")]
async fn choices(db: &mut impl heliograph_store::Database) -> Result<Vec<DatastreamChoice>, AppError> {
    let found = heliograph_store::datastreams::list(db).await?;
    Ok(found
        .into_iter()
        .map(|datastream| DatastreamChoice {
            id: datastream.id,
            name: datastream.name,
        })
        .collect())
}

/// The host name under which apps reach this server, as the SDK wants it: without scheme and path.
#[cfg(feature = "ssr")]
fn edge_domain() -> String {
    let url = expect_context::<crate::PublicUrl>().0;
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
    host.split('/').next().unwrap_or_default().to_owned()
}

/// Is there still this datastream?
#[cfg(feature = "ssr")]
async fn known(db: &mut impl heliograph_store::Database, id: DatastreamId) -> Result<(), AppError> {
    match heliograph_store::datastreams::get(db, id).await? {
        Some(_) => Ok(()),
        None => Err(AppError::field(
            "datastream",
            "This datastream has been deleted. Choose another one.",
        )),
    }
}

#[cfg(feature = "ssr")]
fn checked_name(name: &str) -> Result<&str, AppError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(AppError::field(
            "name",
            "Give the property a name of 1 to 100 characters.",
        ));
    }
    Ok(name)
}

/// Writes a change of a property to the audit log.
#[cfg(feature = "ssr")]
async fn record(
    tx: &mut heliograph_store::Tx,
    who: &crate::session::CurrentUser,
    action: &str,
    id: PropertyId,
    name: &str,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    use heliograph_store::audit::{self, Change};

    let change = Change {
        action,
        object_kind: "property",
        object: Some(id.0),
        name,
        detail,
    };
    Ok(audit::record(tx, &who.actor(), change).await?)
}
