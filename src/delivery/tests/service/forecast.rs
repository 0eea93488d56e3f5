//! What is told beforehand of a message: who would be held back or left out, and how long it takes.

use std::{collections::BTreeMap, time::Duration};

use heliograph_delivery::{Forecast, Later, Never, People, Question, forecast};
use heliograph_model::{
    app_config::CredentialState,
    audience::Rule,
    delivery::{Exclusion, Outcome, State},
    message::{Content, WhenEmpty},
    profile::PushPlatform,
    rules::{Pace, Reach, WhenQuiet},
    time::Clock,
};
use heliograph_store::{apps, deliveries};
use serde_json::json;

use crate::{
    rules::{one_a_day, one_a_second, quiet_around},
    world::{World, in_each_world},
};

/// How many people there are for each reason.
pub(crate) fn counts<K: Clone + Ord>(reasons: &BTreeMap<K, People>) -> BTreeMap<K, u64> {
    reasons
        .iter()
        .map(|(why, people)| (why.clone(), people.n))
        .collect()
}

impl World {
    /// What would become of a message to everyone.
    pub(crate) async fn forecast(&self, content: Content) -> Forecast {
        let question = Question {
            content,
            audience: &Rule::default(),
            context: &json!({"journey": {"events": {"buy": {"product": "tea"}}}}),
        };
        let mut conn = self.store.read().await.unwrap();
        forecast(&mut conn, question, self.store.now()).await.unwrap()
    }
}

#[tokio::test]
async fn who_would_be_held_back_is_told_beforehand() {
    in_each_world(|world| async move {
        world.rule_set(Reach::Marketing, one_a_day()).await;
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        world.person("Bo", PushPlatform::Fcm).await;
        let (cy, _) = world.person("Cy", PushPlatform::Fcm).await;
        world.move_device(cy, ada).await;
        let running = world.start();
        let sent = world.queue(&world.content(), &[ada]).await;
        for id in sent {
            world.ended(id).await;
        }
        running.stop().await;
        let found = world.forecast(world.content()).await;
        assert_eq!((found.people, found.now), (3, 1), "{found:?}");
        assert_eq!(
            counts(&found.never),
            BTreeMap::from([
                (Never::Excluded(Exclusion::NoDevice), 1),
                (Never::RuleSet(Exclusion::CapReached, "Gentle".to_owned()), 1),
            ])
        );
        assert_eq!(found.paced, None);
        let now = world.clock.now();
        world
            .rule_set(Reach::Marketing, quiet_around(now, WhenQuiet::Hold))
            .await;
        let found = world.forecast(world.content()).await;
        assert_eq!(
            counts(&found.later),
            BTreeMap::from([(Later::Quiet("Gentle".to_owned()), 2)])
        );
    })
    .await;
}

#[tokio::test]
async fn the_first_few_of_whom_something_holds_can_be_looked_at() {
    in_each_world(|world| async move {
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let (bo, _) = world.person("Bo", PushPlatform::Fcm).await;
        world.move_device(bo, ada).await;
        let none = Never::Excluded(Exclusion::NoDevice);
        let found = world.forecast(world.content()).await;
        assert_eq!(found.never[&none].first, [bo]);

        let others = world.people(7, PushPlatform::Fcm).await;
        let now = world.clock.now();
        world
            .rule_set(Reach::Marketing, quiet_around(now, WhenQuiet::Hold))
            .await;
        let found = world.forecast(world.content()).await;
        let held = &found.later[&Later::Quiet("Gentle".to_owned())];
        assert_eq!((held.n, held.first.len()), (8, 5), "{held:?}");
        assert!(
            held.first.iter().all(|one| *one == ada || others.contains(one)),
            "{held:?}"
        );
        assert_eq!(found.never[&none].first, [bo]);
    })
    .await;
}

