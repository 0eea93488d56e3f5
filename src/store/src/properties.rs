//! Mobile properties, and the configurations that their environments serve to the SDK.

use heliograph_model::{
    collection::{Environment, MobileProperty, PropertySettings, Stage, sdk_configuration},
    ids::{DatastreamId, EnvironmentId, PropertyId},
    time::Timestamp,
};
use sqlx::types::Json;

use crate::{Database, Error, Result, Tx};

#[derive(sqlx::FromRow)]
struct Row {
    id: PropertyId,
    name: String,
    datastream_id: DatastreamId,
    settings: Json<PropertySettings>,
    revision: i64,
    created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct EnvironmentRow {
    property_id: PropertyId,
    id: EnvironmentId,
    #[sqlx(try_from = "String")]
    stage: Stage,
    version: Option<i64>,
    published_at: Option<Timestamp>,
}

/// Selects properties: `select!("WHERE …")`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, datastream_id, settings, revision, created_at FROM property ",
            $rest
        )
    };
}

/// Makes a property with an environment for each [`Stage`].
///
/// # Errors
/// [`Error::Constraint`] where there is no such datastream.
pub async fn create(
    tx: &mut Tx,
    name: &str,
    datastream: DatastreamId,
    settings: &PropertySettings,
) -> Result<PropertyId> {
    let (id, now) = (PropertyId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO property (id, name, datastream_id, settings, revision, created_at) VALUES ($1, $2, $3, $4, 1, $5)",
        id,
        name.trim(),
        datastream,
        Json(settings),
        now,
    )?;
    let environments = Stage::ALL.map(|stage| (EnvironmentId::new(tx.store().ids()), stage));
    insert_all!(
        tx,
        "INSERT INTO environment (id, property_id, stage) ",
        3,
        environments,
        |(environment, stage)| [*environment, id, stage.as_str()],
        ""
    )?;
    Ok(id)
}

/// The property with this identifier.
///
/// # Errors
/// Where the database fails.
pub async fn get(db: &mut impl Database, id: PropertyId) -> Result<Option<MobileProperty>> {
    let rows = fetch_all!(db, Row, select!("WHERE id = $1"), id)?;
    Ok(with_environments(db, rows).await?.pop())
}

/// All properties, by name.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database) -> Result<Vec<MobileProperty>> {
    let rows = fetch_all!(db, Row, select!("ORDER BY name, id"))?;
    with_environments(db, rows).await
}

async fn with_environments(db: &mut impl Database, rows: Vec<Row>) -> Result<Vec<MobileProperty>> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let environments = fetch_in!(
        db,
        EnvironmentRow,
        "SELECT property_id, id, stage, version, published_at FROM environment WHERE property_id IN ",
        ids,
        ""
    )?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut own: Vec<_> = environments
                .iter()
                .filter(|environment| environment.property_id == row.id)
                .map(|environment| Environment {
                    id: environment.id,
                    stage: environment.stage,
                    version: environment
                        .version
                        .and_then(|version| u32::try_from(version).ok()),
                    published_at: environment.published_at,
                })
                .collect();
            own.sort_by_key(|environment| Stage::ALL.iter().position(|stage| *stage == environment.stage));
            MobileProperty {
                id: row.id,
                name: row.name,
                datastream: row.datastream_id,
                settings: row.settings.0,
                environments: own,
                revision: row.revision,
                created_at: row.created_at,
            }
        })
        .collect())
}

/// Changes a property; the new revision. What its environments serve stays as it is until they are published again.
///
/// # Errors
/// [`Error::Conflict`] where it is at another revision, [`Error::NotFound`] where it has been deleted,
/// [`Error::Constraint`] where there is no such datastream.
pub async fn update(
    tx: &mut Tx,
    id: PropertyId,
    revision: i64,
    name: &str,
    datastream: DatastreamId,
    settings: &PropertySettings,
) -> Result<i64> {
    let changed = execute!(
        tx,
        "UPDATE property SET name = $2, datastream_id = $3, settings = $4, revision = revision + 1 \
         WHERE id = $1 AND revision = $5",
        id,
        name.trim(),
        datastream,
        Json(settings),
        revision,
    )?;
    if changed == 0 {
        return Err(match get(tx, id).await? {
            Some(_) => Error::Conflict("mobile property"),
            None => Error::NotFound("mobile property"),
        });
    }
    Ok(revision + 1)
}

