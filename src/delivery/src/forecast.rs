//! Who would be held back or left out, were a message sent to an audience now, and why.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use heliograph_model::{
    app_config::Platform,
    audience::Rule,
    delivery::Exclusion,
    ids::{AppId, ProfileId},
    message::Content,
    profile::{Consent, time_zone},
    rules::{Quiet, RuleSet, quiet_by},
    time::Timestamp,
    timing::{Lot, Timing, Window},
};
use heliograph_store::{
    Database, Error, apps, audiences, devices,
    profiles::{self, Profile},
    rule_sets,
};

use crate::timing::{Habits, Person};

/// How many people are judged at a time.
const PAGE: u32 = 1000;

/// How long somebody who asks is kept waiting. Of a large audience those are judged that are reached by then.
const LIMIT: Duration = Duration::from_secs(2);

/// What somebody would wait for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Later {
    /// That quiet hours end, of the rule set of this name.
    Quiet(String),
    /// The moment that they are given by lot.
    Spread,
    /// The hour at which they open the most pushes.
    BestTime,
}

/// What would become of a message to an audience.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forecast {
    /// How many people of the audience were judged.
    pub people: u64,
    /// Are there more, for which there was no time?
    pub cut_short: bool,
    /// Those who would get it at once, as far as the pace allows.
    pub now: u64,
    /// Those who would get it later, by what they would wait for.
    pub later: BTreeMap<Later, u64>,
    /// Those who would not get it, by reason and, where it is one of a rule set's, its name.
    pub never: BTreeMap<(&'static str, Option<String>), u64>,
}

/// Judges the people of an audience by what is known now: consent, devices, and the rule sets that hold for the message. Of
/// a large audience only the first, as many as can be judged in two seconds.
///
/// # Errors
/// Where the database fails, or the audience's rule can't be used.
pub async fn forecast(
    db: &mut impl Database,
    content: &Content,
    audience: &Rule,
    now: Timestamp,
) -> Result<Forecast, Error> {
    within(db, content, audience, now, PAGE, LIMIT).await
}

/// The same, with pages of so many people, until a time is over.
async fn within(
    db: &mut impl Database,
    content: &Content,
    audience: &Rule,
    now: Timestamp,
    page: u32,
    limit: Duration,
) -> Result<Forecast, Error> {
    let began = Instant::now();
    let all = rule_sets::list(db).await?;
    let sets: Vec<&RuleSet> = all.iter().filter(|set| set.holds_for(content)).collect();
    let reached: HashMap<(Platform, String), AppId> = apps::load(db, &content.apps)
        .await?
        .into_iter()
        .map(|app| ((app.platform, app.app), app.id))
        .collect();
    let timing = content.timing_in_force();
    let window = timing.window(now, now + Duration::from_secs(content.ttl.into()));
    let mut forecast = Forecast::default();
    let mut after = None;
    loop {
        let ids = audiences::members(db, audience, now, after, page).await?;
        let Some(last) = ids.last() else {
            return Ok(forecast);
        };
        if after.is_some() && began.elapsed() >= limit {
            forecast.cut_short = true;
            return Ok(forecast);
        }
        after = Some(*last);
        let people = profiles::load(db, &ids).await?;
        let with_device: HashMap<ProfileId, AppId> = devices::active_of(db, &ids)
            .await?
            .into_iter()
            .filter_map(|device| {
                let app = reached.get(&(device.platform.platform(), device.app.clone()))?;
                Some((device.profile, *app))
            })
            .collect();
        let asked: Vec<(ProfileId, AppId)> = match timing {
            Timing::BestTime { .. } => with_device
                .iter()
                .map(|(profile, app)| (*profile, *app))
                .collect(),
            Timing::AtOnce | Timing::Spread { .. } => Vec::new(),
        };
        let known = Known {
            now,
            sets: &sets,
            uses: rule_sets::uses(db, &ids).await?,
            with_device,
            timing,
            window,
            habits: Habits::load(db, &asked, now).await?,
        };
        for person in &people {
            forecast.add(known.judge(person));
        }
    }
}

