//! App configurations and their sealed credentials.

use heliograph_model::{
    app_config::{
        AppConfiguration, CredentialState, CredentialSummary, GoogleQuota, PayloadStyle, Platform, Stop,
    },
    ids::{AppId, MessageId},
    time::Timestamp,
};
use sqlx::types::Json;

use crate::{Database, Error, Result, Topic, Tx, messages};

/// An app configuration to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewApp<'a> {
    /// As people call it.
    pub name: &'a str,
    /// Its operating system.
    pub platform: Platform,
    /// Bundle id or package name.
    pub app: &'a str,
    /// How its payloads are written.
    pub style: PayloadStyle,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: AppId,
    name: String,
    #[sqlx(try_from = "String")]
    platform: Platform,
    app: String,
    #[sqlx(try_from = "String")]
    style: PayloadStyle,
    #[sqlx(try_from = "i64")]
    google_quota: GoogleQuota,
    revision: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
    summary: Option<Json<CredentialSummary>>,
    state: Option<Json<CredentialState>>,
    stop: Option<Json<Stop>>,
}

impl From<Row> for AppConfiguration {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            platform: row.platform,
            app: row.app,
            style: row.style,
            google_quota: row.google_quota,
            credential: row.summary.map(|summary| summary.0),
            state: row.state.map_or(CredentialState::Missing, |state| state.0),
            stop: row.stop.map(|stop| stop.0),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Selects app configurations: `select!("WHERE …")`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.name, a.platform, a.app, a.style, a.google_quota, a.revision, a.created_at, a.updated_at, \
             c.summary, c.state, a.stop \
             FROM app AS a LEFT JOIN credential AS c ON c.app_id = a.id ",
            $rest
        )
    };
}

/// The constraint that is broken where there is a configuration for the same app already: ask [`Error::breaks`] with
/// [`is_taken`].
const ONCE: (&str, &str) = ("app_once", "app.platform");

/// Is there an app configuration for the same platform and app already?
pub fn is_taken(error: &Error) -> bool {
    error.breaks(ONCE.0) || error.breaks(ONCE.1)
}

/// Makes an app configuration without a credential.
///
/// # Errors
/// Where there is one for the same app (see [`is_taken`]), or the database fails.
pub async fn create(tx: &mut Tx, new: &NewApp<'_>) -> Result<AppId> {
    let (id, now) = (AppId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO app (id, name, platform, app, style, revision, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, 1, $6, $6)",
        id,
        new.name,
        new.platform.as_str(),
        new.app,
        new.style.as_str(),
        now,
    )?;
    Ok(id)
}

/// Changes an app configuration's name, bundle id or package name, style and quota; the new revision. Its platform stays.
///
/// # Errors
/// [`Error::Conflict`] where it is at another revision, [`Error::NotFound`] where there is no such app; where there is
/// another for the same app (see [`is_taken`]).
pub async fn update(
    tx: &mut Tx,
    id: AppId,
    revision: i64,
    name: &str,
    app: &str,
    style: PayloadStyle,
    google_quota: GoogleQuota,
) -> Result<i64> {
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE app SET name = $2, app = $3, style = $4, google_quota = $5, updated_at = $6, revision = revision + 1 \
         WHERE id = $1 AND revision = $7",
        id,
        name,
        app,
        style.as_str(),
        i64::from(google_quota.per_minute().get()),
        now,
        revision,
    )?;
    if changed == 0 {
        get(tx, id).await?;
        return Err(Error::Conflict("app configuration"));
    }
    tx.raise(Topic::Deliveries);
    Ok(revision + 1)
}

/// All app configurations, by name.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database) -> Result<Vec<AppConfiguration>> {
    let rows = fetch_all!(db, Row, select!("ORDER BY LOWER(a.name), a.platform, a.id"))?;
    Ok(rows.into_iter().map(AppConfiguration::from).collect())
}

/// One app configuration.
///
/// # Errors
/// [`Error::NotFound`] where there is no such app.
pub async fn get(db: &mut impl Database, id: AppId) -> Result<AppConfiguration> {
    let row = fetch_optional!(db, Row, select!("WHERE a.id = $1"), id)?;
    row.map(AppConfiguration::from)
        .ok_or(Error::NotFound("app configuration"))
}

/// Those of these app configurations that exist, in no order.
///
/// # Errors
/// Where the database fails.
pub async fn load(db: &mut impl Database, ids: &[AppId]) -> Result<Vec<AppConfiguration>> {
    let rows = fetch_in!(db, Row, select!("WHERE a.id IN "), ids, "")?;
    Ok(rows.into_iter().map(AppConfiguration::from).collect())
}

