//! The service with real clients against stand-ins of both providers.

use std::time::Duration;

use heliograph_delivery::{
    CredentialVerdict, Error, Options, ProofRequest, Upload, check_credential, send_proof,
};
use heliograph_model::{
    app_config::CredentialState,
    delivery::{DeliveryStory, Exclusion, HopKind, Outcome, State},
    message::{Content, WhenEmpty, WhenUnknown},
    profile::{DeviceStatus, PushPlatform},
};
use heliograph_simulator as simulator;
use heliograph_store::{
    Topic,
    deliveries::{self, Queued},
    devices, profiles,
    testing::on_each_engine,
};
use serde_json::json;
use simulator::Outcome as Fault;

mod accounts;
mod chaos;
mod environments;
mod explain;
mod forecast;
mod fragments;
mod hostile;
mod lanes;
mod quota;
mod ranks;
mod resting;
mod roots;
mod rules;
mod stops;
mod timing;
mod world;

use world::*;

#[tokio::test]
async fn a_push_reaches_either_phone_personalised_and_says_so() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        let mut people = Vec::new();
        for (name, platform) in [
            ("Ada", PushPlatform::Apns),
            ("Bo", PushPlatform::ApnsSandbox),
            ("Cy", PushPlatform::Fcm),
        ] {
            people.push(world.person(name, platform).await);
        }
        let profiles: Vec<_> = people.iter().map(|(profile, _)| *profile).collect();
        let ids = world.queue(&world.content(), &profiles).await;
        let running = world.start();
        for (index, name) in ["Ada", "Bo", "Cy"].into_iter().enumerate() {
            let story = world.ended(ids[index]).await;
            assert_eq!(story.delivery.state, State::Accepted, "{story:#?}");
            assert!(story.provider_id.is_some());
            assert!(story.payload.unwrap().contains(&ids[index].to_string()));
            let kinds: Vec<_> = story.hops.iter().map(|hop| hop.kind).collect();
            assert_eq!(kinds, [HopKind::Queued, HopKind::Accepted]);
            assert_eq!(
                world.shown(&people[index].1),
                [(format!("Hi {name}"), "You bought tea".to_owned())]
            );
        }
        running.stop().await;
        assert!(matches!(
            world.state(world.ios).await,
            CredentialState::Good { .. }
        ));
        assert!(matches!(
            world.state(world.android).await,
            CredentialState::Good { .. }
        ));
        let mut conn = world.store.read().await.unwrap();
        let device = devices::of_profile(&mut conn, profiles[0])
            .await
            .unwrap()
            .remove(0);
        assert!(device.accepted_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_dead_address_is_retired_and_one_that_is_not_valid_the_second_time() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        let (bo, other) = world.person("Bo", PushPlatform::Fcm).await;
        let dead = world.simulator.phones();
        // What is removed in this very millisecond may have been registered after it.
        world.later(Duration::from_secs(5));
        dead.remove_app(&simulator::Token::from_text(other.as_str()))
            .unwrap();
        let running = world.start();
        let id = world.queue(&world.content(), &[bo]).await[0];
        let story = world.ended(id).await;
        assert_eq!(story.delivery.reason.as_deref(), Some("app_removed_android"));
        assert_eq!(world.status(bo).await, DeviceStatus::Retired);

        for (name, platform, fault, reason) in [
            ("Ada", PushPlatform::Apns, Fault::NotValid, "address_not_valid"),
            (
                "Cy",
                PushPlatform::Fcm,
                Fault::NotValid,
                "address_not_valid_android",
            ),
            ("Di", PushPlatform::Apns, Fault::OtherApp, "address_of_other_app"),
            (
                "Ed",
                PushPlatform::Fcm,
                Fault::OtherApp,
                "address_of_other_project",
            ),
        ] {
            let (person, token) = world.person(name, platform).await;
            world.fault(&token, None, fault);
            for expected in [DeviceStatus::Active, DeviceStatus::Retired] {
                let id = world.queue(&world.content(), &[person]).await[0];
                let story = world.ended(id).await;
                assert_eq!(story.delivery.reason.as_deref(), Some(reason));
                world.judged().await;
                assert_eq!(world.status(person).await, expected);
            }
        }
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn apple_is_tried_again_after_a_quarter_of_an_hour_and_google_after_what_it_asks_for() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
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
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
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
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
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
async fn an_address_that_the_app_sent_again_since_it_was_dead_is_kept() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        let running = world.start();
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        let registered = world.store.now().as_millis();
        for (since, status) in [(-60_000, DeviceStatus::Active), (60_000, DeviceStatus::Retired)] {
            world.fault(
                &token,
                None,
                Fault::DeadToken {
                    since_ms: Some(registered + since),
                },
            );
            let id = world.queue(&world.content(), &[ada]).await[0];
            assert_eq!(
                world.ended(id).await.delivery.reason.as_deref(),
                Some("app_removed")
            );
            assert_eq!(world.status(ada).await, status);
        }
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_slow_phone_does_not_hold_up_the_others() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        let running = world.start();
        let (bo, _) = world.person("Bo", PushPlatform::Fcm).await;
        let (late, token) = world.person("Late", PushPlatform::Fcm).await;
        // A line carries one push until the provider has let the sender in.
        let first = world.queue(&world.content(), &[bo]).await[0];
        assert_eq!(world.ended(first).await.delivery.state, State::Accepted);
        let latency = simulator::Latency::Fixed { ms: 5_000 };
        world.fault(&token, None, Fault::Slow { latency });
        let slow = world.queue(&world.content(), &[late]).await[0];
        let quick = world.queue(&world.content(), &[bo]).await[0];
        assert_eq!(world.ended(quick).await.delivery.state, State::Accepted);
        assert_eq!(world.story(slow).await.delivery.state, State::Sending);
        assert_eq!(world.ended(slow).await.delivery.state, State::Accepted);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_refused_credential_holds_what_is_queued_until_it_works() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        let mut people = Vec::new();
        for name in ["Ada", "Bea", "Cleo"] {
            people.push(world.person(name, PushPlatform::Apns).await.0);
        }
        let (dan, _) = world.person("Dan", PushPlatform::Fcm).await;
        let rule = |provider| simulator::Rule {
            provider: Some(provider),
            token_prefix: String::new(),
            one_in: None,
            times: None,
            outcome: Fault::CredentialRefused,
        };
        world.simulator.set_faults(simulator::Faults {
            rules: vec![rule(simulator::Provider::Apns)],
            ..simulator::Faults::default()
        });
        let running = world.start();
        let ids = world.queue(&world.content(), &people).await;
        for id in &ids {
            let story = world.waiting(*id).await;
            assert_eq!(story.delivery.reason.as_deref(), Some("apple_key_rejected"));
        }
        let CredentialState::Refused { reason, .. } = world.state(world.ios).await else {
            panic!("the state says nothing of it");
        };
        assert!(
            reason.contains("InvalidProviderToken") && reason.contains("key id"),
            "{reason}"
        );

        // The other app goes on.
        let other = world.queue(&world.content(), &[dan]).await[0];
        assert_eq!(world.ended(other).await.delivery.state, State::Accepted);

        // After a minute one of them tries, and is refused again.
        let before = world.simulator.counts().apns.requests;
        let tried = |story: &DeliveryStory| story.hops.len();
        let hops = world.story(ids[0]).await.hops.len();
        world.later(Duration::from_secs(60));
        let mut deliveries_changed = world.store.signals().listen(Topic::Deliveries);
        while world.simulator.counts().apns.requests == before {
            deliveries_changed.changed().await;
        }
        let mut tried_again = 0;
        for id in &ids {
            let _ = world.waiting(*id).await;
            tried_again += usize::from(tried(&world.story(*id).await) > hops);
        }
        assert_eq!(
            (world.simulator.counts().apns.requests - before, tried_again),
            (1, 1)
        );

        // When it works, all go.
        world.simulator.set_faults(simulator::Faults::default());
        world.later(Duration::from_secs(60));
        for id in &ids {
            assert_eq!(world.ended(*id).await.delivery.state, State::Accepted);
        }
        assert!(matches!(
            world.state(world.ios).await,
            CredentialState::Good { .. }
        ));
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_credential_goes_when_one_is_uploaded() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let running = world.start();
        let id = world.queue(&world.content(), &[ada]).await[0];
        let story = world.waiting(id).await;
        assert_eq!(story.delivery.reason.as_deref(), Some("credential_missing"));
        world.upload_both().await;
        assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_followed_as_the_message_says_and_the_phone_shows_one() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        // A worker that ended between sending and writing: its claim runs out.
        for (when_unknown, state) in [
            (WhenUnknown::RatherTwice, State::Accepted),
            (WhenUnknown::RatherNever, State::Unknown),
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
            assert_eq!(world.ended(id).await.delivery.state, state);
            running.stop().await;
        }
        assert_eq!(world.shown(&token).len(), 1);
        assert_eq!(world.simulator.counts().apns.shown_twice, 0);
    })
    .await;
}

