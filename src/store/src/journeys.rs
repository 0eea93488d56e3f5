//! Journeys: a draft that is edited, and immutable published versions.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use heliograph_model::{
    ids::{AuditId, JourneyId, JourneyVersionId, MessageId},
    journey::{Activity, Document, Schedule, Status},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Database, Error, Result, Topic, Tx, dialect::Engine};

/// A journey.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Journey {
    /// Its identifier.
    pub id: JourneyId,
    /// What people call it.
    pub name: String,
    /// What is being drawn.
    pub draft: Json<Document>,
    /// Grows with each change of name or draft.
    pub revision: i64,
    /// Where it is in its life.
    #[sqlx(try_from = "String")]
    pub status: Status,
    /// The newest published version.
    pub version: Option<i64>,
    /// When it was put away.
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, draft, revision, status, version, archived_at, created_at, updated_at FROM journey ",
            $rest
        )
    };
}

/// A document with the versions of the messages that it sends: what is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pinned {
    /// The graph and the settings.
    #[serde(flatten)]
    pub document: Document,
    /// For each message, the version that was the newest when the journey was published.
    pub messages: BTreeMap<MessageId, i64>,
}

/// A published version.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Version {
    /// Its identifier.
    pub id: JourneyVersionId,
    /// The journey.
    pub journey_id: JourneyId,
    /// Its number, from 1.
    pub version: i64,
    /// What was published.
    pub document: Json<Pinned>,
    /// Where it is in its life.
    #[sqlx(try_from = "String")]
    pub status: Status,
    /// When it was published.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: String,
}

/// Makes a journey.
///
/// # Errors
/// Where the database fails.
pub async fn create(tx: &mut Tx, name: &str, draft: &Document) -> Result<JourneyId> {
    let (id, now) = (JourneyId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO journey (id, name, draft, revision, status, created_at, updated_at) \
         VALUES ($1, $2, $3, 1, $4, $5, $5)",
        id,
        name,
        Json(draft),
        Status::Draft.as_str(),
        now,
    )?;
    Ok(id)
}

/// A journey.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(db: &mut impl Database, id: JourneyId) -> Result<Journey> {
    fetch_optional!(db, Journey, select!("WHERE id = $1"), id)?.ok_or(Error::NotFound("journey"))
}

/// Which journeys to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of the name, without case.
    pub search: String,
    /// Only those with this status.
    pub status: Option<Status>,
    /// Those changed before this one, for the next page.
    pub before: Option<(Timestamp, JourneyId)>,
    /// At most so many.
    pub limit: u32,
}

/// Journeys, the one that changed last first.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database, filter: &Filter) -> Result<Vec<Journey>> {
    let (at, id) = filter
        .before
        .unwrap_or((Timestamp::from_millis(i64::MAX), JourneyId(Uuid::max())));
    fetch_all!(
        db,
        Journey,
        select!(
            "WHERE LOWER(name) LIKE $1 ESCAPE '!' AND archived_at IS NULL AND (status = $2 OR $2 = '') \
             AND (updated_at < $3 OR (updated_at = $3 AND id < $4)) ORDER BY updated_at DESC, id DESC LIMIT $5"
        ),
        crate::dialect::containing(&filter.search),
        filter.status.map_or("", Status::as_str),
        at,
        id,
        i64::from(filter.limit),
    )
}

/// Keeps name and draft; the new revision.
///
/// # Errors
/// [`Error::Conflict`] where the journey is at another revision, [`Error::NotFound`].
pub async fn save(tx: &mut Tx, id: JourneyId, revision: i64, name: &str, draft: &Document) -> Result<i64> {
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE journey SET name = $1, draft = $2, revision = revision + 1, updated_at = $3 \
         WHERE id = $4 AND revision = $5",
        name,
        Json(draft),
        now,
        id,
        revision,
    )?;
    if changed == 0 {
        get(tx, id).await?;
        return Err(Error::Conflict("journey"));
    }
    Ok(revision + 1)
}

/// Freezes the draft of this revision as the next version, lets profiles enter it, and closes the version before it.
/// That the draft is in order is for the caller to have checked.
///
/// # Errors
/// As [`save`]; [`Error::Conflict`] too where someone has put the journey away.
pub async fn publish(tx: &mut Tx, id: JourneyId, revision: i64, by: &str) -> Result<i64> {
    let now = tx.store().now();
    let updated: Option<(i64, Json<Document>)> = fetch_optional!(
        tx,
        (i64, Json<Document>),
        "UPDATE journey SET version = COALESCE(version, 0) + 1, status = $1, updated_at = $2 \
         WHERE id = $3 AND revision = $4 AND archived_at IS NULL RETURNING version, draft",
        Status::Live.as_str(),
        now,
        id,
        revision,
    )?;
    let Some((version, Json(document))) = updated else {
        get(tx, id).await?;
        return Err(Error::Conflict("journey"));
    };
    close_entries(tx, id).await?;
    execute!(
        tx,
        "UPDATE journey_version SET status = $1 WHERE journey_id = $2 AND status = $3",
        Status::Closed.as_str(),
        id,
        Status::Live.as_str(),
    )?;
    let messages = pins(tx, &document).await?;
    let version_id = JourneyVersionId::new(tx.store().ids());
    let pinned = Pinned { document, messages };
    execute!(
        tx,
        "INSERT INTO journey_version (id, journey_id, version, document, status, published_at, published_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        version_id,
        id,
        version,
        Json(&pinned),
        Status::Live.as_str(),
        now,
        by,
    )?;
    open_entries(tx, version_id, &pinned.document).await?;
    tx.raise(Topic::Journeys);
    Ok(version)
}

