//! Datastreams: where events of apps come in.

use heliograph_model::{
    collection::{Datastream, DatastreamStatus},
    ids::DatastreamId,
    time::Timestamp,
};

use crate::{Database, Error, Result, Topic, Tx};

/// What people may set of a datastream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// As people call it.
    pub name: String,
    /// Does it take events?
    pub status: DatastreamStatus,
    /// Most events a second.
    pub events_per_second: u32,
    /// Largest request body, in bytes.
    pub body_limit: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: DatastreamId,
    name: String,
    #[sqlx(try_from = "String")]
    status: DatastreamStatus,
    #[sqlx(try_from = "i64")]
    events_per_second: u32,
    #[sqlx(try_from = "i64")]
    body_limit: u32,
    revision: i64,
    created_at: Timestamp,
}

impl From<Row> for Datastream {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            status: row.status,
            events_per_second: row.events_per_second,
            body_limit: row.body_limit,
            revision: row.revision,
            created_at: row.created_at,
        }
    }
}

/// Selects datastreams: `select!("WHERE …")`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, status, events_per_second, body_limit, revision, created_at FROM datastream ",
            $rest
        )
    };
}

/// Makes a datastream.
///
/// # Errors
/// Where the database fails.
pub async fn create(tx: &mut Tx, settings: &Settings) -> Result<DatastreamId> {
    let (id, now) = (DatastreamId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO datastream (id, name, status, events_per_second, body_limit, revision, created_at) \
         VALUES ($1, $2, $3, $4, $5, 1, $6)",
        id,
        settings.name.trim(),
        settings.status.as_str(),
        i64::from(settings.events_per_second),
        i64::from(settings.body_limit),
        now,
    )?;
    tx.raise(Topic::Datastreams);
    Ok(id)
}

/// The datastream with this identifier.
///
/// # Errors
/// Where the database fails.
pub async fn get(db: &mut impl Database, id: DatastreamId) -> Result<Option<Datastream>> {
    Ok(fetch_optional!(db, Row, select!("WHERE id = $1"), id)?.map(Datastream::from))
}

/// All datastreams, by name.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database) -> Result<Vec<Datastream>> {
    let rows = fetch_all!(db, Row, select!("ORDER BY name, id"))?;
    Ok(rows.into_iter().map(Datastream::from).collect())
}

/// Changes a datastream; the new revision.
///
/// # Errors
/// [`Error::Conflict`] where it is at another revision, [`Error::NotFound`] where it has been deleted.
pub async fn update(tx: &mut Tx, id: DatastreamId, revision: i64, settings: &Settings) -> Result<i64> {
    let changed = execute!(
        tx,
        "UPDATE datastream SET name = $2, status = $3, events_per_second = $4, body_limit = $5, revision = revision + 1 \
         WHERE id = $1 AND revision = $6",
        id,
        settings.name.trim(),
        settings.status.as_str(),
        i64::from(settings.events_per_second),
        i64::from(settings.body_limit),
        revision,
    )?;
    if changed == 0 {
        return Err(match get(tx, id).await? {
            Some(_) => Error::Conflict("datastream"),
            None => Error::NotFound("datastream"),
        });
    }
    tx.raise(Topic::Datastreams);
    Ok(revision + 1)
}

/// Deletes a datastream. Its events stay with their profiles.
///
/// # Errors
/// [`Error::InUse`] where a mobile property sends its events there, [`Error::NotFound`] where it has been deleted.
pub async fn delete(tx: &mut Tx, id: DatastreamId) -> Result<()> {
    let users: Vec<(String,)> = fetch_all!(
        tx,
        (String,),
        "SELECT name FROM property WHERE datastream_id = $1 ORDER BY name",
        id
    )?;
    if !users.is_empty() {
        let names: Vec<_> = users.into_iter().map(|(name,)| format!("“{name}”")).collect();
        return Err(Error::InUse {
            what: "datastream",
            by: names.join(", "),
        });
    }
    if execute!(tx, "DELETE FROM datastream WHERE id = $1", id)? == 0 {
        return Err(Error::NotFound("datastream"));
    }
    tx.raise(Topic::Datastreams);
    Ok(())
}

/// When the last event came in by this datastream; none before the first.
///
/// # Errors
/// Where the database fails.
pub async fn last_event_at(db: &mut impl Database, id: DatastreamId) -> Result<Option<Timestamp>> {
    let found: Option<(Timestamp,)> = fetch_optional!(
        db,
        (Timestamp,),
        "SELECT received_at FROM experience_event WHERE datastream_id = $1 ORDER BY received_at DESC LIMIT 1",
        id
    )?;
    Ok(found.map(|(at,)| at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{properties, testing::on_each_engine};

    fn settings(name: &str) -> Settings {
        Settings {
            name: name.to_owned(),
            status: DatastreamStatus::Active,
            events_per_second: 1000,
            body_limit: 1 << 20,
        }
    }

    #[tokio::test]
    async fn a_datastream_in_use_stays_and_names_its_user() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let id = create(&mut tx, &settings("Shop")).await.unwrap();
            let property = properties::create(&mut tx, "Shop app", id, &Default::default())
                .await
                .unwrap();
            let error = delete(&mut tx, id).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                "this datastream can't be deleted: it is used by “Shop app”"
            );
            properties::delete(&mut tx, property).await.unwrap();
            delete(&mut tx, id).await.unwrap();
            assert!(matches!(delete(&mut tx, id).await, Err(Error::NotFound(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn changes_are_read_back() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let id = create(&mut tx, &settings("Shop")).await.unwrap();
            let changed = Settings {
                status: DatastreamStatus::Disabled,
                events_per_second: 7,
                ..settings("Store ")
            };
            assert_eq!(update(&mut tx, id, 1, &changed).await.unwrap(), 2);
            let list = list(&mut tx).await.unwrap();
            assert_eq!(list.len(), 1);
            assert_eq!(list[0].name, "Store");
            assert_eq!(list[0].status, DatastreamStatus::Disabled);
            assert_eq!(list[0].events_per_second, 7);
            assert_eq!(get(&mut tx, id).await.unwrap().as_ref(), list.first());
            // Whoever still has the first revision before them overwrites nothing.
            let late = update(&mut tx, id, 1, &settings("Mine")).await;
            assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
            assert_eq!(get(&mut tx, id).await.unwrap().unwrap().name, "Store");
            delete(&mut tx, id).await.unwrap();
            let gone = update(&mut tx, id, 2, &settings("Mine")).await;
            assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
        })
        .await;
    }
}
