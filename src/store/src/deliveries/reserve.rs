//! Asking rule sets for leave to send: caps are reserved, and moments of a pace are taken, in one transaction before the
//! send. So a cap holds exactly, whatever happens at the same time.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use heliograph_model::{
    delivery::Turn,
    ids::{DeliveryId, ProfileId, RuleSetId},
    message::Rank,
    rules::{Cap, Moment, Pacer, RuleSet, take_together},
    time::Timestamp,
};

use super::{
    hold::{Held, hold},
    overtake::{Slot, overtake},
};
use crate::{Result, Tx, rule_sets};

/// One delivery that asks for leave.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Which.
    pub delivery: DeliveryId,
    /// To whom it goes.
    pub profile: ProfileId,
    /// What made it: the deliveries of one cause to a person's devices count once.
    pub cause: &'a str,
    /// The person's own time zone, where it is known.
    pub time_zone: Option<&'a str>,
    /// What it goes before, under a pace.
    pub rank: Rank,
    /// The rule sets that hold for it.
    pub sets: &'a [&'a RuleSet],
    /// The moment that it was given before.
    pub slot: Option<Timestamp>,
    /// When its time to live ends.
    pub expires_at: Timestamp,
}

/// What rule sets say of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It may go now.
    Now,
    /// The person has had enough.
    Capped {
        /// Whose cap it is.
        set: RuleSetId,
        /// The cap.
        cap: Cap,
    },
    /// Its moment comes later.
    Later {
        /// Whose pace it is.
        set: RuleSetId,
        /// When.
        until: Timestamp,
    },
    /// Its moment would come after its time to live has ended; it has taken none.
    TooLate {
        /// Whose pace it is.
        set: RuleSetId,
    },
    /// The person was made one with another or erased meanwhile: it is to be read anew.
    Moved,
}

/// How long the moment that a delivery was given is good. What missed it, because the server was down or a credential was
/// refused, gets another: else all that missed theirs would go at once.
const SLOT_IS_GOOD: Duration = Duration::from_secs(60);

/// The moment that a delivery is given is written by key.
const SLOTS: &str = "WITH v (profile_id, id, slot_at, slot_by) AS (";
const SET_SLOTS: &str = concat!(
    ") UPDATE delivery SET slot_at = v.slot_at, slot_by = v.slot_by",
    by_key!()
);

