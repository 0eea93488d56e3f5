//! Writing a run of consents.

use heliograph_model::ids::ProfileId;
use heliograph_store::{
    Tx,
    profiles::{self, Sighting},
};
use serde_json::Value;

use super::{Done, Unit};
use crate::submission::Item;

/// Lays consents over those of the persons who gave them.
pub(super) async fn write(tx: &mut Tx, run: &[Unit<'_>]) -> heliograph_store::Result<Vec<Done>> {
    let sightings: Vec<_> = run
        .iter()
        .map(|unit| Sighting {
            at: unit.submission.received_at,
            device_map: unit.submission.device_map.as_deref(),
            event_map: &[],
        })
        .collect();
    let resolution = profiles::resolve(tx, &sightings).await?;
    let changes: Vec<(ProfileId, Value)> = run
        .iter()
        .zip(&resolution.profiles)
        .filter_map(|(unit, profile)| match unit.item {
            Item::Consents(consents) => Some(((*profile)?, serde_json::json!({ "consents": consents }))),
            _ => None,
        })
        .collect();
    let changes: Vec<(ProfileId, &Value)> = changes.iter().map(|(id, change)| (*id, change)).collect();
    let changed = profiles::change_attributes(tx, &changes).await?;
    Ok(resolution
        .profiles
        .iter()
        .map(|profile| {
            profile
                .and_then(|profile| changed.get(&profile)?.attributes.get("consents").cloned())
                .map_or(Done::NoIdentity, Done::Consents)
        })
        .collect())
}
