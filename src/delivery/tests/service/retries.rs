//! What is sent again, when, and for how long.

use std::time::Duration;

use heliograph_delivery::Options;
use heliograph_model::{
    delivery::{HopKind, Outcome, State},
    message::{Content, WhenUnknown},
    profile::PushPlatform,
};
use heliograph_simulator::Outcome as Fault;
use heliograph_store::deliveries;

use super::world::*;

#[tokio::test]
async fn apple_is_tried_again_after_a_quarter_of_an_hour_and_google_after_what_it_asks_for() {
    in_each_world(|world| async move {
        let (ada, apple) = world.person("Ada", PushPlatform::Apns).await;
        let (bo, google) = world.person("Bo", PushPlatform::Fcm).await;
        let running = world.start();
        let (cy, asking) = world.person("Cy", PushPlatform::Apns).await;
        for (person, token, retry_after, wait, outcome) in [
            (ada, apple, None, 900, Outcome::AppleBusy),
            (cy, asking, Some(1200), 1200, Outcome::AppleBusy),
            (bo, google, Some(30), 30, Outcome::GoogleBusy),
        ] {
            world.fault(&token, Some(1), Fault::Unavailable { retry_after });
            let id = world.queue(&world.content(), &[person]).await[0];
            let story = world.waiting(id).await;
            assert_eq!(story.delivery.reason.as_deref(), Some(outcome.as_str()));
            assert_eq!(
                story.delivery.due_at,
                world.store.now() + Duration::from_secs(wait)
            );
            world.later(Duration::from_secs(wait));
            let story = world.ended(id).await;
            assert_eq!(
                (story.delivery.state, story.delivery.attempts),
                (State::Accepted, 2)
            );
            assert_eq!(world.shown(&token).len(), 1);
        }
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_google_does_not_take_is_given_up_after_an_hour() {
    in_each_world(|world| async move {
        let (bo, token) = world.person("Bo", PushPlatform::Fcm).await;
        world.fault(&token, None, Fault::Internal);
        let running = world.start();
        let id = world.queue(&world.content(), &[bo]).await[0];
        let mut attempts = 0;
        let story = loop {
            let story = world
                .until(id, |story| {
                    story.delivery.attempts > attempts && story.delivery.state != State::Sending
                })
                .await;
            if story.delivery.state != State::Waiting {
                break story;
            }
            attempts = story.delivery.attempts;
            world.later(story.delivery.due_at.since(world.store.now()));
        };
        assert_eq!(story.delivery.state, State::Failed);
        assert_eq!(story.delivery.reason.as_deref(), Some("google_busy"));
        // 10 + 20 + … + 1280 seconds are 2,550; the next pause of 2,560 would end after the hour.
        assert_eq!(story.delivery.attempts, 9);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_held_back_for_hours_still_has_its_hour_of_trying() {
    in_each_world(|world| async move {
        let (bo, token) = world.person("Bo", PushPlatform::Fcm).await;
        let content = Content {
            ttl: 86_400,
            ..world.content()
        };
        let id = world.queue(&content, &[bo]).await[0];
        world.later(Duration::from_secs(3 * 3600));
        world.fault(&token, Some(1), Fault::Unavailable { retry_after: None });
        let running = world.start();
        let story = world.waiting(id).await;
        assert_eq!(story.delivery.reason.as_deref(), Some("google_busy"));
        world.later(Duration::from_secs(10));
        assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_followed_as_the_message_says_and_the_phone_shows_one() {
    in_each_world(|world| async move {
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        // A worker that ended between sending and writing: its claim runs out.
        let lost = (HopKind::Waiting, Some("answer_lost"), Some(1));
        let taken = (HopKind::Accepted, Some("accepted_by_apple"), Some(2));
        let left = (HopKind::Unknown, Some("answer_lost"), None);
        for (when_unknown, state, attempts, told) in [
            (WhenUnknown::RatherTwice, State::Accepted, 2, vec![lost, taken]),
            (WhenUnknown::RatherNever, State::Unknown, 0, vec![left]),
        ] {
            let content = Content {
                when_unknown,
                ..world.content()
            };
            let id = world.queue(&content, &[ada]).await[0];
            let mut tx = world.store.begin().await.unwrap();
            let lease = Duration::from_secs(180);
            let claimed = deliveries::claim(&mut tx, world.store.now(), deliveries::Room::of(10), lease)
                .await
                .unwrap();
            assert_eq!(claimed.len(), 1);
            tx.commit().await.unwrap();
            let running = world.start();
            world.later(lease);
            let story = world.ended(id).await;
            assert_eq!((story.delivery.state, story.delivery.attempts), (state, attempts));
            let hops: Vec<_> = story
                .hops
                .iter()
                .skip(1)
                .map(|hop| (hop.kind, hop.detail.reason.as_deref(), hop.detail.attempt))
                .collect();
            assert_eq!(hops, told);
            let why = "the process that sent it ended before it had written the answer down";
            assert_eq!(story.hops[1].detail.words.as_deref(), Some(why));
            running.stop().await;
        }
        assert_eq!(world.shown(&token).len(), 1);
        assert_eq!(world.simulator.counts().apns.shown_twice, 0);
    })
    .await;
}

#[tokio::test]
async fn a_push_whose_answer_is_lost_is_sent_again_and_the_phone_shows_one() {
    in_each_world(|world| async move {
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        world.fault(&token, Some(1), Fault::AnswerLost);
        let running = world.start_with(Options {
            send_limit: Duration::from_secs(8),
            ..Options::default()
        });
        let id = world.queue(&world.content(), &[ada]).await[0];
        let story = world.waiting(id).await;
        assert_eq!(story.delivery.reason.as_deref(), Some("answer_lost"));
        world.later(Duration::from_secs(10));
        assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        let counts = world.simulator.counts().apns;
        assert_eq!((counts.unanswered, counts.shown_twice), (1, 0));
        assert_eq!(world.shown(&token).len(), 1);
        running.stop().await;
    })
    .await;
}