/// Asks for leave for deliveries, in their order. Caps that allow them are used up by that; they are given back where a
/// delivery is settled or stopped unsent.
///
/// # Errors
/// Where the database fails.
pub async fn reserve(tx: &mut Tx, asks: &[Ask<'_>]) -> Result<Vec<Leave>> {
    let now = tx.store().now();
    let capped = asks.iter().filter(|ask| caps(ask).next().is_some());
    let held = hold(tx, capped.map(|ask| ask.profile).collect()).await?;
    let mut pacers = pacers(tx, asks, &held, now).await?;
    let mut people: Vec<ProfileId> = held.people.iter().copied().collect();
    people.sort_unstable();
    let mut uses = rule_sets::uses(tx, &people).await?;
    let (mut leaves, mut used, mut slots) = (Vec::with_capacity(asks.len()), BTreeMap::new(), Vec::new());
    for ask in asks {
        let leave = judge(ask, &held, &uses, &mut pacers, now);
        leaves.push(leave);
        let goes_at = match leave {
            Leave::Now => now,
            Leave::Later { until, .. } => until,
            Leave::Capped { .. } | Leave::TooLate { .. } | Leave::Moved => continue,
        };
        if goes_at > now && ask.slot != Some(goes_at) {
            slots.push(New {
                index: leaves.len() - 1,
                by: sole_pace(ask, &pacers),
                slot: Slot {
                    profile_id: ask.profile,
                    id: ask.delivery,
                    rank: Turn::from(ask.rank).number(),
                    slot_at: goes_at,
                    expires_at: ask.expires_at,
                },
            });
        }
        // It counts from when it goes, not from when it first asked.
        for set in caps(ask).filter(|set| held.sets.contains(&set.id)) {
            let had = uses.entry((ask.profile, set.id)).or_default();
            had.retain(|(cause, _)| cause != ask.cause);
            had.push((ask.cause.to_owned(), goes_at));
            used.insert((ask.profile, set.id, ask.cause), goes_at);
        }
    }
    write_pacers(tx, &pacers).await?;
    for new in exchanged(tx, &mut slots).await? {
        let (ask, until) = (&asks[new.index], new.slot.slot_at);
        if let Leave::Later { until: moment, .. } = &mut leaves[new.index] {
            *moment = until;
        }
        for set in caps(ask).filter(|set| held.sets.contains(&set.id)) {
            used.insert((ask.profile, set.id, ask.cause), until);
        }
    }
    forget_old(tx, asks, &uses, now).await?;
    let used: Vec<_> = used.into_iter().collect();
    insert_all!(
        tx,
        "INSERT INTO cap_use (profile_id, rule_set_id, cause, at) ",
        4,
        used,
        |((profile, set, cause), at)| [*profile, *set, *cause, *at],
        " ON CONFLICT (profile_id, rule_set_id, cause) DO UPDATE SET at = excluded.at"
    )?;
    insert_all!(
        tx,
        SLOTS,
        4,
        slots,
        |New { slot, by, .. }| [slot.profile_id, slot.id, slot.slot_at, *by],
        SET_SLOTS
    )?;
    Ok(leaves)
}

/// A moment that was given just now.
#[derive(Debug, Clone, Copy)]
struct New {
    /// To which of those who asked.
    index: usize,
    /// By which pace, where it is one alone.
    by: Option<RuleSetId>,
    slot: Slot,
}

/// The rule set whose pace is the only one that holds for a delivery.
fn sole_pace(ask: &Ask<'_>, pacers: &HashMap<RuleSetId, Pacer>) -> Option<RuleSetId> {
    let mut paced = ask.sets.iter().filter(|set| pacers.contains_key(&set.id));
    let only = paced.next()?;
    paced.next().is_none().then_some(only.id)
}

/// Exchanges moments that were given just now for those of lower ranks; which of them are others now.
async fn exchanged(tx: &mut Tx, slots: &mut [New]) -> Result<Vec<New>> {
    let sets: BTreeSet<RuleSetId> = slots.iter().filter_map(|new| new.by).collect();
    let mut changed = Vec::new();
    for set in sets {
        let of_set: Vec<usize> = (0..slots.len()).filter(|at| slots[*at].by == Some(set)).collect();
        let mut given: Vec<Slot> = of_set.iter().map(|at| slots[*at].slot).collect();
        overtake(tx, set, &mut given).await?;
        for (at, slot) in of_set.into_iter().zip(given) {
            if slots[at].slot.slot_at != slot.slot_at {
                slots[at].slot = slot;
                changed.push(slots[at]);
            }
        }
    }
    Ok(changed)
}

/// The rule sets with caps that hold for a delivery.
fn caps<'a>(ask: &Ask<'a>) -> impl Iterator<Item = &'a RuleSet> {
    ask.sets.iter().copied().filter(|set| !set.rules.caps.is_empty())
}

fn judge(
    ask: &Ask<'_>,
    held: &Held,
    uses: &rule_sets::Uses,
    pacers: &mut HashMap<RuleSetId, Pacer>,
    now: Timestamp,
) -> Leave {
    if caps(ask).next().is_some() && !held.people.contains(&ask.profile) {
        return Leave::Moved;
    }
    capped(ask, uses, now).unwrap_or_else(|| paced(ask, pacers, now))
}

/// The cap that keeps a delivery back.
fn capped(ask: &Ask<'_>, uses: &rule_sets::Uses, now: Timestamp) -> Option<Leave> {
    caps(ask).find_map(|set| {
        let had = uses
            .get(&(ask.profile, set.id))
            .map(Vec::as_slice)
            .unwrap_or_default();
        let zone = set.rules.zone_of(ask.time_zone);
        let horizon = set.rules.horizon(now, &zone);
        // What was let go before passes, unless that was so long ago that it counts no more.
        if had.iter().any(|(cause, at)| cause == ask.cause && *at >= horizon) {
            return None;
        }
        let at: Vec<Timestamp> = had
            .iter()
            .filter(|(cause, _)| cause != ask.cause)
            .map(|(_, at)| *at)
            .collect();
        let cap = set.rules.reached(now, &zone, &at)?;
        Some(Leave::Capped { set: set.id, cap })
    })
}

/// When the paces let a delivery go: the last of the moments that they give it.
fn paced(ask: &Ask<'_>, pacers: &mut HashMap<RuleSetId, Pacer>, now: Timestamp) -> Leave {
    let sets = ask.sets.iter().filter(|set| pacers.contains_key(&set.id));
    match ask.slot {
        // A moment that is still to come is kept, whoever asks before it.
        Some(until) if until > now => {
            if let Some(set) = sets.clone().next() {
                return Leave::Later { set: set.id, until };
            }
        }
        Some(slot) if now <= slot + SLOT_IS_GOOD => return Leave::Now,
        _ => {}
    }
    let paces = ask.sets.iter().filter_map(|set| Some((set.id, set.rules.pace?)));
    match take_together(paces, pacers, now, ask.expires_at) {
        Moment::Now => Leave::Now,
        Moment::Later { set, until } => Leave::Later { set, until },
        Moment::TooLate { set } => Leave::TooLate { set },
    }
}

