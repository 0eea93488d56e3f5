//! Addresses that a provider refuses.

use std::time::Duration;

use heliograph_model::profile::{DeviceStatus, PushPlatform};
use heliograph_simulator as simulator;
use heliograph_simulator::Outcome as Fault;

use super::world::*;

#[tokio::test]
async fn a_dead_address_is_retired_and_one_that_is_not_valid_the_second_time() {
    in_each_world(|world| async move {
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
async fn an_address_that_the_app_sent_again_since_it_was_dead_is_kept() {
    in_each_world(|world| async move {
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
