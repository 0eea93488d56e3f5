//! Messages that call fragments.

use heliograph_model::{fragment::FragmentDraft, profile::PushPlatform};
use heliograph_store::fragments;

use super::world::*;

fn saying(text: &str) -> FragmentDraft {
    FragmentDraft {
        text: text.into(),
        ..FragmentDraft::default()
    }
}

#[tokio::test]
async fn a_push_says_what_its_fragments_said_when_the_message_was_published() {
    in_each_world(|world| async move {
        let (ada, token) = world.person("Ada", PushPlatform::Apns).await;
        let mut tx = world.store.begin().await.unwrap();
        let draft = saying("New {{what}} for {{profile.person.name.firstName}}");
        let more = fragments::create(&mut tx, "more", &draft, "Marta").await.unwrap();
        fragments::publish(&mut tx, more, 1, "Marta").await.unwrap();
        tx.commit().await.unwrap();
        let content = heliograph_model::message::Content {
            body: "{{fragment name=\"more\" what=\"teas\"}}".into(),
            ..world.content()
        };
        let id = world.queue(&content, &[ada]).await[0];
        let mut tx = world.store.begin().await.unwrap();
        let revision = fragments::save(&mut tx, more, 1, &saying("Nothing"), "Marta")
            .await
            .unwrap();
        fragments::publish(&mut tx, more, revision, "Marta")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let running = world.start();
        world.ended(id).await;
        running.stop().await;
        assert_eq!(
            world.shown(&token),
            [("Hi Ada".to_owned(), "New teas for Ada".to_owned())]
        );
    })
    .await;
}
