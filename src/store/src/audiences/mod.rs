//! Audiences, and who is in them.

mod compile;
mod members;
#[cfg(test)]
mod property;
mod usage;

use heliograph_model::{audience::Rule, ids::AudienceId, time::Timestamp};
use sqlx::types::Json;

pub use members::{Tally, audiences_of, contains, count, count_with_sample, facts, members, sample};
pub use usage::{used_by, used_by_each};

use crate::{Database, Error, Result, Tx};

/// An audience.
#[derive(Debug, Clone, PartialEq)]
pub struct Audience {
    /// Its identifier.
    pub id: AudienceId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who is in it.
    pub rule: Rule,
    /// Goes up with each change; a change names the one it was made from.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a person decides about an audience.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who is in it.
    pub rule: Rule,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: AudienceId,
    name: String,
    description: String,
    rule: Json<Rule>,
    revision: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Row> for Audience {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            rule: row.rule.0,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// All audiences, by name.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database) -> Result<Vec<Audience>> {
    let rows = fetch_all!(
        db,
        Row,
        "SELECT id, name, description, rule, revision, created_at, updated_at FROM audience \
         ORDER BY lower(name), id"
    )?;
    Ok(rows.into_iter().map(Audience::from).collect())
}

/// The audience.
///
/// # Errors
/// [`Error::NotFound`] where there is none; where the database fails.
pub async fn load(db: &mut impl Database, id: AudienceId) -> Result<Audience> {
    let row = fetch_optional!(
        db,
        Row,
        "SELECT id, name, description, rule, revision, created_at, updated_at FROM audience WHERE id = $1",
        id
    )?;
    row.map(Audience::from).ok_or(Error::NotFound("audience"))
}

/// Keeps a new audience.
///
/// # Errors
/// Where the database fails.
pub async fn create(tx: &mut Tx, draft: &Draft) -> Result<Audience> {
    let (id, now) = (AudienceId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO audience (id, name, description, rule, revision, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, 1, $5, $5)",
        id,
        draft.name.as_str(),
        draft.description.as_str(),
        Json(&draft.rule),
        now
    )?;
    load(tx, id).await
}

/// Changes an audience, if nobody else has since `revision` was read.
///
/// # Errors
/// [`Error::Conflict`] where someone has; [`Error::NotFound`] where it is gone; where the database fails.
pub async fn update(tx: &mut Tx, id: AudienceId, revision: i64, draft: &Draft) -> Result<Audience> {
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE audience SET name = $1, description = $2, rule = $3, revision = revision + 1, updated_at = $4 \
         WHERE id = $5 AND revision = $6",
        draft.name.as_str(),
        draft.description.as_str(),
        Json(&draft.rule),
        now,
        id,
        revision
    )?;
    let audience = load(tx, id).await?;
    if changed == 0 {
        return Err(Error::Conflict("audience"));
    }
    Ok(audience)
}

/// Removes an audience that nothing uses.
///
/// # Errors
/// [`Error::InUse`] where a journey or another audience uses it; [`Error::NotFound`]; where the database fails.
pub async fn delete(tx: &mut Tx, id: AudienceId) -> Result<()> {
    let users = used_by(tx, id).await?;
    if !users.is_empty() {
        let by: Vec<String> = users.iter().map(ToString::to_string).collect();
        return Err(Error::InUse {
            what: "audience",
            by: by.join(", "),
        });
    }
    match execute!(tx, "DELETE FROM audience WHERE id = $1", id)? {
        0 => Err(Error::NotFound("audience")),
        _ => Ok(()),
    }
}
