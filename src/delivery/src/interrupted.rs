//! Deliveries whose last claim ended without a settlement, so that they may have been sent.

use heliograph_model::{ids::DeliveryId, message::WhenUnknown};
use heliograph_store::{
    Store,
    deliveries::{self, Claimed},
};

/// How their answers were lost.
pub(crate) const WORDS: &str = "the process that sent it ended before it had written the answer down";

/// Is it left, as its message rather comes never than twice? Its end says then what happened.
pub(crate) fn is_left(claimed: &Claimed) -> bool {
    let content = claimed.content.as_ref();
    claimed.interrupted && content.is_some_and(|content| content.when_unknown == WhenUnknown::RatherNever)
}

/// Counts the attempt of those of one claim that may be sent a second time, and writes it down before that happens.
pub(crate) async fn note(store: &Store, claimed: &mut [Claimed]) -> Result<(), heliograph_store::Error> {
    let Some(lease_until) = claimed.first().map(|one| one.lease_until) else {
        return Ok(());
    };
    let ids: Vec<DeliveryId> = claimed
        .iter_mut()
        .filter(|one| one.interrupted && !is_left(one))
        .map(|one| {
            one.attempts += 1;
            one.place.id
        })
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    deliveries::note_lost(&mut tx, &ids, lease_until, WORDS).await?;
    tx.commit().await
}
