//! Whose stays are: profiles are merged and erased while they walk.

use std::collections::{HashMap, HashSet};

use heliograph_model::ids::{InstanceId, JourneyId, ProfileId};

use super::Instance;
use crate::{Result, Tx, dialect::Engine};

/// What has become of a profile that is to be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// It is there, or was merged into this one; until the transaction ends it stays so.
    Is(ProfileId),
    /// Another transaction is merging it or changes what is known of it: its turn comes later.
    Busy,
    /// It has been erased.
    Gone,
}

/// Holds profiles as they are until the transaction ends, without ever waiting for anyone.
///
/// A merge locks the two profiles before anything of theirs. So whoever holds a profile here can write its stays and
/// entries without meeting a merge halfway; a merge comes before or after.
///
/// # Errors
/// Where the database fails.
pub async fn hold(
    tx: &mut Tx,
    profiles: impl IntoIterator<Item = ProfileId>,
) -> Result<HashMap<ProfileId, Holder>> {
    let mut ids: Vec<ProfileId> = profiles.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let merged = lock(tx, &ids).await?;
    let mut survivors: Vec<ProfileId> = merged.values().filter_map(|into| *into).collect();
    survivors.sort_unstable();
    survivors.dedup();
    let survivors = lock(tx, &survivors).await?;
    let missing: Vec<ProfileId> = ids
        .iter()
        .filter(|id| !merged.contains_key(id))
        .copied()
        .collect();
    let there = exist(tx, &missing).await?;
    let whose = |id: &ProfileId| match merged.get(id) {
        Some(None) => Holder::Is(*id),
        Some(Some(into)) if survivors.contains_key(into) => Holder::Is(*into),
        Some(Some(_)) => Holder::Busy,
        None if there.contains(id) => Holder::Busy,
        None => Holder::Gone,
    };
    Ok(ids.iter().map(|id| (*id, whose(id))).collect())
}

/// Locks those of the profiles that nobody else has locked; into which each was merged.
async fn lock(tx: &mut Tx, ids: &[ProfileId]) -> Result<HashMap<ProfileId, Option<ProfileId>>> {
    let lock = match tx.store().engine() {
        Engine::Sqlite => "",
        Engine::Postgres => " FOR KEY SHARE SKIP LOCKED",
    };
    let rows: Vec<(ProfileId, Option<ProfileId>)> = fetch_in!(
        tx,
        (ProfileId, Option<ProfileId>),
        "SELECT id, merged_into FROM profile WHERE id IN ",
        ids,
        format_args!(" ORDER BY id{lock}")
    )?;
    Ok(rows.into_iter().collect())
}

async fn exist(tx: &mut Tx, ids: &[ProfileId]) -> Result<HashSet<ProfileId>> {
    let rows: Vec<(ProfileId,)> =
        fetch_in!(tx, (ProfileId,), "SELECT id FROM profile WHERE id IN ", ids, "")?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Gives a stay that was begun while its profile was being merged to the survivor.
///
/// # Errors
/// Where the database fails.
pub async fn follow(tx: &mut Tx, stay: &mut Instance, survivor: ProfileId) -> Result<()> {
    let loser = stay.profile_id;
    let journey: JourneyId = stay.journey_id;
    let id: InstanceId = stay.id;
    for sql in [
        "UPDATE instance SET profile_id = $1 WHERE profile_id = $2 AND id = $3",
        "UPDATE step SET profile_id = $1 WHERE profile_id = $2 AND instance_id = $3",
    ] {
        execute!(tx, sql, survivor, loser, id)?;
    }
    execute!(
        tx,
        "INSERT INTO journey_entry (profile_id, journey_id, key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        survivor,
        journey,
        stay.entry_key.as_str()
    )?;
    execute!(
        tx,
        "DELETE FROM journey_entry WHERE profile_id = $1 AND journey_id = $2 AND key = $3",
        loser,
        journey,
        stay.entry_key.as_str()
    )?;
    stay.profile_id = survivor;
    Ok(())
}

/// Removes what was begun for a profile while it was being erased.
///
/// # Errors
/// Where the database fails.
pub async fn forget(tx: &mut Tx, profile: ProfileId) -> Result<()> {
    for sql in [
        "DELETE FROM instance WHERE profile_id = $1",
        "DELETE FROM step WHERE profile_id = $1",
        "DELETE FROM journey_entry WHERE profile_id = $1",
    ] {
        execute!(tx, sql, profile)?;
    }
    Ok(())
}