/// The pacers of the rule sets that have a pace, held until the transaction ends.
async fn pacers(
    tx: &mut Tx,
    asks: &[Ask<'_>],
    held: &Held,
    now: Timestamp,
) -> Result<HashMap<RuleSetId, Pacer>> {
    let mut paced: Vec<RuleSetId> = asks
        .iter()
        .flat_map(|ask| ask.sets)
        .filter(|set| set.rules.pace.is_some() && held.sets.contains(&set.id))
        .map(|set| set.id)
        .collect();
    paced.sort_unstable();
    paced.dedup();
    let mut pacers = HashMap::with_capacity(paced.len());
    for set in paced {
        // The row that it changes or makes is ours until the commit: another process waits here.
        execute!(
            tx,
            "INSERT INTO rule_pace (rule_set_id, next_at, remainder, started_at) VALUES ($1, $2, 0, $2) \
             ON CONFLICT (rule_set_id) DO UPDATE SET next_at = rule_pace.next_at",
            set,
            now
        )?;
        let pacer = rule_sets::pacer(tx, set).await?.unwrap_or(Pacer::new(now));
        pacers.insert(set, pacer);
    }
    Ok(pacers)
}

async fn write_pacers(tx: &mut Tx, pacers: &HashMap<RuleSetId, Pacer>) -> Result<()> {
    for (set, pacer) in pacers {
        execute!(
            tx,
            "UPDATE rule_pace SET next_at = $2, remainder = $3, started_at = $4 WHERE rule_set_id = $1",
            *set,
            pacer.next_at,
            pacer.remainder,
            pacer.started_at
        )?;
    }
    Ok(())
}

/// Takes out what no cap counts any more.
async fn forget_old(tx: &mut Tx, asks: &[Ask<'_>], uses: &rule_sets::Uses, now: Timestamp) -> Result<()> {
    let mut old = Vec::new();
    for ask in asks {
        for set in caps(ask) {
            let horizon = set.rules.horizon(now, &set.rules.zone_of(ask.time_zone));
            let had = uses.get(&(ask.profile, set.id)).into_iter().flatten();
            let past = had.filter(|(_, at)| *at < horizon);
            old.extend(past.map(|(cause, _)| (ask.profile, set.id, cause.as_str())));
        }
    }
    old.sort_unstable();
    old.dedup();
    insert_all!(
        tx,
        "DELETE FROM cap_use WHERE (profile_id, rule_set_id, cause) IN (",
        3,
        old,
        |(profile, set, cause)| [*profile, *set, *cause],
        ")"
    )?;
    Ok(())
}

/// Lets paces go on from the last moment that a waiting delivery has, after deliveries that had later ones were stopped:
/// what comes next does not wait for pushes that are never sent.
///
/// # Errors
/// Where the database fails.
pub(super) async fn reclaim_pace(tx: &mut Tx) -> Result<()> {
    let now = tx.store().now();
    let ahead: Vec<(RuleSetId,)> = fetch_all!(
        tx,
        (RuleSetId,),
        "UPDATE rule_pace SET next_at = next_at WHERE next_at > $1 RETURNING rule_set_id",
        now
    )?;
    if ahead.is_empty() {
        return Ok(());
    }
    let (latest,): (Option<Timestamp>,) = fetch_one!(
        tx,
        (Option<Timestamp>,),
        "SELECT MAX(slot_at) FROM delivery WHERE slot_at > $1 AND state IN ('queued', 'waiting', 'sending')",
        now
    )?;
    for (set,) in ahead {
        let (Some(mut pacer), Some(pace)) = (
            rule_sets::pacer(tx, set).await?,
            rule_sets::get(tx, set).await?.rules.pace,
        ) else {
            continue;
        };
        let end = latest.unwrap_or(now);
        if pacer.next_at > end {
            pacer.next_at = end;
            pacer.remainder = 0;
            if latest.is_some() {
                pacer.take(pace, end);
            }
            write_pacers(tx, &HashMap::from([(set, pacer)])).await?;
        }
    }
    Ok(())
}
