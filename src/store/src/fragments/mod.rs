//! Fragments: texts that messages share. A draft that is edited, and immutable published versions.
//!
//! A message's published version carries the texts that it was published with (see [`crate::messages::publish`]), so that
//! nothing here changes what is sent.

mod usage;

use heliograph_model::{
    fragment::{FragmentDraft, UsedBy},
    ids::FragmentId,
    personalize::Fragments,
    time::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

pub use crate::messages::State;
use crate::{Database, Error, Result, Tx};
pub use usage::{used_by, used_by_each};

/// The unique index of names, by which [`Error::breaks`] tells a name that is taken; letter case aside.
pub const NAME_INDEX: &str = "fragment_name";

/// A fragment.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Fragment {
    /// Its identifier.
    pub id: FragmentId,
    /// The name by which templates call it.
    pub name: String,
    /// What is being written.
    pub draft: Json<FragmentDraft>,
    /// Grows with each change of the draft.
    pub revision: i64,
    /// The newest published version.
    pub version: Option<i64>,
    /// When it was put away.
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, draft, revision, version, archived_at, created_at, updated_at, updated_by FROM fragment ",
            $rest
        )
    };
}

/// A published version.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Version {
    /// Its number, from 1.
    pub version: i64,
    /// What it says.
    pub content: Json<FragmentDraft>,
    /// When it was published.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: String,
}

/// The newest published version of a fragment.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Published {
    /// The name by which templates call it.
    pub name: String,
    /// What it says.
    pub content: Json<FragmentDraft>,
    /// When it was put away: it is not offered any more, and goes on working where it is called.
    pub archived_at: Option<Timestamp>,
}

/// Makes a fragment.
///
/// # Errors
/// [`Error::Constraint`] of [`NAME_INDEX`] where the name is taken.
pub async fn create(tx: &mut Tx, name: &str, draft: &FragmentDraft, by: &str) -> Result<FragmentId> {
    let (id, now) = (FragmentId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO fragment (id, name, draft, revision, created_at, updated_at, updated_by) \
         VALUES ($1, $2, $3, 1, $4, $4, $5)",
        id,
        name,
        Json(draft),
        now,
        by,
    )?;
    Ok(id)
}

/// A fragment.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(db: &mut impl Database, id: FragmentId) -> Result<Fragment> {
    fetch_optional!(db, Fragment, select!("WHERE id = $1"), id)?.ok_or(Error::NotFound("fragment"))
}

/// Which fragments to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of the name, the description or the text, without case.
    pub search: String,
    /// Where they are in their life.
    pub state: State,
    /// Those changed before this one, for the next page.
    pub before: Option<(Timestamp, FragmentId)>,
    /// At most so many.
    pub limit: u32,
}

/// Fragments, the one that changed last first.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database, filter: &Filter) -> Result<Vec<Fragment>> {
    let (at, id) = filter
        .before
        .unwrap_or((Timestamp::from_millis(i64::MAX), FragmentId(Uuid::max())));
    fetch_all!(
        db,
        Fragment,
        select!(
            "WHERE (LOWER(name) LIKE $1 ESCAPE '!' OR LOWER(draft ->> 'description') LIKE $1 ESCAPE '!' \
             OR LOWER(draft ->> 'text') LIKE $1 ESCAPE '!') \
             AND CASE $2 WHEN 'archived' THEN archived_at IS NOT NULL \
             WHEN 'draft' THEN archived_at IS NULL AND version IS NULL \
             WHEN 'published' THEN archived_at IS NULL AND version IS NOT NULL ELSE archived_at IS NULL END \
             AND (updated_at < $3 OR (updated_at = $3 AND id < $4)) ORDER BY updated_at DESC, id DESC LIMIT $5"
        ),
        crate::dialect::containing(&filter.search),
        filter.state.as_str(),
        at,
        id,
        i64::from(filter.limit),
    )
}

/// The newest published version of each fragment, by name.
///
/// # Errors
/// Where the database fails.
pub async fn published(db: &mut impl Database) -> Result<Vec<Published>> {
    fetch_all!(
        db,
        Published,
        "SELECT f.name, v.content, f.archived_at FROM fragment f \
         JOIN fragment_version v ON v.fragment_id = f.id AND v.version = f.version ORDER BY LOWER(f.name)"
    )
}

