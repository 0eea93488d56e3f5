//! What phones tell of pushes, and whose phone a push still goes to.

use std::time::Duration;

use heliograph_model::{
    app_config::{PayloadStyle, Platform},
    ids::{DeliveryId, ProfileId},
    message::Content,
};
use heliograph_store::{
    apps,
    counters::Counts,
    deliveries::{self, Purpose, Queued, Request},
    messages,
    testing::START,
};
use serde_json::{Value, json};

use crate::support::{Edge, event, on_each, signed_in, token_event};

/// Queues a push to a profile.
async fn push(edge: &Edge, profile: ProfileId) -> DeliveryId {
    let mut tx = edge.store.begin().await.unwrap();
    let app = apps::NewApp {
        name: "Shop",
        platform: Platform::Android,
        app: "com.example.shop",
        style: PayloadStyle::AdobeMessaging,
    };
    let app = apps::create(&mut tx, &app).await.unwrap();
    let content = Content {
        apps: vec![app],
        title: "Hello".into(),
        ..Content::default()
    };
    let message = messages::create(&mut tx, "Welcome", &content).await.unwrap();
    messages::publish(&mut tx, message, 1, "Ada").await.unwrap();
    let request = Request {
        profile,
        message,
        version: 1,
        apps: vec![app],
        ttl: Duration::from_secs(3600),
        rank: heliograph_model::message::Rank::Normal,
        journey: None,
        cause: "test".into(),
        context: json!({}),
        purpose: Purpose::Journey,
    };
    let mut counts = Counts::new();
    let queued = deliveries::queue(&mut tx, &[request], &mut counts).await.unwrap();
    counts.write(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    match &queued[0] {
        Queued::Deliveries(ids) => ids[0],
        Queued::Excluded(why) => panic!("{why:?}"),
    }
}

/// A tracking event as the Messaging extension for Android sends it.
fn tracked(id: &str, kind: &str, delivery: DeliveryId, action: Value, launches: u8) -> Value {
    let mut event = event(id, &format!("pushTracking.{kind}"));
    event["xdm"]["timestamp"] = json!((START - Duration::from_secs(5)).to_string());
    event["xdm"]["pushNotificationTracking"] =
        json!({"pushProvider": "fcm", "pushProviderMessageID": "0:1700%1", "customAction": action});
    event["xdm"]["application"] = json!({"launches": {"value": launches}});
    event["xdm"]["_experience"]["customerJourneyManagement"]["messageExecution"] =
        json!({"messageExecutionID": delivery.to_string()});
    event
}

#[tokio::test]
async fn an_impression_a_tap_and_a_button_reach_their_push() {
    on_each(|edge| async move {
        edge.keep(
            signed_in(1, "ada"),
            json!([token_event("1", 1, 1, "token", "fcm")]),
        )
        .await;
        let id = push(&edge, edge.profile("CRMID", "ada").await).await;
        edge.keep(
            signed_in(1, "ada"),
            json!([
                tracked("2", "receive", id, Value::Null, 0),
                tracked("3", "customAction", id, json!({"actionID": "Buy"}), 1),
                // Another push's, and one that is of no push that there is.
                tracked(
                    "4",
                    "applicationOpened",
                    DeliveryId(uuid::Uuid::nil()),
                    Value::Null,
                    1
                ),
                event("5", "pushTracking.applicationOpened"),
            ]),
        )
        .await;
        let mut conn = edge.store.read().await.unwrap();
        let delivery = deliveries::get(&mut conn, id).await.unwrap().unwrap().delivery;
        let told = Some(START - Duration::from_secs(5));
        assert_eq!(
            (delivery.displayed_at, delivery.opened_at, delivery.clicked_at),
            (told, told, told)
        );
        assert_eq!(delivery.clicked.as_deref(), Some("Buy"));
        assert_eq!(delivery.dismissed_at, None);
    })
    .await;
}

#[tokio::test]
async fn a_push_that_waits_does_not_go_to_whoever_signed_in_meanwhile() {
    on_each(|edge| async move {
        edge.keep(
            signed_in(1, "ada"),
            json!([token_event("1", 1, 1, "token", "fcm")]),
        )
        .await;
        let id = push(&edge, edge.profile("CRMID", "ada").await).await;
        edge.keep(signed_in(1, "bob"), json!([event("2", "login")])).await;
        let mut tx = edge.store.begin().await.unwrap();
        let taken = deliveries::claim(
            &mut tx,
            edge.store.now(),
            deliveries::Room::of(10),
            Duration::from_secs(60),
        )
        .await
        .unwrap();
        let claimed = deliveries::load(&mut tx, &taken).await.unwrap();
        assert_eq!((claimed.len(), claimed[0].place.id), (1, id));
        assert!(claimed[0].profile.is_some() && claimed[0].device.is_none());
    })
    .await;
}
