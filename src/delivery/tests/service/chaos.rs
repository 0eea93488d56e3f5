//! Storms: connections that close all the time, providers that fall silent, clocks that differ, keys that change meanwhile.
//! Whatever happens, every push ends, and is sent twice only where its answer was lost.

use std::{sync::Arc, time::Duration};

use heliograph_delivery::Options;
use heliograph_model::{
    app_config::CredentialState,
    delivery::{DeliveryStory, State},
    message::{Content, WhenUnknown},
    profile::{DeviceStatus, PushPlatform},
    time::{Clock, ManualClock},
};
use heliograph_simulator as simulator;
use heliograph_store::{
    Store, deliveries,
    testing::{POSTGRES, START, fresh_postgres, on_each_engine},
};
use simulator::{Latency, Outcome as Fault, ProviderFaults};

use super::{
    crowd::{PEOPLE, everywhere},
    world::*,
};

#[tokio::test]
async fn a_storm_of_goaway_costs_no_attempt_and_doubles_nothing() {
    in_each_world(|world| async move {
        world.simulator.set_faults(everywhere(ProviderFaults {
            go_away_after: std::num::NonZeroU32::new(3),
            latency: Some(Latency::Fixed { ms: 5 }),
            ..ProviderFaults::default()
        }));
        let people = world.crowd().await;
        let running = world.start();
        let ids = world.queue(&world.content(), &people).await;
        for id in &ids {
            let story = world.ended(*id).await;
            assert_eq!(story.delivery.state, State::Accepted, "{story:#?}");
            assert_eq!(story.delivery.attempts, 1, "{story:#?}");
        }
        running.stop().await;
        let all = PEOPLE as u64;
        assert_eq!(world.totals(), [all, all, 0, 0, 0]);
        // A line takes three pushes, so there were many of them.
        assert!(world.simulator.counts().apns.connections >= all / 2 / 3);
    })
    .await;
}

#[tokio::test]
async fn what_a_black_hole_swallowed_is_sent_again_or_left_as_the_message_says() {
    for (fault, doubled) in [(Fault::BlackHole, false), (Fault::AnswerLost, true)] {
        in_each_world(|world| {
            let fault = fault.clone();
            async move {
                let people = world.crowd().await;
                let running = world.start_with(Options {
                    // Of which a second is for the answer.
                    send_limit: Duration::from_secs(8),
                    ..Options::default()
                });
                world.warm_up().await;
                let before = world.totals();
                world.fault("", None, fault);
                let again = world.queue(&world.content(), &people).await;
                for id in &again {
                    let story = world.waiting(*id).await;
                    assert_eq!(story.delivery.reason.as_deref(), Some("answer_lost"));
                }
                let rather_never = Content {
                    when_unknown: WhenUnknown::RatherNever,
                    ..world.content()
                };
                let left = world.queue(&rather_never, &people[..10]).await;
                world.all_end(&left, State::Unknown).await;

                world.simulator.set_faults(simulator::Faults::default());
                world.later(Duration::from_secs(15));
                world.all_end(&again, State::Accepted).await;
                running.stop().await;
                let [accepted, distinct, twice, shown_twice, unanswered] = world.totals();
                let (all, left) = (PEOPLE as u64, left.len() as u64);
                assert_eq!(unanswered, all + left);
                assert_eq!(shown_twice, 0, "each double carries the same collapse id or tag");
                let arrived = if doubled { all + left } else { all };
                assert_eq!(distinct - before[1], arrived);
                assert_eq!(twice, if doubled { all } else { 0 });
                assert_eq!(accepted, distinct + twice);
            }
        })
        .await;
    }
}

/// So few in hand that most of a crowd waits its turn.
fn few() -> Options {
    Options {
        in_flight: 6,
        ..Options::default()
    }
}

/// Answers that take so long that some pushes are always on their way.
fn slow() -> simulator::Faults {
    everywhere(ProviderFaults {
        latency: Some(Latency::Fixed { ms: 20 }),
        ..ProviderFaults::default()
    })
}

#[tokio::test]
async fn a_key_that_is_replaced_while_pushes_are_on_their_way_loses_and_doubles_none() {
    in_each_world(|world| async move {
        let people = world.crowd().await;
        let running = world.start_with(few());
        world.warm_up().await;
        world.simulator.set_faults(slow());
        let ids = world.queue(&world.content(), &people).await;
        world.accepted(10).await;
        world.upload_both().await;
        world.accepted(20).await;
        world
            .upload(world.ios, &world.apple_key_called("WRONGKEY01"))
            .await;
        // Google's go on, and Apple's wait.
        for id in ids.iter().skip(1).step_by(2) {
            assert_eq!(world.ended(*id).await.delivery.state, State::Accepted);
        }
        let last = world.waiting(ids[PEOPLE - 2]).await;
        assert_eq!(last.delivery.reason.as_deref(), Some("apple_key_rejected"));
        world.upload_both().await;
        world.all_end(&ids, State::Accepted).await;
        running.stop().await;
        let all = PEOPLE as u64 + 2;
        assert_eq!(world.totals(), [all, all, 0, 0, 0]);
    })
    .await;
}

