//! Letting a push of a higher rank have the moment that a pace has given to one of a lower rank: the two exchange theirs.

use heliograph_model::{
    delivery::{HopDetail, HopKind, Outcome, Turn},
    ids::{DeliveryId, ProfileId, RuleSetId},
    time::Timestamp,
};

use super::{NewHop, write_hops};
use crate::{Result, Tx};

/// A moment that a pace has given to a delivery.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(super) struct Slot {
    pub(super) profile_id: ProfileId,
    pub(super) id: DeliveryId,
    /// Its [`Turn`]'s number.
    pub(super) rank: i64,
    pub(super) slot_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// Those of one turn that wait for moments of one pace alone, the earliest first.
const WAITING: &str = "SELECT profile_id, id, rank, slot_at, expires_at FROM delivery WHERE slot_by = $1 AND rank = $2 \
     AND state = 'waiting' AND slot_by IS NOT NULL AND slot_at > $3 AND held = FALSE ORDER BY slot_at LIMIT $4";

const SLOTS: &str = "WITH v (profile_id, id, slot_at) AS (";
const SET_SLOTS: &str = concat!(
    ") UPDATE delivery SET slot_at = v.slot_at, due_at = v.slot_at",
    by_key!()
);

/// Exchanges the moments that one pace has just given for the earliest of those that it has given to lower ranks before. Who
/// loses its moment so takes that of a still lower rank, or the one that was given last. Nobody gets a moment after its time
/// to live.
pub(super) async fn overtake(tx: &mut Tx, set: RuleSetId, given: &mut [Slot]) -> Result<()> {
    let now = tx.store().now();
    let Some(least) = given.iter().map(|slot| slot.rank).min() else {
        return Ok(());
    };
    let most = i64::try_from(given.len()).unwrap_or(i64::MAX);
    let query = format!("{WAITING}{}", tx.store().engine().passing_over());
    let mut waiting: Vec<Slot> = Vec::new();
    for turn in Turn::ALL.into_iter().filter(|turn| turn.number() > least) {
        let query = sqlx::AssertSqlSafe(query.as_str());
        waiting.extend(fetch_all!(tx, Slot, query, set, turn.number(), now, most)?);
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let moved = exchange(given, waiting);
    insert_all!(
        tx,
        SLOTS,
        3,
        moved,
        |slot| [slot.profile_id, slot.id, slot.slot_at],
        SET_SLOTS
    )?;
    let hops: Vec<NewHop> = moved.iter().map(|slot| hop(slot, now)).collect();
    write_hops(tx, &hops).await
}

fn hop(slot: &Slot, now: Timestamp) -> NewHop {
    NewHop {
        profile: slot.profile_id,
        delivery: slot.id,
        at: now,
        kind: HopKind::Waiting,
        detail: HopDetail {
            reason: Some(Outcome::HeldByRule.as_str().to_owned()),
            words: Some("a push of a higher rank has taken its moment".to_owned()),
            until: Some(slot.slot_at),
            ..HopDetail::default()
        },
    }
}

/// Exchanges moments; those of `waiting` whose moment is another now.
fn exchange(given: &mut [Slot], mut waiting: Vec<Slot>) -> Vec<Slot> {
    waiting.sort_by_key(|slot| slot.slot_at);
    let mut order: Vec<usize> = (0..given.len()).collect();
    order.sort_by_key(|index| (given[*index].rank, given[*index].slot_at));
    let mut moved: Vec<Slot> = Vec::new();
    for index in order {
        // Down the ranks, until there is nobody lower whose moment is earlier.
        let mut asking = given[index];
        let mut first = None;
        while let Some(found) = waiting.iter().position(|one| {
            one.rank > asking.rank && one.slot_at < asking.slot_at && asking.slot_at < one.expires_at
        }) {
            let mut other = waiting.remove(found);
            std::mem::swap(&mut asking.slot_at, &mut other.slot_at);
            match first {
                None => first = Some(asking.slot_at),
                Some(_) => moved.push(asking),
            }
            asking = other;
        }
        if let Some(moment) = first {
            given[index].slot_at = moment;
            moved.push(asking);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use heliograph_model::ids::TimeOrdered;

    use super::*;
    use crate::{sql::explain, testing::on_each_engine};

    /// At so many seconds.
    fn slot(turn: Turn, at: i64, expires: i64) -> Slot {
        Slot {
            profile_id: ProfileId::new(&TimeOrdered),
            id: DeliveryId::new(&TimeOrdered),
            rank: turn.number(),
            slot_at: Timestamp::from_millis(at * 1000),
            expires_at: Timestamp::from_millis(expires * 1000),
        }
    }

    fn seconds(slots: &[Slot]) -> Vec<i64> {
        slots.iter().map(|slot| slot.slot_at.as_seconds()).collect()
    }

    #[test]
    fn who_loses_a_moment_takes_that_of_a_still_lower_rank() {
        let mut given = [slot(Turn::First, 9, 99), slot(Turn::Last, 10, 99)];
        let waiting = vec![
            slot(Turn::Normal, 5, 99),
            slot(Turn::Last, 6, 99),
            slot(Turn::Normal, 4, 99),
            slot(Turn::Last, 7, 8),
        ];
        let normal = waiting[2].id;
        let last = waiting[1].id;
        let moved = exchange(&mut given, waiting);
        assert_eq!(seconds(&given), [4, 10]);
        let ids: Vec<_> = moved.iter().map(|slot| slot.id).collect();
        assert_eq!((seconds(&moved), ids), (vec![6, 9], vec![normal, last]));
    }

    #[test]
    fn nobody_gets_a_moment_after_the_time_to_live_or_for_a_lower_rank() {
        let mut given = [slot(Turn::Normal, 9, 99)];
        let waiting = vec![
            slot(Turn::First, 3, 99),
            slot(Turn::Normal, 4, 99),
            slot(Turn::Last, 5, 9),
        ];
        assert!(exchange(&mut given, waiting).is_empty());
        assert_eq!(seconds(&given), [9]);
    }

    #[tokio::test]
    async fn who_waits_for_a_pace_is_found_by_rank_and_moment() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let Some(plan) = explain(&mut tx, WAITING).await else {
                return;
            };
            let by = "delivery_slot_by (slot_by=? AND rank=? AND slot_at>?)";
            assert!(plan.iter().any(|step| step.contains(by)), "{plan:?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
        })
        .await;
    }
}
