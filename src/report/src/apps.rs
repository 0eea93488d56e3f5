//! Counts by app.

use std::collections::{BTreeMap, HashMap};

use heliograph_model::{
    ids::AppId,
    report::{AppFigures, Count},
};
use heliograph_store::{
    Database,
    reports::{self, Slice},
};

use crate::Result;

/// The counts of each app, by name; apps that have been deleted come last.
pub(crate) async fn split(db: &mut impl Database, slices: &[Slice]) -> Result<Vec<AppFigures>> {
    let mut counts: BTreeMap<AppId, Vec<Count>> = BTreeMap::new();
    for slice in slices.iter().filter(|slice| !slice.app_id.0.is_nil()) {
        counts.entry(slice.app_id).or_default().push(slice.count());
    }
    let ids: Vec<AppId> = counts.keys().copied().collect();
    let names: HashMap<AppId, _> = reports::app_names(db, &ids)
        .await?
        .into_iter()
        .map(|app| (app.id, app))
        .collect();
    let mut apps: Vec<AppFigures> = counts
        .into_iter()
        .map(|(app, counts)| AppFigures {
            app,
            name: names.get(&app).map(|app| app.name.clone()),
            platform: names.get(&app).map(|app| app.platform),
            totals: counts.into_iter().collect(),
        })
        .collect();
    apps.sort_by(|a, b| (a.name.is_none(), &a.name).cmp(&(b.name.is_none(), &b.name)));
    Ok(apps)
}
