//! From the queue to the phone.

use std::time::Duration;

use heliograph_delivery::{Options, ProofRequest, send_proof};
use heliograph_model::{
    app_config::CredentialState,
    delivery::{Exclusion, HopKind, State},
    message::{Content, WhenEmpty},
    profile::PushPlatform,
};
use heliograph_simulator as simulator;
use heliograph_simulator::Outcome as Fault;
use heliograph_store::{deliveries::Queued, devices, profiles};
use serde_json::json;

use super::world::*;

#[tokio::test]
async fn a_push_reaches_either_phone_personalised_and_says_so() {
    in_each_world(|world| async move {
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
async fn a_slow_phone_does_not_hold_up_the_others() {
    in_each_world(|world| async move {
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
async fn rules_are_looked_at_again_just_before_sending() {
    in_each_world(|world| async move {
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
    in_each_world(|world| async move {
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
async fn a_draft_can_be_sent_to_a_phone_of_ones_own() {
    in_each_world(|world| async move {
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
async fn two_services_share_the_work_and_send_nothing_twice() {
    in_each_world(|world| async move {
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
