//! How long the pace makes it take.

use std::{collections::HashMap, time::Duration};

use heliograph_model::{
    ids::RuleSetId,
    rules::{Moment, Pace, Pacer, RuleSet, take_together},
    time::Timestamp,
};
use heliograph_store::{Database, Error, rule_sets};

/// How long a pace makes it take to send some pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paced {
    /// The rule set whose pace decides: that of the last push.
    pub set: String,
    /// Its pace.
    pub pace: Pace,
    /// How many pushes go out, one for each phone.
    pub pushes: u64,
    /// When the last of them does.
    pub until: Timestamp,
    /// How many more would come too late, and are not sent.
    pub too_late: u64,
}

/// Gives so many pushes their moments, as they would be given now, after those that wait already. None where no rule set has
/// a pace, or there is nothing to send.
pub(super) async fn paced(
    db: &mut impl Database,
    sets: &[RuleSet],
    pushes: u64,
    now: Timestamp,
    ttl: Duration,
) -> Result<Option<Paced>, Error> {
    let paces: Vec<(RuleSetId, Pace)> = sets
        .iter()
        .filter_map(|set| Some((set.id, set.rules.pace?)))
        .collect();
    let mut pacers = HashMap::with_capacity(paces.len());
    for (set, _) in &paces {
        let pacer = rule_sets::pacer(db, *set).await?.unwrap_or(Pacer::new(now));
        pacers.insert(*set, pacer);
    }
    let (mut until, mut sent, mut slowest) = (now, 0, None);
    for _ in 0..pushes {
        match take_together(paces.iter().copied(), &mut pacers, now, now + ttl) {
            Moment::Now => sent += 1,
            Moment::Later { set, until: moment } => {
                sent += 1;
                (until, slowest) = (moment, Some(set));
            }
            Moment::TooLate { set } => {
                // Those after it would come later still.
                slowest = Some(set);
                break;
            }
        }
    }
    let deciding = slowest.or_else(|| paces.first().map(|(set, _)| *set));
    let deciding = sets.iter().find(|set| Some(set.id) == deciding);
    Ok(deciding.filter(|_| pushes > 0).and_then(|set| {
        Some(Paced {
            set: set.name.clone(),
            pace: set.rules.pace?,
            pushes: sent,
            until,
            too_late: pushes - sent,
        })
    }))
}
