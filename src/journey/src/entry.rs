//! Who enters: by an event, or with an audience.

use std::sync::Arc;

use heliograph_model::{
    audience::FieldTest,
    ids::{IdGenerator, InstanceId, ProfileId},
    journey::{Activity, Node, Reentry},
    time::Timestamp,
};
use heliograph_store::{
    Json, Tx,
    instances::{self, Entry, Instance},
    journeys::Version,
};
use serde_json::{Value, json};

use crate::Result;

/// Someone who would enter.
pub(crate) struct Candidate {
    pub(crate) profile: ProfileId,
    pub(crate) version: Arc<Version>,
    pub(crate) node: String,
    /// The event with which they would: its identifier and its `xdm`.
    pub(crate) event: Option<(String, String, Value)>,
}

/// Does an event with this `xdm` let its profile in at this node?
pub(crate) fn lets_in(node: &Node, xdm: &Value, now: Timestamp) -> Option<String> {
    match &node.activity {
        Activity::Event { conditions, name, .. } if holds(conditions, xdm, now) => Some(name.clone()),
        _ => None,
    }
}

fn holds(conditions: &[FieldTest], xdm: &Value, now: Timestamp) -> bool {
    conditions.iter().all(|test| test.holds(xdm, now))
}

/// Lets in those of the candidates whose journey allows it; their stays, at the start.
pub(crate) async fn enter(tx: &mut Tx, candidates: Vec<Candidate>, now: Timestamp) -> Result<Vec<Instance>> {
    let entries: Vec<Entry> = candidates
        .iter()
        .map(|candidate| Entry {
            profile: candidate.profile,
            journey: candidate.version.journey_id,
            key: key(candidate),
        })
        .collect();
    let allowed = instances::enter(tx, &entries).await?;
    let ids = tx.store().ids();
    Ok(candidates
        .into_iter()
        .zip(entries)
        .zip(allowed)
        .filter(|(_, allowed)| *allowed)
        .map(|((candidate, entry), _)| stay(candidate, entry, ids, now))
        .collect())
}

fn key(candidate: &Candidate) -> String {
    match (
        candidate.version.document.document.settings.reentry,
        &candidate.event,
    ) {
        (Reentry::Never, _) => instances::ONCE.to_owned(),
        (Reentry::Always, Some((event, _, _))) => event.clone(),
        (Reentry::AfterLeaving | Reentry::Always, _) => "current".to_owned(),
    }
}

fn stay(candidate: Candidate, entry: Entry, ids: &dyn IdGenerator, now: Timestamp) -> Instance {
    let id = InstanceId::new(ids);
    let version = &candidate.version;
    let events = match candidate.event {
        Some((_, name, xdm)) => json!({ name: xdm }),
        None => json!({}),
    };
    let context = json!({
        "journey": {
            "events": events,
            "technicalProperties": {
                "journeyUID": version.journey_id,
                "journeyVersionID": version.id,
                "journeyVersion": version.version,
                "instanceID": id,
            },
        },
    });
    Instance {
        profile_id: candidate.profile,
        id,
        journey_id: version.journey_id,
        journey_version_id: version.id,
        node: candidate.node,
        step: 0,
        active: true,
        wake_at: now,
        context: Json(context),
        entry_key: entry.key,
        entered_at: now,
        left_at: None,
        left_by: None,
    }
}
