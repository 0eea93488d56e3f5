//! What publishing, closing and putting away leave behind.

use heliograph_model::{
    ids::{InstanceId, ProfileId},
    journey::{Edge, Graph, Node, NodeId, Port},
    message::Content,
};
use serde_json::json;

use super::*;
use crate::{
    Store,
    instances::{self, Instance},
    messages,
    testing::on_each_engine,
};

fn node(id: &str, activity: Activity) -> Node {
    Node {
        id: NodeId(id.into()),
        label: String::new(),
        x: 0.0,
        y: 0.0,
        activity,
    }
}

/// An event that leads to a message, or to an end where there is none.
fn sending(message: Option<MessageId>) -> Document {
    let event = Activity::Event {
        event_type: "basket".into(),
        conditions: vec![],
        name: "basket".into(),
    };
    let then = match message {
        Some(_) => Activity::Message { message },
        None => Activity::End {},
    };
    Document {
        graph: Graph {
            nodes: vec![node("start", event), node("then", then)],
            edges: vec![Edge {
                from: NodeId("start".into()),
                port: Port::Next,
                to: NodeId("then".into()),
            }],
        },
        ..Document::default()
    }
}

async fn newest(tx: &mut Tx, id: JourneyId) -> Version {
    versions(tx, id).await.unwrap().remove(0)
}

fn stay(store: &Store, version: &Version) -> Instance {
    let now = store.now();
    Instance {
        profile_id: ProfileId::new(store.ids()),
        id: InstanceId::new(store.ids()),
        journey_id: version.journey_id,
        journey_version_id: version.id,
        node: "then".into(),
        step: 1,
        active: true,
        wake_at: now,
        context: Json(json!({})),
        entry_key: "current".into(),
        entered_at: now,
        left_at: None,
        left_by: None,
    }
}

/// A message that is published.
async fn hello(tx: &mut Tx) -> MessageId {
    let message = messages::create(tx, "Hello", &Content::default()).await.unwrap();
    messages::publish(tx, message, 1, "Marta").await.unwrap();
    message
}

#[tokio::test]
async fn a_message_is_free_when_nobody_walks_a_version_that_sends_it() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let message = hello(&mut tx).await;
        let id = create(&mut tx, "Baskets", &sending(Some(message))).await.unwrap();
        publish(&mut tx, id, 1, "Marta").await.unwrap();
        let mut inside = stay(&store, &newest(&mut tx, id).await);
        instances::save(&mut tx, std::slice::from_ref(&inside))
            .await
            .unwrap();

        let revision = save(&mut tx, id, 1, "Baskets", &sending(None)).await.unwrap();
        publish(&mut tx, id, revision, "Marta").await.unwrap();
        let refused = messages::archive(&mut tx, message).await.unwrap_err();
        assert!(refused.to_string().contains("Baskets"), "{refused}");

        inside.active = false;
        instances::save(&mut tx, &[inside]).await.unwrap();
        messages::archive(&mut tx, message).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_message_is_deleted_only_while_it_has_left_no_trace() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let message = |name| (name, Content::default());
        let mut made = Vec::new();
        for (name, content) in [message("unused"), message("drawn"), message("published")] {
            made.push(messages::create(&mut tx, name, &content).await.unwrap());
        }
        create(&mut tx, "Baskets", &sending(Some(made[1]))).await.unwrap();
        messages::publish(&mut tx, made[2], 1, "Marta").await.unwrap();

        messages::delete(&mut tx, made[0]).await.unwrap();
        assert!(matches!(
            messages::get(&mut tx, made[0]).await,
            Err(Error::NotFound(_))
        ));
        for (kept, by) in [(made[1], "Baskets"), (made[2], "archive it")] {
            let refused = messages::delete(&mut tx, kept).await.unwrap_err();
            assert!(refused.to_string().contains(by), "{refused}");
            messages::get(&mut tx, kept).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_journey_is_not_put_away_while_someone_is_in_it_nor_published_afterwards() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let id = create(&mut tx, "Baskets", &sending(None)).await.unwrap();
        publish(&mut tx, id, 1, "Marta").await.unwrap();
        assert!(matches!(archive(&mut tx, id).await, Err(Error::InUse { .. })));
        let mut inside = stay(&store, &newest(&mut tx, id).await);
        instances::save(&mut tx, std::slice::from_ref(&inside))
            .await
            .unwrap();
        close(&mut tx, id).await.unwrap();
        assert!(matches!(archive(&mut tx, id).await, Err(Error::InUse { .. })));
        inside.active = false;
        instances::save(&mut tx, &[inside]).await.unwrap();
        archive(&mut tx, id).await.unwrap();
        assert!(matches!(
            publish(&mut tx, id, 1, "Marta").await,
            Err(Error::Conflict(_))
        ));
    })
    .await;
}

