//! Answers that were lost with the process that waited for them.

use heliograph_model::{
    delivery::{HopDetail, HopKind, Outcome},
    ids::{DeliveryId, ProfileId},
    time::Timestamp,
};

use super::{NewHop, write_hops};
use crate::{Result, Tx};

/// Writes down of interrupted deliveries that each has been tried once more, and that the answer is lost; `words` says how.
/// Those that have been claimed anew since `lease_until` was given are left to whoever has them.
///
/// # Errors
/// Where the database fails.
pub async fn note_lost(tx: &mut Tx, ids: &[DeliveryId], lease_until: Timestamp, words: &str) -> Result<()> {
    let at = tx.store().now();
    let noted: Vec<(ProfileId, DeliveryId, i64)> = change_in!(
        tx,
        (ProfileId, DeliveryId, i64),
        "UPDATE delivery SET attempts = attempts + 1 WHERE state = 'sending' AND lease_until = ",
        lease_until,
        " AND id IN ",
        ids,
        " RETURNING profile_id, id, attempts"
    )?;
    let hops: Vec<NewHop> = noted
        .into_iter()
        .map(|(profile, delivery, attempt)| NewHop {
            profile,
            delivery,
            at,
            kind: HopKind::Waiting,
            detail: HopDetail {
                attempt: Some(attempt),
                reason: Some(Outcome::AnswerLost.as_str().to_owned()),
                words: Some(words.to_owned()),
                ..HopDetail::default()
            },
        })
        .collect();
    write_hops(tx, &hops).await
}
