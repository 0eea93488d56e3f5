//! What rule sets say of deliveries that are about to be sent.

use heliograph_model::{
    delivery::{Exclusion, Outcome},
    ids::ProfileId,
    message::Rank,
    profile::time_zone,
    rules::{Quiet, RuleSet, quiet_by},
    time::Timestamp,
};
use heliograph_store::{
    Error,
    deliveries::{Ask, Claimed, End, Leave, reserve},
    rule_sets,
};

use crate::{
    attempt::{Errand, admit},
    service::Inner,
    timing,
};

/// A rule set, or its message's timing, keeps a delivery back, for now or for good.
#[derive(Debug, Clone)]
pub(crate) struct Restraint {
    /// What becomes of the delivery.
    pub(crate) end: End,
    /// Which rule of which rule set, or why that moment.
    pub(crate) words: String,
}

/// What keeps each of these deliveries back: the moment that its message gives it, then the rule sets, in the order of
/// ranks; none where it may go. What is not admitted anyway is not asked for, and uses up no cap.
pub(crate) async fn restraints(
    inner: &Inner,
    claimed: &[Claimed],
    errand: Errand,
) -> Result<Vec<Option<Restraint>>, Error> {
    let mut found = timing::kept(inner, claimed, errand).await?;
    let sets = rule_sets::list(&mut inner.store.read().await?).await?;
    if sets.is_empty() {
        return Ok(found);
    }
    let now = inner.store.now();
    let mut asking: Vec<(usize, ProfileId, Vec<&RuleSet>, Option<&str>)> = Vec::new();
    for (index, one) in claimed.iter().enumerate() {
        let holding = holding(&sets, one);
        if found[index].is_some() || holding.is_empty() || admit(inner, one, errand).is_err() {
            continue;
        }
        let Some(profile) = &one.profile else { continue };
        let own = time_zone(&profile.attributes);
        match quiet(&holding, now, own) {
            Some(restraint) => found[index] = Some(restraint),
            None => asking.push((index, profile.id, holding, own)),
        }
    }
    // Where two messages compete for the last push that a cap allows, the higher rank asks first, and gets it.
    asking.sort_by_key(|(index, ..)| rank(&claimed[*index]));
    let asks: Vec<Ask<'_>> = asking
        .iter()
        .map(|(index, profile, holding, own)| Ask {
            delivery: claimed[*index].place.id,
            profile: *profile,
            cause: &claimed[*index].cause,
            time_zone: *own,
            rank: rank(&claimed[*index]),
            sets: holding,
            slot: claimed[*index].slot_at,
            expires_at: claimed[*index].expires_at,
        })
        .collect();
    if asks
        .iter()
        .flat_map(|ask| ask.sets)
        .all(|set| set.rules.caps.is_empty() && set.rules.pace.is_none())
    {
        return Ok(found);
    }
    let mut tx = inner.store.begin().await?;
    let leaves = reserve(&mut tx, &asks).await?;
    tx.commit().await?;
    for ((index, ..), leave) in asking.iter().zip(leaves) {
        let name = |id| sets.iter().find(|set| set.id == id).map_or("", |set| &set.name);
        found[*index] = match leave {
            Leave::Now => None,
            Leave::Capped { set, cap } => Some(Restraint {
                end: End::Excluded(Exclusion::CapReached),
                words: format!("{cap}, says “{}”", name(set)),
            }),
            Leave::Later { set, until } => Some(Restraint {
                end: End::Waiting {
                    until,
                    outcome: Outcome::HeldByRule,
                },
                words: format!("the pace of “{}”", name(set)),
            }),
            Leave::TooLate { set } => Some(Restraint {
                end: End::Excluded(Exclusion::TooLate),
                words: format!("its turn by the pace of “{}” would come too late", name(set)),
            }),
            Leave::Moved => Some(Restraint {
                end: End::Waiting {
                    until: now,
                    outcome: Outcome::HeldByRule,
                },
                words: "the person's profile has just been merged or erased".to_owned(),
            }),
        };
    }
    Ok(found)
}

/// The rank of a delivery's message.
fn rank(claimed: &Claimed) -> Rank {
    claimed
        .content
        .as_ref()
        .map(|content| content.rank)
        .unwrap_or_default()
}

/// The rule sets that hold for a delivery: none for a proof.
fn holding<'a>(sets: &'a [RuleSet], claimed: &Claimed) -> Vec<&'a RuleSet> {
    match &claimed.content {
        Some(content) if !claimed.place.proof => sets.iter().filter(|set| set.holds_for(content)).collect(),
        _ => Vec::new(),
    }
}

/// The quiet hours that a delivery is due in.
fn quiet(sets: &[&RuleSet], now: Timestamp, own: Option<&str>) -> Option<Restraint> {
    let (set, quiet) = quiet_by(sets, now, own)?;
    Some(Restraint {
        end: match quiet {
            Quiet::Dropped => End::Excluded(Exclusion::QuietHours),
            Quiet::Held { until } => End::Waiting {
                until,
                outcome: Outcome::HeldByRule,
            },
        },
        words: quiet_words(set, now, own),
    })
}

fn quiet_words(set: &RuleSet, now: Timestamp, own: Option<&str>) -> String {
    let zone = set.rules.zone_of(own);
    let quiet = set.rules.quiet.as_ref();
    let when = quiet
        .and_then(|quiet| quiet.words_at(now, &zone))
        .unwrap_or_else(|| "now".to_owned());
    let zone = zone.iana_name().unwrap_or(&set.rules.time_zone);
    format!("no push {when} in {zone}, says “{}”", set.name)
}

#[cfg(test)]
mod tests {
    use heliograph_model::{
        ids::RuleSetId,
        rules::{Closed, Date, QuietHours, Reach, Rules},
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn quiet_times_are_told_with_their_hours_and_read_well_without() {
        let now = Timestamp::parse("2026-12-24T12:00:00Z").unwrap();
        let day = Date::constant(2026, 12, 24);
        let mut set = RuleSet {
            id: RuleSetId(Uuid::nil()),
            name: "Gentle".to_owned(),
            description: String::new(),
            reach: Reach::Marketing,
            rules: Rules {
                quiet: Some(QuietHours {
                    closed: vec![Closed { from: day, to: day }],
                    ..QuietHours::default()
                }),
                ..Rules::default()
            },
            revision: 1,
            created_at: now,
            updated_at: now,
        };
        assert_eq!(
            quiet_words(&set, now, Some("Europe/Rome")),
            "no push on 24 Dec 2026 in Europe/Rome, says “Gentle”"
        );
        set.rules.quiet = None;
        assert_eq!(quiet_words(&set, now, None), "no push now in UTC, says “Gentle”");
    }
}