#[tokio::test]
async fn rules_are_looked_at_again_just_before_sending() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        let content = world.content();
        let no_name = Content {
            title: "Hi {{profile.person.name.lastName}}".into(),
            when_empty: WhenEmpty::DoNotSend,
            ..content.clone()
        };
        let long = Content {
            body: "x".repeat(4100),
            ..content.clone()
        };
        let (empty, large) = (
            world.queue(&no_name, &[ada]).await[0],
            world.queue(&long, &[ada]).await[0],
        );
        let running = world.start();
        let story = world.ended(empty).await;
        assert_eq!(
            story.delivery.reason.as_deref(),
            Some(Exclusion::FieldEmpty.code())
        );
        assert_eq!(
            story.delivery.detail.as_deref(),
            Some("empty: profile.person.name.lastName")
        );
        let story = world.ended(large).await;
        assert_eq!(story.delivery.reason.as_deref(), Some("too_large"));
        assert!(story.delivery.detail.unwrap().contains("bytes too many"));
        running.stop().await;

        // Said no, and ran out of time, while it was queued.
        let late = world.queue(&content, &[ada]).await[0];
        world.later(Duration::from_secs(7200));
        let running = world.start();
        let story = world.ended(late).await;
        assert_eq!(story.delivery.reason.as_deref(), Some("too_late"));
        running.stop().await;
        let refused = world.queue(&content, &[ada]).await[0];
        let mut tx = world.store.begin().await.unwrap();
        let no = json!({"consents": {"marketing": {"push": {"val": "n"}}}});
        profiles::change_attributes(&mut tx, &[(ada, &no)]).await.unwrap();
        tx.commit().await.unwrap();
        let running = world.start();
        let story = world.ended(refused).await;
        assert_eq!(story.delivery.reason.as_deref(), Some("consent_refused"));
        running.stop().await;
        assert!(world.shown(&token).is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_on_the_wire_is_written_down_before_the_service_ends() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        let people = world.people(20, PushPlatform::Fcm).await;
        world.fault(
            "",
            None,
            Fault::Slow {
                latency: simulator::Latency::Fixed { ms: 300 },
            },
        );
        let running = world.start();
        let ids = world.queue(&world.content(), &people).await;
        while world.simulator.counts().fcm.requests == 0 {
            tokio::task::yield_now().await;
        }
        running.stop().await;
        for id in ids {
            let state = world.story(id).await.delivery.state;
            assert!(matches!(state, State::Accepted | State::Queued), "{state:?}");
        }
        assert!(world.simulator.counts().fcm.accepted > 0);
    })
    .await;
}

