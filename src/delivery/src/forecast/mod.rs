//! Who would be held back or left out, were a message sent to an audience now, and why.

mod fate;
mod known;
mod pace;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use heliograph_model::{
    audience::Rule, ids::ProfileId, message::Content, payload::CompiledContent, time::Timestamp,
};
use heliograph_store::{Database, Error, audiences, profiles, rule_sets};
use serde_json::Value;

pub use fate::{Later, Never};
pub use pace::Paced;

use fate::{Fate, When};
use known::Known;

/// How many people are judged at a time.
const PAGE: u32 = 1000;

/// How long somebody who asks is kept waiting. Of a large audience those are judged that are reached by then.
const LIMIT: Duration = Duration::from_secs(2);

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// What the message says, with the fragments that it calls.
    pub content: Content,
    /// To whom it would go.
    pub audience: &'a Rule,
    /// The root `context` of its templates.
    pub context: &'a Value,
}

/// People to whom the same happens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct People {
    /// How many they are.
    pub n: u64,
    /// The first few of them, to look at.
    pub first: Vec<ProfileId>,
}

impl People {
    /// So many are kept to look at.
    const FIRST: usize = 5;

    fn add(&mut self, person: ProfileId) {
        self.n += 1;
        if self.first.len() < Self::FIRST {
            self.first.push(person);
        }
    }
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
    pub later: BTreeMap<Later, People>,
    /// Those who would not get it on any phone, by why.
    pub never: BTreeMap<Never, People>,
    /// How many bytes the largest text is too large by; nothing where all fit.
    pub excess: usize,
    /// How many of those who would get it find a gap in the text.
    pub with_gap: u64,
    /// Of them, by the field that is empty.
    pub empty: BTreeMap<String, u64>,
    /// How long the pace makes it take to send what may go at once; none where nothing sets one.
    pub paced: Option<Paced>,
}

/// Judges the people of an audience by what is known now: consent, devices, the rule sets that hold for the message, and the
/// text that it makes for each. Of a large audience only the first, as many as can be judged in two seconds.
///
/// # Errors
/// Where the database fails, or the audience's rule can't be used.
pub async fn forecast(
    db: &mut impl Database,
    question: Question<'_>,
    now: Timestamp,
) -> Result<Forecast, Error> {
    within(db, question, now, PAGE, LIMIT).await
}

/// The same, with pages of so many people, until a time is over.
async fn within(
    db: &mut impl Database,
    Question {
        content,
        audience,
        context,
    }: Question<'_>,
    now: Timestamp,
    page: u32,
    limit: Duration,
) -> Result<Forecast, Error> {
    let began = Instant::now();
    let compiled = CompiledContent::new(content);
    let mut sets = rule_sets::list(db).await?;
    sets.retain(|set| set.holds_for(compiled.content()));
    let mut known = Known::new(db, &compiled, context, &sets, now).await?;
    let (mut forecast, mut pushes) = (Forecast::default(), 0);
    let mut after = None;
    'audience: loop {
        let ids = audiences::members(db, audience, now, after, page).await?;
        let Some(last) = ids.last() else { break };
        after = Some(*last);
        let mut people = profiles::load(db, &ids).await?;
        known.turn_to(db, &mut people).await?;
        for person in &people {
            if forecast.people > 0 && began.elapsed() >= limit {
                forecast.cut_short = true;
                break 'audience;
            }
            let fate = known.judge(person);
            if fate.when == When::Now {
                pushes += fate.pushes;
            }
            forecast.add(person.id, fate);
            // Texts take a while to make, and others want this thread as well.
            tokio::task::yield_now().await;
        }
    }
    let ttl = Duration::from_secs(compiled.content().ttl.into());
    forecast.paced = pace::paced(db, &sets, pushes, now, ttl).await?;
    Ok(forecast)
}

impl Forecast {
    fn add(&mut self, person: ProfileId, fate: Fate) {
        self.people += 1;
        self.excess = self.excess.max(fate.excess);
        let gets_it = match fate.when {
            When::Now => {
                self.now += 1;
                true
            }
            When::Later(why) => {
                self.later.entry(why).or_default().add(person);
                true
            }
            When::Never(why) => {
                self.never.entry(why).or_default().add(person);
                false
            }
        };
        if gets_it && !fate.empty.is_empty() {
            self.with_gap += 1;
            for field in fate.empty {
                *self.empty.entry(field).or_default() += 1;
            }
        }
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
            let question = Question {
                content: Content::default(),
                audience: &Rule::default(),
                context: &Value::Null,
            };
            for (limit, people, cut_short) in [(Duration::ZERO, 1, true), (LIMIT, 3, false)] {
                let found = within(&mut db, question.clone(), store.now(), 2, limit)
                    .await
                    .unwrap();
                assert_eq!((found.people, found.cut_short), (people, cut_short));
            }
        })
        .await;
    }
}