/// Deletes an app configuration with its credential. What is queued for it is excluded when it is due.
///
/// # Errors
/// [`Error::InUse`] where a message of a journey that is under way goes to it, [`Error::NotFound`] where there is no
/// such app.
pub async fn delete(tx: &mut Tx, id: AppId) -> Result<()> {
    if let Some((message, journey)) = in_use(tx, id).await? {
        return Err(Error::InUse {
            what: "app configuration",
            by: format!("the message “{message}” in the journey “{journey}”"),
        });
    }
    if execute!(tx, "DELETE FROM app WHERE id = $1", id)? == 0 {
        return Err(Error::NotFound("app configuration"));
    }
    tx.raise(Topic::Deliveries);
    Ok(())
}

/// The messages whose newest version goes to the app, by name.
async fn messages_to(db: &mut impl Database, id: AppId) -> Result<Vec<(MessageId, String)>> {
    fetch_all!(
        db,
        (MessageId, String),
        "SELECT m.id, m.name FROM message AS m JOIN message_version AS v \
         ON v.message_id = m.id AND v.version = m.version WHERE CAST(v.content AS TEXT) LIKE $1 ORDER BY m.name",
        crate::dialect::containing(&id.to_string()),
    )
}

/// Is any message published that goes to the app?
///
/// # Errors
/// Where the database fails.
pub async fn is_sent_to(db: &mut impl Database, id: AppId) -> Result<bool> {
    Ok(!messages_to(db, id).await?.is_empty())
}

/// A message whose newest version goes to the app, and a journey under way that sends it.
async fn in_use(db: &mut impl Database, id: AppId) -> Result<Option<(String, String)>> {
    for (message, name) in messages_to(db, id).await? {
        if let Some(journey) = messages::under_way(db, message).await?.into_iter().next() {
            return Ok(Some((name, journey)));
        }
    }
    Ok(None)
}

/// Puts a credential in place of the app's present one, if any, as not yet tried; its revision. `seal` is given the
/// revision to seal it for. What waits for a working credential is sent.
///
/// # Errors
/// [`Error::NotFound`] where there is no such app.
pub async fn replace_credential(
    tx: &mut Tx,
    id: AppId,
    summary: &CredentialSummary,
    seal: impl FnOnce(i64) -> Vec<u8>,
) -> Result<i64> {
    let now = tx.store().now();
    // The change of the app also keeps two uploads from getting the same revision: the second waits here.
    if execute!(tx, "UPDATE app SET updated_at = $2 WHERE id = $1", id, now)? == 0 {
        return Err(Error::NotFound("app configuration"));
    }
    let revision = sealed(tx, id).await?.map_or(1, |before| before.revision + 1);
    execute!(
        tx,
        "INSERT INTO credential (app_id, summary, sealed, state, revision, updated_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (app_id) DO UPDATE SET summary = excluded.summary, sealed = excluded.sealed, \
         state = excluded.state, revision = excluded.revision, probe_at = NULL, updated_at = excluded.updated_at",
        id,
        Json(summary),
        seal(revision),
        Json(&CredentialState::Unchecked),
        revision,
        now,
    )?;
    crate::deliveries::release(tx, id).await?;
    tx.raise(Topic::Deliveries);
    Ok(revision)
}

/// A credential as it is kept.
#[derive(Clone, sqlx::FromRow)]
pub struct SealedCredential {
    /// It is sealed for this revision.
    pub revision: i64,
    /// What may be shown of it.
    pub summary: Json<CredentialSummary>,
    /// What the provider last said.
    pub state: Json<CredentialState>,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
}

impl std::fmt::Debug for SealedCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedCredential")
            .field("revision", &self.revision)
            .field("summary", &self.summary.0)
            .finish_non_exhaustive()
    }
}

/// The app's credential; none where none was uploaded.
///
/// # Errors
/// Where the database fails.
pub async fn sealed(db: &mut impl Database, id: AppId) -> Result<Option<SealedCredential>> {
    fetch_optional!(
        db,
        SealedCredential,
        "SELECT revision, summary, state, sealed FROM credential WHERE app_id = $1",
        id
    )
}

/// How long a refused credential rests between two tries with a waiting delivery.
pub const PROBE_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

