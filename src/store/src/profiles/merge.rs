//! Making one profile of two.

use heliograph_model::{ids::ProfileId, profile::patch};

use super::{
    attributes::{load_for_change, save},
    erase::OWNED,
};
use crate::{Result, Tx};

/// Makes `loser` part of `survivor`: attributes are merged field by field, those of the profile that changed last win;
/// everything that belonged to the loser belongs to the survivor, and the loser points at it.
pub(super) async fn merge(tx: &mut Tx, loser: ProfileId, survivor: ProfileId) -> Result<()> {
    let mut both = load_for_change(tx, &[loser, survivor]).await?;
    if let (Some(lost), Some(mut kept)) = (both.remove(&loser), both.remove(&survivor)) {
        if lost.updated_at > kept.updated_at {
            patch(&mut kept.attributes, &lost.attributes);
        } else {
            let mut merged = lost.attributes;
            patch(&mut merged, &kept.attributes);
            kept.attributes = merged;
        }
        kept.test |= lost.test;
        kept.created_at = kept.created_at.min(lost.created_at);
        kept.updated_at = kept.updated_at.max(lost.updated_at);
        save(tx, &[&kept]).await?;
    }
    for (table, update, _) in OWNED {
        make_room(tx, table, loser, survivor).await?;
        execute!(tx, update, loser, survivor)?;
    }
    execute!(
        tx,
        "UPDATE profile SET merged_into = $2 WHERE id = $1 OR merged_into = $1",
        loser,
        survivor
    )?;
    execute!(
        tx,
        "UPDATE profile SET attributes = $2, name_key = '', test = $3 WHERE id = $1",
        loser,
        sqlx::types::Json(serde_json::json!({})),
        false
    )?;
    Ok(())
}

/// Clears away what both profiles have in a table, where a key holds only once: the same journey's entry, a delivery for the same
/// cause, or what it has used of a cap.
async fn make_room(tx: &mut Tx, table: &str, loser: ProfileId, survivor: ProfileId) -> Result<()> {
    match table {
        "journey_entry" => {
            execute!(
                tx,
                "DELETE FROM journey_entry WHERE profile_id = $1 AND EXISTS (SELECT 1 FROM journey_entry AS kept \
                 WHERE kept.profile_id = $2 AND kept.journey_id = journey_entry.journey_id \
                 AND kept.key = journey_entry.key)",
                loser,
                survivor
            )?;
        }
        "cap_use" => {
            execute!(
                tx,
                "DELETE FROM cap_use WHERE profile_id = $1 AND EXISTS (SELECT 1 FROM cap_use AS kept \
                 WHERE kept.profile_id = $2 AND kept.rule_set_id = cap_use.rule_set_id AND kept.cause = cap_use.cause)",
                loser,
                survivor
            )?;
        }
        "delivery" => {
            execute!(
                tx,
                "UPDATE delivery SET cause = cause || '/' || $3 WHERE profile_id = $1 AND EXISTS \
                 (SELECT 1 FROM delivery AS kept WHERE kept.profile_id = $2 AND kept.cause = delivery.cause \
                 AND COALESCE(kept.device_id, kept.id) = COALESCE(delivery.device_id, delivery.id))",
                loser,
                survivor,
                loser.to_string()
            )?;
        }
        _ => {}
    }
    Ok(())
}
