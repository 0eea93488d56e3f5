//! Keeps the console's sessions in the database.

use std::fmt;

use async_trait::async_trait;
use heliograph_app::auth::{PERSON, session_key};
use heliograph_model::time::Timestamp;
use heliograph_store::{Store, sessions};
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

/// The sessions of the console.
#[derive(Clone)]
pub(crate) struct SessionStore(pub(crate) Store);

impl fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionStore")
    }
}

fn backend(error: heliograph_store::Error) -> Error {
    Error::Backend(error.to_string())
}

fn instant_of(time: OffsetDateTime) -> Timestamp {
    // The year 292 million is beyond any session's end.
    Timestamp::from_millis(i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
}

#[async_trait]
impl tower_sessions::SessionStore for SessionStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let mut connection = self.0.read().await.map_err(backend)?;
        while sessions::exists(&mut connection, &session_key(&record.id))
            .await
            .map_err(backend)?
        {
            record.id = Id::default();
        }
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_vec(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let person = record
            .data
            .get(PERSON)
            .and_then(|person| serde_json::from_value(person.clone()).ok());
        let mut tx = self.0.begin().await.map_err(backend)?;
        sessions::save(
            &mut tx,
            &session_key(&record.id),
            person,
            &data,
            instant_of(record.expiry_date),
        )
        .await
        .map_err(backend)?;
        tx.commit().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut connection = self.0.read().await.map_err(backend)?;
        let found = sessions::load(&mut connection, &session_key(id), self.0.now())
            .await
            .map_err(backend)?;
        let Some((data, ends)) = found else {
            return Ok(None);
        };
        let data = serde_json::from_slice(&data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ends.as_millis()) * 1_000_000)
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut tx = self.0.begin().await.map_err(backend)?;
        sessions::delete(&mut tx, &session_key(id))
            .await
            .map_err(backend)?;
        tx.commit().await.map_err(backend)
    }
}