#[tokio::test]
async fn an_app_that_nothing_can_be_sent_to_is_told_beforehand_and_holds_what_is_sent() {
    in_each_world(|world| async move {
        // Ada has an iPhone, Bo both.
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let (bo, _) = world.person("Bo", PushPlatform::Apns).await;
        let (cy, _) = world.person("Cy", PushPlatform::Fcm).await;
        world.move_device(cy, bo).await;
        let mut tx = world.store.begin().await.unwrap();
        deliveries::stop_app(&mut tx, world.ios, "Dee").await.unwrap();
        tx.commit().await.unwrap();
        world.rule_set(Reach::Marketing, one_a_second()).await;
        let (stopped, none) = (
            Later::App(Outcome::SendingStopped, "Shop".to_owned()),
            Never::Excluded(Exclusion::NoDevice),
        );
        let found = world.forecast(world.content()).await;
        assert_eq!(found.now, 1, "{found:?}");
        assert_eq!(counts(&found.later), BTreeMap::from([(stopped.clone(), 1)]));
        assert_eq!(counts(&found.never), BTreeMap::from([(none, 1)]));
        assert_eq!(found.paced.unwrap().pushes, 1);

        // What is sent is held for the same reason, before the rule sets are asked.
        let now = world.clock.now();
        world
            .rule_set(Reach::Marketing, quiet_around(now, WhenQuiet::Drop))
            .await;
        let running = world.start();
        let sent = world.queue(&world.content(), &[ada]).await[0];
        let reason = world.waiting(sent).await.delivery.reason;
        running.stop().await;
        assert_eq!(reason.as_deref(), Some(Outcome::SendingStopped.as_str()));
        let found = world.forecast(world.content()).await;
        assert_eq!(counts(&found.later), BTreeMap::from([(stopped, 1)]));

        // Without a credential nothing goes to Bo's other phone either.
        let content = Content {
            apps: vec![world.android],
            ..world.content()
        };
        let state = CredentialState::Refused {
            since: now,
            reason: "no".to_owned(),
            outcome: None,
        };
        let mut tx = world.store.begin().await.unwrap();
        apps::set_state(&mut tx, world.android, 1, &state).await.unwrap();
        tx.commit().await.unwrap();
        let found = world.forecast(content).await;
        let refused = Later::App(Outcome::GoogleSignInRejected, "Shop".to_owned());
        assert_eq!(counts(&found.later), BTreeMap::from([(refused, 1)]), "{found:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_told_of_texts_beforehand_is_what_becomes_of_them() {
    in_each_world(|world| async move {
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let (bo, _) = world.person("Bo", PushPlatform::Fcm).await;
        let (cy, _) = world.person("Cy", PushPlatform::Fcm).await;
        let name = "profile.person.name.firstName";
        let long = "x".repeat(5000);
        let content = Content {
            body: format!(
                r#"{{%#if {name} = "Bo"%}}{long}{{%/if%}}{{%#if {name} = "Cy"%}}{{{{profile.nick}}}}{{%/if%}}"#
            ),
            when_empty: WhenEmpty::DoNotSend,
            ..world.content()
        };
        let found = world.forecast(content.clone()).await;
        assert_eq!((found.people, found.now, found.with_gap), (3, 1, 0), "{found:?}");
        let nick = "profile.nick".to_owned();
        assert_eq!(
            counts(&found.never),
            BTreeMap::from([
                (Never::TooLarge, 1),
                (Never::FieldEmpty(vec![nick.clone()]), 1)
            ])
        );
        let running = world.start();
        let sent = world.queue(&content, &[ada, bo, cy]).await;
        let mut ends = Vec::new();
        for id in sent {
            let delivery = world.ended(id).await.delivery;
            ends.push((delivery.state, delivery.reason.unwrap_or_default()));
        }
        running.stop().await;
        assert_eq!(ends[0].0, State::Accepted);
        assert_eq!(ends[1], (State::Failed, Outcome::TooLarge.as_str().to_owned()));
        assert_eq!(ends[2], (State::Excluded, Exclusion::FieldEmpty.code().to_owned()));
        assert!((900..5000).contains(&found.excess), "{found:?}");

        // Where it may be sent with a gap, it is told how many find one.
        let gappy = Content {
            when_empty: WhenEmpty::SendWithGap,
            ..content
        };
        let found = world.forecast(gappy.clone()).await;
        assert_eq!((found.now, found.with_gap), (2, 1));
        assert_eq!(found.empty, BTreeMap::from([(nick, 1)]));

        // A template that fails does so for everyone.
        let broken = Content {
            title: "{{profile.".to_owned(),
            ..gappy
        };
        let found = world.forecast(broken).await;
        assert_eq!(found.now, 0);
        let words: Vec<_> = found.never.keys().map(ToString::to_string).collect();
        assert!(
            words.len() == 1 && words[0].starts_with("Could not be personalised: Title: "),
            "{words:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_pace_tells_how_long_it_takes_and_what_comes_too_late() {
    in_each_world(|world| async move {
        world.people(10, PushPlatform::Apns).await;
        world.rule_set(Reach::Marketing, one_a_second()).await;
        let now = world.store.now();
        let paced = world.forecast(world.content()).await.paced.unwrap();
        assert_eq!(
            (paced.set.as_str(), paced.pushes, paced.too_late),
            ("Gentle", 10, 0)
        );
        assert_eq!(
            paced.pace,
            Pace {
                per_minute: 60,
                ramp: None
            }
        );
        assert_eq!(paced.until, now + Duration::from_secs(9));
        let short = Content {
            ttl: 4,
            ..world.content()
        };
        let paced = world.forecast(short).await.paced.unwrap();
        assert_eq!((paced.pushes, paced.too_late), (4, 6));
        assert_eq!(paced.until, now + Duration::from_secs(3));
    })
    .await;
}
