//! Asking rule sets for leave to send: caps are reserved, and moments of a pace are taken, in one transaction before the
//! send. So a cap holds exactly, whatever happens at the same time.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use heliograph_model::{
    ids::{DeliveryId, ProfileId, RuleSetId},
    rules::{Cap, Pacer, RuleSet},
    time::Timestamp,
};

use crate::{Result, Tx, rule_sets, sql::On};

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
    /// The rule sets that hold for it.
    pub sets: &'a [&'a RuleSet],
    /// The moment that it was given before.
    pub slot: Option<Timestamp>,
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
}

/// How long the moment that a delivery was given is good. What missed it, because the server was down or a credential was
/// refused, gets another: else all that missed theirs would go at once.
const SLOT_IS_GOOD: Duration = Duration::from_secs(60);

/// Asks for leave for deliveries, in their order. Caps that allow them are used up by that; [`give_back`] undoes it.
///
/// # Errors
/// Where the database fails.
pub async fn reserve(tx: &mut Tx, asks: &[Ask<'_>]) -> Result<Vec<Leave>> {
    let now = tx.store().now();
    let mut profiles: Vec<ProfileId> = asks
        .iter()
        .filter(|ask| ask.sets.iter().any(|set| !set.rules.caps.is_empty()))
        .map(|ask| ask.profile)
        .collect();
    profiles.sort_unstable();
    profiles.dedup();
    one_at_a_time(tx, &profiles).await?;
    let mut uses = rule_sets::uses(tx, &profiles).await?;
    let mut pacers = pacers(tx, asks, now).await?;

    let (mut leaves, mut used, mut slots) = (Vec::with_capacity(asks.len()), BTreeMap::new(), Vec::new());
    for ask in asks {
        if let Some(leave) = capped(ask, &uses, now) {
            leaves.push(leave);
            continue;
        }
        let in_time = ask
            .slot
            .is_some_and(|slot| slot <= now && now <= slot + SLOT_IS_GOOD);
        // A moment that is still to come is kept, whoever asks before it.
        let ahead = ask.slot.filter(|slot| *slot > now);
        let paced = ask.sets.iter().find(|set| set.rules.pace.is_some());
        let mut leave = match (ahead, paced) {
            (Some(until), Some(set)) => Leave::Later { set: set.id, until },
            _ => Leave::Now,
        };
        for set in ask.sets.iter().filter(|_| !in_time && ahead.is_none()) {
            let (Some(pace), Some(pacer)) = (set.rules.pace, pacers.get_mut(&set.id)) else {
                continue;
            };
            let slot = pacer.take(pace, now);
            match leave {
                Leave::Later { until, .. } if until >= slot => {}
                _ if slot > now => {
                    leave = Leave::Later {
                        set: set.id,
                        until: slot,
                    }
                }
                _ => {}
            }
        }
        let mut goes_at = now;
        if let Leave::Later { until, .. } = leave {
            slots.push((ask.profile, ask.delivery, until));
            goes_at = until;
        }
        // It counts from when it goes, not from when it first asked.
        for set in ask.sets.iter().filter(|set| !set.rules.caps.is_empty()) {
            let had = uses.entry((ask.profile, set.id)).or_default();
            had.retain(|(cause, _)| cause != ask.cause);
            had.push((ask.cause.to_owned(), goes_at));
            used.insert((ask.profile, set.id, ask.cause), goes_at);
        }
        leaves.push(leave);
    }

    let used: Vec<_> = used.into_iter().collect();
    insert_all!(
        tx,
        "INSERT INTO cap_use (profile_id, rule_set_id, cause, at) ",
        4,
        used,
        |((profile, set, cause), at)| [*profile, *set, *cause, *at],
        " ON CONFLICT (profile_id, rule_set_id, cause) DO UPDATE SET at = excluded.at"
    )?;
    forget_old(tx, asks, now).await?;
    for (profile, delivery, slot) in slots {
        execute!(
            tx,
            "UPDATE delivery SET slot_at = $3 WHERE profile_id = $1 AND id = $2",
            profile,
            delivery,
            slot
        )?;
    }
    for (set, pacer) in pacers {
        execute!(
            tx,
            "UPDATE rule_pace SET next_at = $2, remainder = $3, started_at = $4 WHERE rule_set_id = $1",
            set,
            pacer.next_at,
            pacer.remainder,
            pacer.started_at
        )?;
    }
    Ok(leaves)
}

/// The cap that keeps a delivery back.
fn capped(ask: &Ask<'_>, uses: &rule_sets::Uses, now: Timestamp) -> Option<Leave> {
    ask.sets.iter().find_map(|set| {
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

/// The pacers of the rule sets that have a pace, held until the transaction ends.
async fn pacers(tx: &mut Tx, asks: &[Ask<'_>], now: Timestamp) -> Result<HashMap<RuleSetId, Pacer>> {
    let mut paced: Vec<RuleSetId> = asks
        .iter()
        .flat_map(|ask| ask.sets)
        .filter(|set| set.rules.pace.is_some())
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

/// Keeps other processes from asking for the same people until the transaction ends. SQLite has one writer anyway.
///
/// PostgreSQL's advisory locks are a limited resource, so that people share 256 of them.
pub(super) async fn one_at_a_time(tx: &mut Tx, profiles: &[ProfileId]) -> Result<()> {
    if let On::Postgres(connection) = crate::Database::on(tx) {
        /// Apart from other uses of advisory locks: “caps” in ASCII.
        const CAPS: i32 = 0x6361_7073;
        let mut keys: Vec<i32> = profiles
            .iter()
            .map(|profile| i32::from(profile.0.as_bytes()[15]))
            .collect();
        // Always in the same order, so that two transactions never wait for each other crosswise.
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
                .bind(CAPS)
                .bind(key)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// Takes out what no cap counts any more.
async fn forget_old(tx: &mut Tx, asks: &[Ask<'_>], now: Timestamp) -> Result<()> {
    let mut old = Vec::new();
    for ask in asks {
        for set in ask.sets.iter().filter(|set| !set.rules.caps.is_empty()) {
            let zone = set.rules.zone_of(ask.time_zone);
            old.push((ask.profile, set.id, set.rules.horizon(now, &zone)));
        }
    }
    old.sort_unstable();
    old.dedup_by_key(|(profile, set, _)| (*profile, *set));
    for (profile, set, horizon) in old {
        execute!(
            tx,
            "DELETE FROM cap_use WHERE profile_id = $1 AND rule_set_id = $2 AND at < $3",
            profile,
            set,
            horizon
        )?;
    }
    Ok(())
}

/// Gives back what deliveries that are not sent after all have used of caps, unless another delivery of the same cause to
/// the same person was sent, or may be.
///
/// # Errors
/// Where the database fails.
pub(super) async fn give_back(tx: &mut Tx, deliveries: &[DeliveryId]) -> Result<()> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let mut used: Vec<(ProfileId, String)> = fetch_in!(
        tx,
        (ProfileId, String),
        "SELECT DISTINCT u.profile_id, u.cause FROM delivery AS d JOIN cap_use AS u \
         ON u.profile_id = d.profile_id AND u.cause = d.cause WHERE d.id IN ",
        deliveries,
        ""
    )?;
    used.sort_unstable();
    used.dedup();
    let profiles: Vec<ProfileId> = used.iter().map(|(profile, _)| *profile).collect();
    one_at_a_time(tx, &profiles).await?;
    for (profile, cause) in used {
        execute!(
            tx,
            "DELETE FROM cap_use WHERE profile_id = $1 AND cause = $2 AND NOT EXISTS \
             (SELECT 1 FROM delivery AS d WHERE d.profile_id = $1 AND d.cause = $2 \
             AND d.state NOT IN ('failed', 'excluded'))",
            profile,
            cause
        )?;
    }
    Ok(())
}
