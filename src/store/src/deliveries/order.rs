//! What goes before what, for those who wait to see it.

use heliograph_model::{
    delivery::{Ahead, Delivery, State, Turn},
    time::Timestamp,
};

use crate::{Database, Result};

/// How many of one turn were due by a time, up to a bound.
const DUE: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT due_at FROM delivery \
     WHERE state IN ('queued', 'waiting') AND doubtful IN (FALSE, TRUE) AND rank = $1 AND due_at <= $2 LIMIT $3) AS due";

/// What is due now and has not gone out, by its turn; turns of which nothing is due are left out. No more than
/// [`Ahead::COUNTED`] of each are counted.
///
/// # Errors
/// Where the database fails.
pub async fn due(db: &mut impl Database, now: Timestamp) -> Result<Vec<Ahead>> {
    let mut found = Vec::new();
    for turn in Turn::ALL {
        found.extend(due_of(db, turn, now).await?);
    }
    Ok(found)
}

/// What is due now and goes before a delivery: all of lesser turns, and of its own what was due before it. Nothing where it
/// is not in the queue, or not due.
///
/// # Errors
/// Where the database fails.
pub async fn ahead(db: &mut impl Database, delivery: &Delivery, now: Timestamp) -> Result<Vec<Ahead>> {
    let mut found = Vec::new();
    if !matches!(delivery.state, State::Queued | State::Waiting) || delivery.due_at > now {
        return Ok(found);
    }
    for turn in Turn::ALL.into_iter().filter(|turn| *turn <= delivery.turn) {
        let by = if turn == delivery.turn {
            Timestamp::from_millis(delivery.due_at.as_millis() - 1)
        } else {
            now
        };
        found.extend(due_of(db, turn, by).await?);
    }
    Ok(found)
}

async fn due_of(db: &mut impl Database, turn: Turn, by: Timestamp) -> Result<Option<Ahead>> {
    let most = i64::try_from(Ahead::COUNTED).unwrap_or(i64::MAX);
    let (count,): (i64,) = fetch_one!(db, (i64,), DUE, turn.number(), by, most)?;
    let count = u64::try_from(count).unwrap_or_default();
    Ok((count > 0).then_some(Ahead { turn, count }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sql::explain, testing::on_each_engine};

    #[tokio::test]
    async fn what_is_due_is_found_by_its_turn() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let Some(plan) = explain(&mut tx, DUE).await else {
                return;
            };
            assert!(
                plan.iter()
                    .any(|step| step.contains("INDEX delivery_due (doubtful=? AND rank=? AND due_at<?)")),
                "{plan:?}"
            );
        })
        .await;
    }
}
