//! Profiles and their identities.
//!
//! An identity belongs to one profile. [`resolve`] finds or makes the profiles of events, and merges two profiles that
//! turn out to be one person; [`attributes`] changes what is known of a person; [`answer`] reads what texts ask beyond that;
//! [`erase`] removes all of it.

mod asked;
pub mod attributes;
pub mod erase;
mod merge;
pub mod resolve;
#[cfg(test)]
mod tests;

use heliograph_model::{
    ids::ProfileId,
    profile::{Identity, display_name},
    time::Timestamp,
};
use serde_json::Value;

use crate::{Database, Error, Result, Tx};

pub use asked::answer;
pub use attributes::{Upsert, change_attributes, upsert};
pub use erase::{Erased, erase};
pub use resolve::{Resolution, Sighting, resolve};

/// One person whom we can reach, or an install whose person we do not know.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Profile {
    /// Its identifier.
    pub id: ProfileId,
    /// What is known of the person, shaped like XDM's `Profile`.
    #[sqlx(json)]
    pub attributes: Value,
    /// Is it offered for previews and proofs?
    pub test: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its attributes last changed.
    pub updated_at: Timestamp,
}

impl Profile {
    /// The person's name, where it is known.
    pub fn name(&self) -> Option<String> {
        display_name(&self.attributes)
    }
}

/// Selects profiles: `select!("WHERE …")`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, attributes, test, created_at, updated_at FROM profile ",
            $rest
        )
    };
}

/// The profiles with these identifiers, in no order; those that were merged into another or erased are left out.
///
/// # Errors
/// Where the database fails.
pub async fn load(db: &mut impl Database, ids: &[ProfileId]) -> Result<Vec<Profile>> {
    fetch_in!(
        db,
        Profile,
        select!("WHERE merged_into IS NULL AND id IN "),
        ids,
        ""
    )
}

/// The profile with this identifier, or the one that it was merged into.
///
/// # Errors
/// Where the database fails.
pub async fn find(db: &mut impl Database, id: ProfileId) -> Result<Option<Profile>> {
    fetch_optional!(
        db,
        Profile,
        select!("WHERE id = (SELECT COALESCE(merged_into, id) FROM profile WHERE id = $1)"),
        id
    )
}

/// The profile that has this identity.
///
/// # Errors
/// Where the database fails.
pub async fn by_identity(db: &mut impl Database, identity: &Identity) -> Result<Option<ProfileId>> {
    let found: Option<(ProfileId,)> = fetch_optional!(
        db,
        (ProfileId,),
        "SELECT profile_id FROM identity WHERE value_key = $1 AND namespace_key = $2",
        identity.value_key(),
        identity.namespace_key(),
    )?;
    Ok(found.map(|(id,)| id))
}

/// Which profiles to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The beginning of an identity's value or of a word of the person's name; empty for all.
    pub text: String,
    /// Only those that are offered for previews.
    pub test_only: bool,
}

/// A page of profiles, newest first: those made before `before`.
///
/// # Errors
/// Where the database fails.
pub async fn list(
    db: &mut impl Database,
    search: &Search,
    before: Option<ProfileId>,
    limit: u32,
) -> Result<Vec<Profile>> {
    let before = before.unwrap_or(ProfileId(uuid::Uuid::max()));
    let text = search.text.trim().to_lowercase();
    if text.is_empty() {
        return fetch_all!(
            db,
            Profile,
            select!("WHERE merged_into IS NULL AND id < $1 AND (test OR NOT $2) ORDER BY id DESC LIMIT $3"),
            before,
            search.test_only,
            i64::from(limit),
        );
    }
    // No text sorts after this character, so the range holds all that begins with the text.
    let end = format!("{text}\u{10FFFF}");
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    fetch_all!(
        db,
        Profile,
        select!(
            "WHERE merged_into IS NULL AND id < $1 AND (test OR NOT $2) AND ( \
               id IN (SELECT profile_id FROM identity WHERE value_key >= $4 AND value_key < $5) \
               OR name_key LIKE $6 ESCAPE '\\' OR name_key LIKE $7 ESCAPE '\\') \
             ORDER BY id DESC LIMIT $3"
        ),
        before,
        search.test_only,
        i64::from(limit),
        text.as_str(),
        end,
        format!("{escaped}%"),
        format!("% {escaped}%"),
    )
}

/// How many profiles there are.
///
/// # Errors
/// Where the database fails.
pub async fn count(db: &mut impl Database) -> Result<u64> {
    let (n,): (i64,) = fetch_one!(
        db,
        (i64,),
        "SELECT COUNT(*) FROM profile WHERE merged_into IS NULL"
    )?;
    Ok(u64::try_from(n).unwrap_or(0))
}

/// An identity of a profile, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedIdentity {
    /// Whose.
    pub profile: ProfileId,
    /// Which.
    pub identity: Identity,
    /// When it was first seen.
    pub created_at: Timestamp,
}

/// The identities of these profiles, oldest first.
///
/// # Errors
/// Where the database fails.
pub async fn identities(db: &mut impl Database, profiles: &[ProfileId]) -> Result<Vec<OwnedIdentity>> {
    type Row = (ProfileId, String, String, Timestamp);
    let rows: Vec<Row> = fetch_in!(
        db,
        Row,
        "SELECT profile_id, namespace, value, created_at FROM identity WHERE profile_id IN ",
        profiles,
        " ORDER BY created_at, namespace_key, value_key"
    )?;
    Ok(rows
        .into_iter()
        .map(|(profile, namespace, value, created_at)| OwnedIdentity {
            profile,
            identity: Identity { namespace, value },
            created_at,
        })
        .collect())
}

/// Offers a profile for previews and proofs, or no longer does.
///
/// # Errors
/// [`Error::NotFound`] where it has been erased or merged.
pub async fn set_test(tx: &mut Tx, id: ProfileId, test: bool) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE profile SET test = $2 WHERE id = $1 AND merged_into IS NULL",
        id,
        test
    )?;
    if changed == 0 {
        return Err(Error::NotFound("profile"));
    }
    Ok(())
}

/// Those of the profiles whose person refused all collection.
///
/// # Errors
/// Where the database fails.
pub async fn refusing_collection(db: &mut impl Database, ids: &[ProfileId]) -> Result<Vec<ProfileId>> {
    let rows: Vec<(ProfileId,)> = fetch_in!(
        db,
        (ProfileId,),
        "SELECT id FROM profile WHERE collect_refused AND id IN ",
        ids,
        ""
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
