//! When a message goes out: spread over a window, and at each person's best time.

use std::{collections::BTreeMap, time::Duration};

use heliograph_delivery::{Later, ProofRequest, send_proof};
use heliograph_model::{
    delivery::{DeliveryStory, Exclusion, Interaction, Outcome, Pending, State},
    ids::{DeliveryId, MessageId, ProfileId},
    message::{Content, Purpose},
    profile::PushPlatform,
    rules::{Days, QuietHours, Reach, Rules, TimeOfDay, WhenQuiet, Window},
    time::{Clock, Timestamp},
    timing::Timing,
};
use heliograph_store::{
    counters::Counts,
    deliveries::{self, Queued},
};
use serde_json::json;

use crate::{
    forecast::counts,
    world::{World, in_each_world},
};

const HOUR: Duration = Duration::from_secs(3600);

impl World {
    fn timed(&self, timing: Timing) -> Content {
        Content {
            timing,
            ttl: 48 * 3600,
            ..self.content()
        }
    }

    /// Has the person open one push at each of these times.
    async fn opened(&self, person: ProfileId, at: &[Timestamp]) {
        for at in at {
            let id = self.queue(&self.content(), &[person]).await[0];
            let mut tx = self.store.begin().await.unwrap();
            let mut counts = Counts::new();
            deliveries::interacted(&mut tx, id, &Interaction::Opened, *at, &mut counts)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    }

    async fn held_for(&self, id: DeliveryId, outcome: Outcome) -> DeliveryStory {
        let story = self.waiting(id).await;
        assert_eq!(story.delivery.reason.as_deref(), Some(outcome.as_str()));
        assert_eq!(story.delivery.attempts, 0, "waiting is no attempt");
        story
    }
}

#[tokio::test]
async fn a_window_is_spread_over_and_a_moment_is_the_same_after_a_restart() {
    in_each_world(|world| async move {
        let people = world.people(8, PushPlatform::Apns).await;
        // Both phones of a person ring at the same moment.
        let (other, _) = world.person("Second phone", PushPlatform::Fcm).await;
        world.move_device(other, people[0]).await;
        let start = world.clock.now();
        let ids = world
            .queue(&world.timed(Timing::Spread { minutes: 120 }), &people)
            .await;
        assert_eq!(ids.len(), 9);
        let running = world.start();
        let mut moments = Vec::new();
        for id in &ids {
            let story = world.held_for(*id, Outcome::SpreadOut).await;
            assert_eq!(story.delivery.detail.as_deref(), Some("spread over 2 hours"));
            moments.push(story.delivery.due_at);
        }
        running.stop().await;
        assert!(moments.iter().all(|at| *at >= start && *at < start + 2 * HOUR));
        assert_eq!(moments[0], moments[1], "the two phones of one person");
        moments.sort_unstable();
        moments.dedup();
        assert_eq!(moments.len(), 8);
        // Another process, and what makes it look too early: the moments stay.
        let running = world.start();
        let pending = Pending::Waiting(Outcome::SpreadOut.as_str().to_owned());
        deliveries::retry_now(&world.store, Some(world.ios), &pending)
            .await
            .unwrap();
        for id in &ids {
            world
                .until(*id, |story| {
                    story.delivery.state == State::Waiting && moments.contains(&story.delivery.due_at)
                })
                .await;
        }
        world.later(2 * HOUR);
        for id in ids {
            assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        }
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_person_waits_for_and_what_is_tried_out_goes_at_once() {
    in_each_world(|world| async move {
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let spread = world.timed(Timing::Spread { minutes: 1440 });
        let running = world.start();
        let receipt = Content {
            purpose: Purpose::Transactional,
            ..spread.clone()
        };
        let receipt = world.queue(&receipt, &[ada]).await[0];
        assert_eq!(world.ended(receipt).await.delivery.state, State::Accepted);
        let proof = ProofRequest {
            profile: ada,
            device: None,
            message: MessageId::new(world.store.ids()),
            content: spread,
            context: json!({}),
        };
        let Queued::Deliveries(ids) = send_proof(&world.store, proof).await.unwrap() else {
            panic!("it is not queued");
        };
        // A proof is not counted, and its end raises no signal.
        let accepted = async || world.story(ids[0]).await.delivery.state == State::Accepted;
        world.until_so("the proof is not sent", accepted).await;
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_moment_never_comes_after_the_time_to_live_and_quiet_hours_still_hold() {
    in_each_world(|world| async move {
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let start = world.clock.now();
        let brief = Content {
            ttl: 600,
            ..world.timed(Timing::Spread { minutes: 1440 })
        };
        let running = world.start();
        let brief = world.queue(&brief, &[ada]).await[0];
        let story = world.held_for(brief, Outcome::SpreadOut).await;
        assert!(story.delivery.due_at < start + Duration::from_secs(540));
        world.later(Duration::from_secs(540));
        assert_eq!(world.ended(brief).await.delivery.state, State::Accepted);

        // It is quiet when its moment comes.
        let spread = world.timed(Timing::Spread { minutes: 60 });
        let id = world.queue(&spread, &[ada]).await[0];
        world.held_for(id, Outcome::SpreadOut).await;
        let always = Rules {
            quiet: Some(QuietHours {
                // Two halves, so that no minute of the day is left out.
                windows: [(0, 12), (12, 0)]
                    .map(|(from, to)| Window {
                        days: Days::EVERY,
                        from: TimeOfDay::new(from, 0).unwrap(),
                        to: TimeOfDay::new(to, 0).unwrap(),
                    })
                    .into(),
                closed: Vec::new(),
                then: WhenQuiet::Drop,
            }),
            ..Rules::default()
        };
        world.rule_set(Reach::Marketing, always).await;
        world.later(HOUR);
        let reason = world.ended(id).await.delivery.reason;
        assert_eq!(reason.as_deref(), Some(Exclusion::QuietHours.code()));
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_push_waits_for_the_hour_at_which_the_person_opens_most_and_says_why() {
    in_each_world(|world| async move {
        let (anna, _) = world.person("Anna", PushPlatform::Apns).await;
        let (bo, _) = world.person("Bo", PushPlatform::Apns).await;
        let (cy, _) = world.person("Cy", PushPlatform::Fcm).await;
        let running = world.start();
        // Five hours from now, on five of the last days; and once at another hour.
        let now = world.clock.now();
        let best = now.hour() + 5 * HOUR;
        let days = |n: u32| best - n * 24 * HOUR + Duration::from_secs(600);
        world
            .opened(
                anna,
                &[days(1), days(2), days(3), days(4), days(5), days(3) - 3 * HOUR],
            )
            .await;
        let timed = world.timed(Timing::BestTime { hours: 24 });
        let ids = world.queue(&timed, &[anna, bo, cy]).await;
        let story = world.held_for(ids[0], Outcome::BestTime).await;
        let due = story.delivery.due_at;
        assert!(due >= best && due < best + HOUR, "{due}");
        let hour = |at: Timestamp| at.as_seconds().rem_euclid(86_400) / 3600;
        let words = format!(
            "Anna opened 6 pushes in 90 days, 5 of them between {:02}:00 and {:02}:00 UTC",
            hour(best),
            hour(best + 2 * HOUR)
        );
        assert_eq!(story.delivery.detail, Some(words));
        // Of Bo nothing is known, so everyone's opens of the same app decide.
        let story = world.held_for(ids[1], Outcome::BestTime).await;
        assert!(story.delivery.due_at >= best && story.delivery.due_at < best + HOUR);
        let detail = story.delivery.detail.unwrap();
        assert!(
            detail.starts_with("too few opens of this person are known; of the app's last 6 pushes"),
            "{detail}"
        );
        // Nobody has opened anything on Android: there it goes at once.
        assert_eq!(world.ended(ids[2]).await.delivery.state, State::Accepted);

        let found = world.forecast(timed).await;
        assert_eq!(counts(&found.later), BTreeMap::from([(Later::BestTime, 2)]));
        assert_eq!(found.now, 1);
        // What is opened meanwhile does not move it.
        let soon = world.clock.now();
        world
            .opened(anna, &[soon, soon, soon, soon, soon, soon, soon, soon, soon])
            .await;
        world.later(6 * HOUR);
        for id in &ids[..2] {
            assert_eq!(world.ended(*id).await.delivery.state, State::Accepted);
        }
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_would_wait_for_a_moment_is_told_beforehand() {
    in_each_world(|world| async move {
        world.person("Ada", PushPlatform::Apns).await;
        world.person("Bo", PushPlatform::Fcm).await;
        let spread = world.timed(Timing::Spread { minutes: 60 });
        let found = world.forecast(spread.clone()).await;
        assert_eq!(counts(&found.later), BTreeMap::from([(Later::Spread, 2)]));
        let receipt = Content {
            purpose: Purpose::Transactional,
            ..spread
        };
        let found = world.forecast(receipt).await;
        assert_eq!(found.now, 2);
    })
    .await;
}
