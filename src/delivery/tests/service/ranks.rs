//! What goes first when messages compete.

use std::time::Duration;

use heliograph_delivery::{Options, ProofRequest, send_proof};
use heliograph_model::{
    delivery::{Exclusion, State, Turn},
    ids::MessageId,
    message::{Content, Rank},
    profile::PushPlatform,
    rules::Reach,
    time::Clock,
};
use heliograph_store::{
    deliveries::{self, Queued},
    testing::on_each_engine,
};
use serde_json::json;

use crate::{
    rules::{one_a_day, one_a_second},
    world::{World, in_each_world},
};

/// One push at a time, so that the order in which they leave is the order of the queue.
fn one_at_a_time() -> Options {
    Options {
        in_flight: 1,
        doubtful: 1,
        ..Options::default()
    }
}

impl World {
    fn ranked(&self, rank: Rank, title: &str) -> Content {
        Content {
            title: title.to_owned(),
            rank,
            ..self.content()
        }
    }
}

#[tokio::test]
async fn what_is_due_leaves_by_rank_and_then_by_time_and_a_proof_before_all() {
    in_each_world(|world| async move {
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        let mut ids = Vec::new();
        for (rank, title) in [
            (Rank::Last, "last 1"),
            (Rank::Normal, "normal 1"),
            (Rank::Last, "last 2"),
            (Rank::First, "first 1"),
            (Rank::Normal, "normal 2"),
            (Rank::First, "first 2"),
        ] {
            ids.extend(world.queue(&world.ranked(rank, title), &[ada]).await);
            world.clock.advance(Duration::from_secs(1));
        }
        let proof = ProofRequest {
            profile: ada,
            device: None,
            message: MessageId::new(world.store.ids()),
            content: world.ranked(Rank::Last, "proof"),
            context: json!({}),
        };
        match send_proof(&world.store, proof).await.unwrap() {
            Queued::Deliveries(queued) => ids.extend(queued),
            Queued::Excluded(why) => panic!("{why:?}"),
        }
        // What goes before one can be seen beforehand.
        let last = world.story(ids[2]).await.delivery;
        let mut conn = world.store.read().await.unwrap();
        let ahead = deliveries::ahead(&mut conn, &last, world.store.now())
            .await
            .unwrap();
        let ahead: Vec<_> = ahead.iter().map(|one| (one.turn, one.count)).collect();
        assert_eq!(
            ahead,
            [
                (Turn::Proof, 1),
                (Turn::First, 2),
                (Turn::Normal, 2),
                (Turn::Last, 1)
            ]
        );
        drop(conn);
        let running = world.start_with(one_at_a_time());
        for id in ids {
            assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        }
        running.stop().await;
        // A phone shows the newest on top.
        let shown = world.shown(&token).into_iter().rev();
        let titles: Vec<String> = shown.map(|(title, _)| title).collect();
        let expected = [
            "proof", "first 1", "first 2", "normal 1", "normal 2", "last 1", "last 2",
        ];
        assert_eq!(titles, expected);
    })
    .await;
}

#[tokio::test]
async fn the_last_push_that_a_cap_allows_is_of_the_highest_rank_in_one_set_and_across_sets() {
    for options in [Options::default(), one_at_a_time()] {
        on_each_engine(|store, clock| {
            let options = options.clone();
            async move {
                let world = World::new(store, clock).await;
                world.upload_both().await;
                world.rule_set(Reach::Marketing, one_a_day()).await;
                let people = world.people(6, PushPlatform::Apns).await;
                let mut lesser = Vec::new();
                for rank in [Rank::Last, Rank::Normal] {
                    lesser.extend(world.queue(&world.ranked(rank, "lesser"), &people).await);
                    world.clock.advance(Duration::from_secs(1));
                }
                let first = world.queue(&world.ranked(Rank::First, "first"), &people).await;
                let running = world.start_with(options);
                for id in first {
                    assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
                }
                for id in lesser {
                    let reason = world.ended(id).await.delivery.reason;
                    assert_eq!(reason.as_deref(), Some(Exclusion::CapReached.code()));
                }
                running.stop().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn under_a_pace_the_first_moments_are_of_the_highest_rank() {
    in_each_world(|world| async move {
        world.rule_set(Reach::Marketing, one_a_second()).await;
        let people = world.people(3, PushPlatform::Apns).await;
        let last = world.queue(&world.ranked(Rank::Last, "last"), &people).await;
        let first = world.queue(&world.ranked(Rank::First, "first"), &people).await;
        let start = world.clock.now();
        let running = world.start();
        assert_eq!(world.ended(first[0]).await.delivery.state, State::Accepted);
        for (n, id) in first.iter().chain(&last).enumerate().skip(1) {
            let story = world.waiting(*id).await;
            assert_eq!(story.delivery.due_at, start + Duration::from_secs(n as u64));
        }
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_push_of_a_higher_rank_takes_the_moment_of_a_lower_one_that_waits_for_the_same_pace() {
    in_each_world(|world| async move {
        world.rule_set(Reach::Marketing, one_a_second()).await;
        let people = world.people(4, PushPlatform::Apns).await;
        let at = {
            let start = world.clock.now();
            move |n: u64| start + Duration::from_secs(n)
        };
        let running = world.start();
        let last = world.queue(&world.ranked(Rank::Last, "last"), &people).await;
        assert_eq!(world.ended(last[0]).await.delivery.state, State::Accepted);
        for (id, n) in last[1..].iter().zip(1..) {
            assert_eq!(world.waiting(*id).await.delivery.due_at, at(n));
        }
        let first = world
            .queue(&world.ranked(Rank::First, "first"), &people[2..])
            .await;
        assert_eq!(world.waiting(first[0]).await.delivery.due_at, at(1));
        assert_eq!(world.waiting(first[1]).await.delivery.due_at, at(2));
        // The two who lost theirs got the last ones, and it can be seen why.
        for (id, due) in [(last[1], at(4)), (last[2], at(5)), (last[3], at(3))] {
            world.until(id, |story| story.delivery.due_at == due).await;
        }
        let hop = world.story(last[1]).await.hops.pop().unwrap();
        let words = hop.detail.words.as_deref();
        assert_eq!(words, Some("a push of a higher rank has taken its moment"));
        assert_eq!(hop.detail.until, Some(at(4)));
        // All go in the end, one a second.
        for n in 1..6 {
            world.later(Duration::from_secs(1));
            let due = [first[0], first[1], last[3], last[1], last[2]][n - 1];
            assert_eq!(world.ended(due).await.delivery.state, State::Accepted);
        }
        running.stop().await;
    })
    .await;
}