/// Deletes a property. Its environments serve nothing from then on.
///
/// # Errors
/// [`Error::NotFound`] where it has been deleted.
pub async fn delete(tx: &mut Tx, id: PropertyId) -> Result<()> {
    if execute!(tx, "DELETE FROM property WHERE id = $1", id)? == 0 {
        return Err(Error::NotFound("mobile property"));
    }
    Ok(())
}

/// Freezes what the property says now as the next version of an environment, and serves that; the version's number.
///
/// `edge_domain` is the host name under which apps reach this server.
///
/// # Errors
/// [`Error::NotFound`] where the environment's property has been deleted.
pub async fn publish(tx: &mut Tx, id: EnvironmentId, edge_domain: &str) -> Result<u32> {
    const GONE: Error = Error::NotFound("environment of a mobile property");
    let found: Option<(PropertyId,)> = fetch_optional!(
        tx,
        (PropertyId,),
        "SELECT property_id FROM environment WHERE id = $1",
        id
    )?;
    let (property,) = found.ok_or(GONE)?;
    let property = get(tx, property).await?.ok_or(GONE)?;
    let stage = property
        .environments
        .iter()
        .find(|environment| environment.id == id)
        .ok_or(GONE)?
        .stage;
    let configuration = sdk_configuration(edge_domain, &property, stage, &property.settings);
    let now = tx.store().now();
    let (version,): (i64,) = fetch_one!(
        tx,
        (i64,),
        "UPDATE environment SET version = COALESCE(version, 0) + 1, published_at = $2, configuration = $3 \
         WHERE id = $1 RETURNING version",
        id,
        now,
        Json(&configuration),
    )?;
    Ok(u32::try_from(version).unwrap_or(u32::MAX))
}

/// What an environment serves to the SDK.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Published {
    /// Counts up from 1 with each publishing.
    pub version: i64,
    /// When it was published.
    pub published_at: Timestamp,
    /// The `config.json`.
    #[sqlx(json)]
    pub configuration: serde_json::Value,
}

/// What an environment serves; none before its first publishing.
///
/// # Errors
/// Where the database fails.
pub async fn published(db: &mut impl Database, id: EnvironmentId) -> Result<Option<Published>> {
    fetch_optional!(
        db,
        Published,
        "SELECT version, published_at, configuration FROM environment \
         WHERE id = $1 AND version IS NOT NULL AND published_at IS NOT NULL AND configuration IS NOT NULL",
        id
    )
}

#[cfg(test)]
mod tests {
    use heliograph_model::collection::DatastreamStatus;

    use super::*;
    use crate::{
        datastreams,
        testing::{START, on_each_engine},
    };

    #[tokio::test]
    async fn an_environment_serves_what_was_published_until_it_is_published_again() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let datastream = datastreams::create(
                &mut tx,
                &datastreams::Settings {
                    name: "Shop".into(),
                    status: DatastreamStatus::Active,
                    events_per_second: 1000,
                    body_limit: 1 << 20,
                },
            )
            .await
            .unwrap();
            let mut settings = PropertySettings::default();
            let id = create(&mut tx, "Shop app", datastream, &settings).await.unwrap();
            let property = get(&mut tx, id).await.unwrap().unwrap();
            let stages: Vec<_> = property.environments.iter().map(|e| e.stage).collect();
            assert_eq!(stages, Stage::ALL);
            let production = property.environments[2].id;
            assert_eq!(published(&mut tx, production).await.unwrap(), None);

            assert_eq!(publish(&mut tx, production, "push.example.com").await.unwrap(), 1);
            settings.session_timeout = 60;
            let revision = update(&mut tx, id, property.revision, "Shop app", datastream, &settings)
                .await
                .unwrap();
            assert_eq!(get(&mut tx, id).await.unwrap().unwrap().revision, revision);
            // Whoever still has the earlier revision before them overwrites nothing.
            let late = PropertySettings::default();
            let late = update(&mut tx, id, property.revision, "Mine", datastream, &late).await;
            assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
            let served = published(&mut tx, production).await.unwrap().unwrap();
            assert_eq!(served.published_at, START);
            assert_eq!(served.configuration["edge.configId"], datastream.to_string());
            assert_eq!(served.configuration["build.environment"], "prod");
            assert_eq!(served.configuration["lifecycle.sessionTimeout"], 300);

            assert_eq!(publish(&mut tx, production, "push.example.com").await.unwrap(), 2);
            let served = published(&mut tx, production).await.unwrap().unwrap();
            assert_eq!(
                (served.version, &served.configuration["lifecycle.sessionTimeout"]),
                (2, &60.into())
            );
            let staging = property.environments[1].id;
            assert_eq!(published(&mut tx, staging).await.unwrap(), None);
        })
        .await;
    }
}
