//! Tokens of Apple's other environment than the app names.

use heliograph_delivery::Upload;
use heliograph_model::{
    app_config::ApnsEnvironment,
    delivery::State,
    profile::{DeviceStatus, PushPlatform},
};
use heliograph_simulator::Outcome as Fault;
use heliograph_store::testing::on_each_engine;

use super::world::World;

/// The key, said to be for an environment.
async fn upload(world: &World, environment: ApnsEnvironment) {
    let Upload::Apns {
        file,
        key_id,
        team_id,
        ..
    } = world.apple_key()
    else {
        unreachable!()
    };
    let upload = Upload::Apns {
        file,
        key_id,
        team_id,
        environment,
    };
    world.upload(world.ios, &upload).await;
}

#[tokio::test]
async fn with_a_key_for_both_a_token_is_tried_in_the_other_environment_and_kept_there() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        upload(&world, ApnsEnvironment::Both).await;
        let running = world.start();
        let asked = || world.simulator.counts().apns.requests;
        let mut before = 0;
        for (name, token, said, words) in [
            (
                "Ada",
                PushPlatform::ApnsSandbox,
                PushPlatform::Apns,
                "production: 400 BadDeviceToken; the sandbox: taken, where its pushes go from now on",
            ),
            (
                "Bo",
                PushPlatform::Apns,
                PushPlatform::ApnsSandbox,
                "the sandbox: 400 BadDeviceToken; production: taken, where its pushes go from now on",
            ),
        ] {
            let (person, phone) = world.person_who_says(name, token, said).await;
            let first = world.queue(&world.content(), &[person]).await[0];
            let story = world.ended(first).await;
            assert_eq!(story.delivery.state, State::Accepted, "{story:#?}");
            assert_eq!(story.delivery.detail.as_deref(), Some(words));
            assert_eq!(asked() - before, 2);
            let second = world.queue(&world.content(), &[person]).await[0];
            assert_eq!(world.ended(second).await.delivery.detail, None);
            assert_eq!(asked() - before, 3, "it goes right at once");
            assert_eq!(world.shown(&phone).len(), 2);
            before = asked();
        }
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_token_that_neither_environment_knows_is_retired_the_second_time() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        upload(&world, ApnsEnvironment::Both).await;
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        world.fault(&token, None, Fault::NotValid);
        let running = world.start();
        for (asked, status) in [(2, DeviceStatus::Active), (4, DeviceStatus::Retired)] {
            let id = world.queue(&world.content(), &[ada]).await[0];
            let story = world.ended(id).await;
            assert_eq!(story.delivery.reason.as_deref(), Some("address_not_valid"));
            assert_eq!(
                story.delivery.detail.as_deref(),
                Some("production: 400 BadDeviceToken; the sandbox: 400 BadDeviceToken")
            );
            assert_eq!(world.simulator.counts().apns.requests, asked);
            world.judged().await;
            assert_eq!(world.status(ada).await, status);
        }
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn with_a_key_for_one_environment_no_token_is_tried_in_the_other() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        upload(&world, ApnsEnvironment::Production).await;
        let (ada, phone) = world
            .person_who_says("Ada", PushPlatform::ApnsSandbox, PushPlatform::Apns)
            .await;
        let running = world.start();
        let id = world.queue(&world.content(), &[ada]).await[0];
        let story = world.ended(id).await;
        assert_eq!(story.delivery.reason.as_deref(), Some("address_not_valid"));
        assert_eq!(story.delivery.detail.as_deref(), Some("400 BadDeviceToken"));
        assert_eq!(world.simulator.counts().apns.requests, 1);
        assert!(world.shown(&phone).is_empty());
        running.stop().await;
    })
    .await;
}
