//! Who enters: by an event, or with an audience.

use std::sync::Arc;

use heliograph_model::{
    audience::FieldTest,
    ids::{EventId, IdGenerator, InstanceId, ProfileId},
    journey::{
        Activity, Node, Reentry,
        context::{self, EnteredWith},
    },
    time::Timestamp,
};
use heliograph_store::{
    Json, Tx,
    instances::{self, Entry, Instance},
    journeys,
};
use serde_json::Value;

use crate::{Result, versions::Route};

/// Someone who would enter.
pub(crate) struct Candidate {
    pub(crate) profile: ProfileId,
    pub(crate) route: Arc<Route>,
    pub(crate) node: String,
    /// The event with which they would; none where they would with an audience.
    pub(crate) event: Option<EventId>,
    /// What messages are told of the event, or of the audience.
    pub(crate) with: EnteredWith,
}

/// Does an event with this `xdm` let its profile in at this node? The name under which messages find it.
pub(crate) fn lets_in<'a>(node: &'a Node, xdm: &Value, now: Timestamp) -> Option<&'a str> {
    match &node.activity {
        Activity::Event { conditions, name, .. } if holds(conditions, xdm, now) => Some(name),
        _ => None,
    }
}

fn holds(conditions: &[FieldTest], xdm: &Value, now: Timestamp) -> bool {
    conditions.iter().all(|test| test.holds(xdm, now))
}

/// Lets in those of the candidates whose journey allows it and is still live; their stays, at the start.
pub(crate) async fn enter(tx: &mut Tx, candidates: Vec<Candidate>, now: Timestamp) -> Result<Vec<Instance>> {
    let mut versions: Vec<_> = candidates.iter().map(|candidate| candidate.route.id).collect();
    versions.sort_unstable();
    versions.dedup();
    let live = journeys::hold_live(tx, &versions).await?;
    let (candidates, entries): (Vec<Candidate>, Vec<Entry>) = candidates
        .into_iter()
        .filter(|candidate| live.contains_key(&candidate.route.id))
        .map(|candidate| {
            let entry = Entry {
                profile: candidate.profile,
                journey: candidate.route.journey,
                key: key(&candidate),
            };
            (candidate, entry)
        })
        .unzip();
    let allowed = instances::enter(tx, &entries).await?;
    let ids = tx.store().ids();
    Ok(candidates
        .into_iter()
        .zip(entries)
        .zip(allowed)
        .filter(|(_, allowed)| *allowed)
        .map(|((candidate, entry), _)| {
            let name = live.get(&candidate.route.id).map_or("", String::as_str);
            stay(candidate, name, entry, ids, now)
        })
        .collect())
}

fn key(candidate: &Candidate) -> String {
    match (candidate.route.settings.reentry, candidate.event) {
        (Reentry::Never, _) => instances::ONCE.to_owned(),
        (Reentry::AfterLeaving, _) => "current".to_owned(),
        (Reentry::Always, Some(event)) => event.to_string(),
        // Each version reads its audience once.
        (Reentry::Always, None) => candidate.route.id.to_string(),
    }
}

fn stay(candidate: Candidate, name: &str, entry: Entry, ids: &dyn IdGenerator, now: Timestamp) -> Instance {
    let id = InstanceId::new(ids);
    let route = &candidate.route;
    let told = context::Stay {
        journey: route.journey,
        version: route.id,
        name,
        number: route.version,
        instance: id,
    };
    Instance {
        profile_id: candidate.profile,
        id,
        journey_id: route.journey,
        journey_version_id: route.id,
        node: candidate.node,
        step: 0,
        active: true,
        wake_at: now,
        context: Json(told.context(&candidate.with)),
        entry_key: entry.key,
        entered_at: now,
        left_at: None,
        left_by: None,
    }
}
