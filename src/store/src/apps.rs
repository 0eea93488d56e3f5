//! App configurations and their sealed credentials.

use heliograph_model::{
    app_config::{AppConfiguration, CredentialState, CredentialSummary, PayloadStyle, Platform},
    ids::AppId,
    time::Timestamp,
};
use sqlx::types::Json;

use crate::{Database, Error, Result, Topic, Tx};

/// The unique index that a second configuration of the same app would break; for [`Error::breaks`].
pub const APP_ONCE: &str = "app";

#[derive(sqlx::FromRow)]
struct Row {
    id: AppId,
    name: String,
    #[sqlx(try_from = "String")]
    platform: Platform,
    app: String,
    #[sqlx(try_from = "String")]
    style: PayloadStyle,
    created_at: Timestamp,
    updated_at: Timestamp,
    summary: Option<Json<CredentialSummary>>,
    state: Option<Json<CredentialState>>,
}

impl From<Row> for AppConfiguration {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            platform: row.platform,
            app: row.app,
            style: row.style,
            credential: row.summary.map(|Json(summary)| summary),
            state: row.state.map_or(CredentialState::Missing, |Json(state)| state),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.name, a.platform, a.app, a.style, a.created_at, a.updated_at, c.summary, c.state \
             FROM app a LEFT JOIN credential c ON c.app_id = a.id ",
            $rest
        )
    };
}

/// An app to be registered.
#[derive(Debug, Clone)]
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

/// Registers an app, as yet without a credential.
///
/// # Errors
/// [`Error::Constraint`] that breaks [`APP_ONCE`] where the app is registered already.
pub async fn create(tx: &mut Tx, app: &NewApp<'_>) -> Result<AppId> {
    let (id, now) = (AppId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO app (id, name, platform, app, style, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
        id,
        app.name,
        app.platform.as_str(),
        app.app,
        app.style.as_str(),
        now,
    )?;
    Ok(id)
}

/// All app configurations, by name.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database) -> Result<Vec<AppConfiguration>> {
    let rows = fetch_all!(db, Row, select!("ORDER BY LOWER(a.name), a.platform"))?;
    Ok(rows.into_iter().map(AppConfiguration::from).collect())
}

/// An app configuration.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(db: &mut impl Database, id: AppId) -> Result<AppConfiguration> {
    let row = fetch_optional!(db, Row, select!("WHERE a.id = $1"), id)?;
    row.map(AppConfiguration::from)
        .ok_or(Error::NotFound("app configuration"))
}

/// Changes name and style. Platform and identifier are what the app is, and stay.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn update(tx: &mut Tx, id: AppId, name: &str, style: PayloadStyle) -> Result<()> {
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE app SET name = $1, style = $2, updated_at = $3 WHERE id = $4",
        name,
        style.as_str(),
        now,
        id
    )?;
    if changed == 0 {
        Err(Error::NotFound("app configuration"))
    } else {
        Ok(())
    }
}

/// Deletes an app configuration with its credential.
///
/// # Errors
/// [`Error::InUse`] where a message goes to it, [`Error::NotFound`].
pub async fn delete(tx: &mut Tx, id: AppId) -> Result<()> {
    let mention = crate::dialect::containing(&id.to_string());
    let user: Option<(String,)> = fetch_optional!(
        tx,
        (String,),
        "SELECT name FROM message WHERE archived_at IS NULL AND CAST(draft AS TEXT) LIKE $1 ORDER BY name LIMIT 1",
        mention
    )?;
    if let Some((name,)) = user {
        return Err(Error::InUse {
            what: "app configuration",
            by: format!("the message “{name}”"),
        });
    }
    let gone = execute!(tx, "DELETE FROM app WHERE id = $1", id)?;
    tx.raise(Topic::Deliveries);
    if gone == 0 {
        Err(Error::NotFound("app configuration"))
    } else {
        Ok(())
    }
}

/// A credential as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SealedCredential {
    /// What may be shown of it.
    pub summary: Json<CredentialSummary>,
    /// The secret, sealed for this app and revision.
    pub sealed: Vec<u8>,
    /// Grows with each replacement.
    pub revision: i64,
}