/// Notes what the provider says of a credential; whether that is news. Nothing is noted where the credential was replaced
/// meanwhile. One that works releases what waited for it; one that is refused, and was before, keeps its first time.
///
/// # Errors
/// Where the database fails.
pub async fn set_state(tx: &mut Tx, id: AppId, revision: i64, state: &CredentialState) -> Result<bool> {
    let now = tx.store().now();
    let known: Option<(Json<CredentialState>,)> = fetch_optional!(
        tx,
        (Json<CredentialState>,),
        "SELECT state FROM credential WHERE app_id = $1 AND revision = $2",
        id,
        revision
    )?;
    let Some((Json(known),)) = known else {
        return Ok(false);
    };
    let (state, probe_at) = match (&known, state) {
        (
            CredentialState::Refused {
                since, reason: old, ..
            },
            CredentialState::Refused { reason, outcome, .. },
        ) => {
            if old == reason {
                return Ok(false);
            }
            let state = CredentialState::Refused {
                since: *since,
                reason: reason.clone(),
                outcome: *outcome,
            };
            (state, Some(now + PROBE_EVERY))
        }
        (CredentialState::Good { .. }, CredentialState::Good { .. }) => return Ok(false),
        (_, state @ CredentialState::Refused { .. }) => (state.clone(), Some(now + PROBE_EVERY)),
        (_, state) => (state.clone(), None),
    };
    execute!(
        tx,
        "UPDATE credential SET state = $3, probe_at = $4 WHERE app_id = $1 AND revision = $2",
        id,
        revision,
        Json(&state),
        probe_at,
    )?;
    if matches!(state, CredentialState::Good { .. }) {
        crate::deliveries::release(tx, id).await?;
    }
    tx.raise(Topic::Deliveries);
    Ok(true)
}

/// The apps whose refused credential is to be tried again now, but for those that nothing is sent to. The next try of each
/// is put off by [`PROBE_EVERY`].
///
/// # Errors
/// Where the database fails.
pub async fn take_probes(tx: &mut Tx, now: Timestamp) -> Result<Vec<AppId>> {
    let rows: Vec<(AppId,)> = fetch_all!(
        tx,
        (AppId,),
        "UPDATE credential SET probe_at = $2 WHERE probe_at <= $1 \
         AND app_id IN (SELECT id FROM app WHERE stop IS NULL) RETURNING app_id",
        now,
        now + PROBE_EVERY,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

#[cfg(test)]
mod tests {
    use heliograph_model::message::Content;

    use super::*;
    use crate::testing::on_each_engine;

    #[tokio::test]
    async fn whoever_saves_second_is_told_and_overwrites_nothing() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let new = NewApp {
                name: "Shop",
                platform: Platform::Ios,
                app: "com.example.shop",
                style: PayloadStyle::AdobeMessaging,
            };
            let id = create(&mut tx, &new).await.unwrap();
            let seen = get(&mut tx, id).await.unwrap().revision;
            let (style, quota) = (PayloadStyle::Standard, GoogleQuota::new(900_000).unwrap());
            let now = update(&mut tx, id, seen, "Theirs", "com.example.shop", style, quota)
                .await
                .unwrap();
            let late = update(&mut tx, id, seen, "Mine", "com.example.shop", style, quota).await;
            assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
            let app = get(&mut tx, id).await.unwrap();
            assert_eq!((app.name.as_str(), app.revision), ("Theirs", now));
            assert_eq!((app.style, app.google_quota), (style, quota));
            delete(&mut tx, id).await.unwrap();
            let gone = update(&mut tx, id, now, "Mine", "com.example.shop", style, quota).await;
            assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn an_app_is_sent_to_once_a_message_that_goes_to_it_is_published() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let mut app = async |name| {
                let new = NewApp {
                    name,
                    platform: Platform::Ios,
                    app: name,
                    style: PayloadStyle::Standard,
                };
                create(&mut tx, &new).await.unwrap()
            };
            let (shop, other) = (app("com.example.shop").await, app("com.example.other").await);
            let content = Content {
                apps: vec![shop],
                ..Content::default()
            };
            let message = messages::create(&mut tx, "Hello", &content).await.unwrap();
            assert!(!is_sent_to(&mut tx, shop).await.unwrap());
            messages::publish(&mut tx, message, 1, "Marta").await.unwrap();
            assert!(is_sent_to(&mut tx, shop).await.unwrap());
            assert!(!is_sent_to(&mut tx, other).await.unwrap());
        })
        .await;
    }
}
