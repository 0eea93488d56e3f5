//! What the phones' apps tell their server.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::store::Delivered;
use super::{Edge, NewPhone, NotificationId, Phones, Platform};
use crate::clock::{Chance, SystemClock};
use crate::registry::{AppId, Registry, Strangers, UnknownKeys};

/// A server that takes whatever an app sends; its address, and the bodies.
async fn server() -> (String, mpsc::UnboundedReceiver<Value>) {
    let (sent, bodies) = mpsc::unbounded_channel();
    let take = move |Json(body): Json<Value>| {
        sent.send(body).expect("the test listens");
        std::future::ready(())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/ee/v1/interact", post(take));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (format!("http://{address}"), bodies)
}

#[tokio::test]
async fn everything_an_app_sends_names_whoever_is_signed_in() {
    let phones = Phones::new(
        Arc::new(RwLock::new(Registry::default())),
        Strangers::all(UnknownKeys::TrustOnFirstUse),
        Arc::new(SystemClock),
        Arc::new(Chance::new(Some(1))),
    );
    let app = AppId::new("com.example.shop");
    let (url, mut bodies) = server().await;
    let edge = Edge {
        url,
        config_id: "stream".to_owned(),
        event_dataset: "events".to_owned(),
    };
    phones.set_edge(app.clone(), edge);
    let signed_in = |email: &str| Map::from_iter([("Email".to_owned(), json!([{ "id": email }]))]);
    let phone = phones
        .add(NewPhone {
            platform: Platform::Fcm,
            app,
            token: None,
            ecid: Some("7".to_owned()),
            identities: signed_in("ada@example.com"),
            label: "Ada".to_owned(),
        })
        .unwrap();
    let xdm = json!({ "mixins": { "_experience": { "customerJourneyManagement": {} } } });
    let payload = json!({ "data": { "_xdm": xdm.to_string() } });
    let delivered = phones.deliver(phone.platform, &phone.token, None, BTreeMap::new(), payload, None);
    assert!(matches!(delivered, Delivered::Yes));

    phones
        .send_event(&phone.token, "launch", &json!({}))
        .await
        .unwrap();
    phones.sync_token(&phone.token).await.unwrap();
    phones
        .tap(&phone.token, Some(NotificationId(1)), None)
        .await
        .unwrap();
    for _ in 0..3 {
        let map = bodies.recv().await.unwrap()["xdm"]["identityMap"].clone();
        assert_eq!(map["Email"], json!([{ "id": "ada@example.com" }]), "{map}");
        assert_eq!(map["ECID"][0]["id"], "7");
    }
    phones.sign_in(&phone.token, signed_in("bo@example.com")).unwrap();
    phones.sync_token(&phone.token).await.unwrap();
    let map = bodies.recv().await.unwrap()["xdm"]["identityMap"].clone();
    assert_eq!(map["Email"][0]["id"], "bo@example.com");
}