/// What would become of one person's push.
enum Fate {
    Now,
    Later(Later),
    Never(Exclusion, Option<String>),
}

impl Forecast {
    fn add(&mut self, fate: Fate) {
        self.people += 1;
        match fate {
            Fate::Now => self.now += 1,
            Fate::Later(why) => *self.later.entry(why).or_default() += 1,
            Fate::Never(why, set) => *self.never.entry((why.title(), set)).or_default() += 1,
        }
    }
}

/// What people are judged by.
struct Known<'a> {
    now: Timestamp,
    sets: &'a [&'a RuleSet],
    uses: rule_sets::Uses,
    /// Those who can be reached, each with an app of the message.
    with_device: HashMap<ProfileId, AppId>,
    timing: Timing,
    window: Window,
    habits: Habits,
}

impl Known<'_> {
    /// In the order in which a delivery is judged.
    fn judge(&self, person: &Profile) -> Fate {
        if Consent::push(&person.attributes) == Consent::Refused {
            return Fate::Never(Exclusion::ConsentRefused, None);
        }
        let Some(app) = self.with_device.get(&person.id) else {
            return Fate::Never(Exclusion::NoDevice, None);
        };
        if let Some(later) = self.kept(person, *app) {
            return Fate::Later(later);
        }
        let own = time_zone(&person.attributes);
        match quiet_by(self.sets, self.now, own) {
            Some((set, Quiet::Dropped)) => return Fate::Never(Exclusion::QuietHours, Some(set.name.clone())),
            Some((set, Quiet::Held { .. })) => return Fate::Later(Later::Quiet(set.name.clone())),
            None => {}
        }
        for set in self.sets {
            let had: Vec<Timestamp> = self
                .uses
                .get(&(person.id, set.id))
                .into_iter()
                .flatten()
                .map(|(_, at)| *at)
                .collect();
            let reached = set.rules.reached(self.now, &set.rules.zone_of(own), &had);
            if reached.is_some() {
                return Fate::Never(Exclusion::CapReached, Some(set.name.clone()));
            }
        }
        Fate::Now
    }

    /// What the message's timing would have them wait for.
    fn kept(&self, person: &Profile, app: AppId) -> Option<Later> {
        // A stand-in for what would make the push: what matters is that it is another for each.
        let lot = Lot::of_cause(&person.id.to_string());
        let (moment, why) = match self.timing {
            Timing::AtOnce => return None,
            Timing::Spread { .. } => (self.window.moment(lot), Later::Spread),
            Timing::BestTime { .. } => {
                let person = Person {
                    profile: person,
                    zone: None,
                    app,
                };
                let (best, _) = self.habits.best(person, self.window, lot)?;
                (best.moment, Later::BestTime)
            }
        };
        (moment > self.now).then_some(why)
    }
}

#[cfg(test)]
mod tests {
    use heliograph_model::profile::Identity;
    use heliograph_store::testing::on_each_engine;

    use super::*;

    #[tokio::test]
    async fn what_takes_too_long_is_cut_short_and_says_so() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let people: Vec<_> = ["Ada", "Bo", "Cy"]
                .map(|name| profiles::Upsert {
                    identities: vec![Identity::new("CRMID", name).unwrap()],
                    attributes: serde_json::json!({}),
                })
                .into();
            profiles::upsert(&mut tx, &people).await.unwrap();
            tx.commit().await.unwrap();
            let mut db = store.read().await.unwrap();
            let (content, everyone) = (Content::default(), Rule::default());
            for (limit, people, cut_short) in [(Duration::ZERO, 2, true), (LIMIT, 3, false)] {
                let found = within(&mut db, &content, &everyone, store.now(), 2, limit)
                    .await
                    .unwrap();
                assert_eq!((found.people, found.cut_short), (people, cut_short));
            }
        })
        .await;
    }
}
