//! The SDK's configuration files on the wire.

use std::{
    io::{Cursor, Read},
    time::Duration,
};

use crate::support::{Answer, Edge, on_each};
use heliograph_model::{
    collection::PropertySettings,
    ids::{EnvironmentId, PropertyId},
};
use heliograph_store::properties;
use serde_json::Value;

async fn property(edge: &Edge) -> (PropertyId, EnvironmentId) {
    let mut tx = edge.store.begin().await.unwrap();
    let id = properties::create(&mut tx, "Shop app", edge.datastream, &PropertySettings::default())
        .await
        .unwrap();
    let property = properties::get(&mut tx, id).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    (id, property.environments[0].id)
}

async fn publish(edge: &Edge, environment: EnvironmentId) {
    let mut tx = edge.store.begin().await.unwrap();
    properties::publish(&mut tx, environment, "push.example.com")
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn get(edge: &Edge, environment: EnvironmentId, file: &str, headers: &str) -> Answer {
    edge.request("GET", &format!("/sdk/{environment}/{file}"), headers, b"")
        .await
}

#[tokio::test]
async fn a_published_configuration_is_served_and_not_sent_twice() {
    on_each(|edge| async move {
        let (property, environment) = property(&edge).await;
        assert_eq!(get(&edge, environment, "config.json", "").await.status, 404);
        publish(&edge, environment).await;
        let first = get(&edge, environment, "config.json", "").await;
        assert_eq!(first.status, 200);
        assert_eq!(first.header("content-type"), Some("application/json"));
        assert_eq!(
            first.header("last-modified"),
            Some("Thu, 15 Jan 2026 10:20:30 GMT")
        );
        let configuration: Value = serde_json::from_slice(&first.body).unwrap();
        assert_eq!(configuration["edge.domain"], "push.example.com");
        assert_eq!(configuration["edge.configId"], edge.datastream.to_string());
        assert_eq!(configuration["property.id"], property.to_string());

        let tag = first.header("etag").unwrap().to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'));
        let seen = "if-modified-since: Thu, 15 Jan 2026 10:20:30 GMT\r\n";
        for (headers, status) in [
            (format!("if-none-match: {tag}\r\n{seen}"), 304),
            (format!("if-none-match: \"other\", {tag}\r\n"), 304),
            (format!("if-none-match: \"other\"\r\n{seen}"), 200),
            // The SDK for Android sends an empty tag where it has none.
            (format!("if-none-match: \r\n{seen}"), 304),
            (
                "if-modified-since: Thu, 01 Jan 1970 00:00:00 GMT\r\n".to_owned(),
                200,
            ),
            ("if-modified-since: yesterday\r\n".to_owned(), 200),
        ] {
            let answer = get(&edge, environment, "config.json", &headers).await;
            assert_eq!(answer.status, status, "{headers}");
            assert_eq!(answer.body.is_empty(), status == 304);
            assert_eq!(answer.header("etag"), Some(tag.as_str()));
        }

        // What is published anew has another tag.
        let settings = PropertySettings {
            session_timeout: 60,
            ..PropertySettings::default()
        };
        edge.clock.advance(Duration::from_secs(60));
        let mut tx = edge.store.begin().await.unwrap();
        properties::update(&mut tx, property, 1, "Shop app", edge.datastream, &settings)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        publish(&edge, environment).await;
        let headers = format!("if-none-match: {tag}\r\n");
        let second = get(&edge, environment, "config.json", &headers).await;
        assert_eq!(second.status, 200);
        assert_ne!(second.header("etag"), Some(tag.as_str()));
    })
    .await;
}

#[tokio::test]
async fn the_rules_are_an_archive_without_rules() {
    on_each(|edge| async move {
        let (_, environment) = property(&edge).await;
        publish(&edge, environment).await;
        let answer = get(&edge, environment, "rules.zip", "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/zip"));
        let mut archive = zip::ZipArchive::new(Cursor::new(answer.body.clone())).unwrap();
        let mut text = String::new();
        archive
            .by_name("rules.json")
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, r#"{"version":1,"rules":[]}"#);
        let headers = format!("if-none-match: {}\r\n", answer.header("etag").unwrap());
        assert_eq!(get(&edge, environment, "rules.zip", &headers).await.status, 304);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_none_is_not_found() {
    on_each(|edge| async move {
        for path in [
            "/sdk/shop/config.json",
            "/sdk/00000000-0000-0000-0000-000000000000/rules.zip",
        ] {
            let answer = edge.request("GET", path, "", b"").await;
            assert_eq!(answer.status, 404);
            assert_eq!(answer.object()["status"], 404);
        }
    })
    .await;
}
