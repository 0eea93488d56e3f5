//! What apps of one team's key have in common.

use std::sync::{Arc, Mutex};

use heliograph_delivery::{Upload, check_credential};
use heliograph_model::{
    app_config::{PayloadStyle, Platform},
    delivery::State,
    ids::AppId,
    profile::PushPlatform,
};
use heliograph_store::apps;
use heliograph_transport::testing::{Reply, TestServer};

use super::world::{World, in_each_world};

/// Another app of the team.
async fn another_app(world: &World, upload: &Upload) -> AppId {
    let Upload::Apns { key_id, .. } = upload else {
        unreachable!()
    };
    let mut tx = world.store.begin().await.unwrap();
    let new = apps::NewApp {
        name: "Club",
        platform: Platform::Ios,
        app: &format!("com.example.{key_id}"),
        style: PayloadStyle::Standard,
    };
    let id = apps::create(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    world.upload(id, upload).await;
    id
}

#[tokio::test]
async fn apps_with_one_key_sign_in_to_apple_with_one_token() {
    in_each_world(|mut world| async move {
        let Upload::Apns {
            file,
            team_id,
            environment,
            ..
        } = world.apple_key()
        else {
            unreachable!()
        };
        let other_key = Upload::Apns {
            file,
            key_id: "OTHERKEY01".into(),
            team_id,
            environment,
        };
        let (club, stranger) = (
            another_app(&world, &world.apple_key()).await,
            another_app(&world, &other_key).await,
        );
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let server = TestServer::start({
            let seen = Arc::clone(&seen);
            move |received| {
                seen.lock()
                    .unwrap()
                    .push(received.header("authorization").to_owned());
                std::future::ready(Reply::new(200, ""))
            }
        })
        .await;
        world.providers.apns = Some(server.endpoint().to_string());
        world.providers.apns_sandbox = Some(server.endpoint().to_string());
        world.providers.ca_pem = Some(server.certificate_pem().to_owned());

        // One app is checked, one sent to in either environment, by the same process.
        let running = world.start_here();
        check_credential(&world.store, &world.sealer, &world.providers, club)
            .await
            .unwrap();
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let (bo, _) = world.person("Bo", PushPlatform::ApnsSandbox).await;
        for id in world.queue(&world.content(), &[ada, bo]).await {
            assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        }
        running.stop().await;
        let one_key = std::mem::take(&mut *seen.lock().unwrap());
        assert_eq!(one_key.len(), 3);
        assert!(one_key.iter().all(|token| *token == one_key[0]));

        check_credential(&world.store, &world.sealer, &world.providers, stranger)
            .await
            .unwrap();
        assert_ne!(
            seen.lock().unwrap()[0],
            one_key[0],
            "another key signs for itself"
        );
    })
    .await;
}
