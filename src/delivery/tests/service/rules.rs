//! Rule sets: caps, quiet hours and pace, on the way of real pushes.

use std::{collections::BTreeSet, time::Duration};

use heliograph_model::{
    delivery::{Exclusion, Outcome, Pending, State},
    ids::RuleSetId,
    message::{Content, Purpose},
    profile::PushPlatform,
    rules::{Cap, Days, Pace, QuietHours, Reach, Rules, Span, TimeOfDay, Unit, WhenQuiet, Window},
    time::{Clock, Timestamp},
};
use heliograph_simulator as simulator;
use heliograph_store::{deliveries, rule_sets};

use crate::world::{World, in_each_world};

const HOUR: Duration = Duration::from_secs(3600);

impl World {
    pub(crate) async fn rule_set(&self, reach: Reach, rules: Rules) -> RuleSetId {
        assert_eq!(rules.problems(), []);
        let mut tx = self.store.begin().await.unwrap();
        let draft = rule_sets::Draft {
            name: "Gentle".into(),
            description: String::new(),
            reach,
            rules,
        };
        let id = rule_sets::create(&mut tx, &draft).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}

/// One push a second.
pub(crate) fn one_a_second() -> Rules {
    Rules {
        pace: Some(Pace {
            per_minute: 60,
            ramp: None,
        }),
        ..Rules::default()
    }
}

pub(crate) fn one_a_day() -> Rules {
    Rules {
        caps: vec![Cap {
            most: 1,
            span: Span::Rolling {
                length: 1,
                unit: Unit::Day,
            },
        }],
        ..Rules::default()
    }
}

/// Quiet from an hour before this moment until an hour after it, in UTC.
pub(crate) fn quiet_around(now: Timestamp, then: WhenQuiet) -> Rules {
    let time = |at: Timestamp| {
        let minutes = u16::try_from(at.as_seconds().rem_euclid(86_400) / 60).unwrap();
        TimeOfDay::new(minutes / 60, minutes % 60).unwrap()
    };
    Rules {
        quiet: Some(QuietHours {
            windows: vec![Window {
                days: Days::EVERY,
                from: time(now - HOUR),
                to: time(now + HOUR),
            }],
            closed: Vec::new(),
            then,
        }),
        ..Rules::default()
    }
}

#[tokio::test]
async fn a_cap_lets_as_many_through_as_it_says_and_a_push_to_two_phones_is_one() {
    in_each_world(|world| async move {
        let set = world.rule_set(Reach::Marketing, one_a_day()).await;
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let (bo, _) = world.person("Bo", PushPlatform::Fcm).await;
        world.move_device(bo, ada).await;
        let content = world.content();
        let both = world.queue(&content, &[ada]).await;
        assert_eq!(both.len(), 2, "one for each phone");
        let running = world.start();
        for id in both {
            assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        }
        // The next one is too much, for both phones.
        for id in world.queue(&content, &[ada]).await {
            let story = world.ended(id).await;
            assert_eq!(
                story.delivery.reason.as_deref(),
                Some(Exclusion::CapReached.code())
            );
            assert_eq!(
                story.delivery.detail.as_deref(),
                Some("at most 1 push in any day, says “Gentle”")
            );
        }
        // What a person waits for passes.
        let receipt = Content {
            purpose: Purpose::Transactional,
            ..content.clone()
        };
        let id = world.queue(&receipt, &[ada]).await[0];
        assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        // A day later there is room again, and what no cap counts any more is forgotten.
        world.later(24 * HOUR);
        let id = world.queue(&content, &[ada]).await[0];
        assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        running.stop().await;
        let mut conn = world.store.read().await.unwrap();
        assert_eq!(
            rule_sets::uses(&mut conn, &[ada]).await.unwrap()[&(ada, set)].len(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn what_could_not_be_sent_uses_up_no_cap() {
    in_each_world(|world| async move {
        world.rule_set(Reach::Marketing, one_a_day()).await;
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let long = Content {
            body: "x".repeat(5000),
            ..world.content()
        };
        let running = world.start();
        let failed = world.queue(&long, &[ada]).await[0];
        let story = world.ended(failed).await;
        assert_eq!(story.delivery.reason.as_deref(), Some(Outcome::TooLarge.as_str()));
        let id = world.queue(&world.content(), &[ada]).await[0];
        assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_cap_is_exact_with_two_services_at_once() {
    in_each_world(|world| async move {
        world.rule_set(Reach::Marketing, one_a_day()).await;
        let people = world.people(10, PushPlatform::Apns).await;
        let mut ids = Vec::new();
        for _ in 0..6 {
            ids.extend(world.queue(&world.content(), &people).await);
        }
        let running = [world.start(), world.start()];
        let mut accepted = Vec::new();
        for id in ids {
            let story = world.ended(id).await;
            if story.delivery.state == State::Accepted {
                accepted.push(story.delivery.profile);
            } else {
                assert_eq!(
                    story.delivery.reason.as_deref(),
                    Some(Exclusion::CapReached.code())
                );
            }
        }
        assert_eq!(accepted.len(), 10);
        assert_eq!(BTreeSet::from_iter(accepted), BTreeSet::from_iter(people));
        for one in running {
            one.stop().await;
        }
    })
    .await;
}

#[tokio::test]
async fn quiet_hours_hold_until_they_end_or_drop() {
    in_each_world(|world| async move {
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        let now = world.clock.now();
        let drops = world
            .rule_set(Reach::Chosen, quiet_around(now, WhenQuiet::Drop))
            .await;
        world
            .rule_set(Reach::Marketing, quiet_around(now, WhenQuiet::Hold))
            .await;
        let running = world.start();
        let held = world.queue(&world.content(), &[ada]).await[0];
        let story = world.waiting(held).await;
        assert_eq!(
            story.delivery.reason.as_deref(),
            Some(Outcome::HeldByRule.as_str())
        );
        let window = &quiet_around(now, WhenQuiet::Hold).quiet.unwrap().windows[0];
        let words = format!(
            "no push between {} and {} in UTC, says “Gentle”",
            window.from, window.to
        );
        assert_eq!(story.delivery.detail.as_deref(), Some(words.as_str()));
        assert_eq!(story.delivery.attempts, 0, "waiting is no attempt");
        let named = Content {
            rule_sets: vec![drops],
            ..world.content()
        };
        let dropped = world.queue(&named, &[ada]).await[0];
        assert_eq!(
            world.ended(dropped).await.delivery.reason.as_deref(),
            Some(Exclusion::QuietHours.code())
        );
        assert_eq!(world.shown(&token).len(), 0);
        world.later(HOUR);
        assert_eq!(world.ended(held).await.delivery.state, State::Accepted);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_interrupted_is_held_by_quiet_hours_as_well() {
    in_each_world(|world| async move {
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        let now = world.clock.now();
        world
            .rule_set(Reach::Marketing, quiet_around(now, WhenQuiet::Hold))
            .await;
        let id = world.queue(&world.content(), &[ada]).await[0];
        let lease = Duration::from_secs(180);
        let mut tx = world.store.begin().await.unwrap();
        let claimed = deliveries::claim(&mut tx, now, deliveries::Room::of(10), lease)
            .await
            .unwrap();
        assert_eq!(claimed.len(), 1);
        tx.commit().await.unwrap();
        let running = world.start();
        world.later(lease);
        let story = world.waiting(id).await;
        assert_eq!(
            story.delivery.reason.as_deref(),
            Some(Outcome::HeldByRule.as_str())
        );
        assert_eq!(world.shown(&token).len(), 0);
        // It may have been sent nevertheless, before the rest was held.
        let reasons: Vec<_> = story
            .hops
            .iter()
            .map(|hop| hop.detail.reason.as_deref())
            .collect();
        let lost = Outcome::AnswerLost.as_str();
        assert_eq!(reasons, [None, Some(lost), Some(Outcome::HeldByRule.as_str())]);
        assert_eq!(story.delivery.attempts, 1);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_pace_spreads_pushes_and_what_missed_its_moment_gets_another() {
    in_each_world(|world| async move {
        world.rule_set(Reach::Marketing, one_a_second()).await;
        let people = world.people(5, PushPlatform::Apns).await;
        let start = world.clock.now();
        let ids = world.queue(&world.content(), &people).await;
        let running = world.start();
        assert_eq!(world.ended(ids[0]).await.delivery.state, State::Accepted);
        for (n, id) in ids.iter().enumerate().skip(1) {
            let story = world.waiting(*id).await;
            assert_eq!(story.delivery.due_at, start + Duration::from_secs(n as u64));
        }
        // Being tried before its moment costs none its place.
        let pending = Pending::Waiting(Outcome::HeldByRule.as_str().to_owned());
        deliveries::retry_now(&world.store, Some(world.ios), &pending)
            .await
            .unwrap();
        for (n, id) in ids.iter().enumerate().skip(1) {
            let due = start + Duration::from_secs(n as u64);
            world
                .until(*id, |story| {
                    story.delivery.due_at == due && story.delivery.state == State::Waiting
                })
                .await;
        }
        world.later(Duration::from_secs(1));
        assert_eq!(world.ended(ids[1]).await.delivery.state, State::Accepted);
        // The server was down for an hour: what is left goes one a second still, and not at once.
        world.later(HOUR);
        assert_eq!(world.ended(ids[2]).await.delivery.state, State::Accepted);
        let now = world.clock.now();
        let story = world.until(ids[4], |story| story.delivery.due_at > now).await;
        assert_eq!(story.delivery.due_at, now + Duration::from_secs(2));
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_rule_holds_does_not_keep_a_refused_credential_from_being_tried() {
    in_each_world(|world| async move {
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        let running = world.start();
        world.fault(&token, None, simulator::Outcome::CredentialRefused);
        let mut news = Vec::new();
        for _ in 0..3 {
            let id = world.queue(&world.content(), &[ada]).await[0];
            world
                .until(id, |story| story.delivery.state == State::Waiting)
                .await;
            news.push(id);
        }
        world
            .rule_set(Reach::Marketing, quiet_around(world.clock.now(), WhenQuiet::Hold))
            .await;
        let receipt = Content {
            purpose: Purpose::Transactional,
            ..world.content()
        };
        let receipt = world.queue(&receipt, &[ada]).await[0];
        world.waiting(receipt).await;
        // The key works again, and the next try is made with what may go.
        world.simulator.set_faults(simulator::Faults::default());
        world.later(Duration::from_secs(61));
        assert_eq!(world.ended(receipt).await.delivery.state, State::Accepted);
        for id in news {
            let held = Some(Outcome::HeldByRule.as_str());
            world
                .until(id, |story| story.delivery.reason.as_deref() == held)
                .await;
        }
        assert_eq!(world.shown(&token).len(), 1);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_pace_keeps_no_moment_for_what_would_be_too_late_or_was_stopped() {
    in_each_world(|world| async move {
        let rules = Rules {
            pace: Some(Pace {
                per_minute: 1,
                ramp: None,
            }),
            ..one_a_day()
        };
        let set = world.rule_set(Reach::Marketing, rules).await;
        let people = world.people(4, PushPlatform::Apns).await;
        let start = world.clock.now();
        let minute = Duration::from_secs(60);
        let running = world.start();
        // One goes now, one in a minute, and for the others that is too late.
        let brief = Content {
            ttl: 90,
            ..world.content()
        };
        let ids = world.queue(&brief, &people).await;
        assert_eq!(world.ended(ids[0]).await.delivery.state, State::Accepted);
        assert_eq!(world.waiting(ids[1]).await.delivery.due_at, start + minute);
        for id in &ids[2..] {
            let story = world.ended(*id).await;
            assert_eq!(story.delivery.reason.as_deref(), Some(Exclusion::TooLate.code()));
        }
        // They have used up nothing: the next goes in the minute after, and has a place in the cap.
        let next = world.queue(&world.content(), &people[2..3]).await[0];
        let story = world.waiting(next).await;
        assert_eq!(story.delivery.due_at, start + 2 * minute);
        // When that is stopped, another gets its moment.
        let message = story.delivery.message;
        let stopped = deliveries::stop_for_message(&world.store, message).await;
        assert_eq!(stopped.unwrap(), 1);
        let other = world.queue(&world.content(), &people[2..3]).await[0];
        assert_eq!(world.waiting(other).await.delivery.due_at, start + 2 * minute);
        running.stop().await;
        let mut conn = world.store.read().await.unwrap();
        let uses = rule_sets::uses(&mut conn, &people[2..]).await.unwrap();
        assert_eq!(uses.keys().collect::<Vec<_>>(), [&(people[2], set)]);
    })
    .await;
}
