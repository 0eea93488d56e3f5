//! Who would be held back or left out, were a message sent to an audience now, and why.

use std::{
    collections::{BTreeMap, HashSet},
    time::{Duration, Instant},
};

use heliograph_model::{
    app_config::Platform,
    audience::Rule,
    delivery::Exclusion,
    message::Content,
    profile::{Consent, time_zone},
    rules::{Quiet, RuleSet, quiet_by},
    time::Timestamp,
};
use heliograph_store::{
    Database, Error, apps, audiences, devices,
    profiles::{self, Profile},
    rule_sets,
};

/// How many people are judged at a time.
const PAGE: u32 = 1000;

/// How long somebody who asks is kept waiting. Of a large audience those are judged that are reached by then.
const LIMIT: Duration = Duration::from_secs(2);

/// What would become of a message to an audience.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forecast {
    /// How many people of the audience were judged.
    pub people: u64,
    /// Are there more, for which there was no time?
    pub cut_short: bool,
    /// Those who would get it at once, as far as the pace allows.
    pub now: u64,
    /// Those who would get it when quiet hours end, by the rule set's name.
    pub later: BTreeMap<String, u64>,
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
    let reached: HashSet<(Platform, String)> = apps::load(db, &content.apps)
        .await?
        .into_iter()
        .map(|app| (app.platform, app.app))
        .collect();
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
        let with_device: HashSet<_> = devices::active_of(db, &ids)
            .await?
            .into_iter()
            .filter(|device| reached.contains(&(device.platform.platform(), device.app.clone())))
            .map(|device| device.profile)
            .collect();
        let uses = rule_sets::uses(db, &ids).await?;
        for person in &people {
            let has_device = with_device.contains(&person.id);
            forecast.add(judge(person, has_device, &sets, &uses, now));
        }
    }
}

/// What would become of one person's push.
enum Fate {
    Now,
    Later(String),
    Never(Exclusion, Option<String>),
}

impl Forecast {
    fn add(&mut self, fate: Fate) {
        self.people += 1;
        match fate {
            Fate::Now => self.now += 1,
            Fate::Later(set) => *self.later.entry(set).or_default() += 1,
            Fate::Never(why, set) => *self.never.entry((why.title(), set)).or_default() += 1,
        }
    }
}

/// In the order in which a delivery is judged.
fn judge(
    person: &Profile,
    has_device: bool,
    sets: &[&RuleSet],
    uses: &rule_sets::Uses,
    now: Timestamp,
) -> Fate {
    if Consent::push(&person.attributes) == Consent::Refused {
        return Fate::Never(Exclusion::ConsentRefused, None);
    }
    if !has_device {
        return Fate::Never(Exclusion::NoDevice, None);
    }
    let own = time_zone(&person.attributes);
    match quiet_by(sets, now, own) {
        Some((set, Quiet::Dropped)) => return Fate::Never(Exclusion::QuietHours, Some(set.name.clone())),
        Some((set, Quiet::Held { .. })) => return Fate::Later(set.name.clone()),
        None => {}
    }
    for set in sets {
        let had: Vec<Timestamp> = uses
            .get(&(person.id, set.id))
            .into_iter()
            .flatten()
            .map(|(_, at)| *at)
            .collect();
        if set.rules.reached(now, &set.rules.zone_of(own), &had).is_some() {
            return Fate::Never(Exclusion::CapReached, Some(set.name.clone()));
        }
    }
    Fate::Now
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
