//! The audit log: every change of configuration, who made it and to what.

use heliograph_model::{
    ids::{AuditId, UserId},
    time::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Database, Result, Tx};

/// Who changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person; none for the command line and the system itself.
    pub id: Option<UserId>,
    /// As shown in the log: a name, `command line`, or `system`.
    pub name: String,
}

impl Actor {
    /// A change that nobody asked for, such as the sample data's.
    pub fn system() -> Self {
        Self {
            id: None,
            name: "system".to_owned(),
        }
    }

    /// A change from the command line.
    pub fn command_line() -> Self {
        Self {
            id: None,
            name: "command line".to_owned(),
        }
    }
}

/// One change, as it is written.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    /// What was done, in the past tense: `published`, `replaced credential`.
    pub action: &'a str,
    /// To what kind of object: `journey`, `app configuration`.
    pub object_kind: &'a str,
    /// Which.
    pub object: Option<Uuid>,
    /// Its name at the time.
    pub name: &'a str,
    /// Anything else worth knowing. Never a secret.
    pub detail: serde_json::Value,
}

/// One change, as it is read.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    /// Its identifier, greater than those before.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what kind of object.
    pub object_kind: String,
    /// Which.
    pub object_id: Option<Uuid>,
    /// Its name at the time.
    pub object_name: String,
    /// Anything else.
    pub detail: Json<serde_json::Value>,
}

/// Writes a change to the log, in the transaction of the change.
///
/// # Errors
/// Where the database fails.
pub async fn record(tx: &mut Tx, actor: &Actor, change: Change<'_>) -> Result<()> {
    let (id, at) = (AuditId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO audit (id, at, person_id, actor, action, object_kind, object_id, object_name, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        at,
        actor.id,
        actor.name.as_str(),
        change.action,
        change.object_kind,
        change.object,
        change.name,
        Json(&change.detail),
    )?;
    Ok(())
}

/// The newest entries before one, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database, before: Option<AuditId>, limit: u32) -> Result<Vec<Entry>> {
    let before = before.unwrap_or(AuditId(Uuid::max()));
    fetch_all!(
        db,
        Entry,
        "SELECT id, at, actor, action, object_kind, object_id, object_name, detail FROM audit \
         WHERE id < $1 ORDER BY id DESC LIMIT $2",
        before,
        i64::from(limit),
    )
}