#[tokio::test]
async fn credentials_that_are_refused_under_load_for_a_minute_cost_nothing_but_time() {
    in_each_world(|world| async move {
        let people = world.crowd().await;
        let running = world.start_with(few());
        world.warm_up().await;
        let good = slow();
        let refused = simulator::Faults {
            rules: vec![simulator::Rule {
                provider: None,
                token_prefix: String::new(),
                one_in: None,
                times: None,
                outcome: Fault::CredentialRefused,
            }],
            ..good.clone()
        };
        world.simulator.set_faults(good.clone());
        let mut ids = world.queue(&world.content(), &people).await;
        world.accepted(10).await;
        world.simulator.set_faults(refused);
        // There comes more all the while.
        ids.extend(world.queue(&world.content(), &people).await);
        let rested = |story: &DeliveryStory| matches!(story.delivery.state, State::Accepted | State::Waiting);
        for id in &ids {
            world.until(*id, rested).await;
        }
        for app in [world.ios, world.android] {
            assert!(matches!(world.state(app).await, CredentialState::Refused { .. }));
        }
        // After a minute each is tried again, in vain.
        let asked = || {
            let counts = world.simulator.counts();
            [counts.apns.requests, counts.fcm.requests]
        };
        let before = asked();
        world.later(Duration::from_secs(60));
        let tried = async || asked().iter().zip(before).all(|(now, before)| *now > before);
        world.until_so("they are not tried again", tried).await;
        for id in &ids {
            world.until(*id, rested).await;
        }
        let last = world.story(ids[2 * PEOPLE - 1]).await;
        assert_eq!(last.delivery.state, State::Waiting, "{last:#?}");

        world.simulator.set_faults(good);
        world.later(Duration::from_secs(60));
        world.all_end(&ids, State::Accepted).await;
        running.stop().await;
        for person in people {
            assert_eq!(world.status(person).await, DeviceStatus::Active);
        }
        let all = 2 * PEOPLE as u64 + 2;
        assert_eq!(world.totals(), [all, all, 0, 0, 0]);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_differs_from_the_providers_is_named_and_what_waits_goes_when_it_is_right() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let ahead = |seconds| {
            everywhere(ProviderFaults {
                clock_ahead: seconds,
                ..ProviderFaults::default()
            })
        };
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let (bo, _) = world.person("Bo", PushPlatform::Fcm).await;
        // Two hours behind the provider, and an hour ahead of it.
        for (seconds, apple, google) in [
            (7200, "apple_sign_in_expired", "google_sign_in_rejected"),
            (-3600, "apple_key_rejected", "google_sign_in_rejected"),
        ] {
            world.simulator.set_faults(ahead(seconds));
            // New credentials, so that it has to sign in.
            world.upload_both().await;
            let running = world.start();
            let ids = world.queue(&world.content(), &[ada, bo]).await;
            for (id, reason) in [(ids[0], apple), (ids[1], google)] {
                let story = world.waiting(id).await;
                let code = story.delivery.reason.unwrap();
                assert_eq!(code, reason, "{:?}", story.delivery.detail);
                let (_, _, advice) = heliograph_model::delivery::explain(&code).unwrap();
                assert!(advice.contains("clock"), "{advice}");
            }
            for app in [world.ios, world.android] {
                if let CredentialState::Refused { reason, .. } = world.state(app).await {
                    assert!(reason.contains("clock"), "{reason}");
                }
            }
            world.simulator.set_faults(ahead(0));
            world.later(Duration::from_secs(60));
            world.all_end(&ids, State::Accepted).await;
            running.stop().await;
        }
        assert_eq!(world.totals()[2], 0);
    })
    .await;
}

/// The database as another process has it whose clock is ahead by so much, and that clock.
async fn beside(world: &World, address: &str, ahead: Duration) -> (Store, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(world.clock.now() + ahead));
    let options = heliograph_store::Options {
        clock: clock.clone(),
        connections: 4,
        shard: 1,
        ..heliograph_store::Options::default()
    };
    (Store::open(address, options).await.unwrap(), clock)
}

#[tokio::test]
async fn two_services_whose_clocks_differ_send_each_push_once_and_take_over_from_each_other() {
    let Ok(server) = std::env::var(POSTGRES) else {
        return;
    };
    let address = fresh_postgres(&server).await;
    let clock = Arc::new(ManualClock::at(START));
    let options = heliograph_store::Options {
        clock: clock.clone(),
        connections: 4,
        shard: 0,
        ..heliograph_store::Options::default()
    };
    let world = World::new(Store::open(&address, options).await.unwrap(), clock).await;
    world.upload_both().await;
    let people = world.crowd().await;
    let (other, other_clock) = beside(&world, &address, Duration::from_secs(30)).await;
    world.simulator.set_faults(everywhere(ProviderFaults {
        latency: Some(Latency::Fixed { ms: 50 }),
        ..ProviderFaults::default()
    }));
    let few = || Options {
        in_flight: 8,
        ..Options::default()
    };
    let (one, two) = (world.start_with(few()), world.start_over(other.clone(), few()));
    let ids = world.queue(&world.content(), &people).await;
    world.all_end(&ids, State::Accepted).await;
    let all = PEOPLE as u64;
    assert_eq!(world.totals(), [all, all, 0, 0, 0]);
    one.stop().await;
    two.stop().await;

    // What the one behind had in hand when it ended, the one ahead takes up when the lease has run out by its own clock,
    // and not before.
    let id = world.queue(&world.content(), &people[..1]).await[0];
    let lease = few().lease;
    let mut tx = world.store.begin().await.unwrap();
    let taken = deliveries::claim(&mut tx, world.store.now(), deliveries::Room::of(1), lease)
        .await
        .unwrap();
    assert_eq!(taken.len(), 1);
    tx.commit().await.unwrap();
    let due = async || {
        let mut conn = other.read().await.unwrap();
        deliveries::next_due(&mut conn).await.unwrap().first().unwrap()
    };
    assert_eq!(due().await.since(other.now()), lease - Duration::from_secs(30));
    let two = world.start_over(other.clone(), few());
    other_clock.advance(lease);
    other.signals().raise(heliograph_store::Topic::Deliveries);
    world.all_end(&[id], State::Accepted).await;
    two.stop().await;
    assert_eq!(world.totals(), [all + 1, all + 1, 0, 0, 0]);
    other.close().await;
    world.store.close().await;
}