/// The newest published version of each message that the document sends.
async fn pins(tx: &mut Tx, document: &Document) -> Result<BTreeMap<MessageId, i64>> {
    let named: Vec<MessageId> = document
        .graph
        .nodes
        .iter()
        .filter_map(|node| match node.activity {
            Activity::Message { message } => message,
            _ => None,
        })
        .collect();
    let rows: Vec<(MessageId, Option<i64>)> = fetch_in!(
        tx,
        (MessageId, Option<i64>),
        "SELECT id, version FROM message WHERE id IN ",
        named,
        ""
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, version)| Some((id, version?)))
        .collect())
}

async fn open_entries(tx: &mut Tx, version: JourneyVersionId, document: &Document) -> Result<()> {
    let now = tx.store().now();
    for node in &document.graph.nodes {
        match &node.activity {
            Activity::Event { event_type, .. } => {
                execute!(
                    tx,
                    "INSERT INTO journey_start (event_type, journey_version_id, node) VALUES ($1, $2, $3)",
                    event_type.as_str(),
                    version,
                    node.id.0.as_str(),
                )?;
            }
            Activity::ReadAudience {
                audience: Some(audience),
                schedule,
            } => {
                let due = match schedule {
                    Schedule::Now => now,
                    Schedule::At { at } => (*at).max(now),
                };
                execute!(
                    tx,
                    "INSERT INTO audience_read (journey_version_id, node, audience_id, due_at) VALUES ($1, $2, $3, $4)",
                    version,
                    node.id.0.as_str(),
                    *audience,
                    due,
                )?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// From now on nobody enters any version of the journey.
async fn close_entries(tx: &mut Tx, id: JourneyId) -> Result<()> {
    let now = tx.store().now();
    execute!(
        tx,
        "DELETE FROM journey_start WHERE journey_version_id IN (SELECT id FROM journey_version WHERE journey_id = $1)",
        id
    )?;
    execute!(
        tx,
        "UPDATE audience_read SET finished_at = $1 WHERE finished_at IS NULL \
         AND journey_version_id IN (SELECT id FROM journey_version WHERE journey_id = $2)",
        now,
        id,
    )?;
    Ok(())
}

/// Closes a live journey: nobody new enters, those inside walk on.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Conflict`] where it is not live.
pub async fn close(tx: &mut Tx, id: JourneyId) -> Result<()> {
    change_status(tx, id, &[Status::Live], Status::Closed).await?;
    close_entries(tx, id).await
}

/// Marks a running journey as stopped: nobody new enters, and nobody inside walks on. The versions from which
/// [`crate::instances::take_out`] takes those inside, after the commit; `entry` is the one in the audit log.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Conflict`] where it is not running.
pub async fn stop(tx: &mut Tx, id: JourneyId, entry: AuditId) -> Result<Vec<JourneyVersionId>> {
    let stopped = change_status(tx, id, &[Status::Live, Status::Closed], Status::Stopped).await?;
    insert_all!(
        tx,
        "INSERT INTO journey_stop (journey_version_id, audit_id) ",
        2,
        stopped,
        |version| [*version, entry],
        ""
    )?;
    tx.raise(Topic::Deliveries);
    close_entries(tx, id).await?;
    Ok(stopped)
}

/// Those of the versions that are stopped: nobody walks on in them.
///
/// # Errors
/// Where the database fails.
pub async fn stopped(db: &mut impl Database, ids: &[JourneyVersionId]) -> Result<HashSet<JourneyVersionId>> {
    let rows: Vec<(JourneyVersionId,)> = fetch_in!(
        db,
        (JourneyVersionId,),
        "SELECT id FROM journey_version WHERE status = 'stopped' AND id IN ",
        ids,
        ""
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The journeys that were stopped since a time, and still are.
///
/// # Errors
/// Where the database fails.
pub async fn stopped_since(db: &mut impl Database, since: Timestamp) -> Result<HashSet<JourneyId>> {
    let rows: Vec<(JourneyId,)> = fetch_all!(
        db,
        (JourneyId,),
        "SELECT id FROM journey WHERE status = 'stopped' AND updated_at >= $1",
        since
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Changes the status of a journey that has one of these; of which versions with it.
async fn change_status(
    tx: &mut Tx,
    id: JourneyId,
    from: &[Status],
    to: Status,
) -> Result<Vec<JourneyVersionId>> {
    let now = tx.store().now();
    let journey = get(tx, id).await?;
    if !from.contains(&journey.status) {
        return Err(Error::Conflict("journey"));
    }
    execute!(
        tx,
        "UPDATE journey SET status = $1, updated_at = $2 WHERE id = $3",
        to.as_str(),
        now,
        id
    )?;
    let mut changed = Vec::new();
    for status in from {
        let versions: Vec<(JourneyVersionId,)> = fetch_all!(
            tx,
            (JourneyVersionId,),
            "UPDATE journey_version SET status = $1 WHERE journey_id = $2 AND status = $3 RETURNING id",
            to.as_str(),
            id,
            status.as_str(),
        )?;
        changed.extend(versions.into_iter().map(|(id,)| id));
    }
    tx.raise(Topic::Journeys);
    Ok(changed)
}

/// The published versions, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn versions(db: &mut impl Database, id: JourneyId) -> Result<Vec<Version>> {
    fetch_all!(
        db,
        Version,
        "SELECT id, journey_id, version, document, status, published_at, published_by FROM journey_version \
         WHERE journey_id = $1 ORDER BY version DESC",
        id
    )
}

/// What a published version says, to be walked.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its identifier.
    pub id: JourneyVersionId,
    /// The journey.
    pub journey_id: JourneyId,
    /// Its number.
    pub version: i64,
    /// What was published; or why this program can't read it, as where a newer one wrote it.
    pub document: std::result::Result<Pinned, String>,
}

/// Some published versions, by their identifiers. One that can't be read does not keep the others back.
///
/// # Errors
/// Where the database fails.
pub async fn published(db: &mut impl Database, ids: &[JourneyVersionId]) -> Result<Vec<Published>> {
    type Row = (JourneyVersionId, JourneyId, i64, Json<serde_json::Value>);
    let rows: Vec<Row> = fetch_in!(
        db,
        Row,
        "SELECT id, journey_id, version, document FROM journey_version WHERE id IN ",
        ids,
        ""
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, journey_id, version, Json(document))| Published {
            id,
            journey_id,
            version,
            document: serde_json::from_value(document).map_err(|why| why.to_string()),
        })
        .collect())
}

/// Those of the versions that profiles may enter, with the names of their journeys. They stay live until the transaction ends: whoever closes, stops or
/// publishes the journey waits, and then finds those who have entered.
///
/// # Errors
/// Where the database fails.
pub async fn hold_live(tx: &mut Tx, ids: &[JourneyVersionId]) -> Result<HashMap<JourneyVersionId, String>> {
    let lock = match tx.store().engine() {
        Engine::Sqlite => "",
        Engine::Postgres => " FOR SHARE OF v",
    };
    let rows: Vec<(JourneyVersionId, String)> = fetch_in!(
        tx,
        (JourneyVersionId, String),
        "SELECT v.id, j.name FROM journey_version AS v JOIN journey AS j ON j.id = v.journey_id \
         WHERE v.status = 'live' AND v.id IN ",
        ids,
        format_args!(" ORDER BY v.id{lock}")
    )?;
    Ok(rows.into_iter().collect())
}

/// Where live journeys start with events of these types: type, version, node.
///
/// # Errors
/// Where the database fails.
pub async fn starts(
    db: &mut impl Database,
    event_types: &[String],
) -> Result<Vec<(String, JourneyVersionId, String)>> {
    fetch_in!(
        db,
        (String, JourneyVersionId, String),
        "SELECT event_type, journey_version_id, node FROM journey_start WHERE event_type IN ",
        event_types,
        " ORDER BY journey_version_id, node"
    )
}

/// Puts a journey away that was never published, or in which nobody is any more.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::InUse`] while it runs.
pub async fn archive(tx: &mut Tx, id: JourneyId) -> Result<()> {
    let now = tx.store().now();
    let archived = execute!(
        tx,
        "UPDATE journey SET archived_at = $1 WHERE id = $2 AND status <> $3 AND NOT EXISTS \
         (SELECT 1 FROM instance WHERE active AND journey_version_id IN \
         (SELECT id FROM journey_version WHERE journey_id = $2))",
        now,
        id,
        Status::Live.as_str(),
    )?;
    if archived == 0 {
        get(tx, id).await?;
        return Err(Error::InUse {
            what: "journey",
            by: "people who walk it; close or stop it first".to_owned(),
        });
    }
    Ok(())
}

/// Makes a journey with the same draft.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn duplicate(tx: &mut Tx, id: JourneyId) -> Result<JourneyId> {
    let original = get(tx, id).await?;
    create(tx, &format!("{} (copy)", original.name), &original.draft.0).await
}