/// The credential of an app; none where it has none.
///
/// # Errors
/// Where the database fails.
pub async fn credential(db: &mut impl Database, id: AppId) -> Result<Option<SealedCredential>> {
    fetch_optional!(
        db,
        SealedCredential,
        "SELECT summary, sealed, revision FROM credential WHERE app_id = $1",
        id
    )
}

/// Puts a credential in the place of the one before; `seal` is given the revision for which to seal it.
///
/// # Errors
/// Where the database fails.
pub async fn replace_credential(
    tx: &mut Tx,
    id: AppId,
    summary: &CredentialSummary,
    seal: impl FnOnce(i64) -> Vec<u8>,
) -> Result<i64> {
    let now = tx.store().now();
    let before = credential(tx, id).await?;
    let revision = before.map_or(1, |before| before.revision + 1);
    execute!(
        tx,
        "INSERT INTO credential (app_id, summary, sealed, state, revision, updated_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (app_id) DO UPDATE SET summary = excluded.summary, sealed = excluded.sealed, \
         state = excluded.state, revision = excluded.revision, updated_at = excluded.updated_at",
        id,
        Json(summary),
        seal(revision),
        Json(CredentialState::Unchecked),
        revision,
        now,
    )?;
    execute!(tx, "UPDATE app SET updated_at = $1 WHERE id = $2", now, id)?;
    // What was held for the old credential is tried with the new one at once.
    execute!(
        tx,
        "UPDATE delivery SET due_at = $1 WHERE app_id = $2 AND state = 'waiting' AND reason IN \
         ('apple_key_rejected', 'key_of_other_environment', 'app_not_allowed', 'google_sign_in', 'firebase_apple_key', \
          'no_credential')",
        now,
        id,
    )?;
    tx.raise(Topic::Deliveries);
    Ok(revision)
}

/// Keeps what the provider says of the credential of this revision; nothing where it has been replaced meanwhile.
///
/// # Errors
/// Where the database fails.
pub async fn set_state(tx: &mut Tx, id: AppId, revision: i64, state: &CredentialState) -> Result<()> {
    execute!(
        tx,
        "UPDATE credential SET state = $1 WHERE app_id = $2 AND revision = $3",
        Json(state),
        id,
        revision
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use heliograph_model::app_config::ApnsEnvironment;

    use super::*;
    use crate::testing::on_each_engine;

    fn shop(platform: Platform) -> NewApp<'static> {
        NewApp {
            name: "Shop",
            platform,
            app: "com.example.shop",
            style: PayloadStyle::AdobeMessaging,
        }
    }

    #[tokio::test]
    async fn an_app_is_registered_once_for_each_platform() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            create(&mut tx, &shop(Platform::Ios)).await.unwrap();
            create(&mut tx, &shop(Platform::Android)).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = store.begin().await.unwrap();
            let error = create(&mut tx, &shop(Platform::Ios)).await.unwrap_err();
            assert!(error.breaks(APP_ONCE), "{error:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn a_replaced_credential_is_unchecked_and_the_old_ones_verdict_is_not_taken_for_its() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let id = create(&mut tx, &shop(Platform::Ios)).await.unwrap();
            assert_eq!(get(&mut tx, id).await.unwrap().state, CredentialState::Missing);
            let summary = CredentialSummary::Apns {
                key_id: "ABCDE12345".into(),
                team_id: "TEAM123456".into(),
                environment: ApnsEnvironment::Production,
            };
            let first = replace_credential(&mut tx, id, &summary, |_| vec![1])
                .await
                .unwrap();
            let second = replace_credential(&mut tx, id, &summary, |revision| vec![revision as u8])
                .await
                .unwrap();
            assert_eq!((first, second), (1, 2));
            assert_eq!(credential(&mut tx, id).await.unwrap().unwrap().sealed, [2]);
            let good = CredentialState::Good { since: store.now() };
            set_state(&mut tx, id, first, &good).await.unwrap();
            assert_eq!(get(&mut tx, id).await.unwrap().state, CredentialState::Unchecked);
            set_state(&mut tx, id, second, &good).await.unwrap();
            assert_eq!(get(&mut tx, id).await.unwrap().state, good);
        })
        .await;
    }
}
