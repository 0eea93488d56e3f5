//! Keeping pushes until the moment that their message gives them.

use std::collections::HashMap;

use heliograph_model::{
    delivery::Outcome,
    ids::{AppId, ProfileId},
    profile::{first_name, time_zone},
    time::Timestamp,
    timing::{Best, Lot, Opens, Timing, Whose, Window, zone_of},
};
use heliograph_store::{
    Database, Error,
    deliveries::{self, Claimed, End},
    profiles::Profile,
};

use crate::{
    attempt::{Errand, admit},
    rules::Restraint,
    service::Inner,
};

/// How many opens tell at which hour an app's people open pushes.
const EVERYONES: u32 = 1000;

/// What is known of when people open pushes.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    theirs: HashMap<ProfileId, Vec<Timestamp>>,
    everyones: HashMap<AppId, Opens>,
}

/// Somebody whose best time is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person<'a> {
    pub(crate) profile: &'a Profile,
    /// The zone of those who have none of their own.
    pub(crate) zone: Option<&'a str>,
    /// By which app they get the push.
    pub(crate) app: AppId,
}

impl Habits {
    /// Reads what is known of these people; and of everyone, for the apps of those of whom too little is.
    pub(crate) async fn load(
        db: &mut impl Database,
        people: &[(ProfileId, AppId)],
        now: Timestamp,
    ) -> Result<Self, Error> {
        let since = now - Opens::SINCE;
        let mut ids: Vec<ProfileId> = people.iter().map(|(profile, _)| *profile).collect();
        ids.sort_unstable();
        ids.dedup();
        let theirs = deliveries::opens(db, &ids, since).await?;
        let mut everyones = HashMap::new();
        for (profile, app) in people {
            let known = theirs.get(profile).map_or(0, Vec::len);
            if known >= Opens::ENOUGH as usize || everyones.contains_key(app) {
                continue;
            }
            let mut opens = Opens::default();
            for (at, zone) in deliveries::opens_of_app(db, *app, since, EVERYONES).await? {
                opens.add(at, &zone_of(zone.as_deref(), None));
            }
            everyones.insert(*app, opens);
        }
        Ok(Self { theirs, everyones })
    }

    /// The best moment of a window for somebody, and why; none where no opens tell of one.
    pub(crate) fn best(&self, person: Person<'_>, window: Window, lot: Lot) -> Option<(Best, String)> {
        let zone = zone_of(time_zone(&person.profile.attributes), person.zone);
        let mut own = Opens::default();
        for at in self.theirs.get(&person.profile.id).into_iter().flatten() {
            own.add(*at, &zone);
        }
        let (opens, whose) = if own.are_enough() {
            let name = first_name(&person.profile.attributes).map(str::to_owned);
            (&own, Whose::Theirs(name))
        } else {
            (self.everyones.get(&person.app)?, Whose::Everyones)
        };
        let best = opens.best(window, &zone, lot)?;
        let words = best.words(&whose, &zone).to_string();
        Some((best, words))
    }
}

/// What is kept until its moment, of deliveries that were claimed: none where it may go. A best time that was found is
/// kept with the delivery, so that it stays as it is.
pub(crate) async fn kept(
    inner: &Inner,
    claimed: &[Claimed],
    errand: Errand,
) -> Result<Vec<Option<Restraint>>, Error> {
    let mut found: Vec<Option<Restraint>> = vec![None; claimed.len()];
    let now = inner.store.now();
    let mut asking: Vec<(usize, Person<'_>, Window)> = Vec::new();
    for (index, one) in claimed.iter().enumerate() {
        let timing = timing(one);
        let window = timing.window(one.created_at, one.expires_at);
        if timing == Timing::AtOnce || window.until <= now || admit(inner, one, errand).is_err() {
            continue;
        }
        let (until, words) = match (timing, one.moment_at, &one.profile, one.place.app_id) {
            (Timing::Spread { .. }, ..) => (window.moment(Lot::of_cause(&one.cause)), timing.to_string()),
            (_, Some(moment), ..) => (moment, "the moment found before is kept".to_owned()),
            (_, None, Some(profile), Some(app)) => {
                let zone = one.time_zone.as_deref();
                asking.push((index, Person { profile, zone, app }, window));
                continue;
            }
            _ => continue,
        };
        found[index] = later(timing, until, now, words);
    }
    if asking.is_empty() {
        return Ok(found);
    }
    let people: Vec<_> = asking
        .iter()
        .map(|(_, person, _)| (person.profile.id, person.app))
        .collect();
    let habits = Habits::load(&mut inner.store.read().await?, &people, now).await?;
    let mut moments = Vec::new();
    for (index, person, window) in asking {
        let one = &claimed[index];
        if let Some((best, words)) = habits.best(person, window, Lot::of_cause(&one.cause)) {
            found[index] = later(timing(one), best.moment, now, words);
            moments.push((one.place.profile_id, one.place.id, best.moment));
        }
    }
    if !moments.is_empty() {
        let mut tx = inner.store.begin().await?;
        deliveries::keep_moments(&mut tx, &moments).await?;
        tx.commit().await?;
    }
    Ok(found)
}

/// When the pushes of a delivery's message go out: a proof goes at once.
fn timing(claimed: &Claimed) -> Timing {
    match &claimed.content {
        Some(content) if !claimed.place.proof => content.timing_in_force(),
        _ => Timing::AtOnce,
    }
}

fn later(timing: Timing, until: Timestamp, now: Timestamp, words: String) -> Option<Restraint> {
    let outcome = match timing {
        Timing::AtOnce => return None,
        Timing::Spread { .. } => Outcome::SpreadOut,
        Timing::BestTime { .. } => Outcome::BestTime,
    };
    (until > now).then_some(Restraint {
        end: End::Waiting { until, outcome },
        words,
    })
}
