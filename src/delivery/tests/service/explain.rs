//! Why a delivery's texts are what they are.

use heliograph_delivery::explain;
use heliograph_model::{payload::ContentField, profile::PushPlatform};
use heliograph_store::profiles;
use serde_json::json;

use super::world::*;

#[tokio::test]
async fn the_texts_of_a_delivery_are_explained_by_the_profile_as_it_is_now() {
    in_each_world(|world| async move {
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let id = world.queue(&world.content(), &[ada]).await[0];
        let running = world.start();
        let story = world.ended(id).await;
        running.stop().await;
        assert!(story.payload.as_ref().unwrap().contains("Hi Ada"));

        let other = json!({"person": {"name": {"firstName": "Augusta"}}});
        let mut tx = world.store.begin().await.unwrap();
        profiles::change_attributes(&mut tx, &[(ada, &other)])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            world.told(&story).await,
            [
                (ContentField::Title, "Hi Augusta".to_owned()),
                (ContentField::Body, "You bought tea".to_owned()),
            ]
        );

        let mut tx = world.store.begin().await.unwrap();
        profiles::erase(&mut tx, ada).await.unwrap();
        tx.commit().await.unwrap();
        let mut conn = world.store.read().await.unwrap();
        let content = world.content();
        let told = explain(&mut conn, &story, content, world.store.now()).await;
        assert_eq!(told.unwrap(), None);
    })
    .await;
}
