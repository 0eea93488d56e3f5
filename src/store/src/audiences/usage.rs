//! What uses an audience.

use std::collections::{BTreeSet, HashMap};

use heliograph_model::{
    audience::{Rule, UsedBy, needs},
    ids::{AudienceId, JourneyId},
    journey::{Activity, Document, Status},
};
use sqlx::types::Json;

use crate::{Database, Result};

/// What uses the audience.
///
/// # Errors
/// Where the database fails.
pub async fn used_by(db: &mut impl Database, id: AudienceId) -> Result<Vec<UsedBy>> {
    Ok(used_by_each(db).await?.remove(&id).unwrap_or_default())
}

/// What uses each audience: journeys whose draft names it, or a version in which profiles still walk; and audiences. One
/// that nothing uses has no entry.
///
/// # Errors
/// Where the database fails.
pub async fn used_by_each(db: &mut impl Database) -> Result<HashMap<AudienceId, Vec<UsedBy>>> {
    let mut documents = fetch_all!(
        db,
        (JourneyId, String, Json<Document>),
        "SELECT id, name, draft FROM journey WHERE archived_at IS NULL"
    )?;
    documents.extend(fetch_all!(
        db,
        (JourneyId, String, Json<Document>),
        "SELECT j.id, j.name, v.document FROM journey_version v JOIN journey j ON j.id = v.journey_id \
         WHERE v.status IN ($1, $2)",
        Status::Live.as_str(),
        Status::Closed.as_str()
    )?);
    let rules = fetch_all!(
        db,
        (AudienceId, String, Json<Rule>),
        "SELECT id, name, rule FROM audience"
    )?;

    let mut uses: HashMap<AudienceId, BTreeSet<UsedBy>> = HashMap::new();
    for (id, name, Json(document)) in documents {
        for audience in named(&document) {
            let user = UsedBy::Journey {
                name: name.clone(),
                id,
            };
            uses.entry(audience).or_default().insert(user);
        }
    }
    for (id, name, Json(rule)) in rules {
        for audience in needs(&rule).audiences {
            let user = UsedBy::Audience {
                name: name.clone(),
                id,
            };
            uses.entry(audience).or_default().insert(user);
        }
    }
    Ok(uses
        .into_iter()
        .map(|(audience, users)| (audience, users.into_iter().collect()))
        .collect())
}

fn named(document: &Document) -> BTreeSet<AudienceId> {
    let mut found = BTreeSet::new();
    for node in &document.graph.nodes {
        match &node.activity {
            Activity::ReadAudience { audience, .. } => found.extend(*audience),
            Activity::Condition { paths } => {
                for path in paths {
                    found.extend(needs(&path.rule).audiences);
                }
            }
            Activity::Event { .. } | Activity::Wait { .. } | Activity::Message { .. } | Activity::End {} => {}
        }
    }
    found
}
