//! Holding still what rule sets count, and giving back what was not used after all.
//!
//! Whoever changes what rule sets count takes locks in this order: rule sets, profiles, paces, uses of caps, deliveries. On
//! SQLite there is one writer, and nothing to lock.

use std::collections::HashSet;

use heliograph_model::ids::{DeliveryId, ProfileId, RuleSetId};

use crate::{Result, Tx, dialect::Engine};

/// What stands still until the transaction ends.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The rule sets that there are: none is deleted meanwhile.
    pub(super) sets: HashSet<RuleSetId>,
    /// Those of the people who are there, and not part of somebody else: nothing of theirs is counted, moved or erased
    /// meanwhile.
    pub(super) people: HashSet<ProfileId>,
}

/// Holds the rule sets and these people.
pub(super) async fn hold(tx: &mut Tx, mut people: Vec<ProfileId>) -> Result<Held> {
    let sets = match tx.store().engine() {
        Engine::Sqlite => "SELECT id FROM rule_set",
        Engine::Postgres => "SELECT id FROM rule_set ORDER BY id FOR KEY SHARE",
    };
    let sets: Vec<(RuleSetId,)> = fetch_all!(tx, (RuleSetId,), sets)?;
    people.sort_unstable();
    people.dedup();
    let lock = tx.store().engine().lock();
    let people: Vec<(ProfileId,)> = fetch_in!(
        tx,
        (ProfileId,),
        "SELECT id FROM profile WHERE merged_into IS NULL AND id IN ",
        people,
        format_args!(" ORDER BY id{lock}")
    )?;
    Ok(Held {
        sets: sets.into_iter().map(|(id,)| id).collect(),
        people: people.into_iter().map(|(id,)| id).collect(),
    })
}

/// Holds these people, if any cap has counted anything.
pub(super) async fn hold_if_capped(tx: &mut Tx, people: Vec<ProfileId>) -> Result<Option<Held>> {
    if people.is_empty() {
        return Ok(None);
    }
    let (any,): (bool,) = fetch_one!(tx, (bool,), "SELECT EXISTS (SELECT 1 FROM cap_use)")?;
    Ok(if any { Some(hold(tx, people).await?) } else { None })
}

/// Gives back what deliveries that are not sent after all have used of caps, unless another delivery of the same cause to
/// the same person was sent, or may be. Their people are held.
pub(super) async fn give_back(tx: &mut Tx, _held: &Held, deliveries: &[DeliveryId]) -> Result<()> {
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
    insert_all!(
        tx,
        "DELETE FROM cap_use WHERE (profile_id, cause) IN (",
        2,
        used,
        |(profile, cause)| [*profile, cause.as_str()],
        ") AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.profile_id = cap_use.profile_id \
         AND d.cause = cap_use.cause AND d.state NOT IN ('failed', 'excluded'))"
    )?;
    Ok(())
}