#[tokio::test]
async fn a_credential_is_checked_by_asking_the_provider() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let check = async |app| check_credential(&world.store, &world.sealer, &world.providers, app).await;
        assert!(matches!(check(world.ios).await, Err(Error::NoCredential)));
        world.upload_both().await;
        for app in [world.ios, world.android] {
            let verdict = check(app).await.unwrap();
            assert!(matches!(verdict, CredentialVerdict::Good { .. }), "{verdict:?}");
            assert!(matches!(world.state(app).await, CredentialState::Good { .. }));
        }
        // The right key under a wrong identifier.
        let Upload::Apns {
            file,
            team_id,
            environment,
            ..
        } = world.apple_key()
        else {
            unreachable!()
        };
        let wrong = Upload::Apns {
            file,
            key_id: "WRONGKEY01".into(),
            team_id,
            environment,
        };
        world.upload(world.ios, &wrong).await;
        assert_eq!(world.state(world.ios).await, CredentialState::Unchecked);
        let CredentialVerdict::Refused { words } = check(world.ios).await.unwrap() else {
            panic!("it was taken")
        };
        assert!(words.contains("InvalidProviderToken"), "{words}");
        assert!(matches!(
            world.state(world.ios).await,
            CredentialState::Refused { .. }
        ));
    })
    .await;
}

#[tokio::test]
async fn a_credential_of_the_other_platform_is_not_taken() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let mut tx = world.store.begin().await.unwrap();
        let fault = world
            .apple_key()
            .keep(&mut tx, &world.sealer, world.android)
            .await
            .unwrap()
            .unwrap_err();
        assert_eq!(
            fault.to_string(),
            "This credential is for iOS, and the app is for Android."
        );
    })
    .await;
}

#[tokio::test]
async fn a_draft_can_be_sent_to_a_phone_of_ones_own() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        let (ada, token) = world.person("Ada", PushPlatform::Fcm).await;
        let message = world.message(&world.content()).await;
        let proof = ProofRequest {
            profile: ada,
            device: None,
            message,
            content: Content {
                title: "Draft".into(),
                ..world.content()
            },
            context: json!({}),
        };
        let Queued::Deliveries(ids) = send_proof(&world.store, proof).await.unwrap() else {
            panic!("it was excluded");
        };
        let running = world.start();
        while world.shown(&token).is_empty() {
            tokio::task::yield_now().await;
        }
        running.stop().await;
        assert_eq!(world.shown(&token)[0].0, "Draft");
        assert_eq!(world.story(ids[0]).await.delivery.state, State::Accepted);
    })
    .await;
}

#[tokio::test]
async fn a_push_whose_answer_is_lost_is_sent_again_and_the_phone_shows_one() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
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

#[tokio::test]
async fn two_services_share_the_work_and_send_nothing_twice() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        let people = world.people(80, PushPlatform::Fcm).await;
        let few = || Options {
            in_flight: 8,
            ..Options::default()
        };
        let running = [world.start_with(few()), world.start_with(few())];
        let ids = world.queue(&world.content(), &people).await;
        for id in ids {
            assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        }
        for service in running {
            service.stop().await;
        }
        let counts = world.simulator.counts().fcm;
        assert_eq!(
            (counts.requests, counts.accepted_distinct, counts.doubled),
            (80, 80, 0)
        );
    })
    .await;
}
