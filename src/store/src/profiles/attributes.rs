//! Changing what is known of a person.

use std::collections::HashMap;

use heliograph_model::{
    collection::{AuthenticatedState, EventIdentity},
    ids::ProfileId,
    profile::{Identity, collection_refused, patch},
    time::Timestamp,
};
use serde_json::Value;
use sqlx::types::Json;

use super::{Profile, Sighting, resolve};
use crate::{Result, Tx};

/// A profile to find by its identities, or to make.
#[derive(Debug, Clone)]
pub struct Upsert {
    /// At least one. Where they name several profiles, those become one.
    pub identities: Vec<Identity>,
    /// Laid over the attributes that are there (JSON Merge Patch).
    pub attributes: Value,
}

/// Finds or makes profiles and changes their attributes; their identifiers, in the same order. None for one without an
/// identity.
///
/// # Errors
/// [`crate::Error::Conflict`] where another process made one of the identities at the same moment: try again.
pub async fn upsert(tx: &mut Tx, upserts: &[Upsert]) -> Result<Vec<Option<ProfileId>>> {
    let now = tx.store().now();
    let maps: Vec<Vec<EventIdentity>> = upserts
        .iter()
        .map(|upsert| {
            upsert
                .identities
                .iter()
                .map(|identity| EventIdentity {
                    identity: identity.clone(),
                    state: AuthenticatedState::Ambiguous,
                    primary: false,
                })
                .collect()
        })
        .collect();
    let sightings: Vec<_> = maps
        .iter()
        .map(|map| Sighting {
            at: now,
            device_map: Some(map),
            event_map: &[],
        })
        .collect();
    let found = resolve(tx, &sightings).await?.profiles;
    let changes: Vec<_> = found
        .iter()
        .zip(upserts)
        .filter_map(|(id, upsert)| id.map(|id| (id, &upsert.attributes)))
        .collect();
    change_attributes(tx, &changes).await?;
    Ok(found)
}

/// Lays changes over attributes, in order (JSON Merge Patch); the profiles as they are then.
///
/// # Errors
/// Where the database fails.
pub async fn change_attributes(
    tx: &mut Tx,
    changes: &[(ProfileId, &Value)],
) -> Result<HashMap<ProfileId, Profile>> {
    let now = tx.store().now();
    let mut ids: Vec<_> = changes.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut profiles = load_for_change(tx, &ids).await?;
    for (id, change) in changes {
        if let Some(profile) = profiles.get_mut(id) {
            patch(&mut profile.attributes, change);
            profile.updated_at = now;
        }
    }
    let rows: Vec<_> = profiles.values().collect();
    save(tx, &rows).await?;
    Ok(profiles)
}

/// The profiles, locked until the transaction ends.
pub(super) async fn load_for_change(tx: &mut Tx, ids: &[ProfileId]) -> Result<HashMap<ProfileId, Profile>> {
    let lock = tx.store().engine().lock();
    let rows = fetch_in!(
        tx,
        Profile,
        "SELECT id, attributes, test, created_at, updated_at FROM profile WHERE id IN ",
        ids,
        format_args!(" ORDER BY id{lock}")
    )?;
    Ok(rows.into_iter().map(|profile| (profile.id, profile)).collect())
}

/// Writes profiles as they are given, with what is derived from their attributes; makes those that are not there.
pub(super) async fn save(tx: &mut Tx, profiles: &[&Profile]) -> Result<()> {
    insert_all!(
        tx,
        "INSERT INTO profile (id, attributes, name_key, test, collect_refused, created_at, updated_at) ",
        7,
        profiles,
        |profile| [
            profile.id,
            Json(profile.attributes.clone()),
            profile.name().unwrap_or_default().to_lowercase(),
            profile.test,
            collection_refused(&profile.attributes),
            profile.created_at,
            profile.updated_at,
        ],
        " ON CONFLICT (id) DO UPDATE SET attributes = excluded.attributes, name_key = excluded.name_key, \
         test = excluded.test, collect_refused = excluded.collect_refused, created_at = excluded.created_at, \
         updated_at = excluded.updated_at"
    )?;
    Ok(())
}

/// A profile of which nothing is known yet.
pub(super) fn blank(id: ProfileId, now: Timestamp) -> Profile {
    Profile {
        id,
        attributes: Value::Object(serde_json::Map::new()),
        test: false,
        created_at: now,
        updated_at: now,
    }
}