/// The names of the fragments that were never published.
///
/// # Errors
/// Where the database fails.
pub async fn unpublished(db: &mut impl Database) -> Result<Vec<String>> {
    let rows = fetch_all!(
        db,
        (String,),
        "SELECT name FROM fragment WHERE version IS NULL ORDER BY LOWER(name)"
    )?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// The newest published text of each fragment, archived ones among them.
///
/// # Errors
/// Where the database fails.
pub async fn published_texts(db: &mut impl Database) -> Result<Fragments> {
    let mut texts = Fragments::default();
    for one in published(db).await? {
        texts.insert(one.name, one.content.0.text);
    }
    Ok(texts)
}

/// Keeps the draft; the new revision.
///
/// # Errors
/// [`Error::Conflict`] where the fragment is at another revision, [`Error::NotFound`].
pub async fn save(
    tx: &mut Tx,
    id: FragmentId,
    revision: i64,
    draft: &FragmentDraft,
    by: &str,
) -> Result<i64> {
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE fragment SET draft = $1, revision = revision + 1, updated_at = $2, updated_by = $3 \
         WHERE id = $4 AND revision = $5",
        Json(draft),
        now,
        by,
        id,
        revision,
    )?;
    expect_changed(tx, id, changed).await?;
    Ok(revision + 1)
}

async fn expect_changed(tx: &mut Tx, id: FragmentId, changed: u64) -> Result<()> {
    if changed == 0 {
        get(tx, id).await?;
        return Err(Error::Conflict("fragment"));
    }
    Ok(())
}

/// Gives a fragment that nothing but archived messages calls another name.
///
/// # Errors
/// [`Error::InUse`] where something else calls it by its name, [`Error::Constraint`] of [`NAME_INDEX`] where the new one is
/// taken, [`Error::NotFound`].
pub async fn rename(tx: &mut Tx, id: FragmentId, name: &str, by: &str) -> Result<()> {
    refuse_used(tx, id).await?;
    let now = tx.store().now();
    execute!(
        tx,
        "UPDATE fragment SET name = $1, updated_at = $2, updated_by = $3 WHERE id = $4",
        name,
        now,
        by,
        id,
    )?;
    Ok(())
}

async fn refuse_used(tx: &mut Tx, id: FragmentId) -> Result<()> {
    let name = get(tx, id).await?.name;
    let uses = used_by(tx, &name).await?;
    match uses.iter().find(|user| user.holds()).map(UsedBy::in_words) {
        Some(by) => Err(Error::InUse { what: "fragment", by }),
        None => Ok(()),
    }
}

/// Freezes the draft of this revision as the next version; its number. Messages take it up when they are published.
///
/// # Errors
/// As [`save`].
pub async fn publish(tx: &mut Tx, id: FragmentId, revision: i64, by: &str) -> Result<i64> {
    let now = tx.store().now();
    let published: Option<(i64, Json<FragmentDraft>)> = fetch_optional!(
        tx,
        (i64, Json<FragmentDraft>),
        "UPDATE fragment SET version = COALESCE(version, 0) + 1, updated_at = $1, updated_by = $2 \
         WHERE id = $3 AND revision = $4 RETURNING version, draft",
        now,
        by,
        id,
        revision,
    )?;
    expect_changed(tx, id, u64::from(published.is_some())).await?;
    let (version, content) = published.ok_or(Error::Conflict("fragment"))?;
    execute!(
        tx,
        "INSERT INTO fragment_version (fragment_id, version, content, published_at, published_by) \
         VALUES ($1, $2, $3, $4, $5)",
        id,
        version,
        content,
        now,
        by,
    )?;
    Ok(version)
}

/// The published versions, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn versions(db: &mut impl Database, id: FragmentId) -> Result<Vec<Version>> {
    fetch_all!(
        db,
        Version,
        "SELECT version, content, published_at, published_by FROM fragment_version WHERE fragment_id = $1 \
         ORDER BY version DESC",
        id
    )
}

/// Puts a fragment away: it is not offered any more, and goes on working where it is called.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn archive(tx: &mut Tx, id: FragmentId) -> Result<()> {
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE fragment SET archived_at = $1 WHERE id = $2 AND archived_at IS NULL",
        now,
        id
    )?;
    if changed == 0 {
        get(tx, id).await?;
    }
    Ok(())
}

/// Brings an archived fragment back.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn restore(tx: &mut Tx, id: FragmentId) -> Result<()> {
    let changed = execute!(tx, "UPDATE fragment SET archived_at = NULL WHERE id = $1", id)?;
    if changed == 0 {
        Err(Error::NotFound("fragment"))
    } else {
        Ok(())
    }
}

/// Deletes a fragment that nothing but archived messages calls, with its versions.
///
/// # Errors
/// [`Error::InUse`] where something else calls it, [`Error::NotFound`].
pub async fn delete(tx: &mut Tx, id: FragmentId) -> Result<()> {
    refuse_used(tx, id).await?;
    execute!(tx, "DELETE FROM fragment WHERE id = $1", id)?;
    Ok(())
}

#[cfg(test)]
mod tests;
