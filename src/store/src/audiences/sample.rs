//! Some of the people in an audience, as they are shown.

use std::collections::HashMap;

use heliograph_model::{
    app_config::Platform,
    audience::{Rule, SampleProfile},
    ids::ProfileId,
    profile::{Identity, Names},
    time::Timestamp,
};

use super::members;
use crate::{Database, Result, devices, profiles};

/// Some of the profiles that the rule holds for, in the order of their identifiers.
///
/// # Errors
/// As [`super::count`].
pub async fn sample(
    db: &mut impl Database,
    rule: &Rule,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<SampleProfile>> {
    let ids = members(db, rule, now, None, limit).await?;
    present(db, &ids).await
}

/// The profiles as a sample shows them, in this order; those that are gone are left out.
///
/// # Errors
/// Where the database fails.
pub async fn present(db: &mut impl Database, ids: &[ProfileId]) -> Result<Vec<SampleProfile>> {
    let mut names: HashMap<ProfileId, Option<String>> = profiles::load(db, ids)
        .await?
        .into_iter()
        .map(|profile| (profile.id, profile.name()))
        .collect();
    let mut identities: HashMap<ProfileId, Identity> = HashMap::new();
    for owned in profiles::identities(db, ids).await? {
        let best = identities
            .entry(owned.profile)
            .or_insert_with(|| owned.identity.clone());
        if best.names() == Names::Device && owned.identity.names() == Names::Person {
            *best = owned.identity;
        }
    }
    let mut platforms: HashMap<ProfileId, Vec<Platform>> = HashMap::new();
    for device in devices::active_of(db, ids).await? {
        platforms
            .entry(device.profile)
            .or_default()
            .push(device.platform.platform());
    }
    Ok(ids
        .iter()
        .filter_map(|id| {
            let name = names.remove(id)?;
            let active = platforms.remove(id).unwrap_or_default();
            Some(SampleProfile {
                id: *id,
                name,
                identity: identities.remove(id).map(|identity| identity.value),
                platforms: Platform::ALL
                    .into_iter()
                    .filter(|platform| active.contains(platform))
                    .collect(),
            })
        })
        .collect())
}
