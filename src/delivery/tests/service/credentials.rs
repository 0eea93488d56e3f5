//! Credentials that are missing, refused, wrong or good.

use std::time::Duration;

use heliograph_delivery::{CredentialVerdict, Error, check_credential};
use heliograph_model::{
    app_config::CredentialState,
    delivery::{DeliveryStory, State},
    profile::PushPlatform,
};
use heliograph_simulator as simulator;
use heliograph_simulator::Outcome as Fault;
use heliograph_store::{Topic, testing::on_each_engine};

use super::world::*;

#[tokio::test]
async fn a_refused_credential_holds_what_is_queued_until_it_works() {
    in_each_world(|world| async move {
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
        world
            .upload(world.ios, &world.apple_key_called("WRONGKEY01"))
            .await;
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
async fn a_key_that_firebase_lacks_for_iphones_holds_no_android_phone() {
    in_each_world(|world| async move {
        let (ada, iphone) = world.person("Ada", PushPlatform::Fcm).await;
        let (bo, _) = world.person("Bo", PushPlatform::Fcm).await;
        world.fault(&iphone, None, Fault::ThirdPartyAuth);
        let running = world.start();
        let ids = world.queue(&world.content(), &[ada, bo]).await;
        let story = world.ended(ids[0]).await;
        assert_eq!(
            (story.delivery.state, story.delivery.reason.as_deref()),
            (State::Failed, Some("firebase_key_rejected"))
        );
        assert_eq!(world.ended(ids[1]).await.delivery.state, State::Accepted);
        assert!(matches!(
            world.state(world.android).await,
            CredentialState::Good { .. }
        ));
        running.stop().await;
    })
    .await;
}
