//! Who sends a message.

use heliograph_model::ids::{JourneyId, MessageId};

use crate::{Database, Result, dialect::containing};

/// The journeys that send the message, in their draft or in a version in which profiles still walk.
///
/// # Errors
/// Where the database fails.
pub async fn used_by(db: &mut impl Database, id: MessageId) -> Result<Vec<(JourneyId, String)>> {
    let mention = containing(&id.to_string());
    fetch_all!(
        db,
        (JourneyId, String),
        "SELECT DISTINCT j.id, j.name FROM journey j LEFT JOIN journey_version v \
         ON v.journey_id = j.id AND (v.status = 'live' OR EXISTS \
         (SELECT 1 FROM instance i WHERE i.journey_version_id = v.id AND i.active)) \
         WHERE j.archived_at IS NULL AND (CAST(j.draft AS TEXT) LIKE $1 OR CAST(v.document AS TEXT) LIKE $1) \
         ORDER BY j.name, j.id",
        mention
    )
}

/// The names of the journeys under way that send the message, in order.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn under_way(db: &mut impl Database, id: MessageId) -> Result<Vec<String>> {
    let names: Vec<(String,)> = fetch_all!(
        db,
        (String,),
        "SELECT DISTINCT j.name FROM journey j JOIN journey_version v ON v.journey_id = j.id \
         WHERE v.status IN ('live', 'closed') AND CAST(v.document AS TEXT) LIKE $1 ORDER BY j.name",
        containing(&id.to_string())
    )?;
    Ok(names.into_iter().map(|(name,)| name).collect())
}