#[tokio::test]
async fn only_the_newest_version_lets_anyone_in_and_none_when_the_journey_is_closed() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let id = create(&mut tx, "Baskets", &sending(None)).await.unwrap();
        publish(&mut tx, id, 1, "Marta").await.unwrap();
        publish(&mut tx, id, 1, "Marta").await.unwrap();
        let both: Vec<_> = versions(&mut tx, id)
            .await
            .unwrap()
            .iter()
            .map(|version| version.id)
            .collect();
        let live = hold_live(&mut tx, &both).await.unwrap();
        assert_eq!(live, [(both[0], "Baskets".to_owned())].into());
        let starts = starts(&mut tx, &["basket".to_owned()]).await.unwrap();
        assert_eq!(starts, [("basket".to_owned(), both[0], "start".to_owned())]);
        close(&mut tx, id).await.unwrap();
        assert!(hold_live(&mut tx, &both).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_version_that_a_newer_program_wrote_does_not_hide_the_others() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let mut ids = Vec::new();
        for name in ["Old", "New"] {
            let id = create(&mut tx, name, &sending(None)).await.unwrap();
            publish(&mut tx, id, 1, "Marta").await.unwrap();
            ids.push(newest(&mut tx, id).await.id);
        }
        execute!(
            &mut tx,
            "UPDATE journey_version SET document = $1 WHERE id = $2",
            Json(json!({ "graph": { "nodes": [{ "kind": "teleport" }] } })),
            ids[1]
        )
        .unwrap();
        let read = published(&mut tx, &ids).await.unwrap();
        let readable: Vec<_> = read
            .iter()
            .filter(|version| version.document.is_ok())
            .map(|version| version.id)
            .collect();
        assert_eq!((read.len(), readable), (2, vec![ids[0]]));
    })
    .await;
}

#[tokio::test]
async fn what_was_stopped_since_a_time_is_told_as_long_as_it_is_stopped() {
    on_each_engine(|store, clock| async move {
        let mut tx = store.begin().await.unwrap();
        let entry = AuditId::new(store.ids());
        let mut ids = Vec::new();
        for name in ["Stopped", "Closed", "Live"] {
            let id = create(&mut tx, name, &sending(None)).await.unwrap();
            publish(&mut tx, id, 1, "Marta").await.unwrap();
            ids.push(id);
        }
        clock.advance(std::time::Duration::from_secs(60));
        let at = store.now();
        stop(&mut tx, ids[0], entry).await.unwrap();
        close(&mut tx, ids[1]).await.unwrap();
        let only = HashSet::from([ids[0]]);
        assert_eq!(stopped_since(&mut tx, at).await.unwrap(), only);
        let later = at + std::time::Duration::from_millis(1);
        assert_eq!(stopped_since(&mut tx, later).await.unwrap(), HashSet::new());
        // Published anew, it sends again.
        publish(&mut tx, ids[0], 1, "Marta").await.unwrap();
        assert_eq!(stopped_since(&mut tx, at).await.unwrap(), HashSet::new());
    })
    .await;
}

#[tokio::test]
async fn a_stopped_message_is_missed_while_a_journey_that_would_send_it_runs() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let message = hello(&mut tx).await;
        messages::stop(&mut tx, message, "Ada").await.unwrap();
        let id = create(&mut tx, "Baskets", &sending(Some(message))).await.unwrap();
        assert_eq!(messages::missing(&mut tx).await.unwrap(), []);
        publish(&mut tx, id, 1, "Marta").await.unwrap();
        let missing = messages::missing(&mut tx).await.unwrap().remove(0);
        assert_eq!(
            (missing.id, missing.by.as_str(), missing.journeys),
            (message, "Ada", vec!["Baskets".to_owned()])
        );
        close(&mut tx, id).await.unwrap();
        assert_eq!(messages::missing(&mut tx).await.unwrap().len(), 1);
        messages::send_again(&mut tx, message).await.unwrap();
        assert_eq!(messages::missing(&mut tx).await.unwrap(), []);
        messages::stop(&mut tx, message, "Ada").await.unwrap();
        stop(&mut tx, id, AuditId::new(store.ids())).await.unwrap();
        assert_eq!(messages::missing(&mut tx).await.unwrap(), []);
    })
    .await;
}
