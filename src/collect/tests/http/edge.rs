//! The Edge Network protocol on the wire: what an app sends, and each byte that it gets.

use std::time::Duration;

use crate::support::{
    Answer, Edge, REQUEST, ecid, event, install, on_each, settings, signed_in, token_event,
};
use heliograph_collect::{Options, Service};
use heliograph_model::{
    collection::{DatastreamStatus, Verdict},
    profile::{DeviceStatus, PushPlatform},
};
use heliograph_store::{datastreams, events, testing::refuse_events_of_type};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn success_is_one_record_and_the_event_is_there() {
    on_each(|edge| async move {
        let body = json!({
            "xdm": {"identityMap": install(1), "implementationDetails": {"name": "x"}},
            "events": [event("E-1", "commerce.purchases")],
            // iOS 17.0 writes no separator; the answer has it all the same.
            "meta": {"konductorConfig": {"streaming": {"enabled": true, "recordSeparator": "", "lineFeed": "\n"}}},
        });
        for path in [
            "/ee/v1/interact",
            "/ee/or2/v1/interact",
            "/ee-pre-prd/v1/interact",
            "/ee-pre-prd/irl1/v1/interact",
        ] {
            let answer = edge.post(path, body.to_string().as_bytes()).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("content-type"), Some("application/json"));
            let expected = format!("\0{{\"handle\":[],\"requestId\":\"{REQUEST}\"}}\n");
            assert_eq!(answer.body, expected.as_bytes());
        }
        let arrivals = edge.arrivals().await;
        let stored: Vec<_> = arrivals
            .iter()
            .filter(|arrival| arrival.verdict == Verdict::Stored)
            .collect();
        assert_eq!((arrivals.len(), stored.len()), (4, 1));
        assert_eq!(stored[0].event_type, "commerce.purchases");
        assert_eq!(
            stored[0].identity.as_deref(),
            Some(format!("ECID: {}", ecid(1)).as_str())
        );
        let profile = edge.profile("ECID", &ecid(1)).await;
        let mut conn = edge.store.read().await.unwrap();
        let kept = events::of_profile(&mut conn, profile, None, 10).await.unwrap();
        assert_eq!(kept[0].xdm["_id"], "E-1");
        assert_eq!(kept[0].xdm["implementationDetails"]["name"], "x");
        assert_eq!(kept[0].data, Value::Null);
    })
    .await;
}

#[tokio::test]
async fn without_streaming_the_answer_is_plain_and_without_an_id_it_gets_one() {
    on_each(|edge| async move {
        let body = json!({"xdm": {"identityMap": install(1)}, "events": [event("1", "")]});
        let path = format!("/ee/v1/interact?configId={}", edge.datastream);
        let answer = edge.request("POST", &path, "", body.to_string().as_bytes()).await;
        assert_eq!(answer.status, 200);
        let object = answer.object();
        assert_eq!(object["handle"], json!([]));
        assert_eq!(object["requestId"].as_str().unwrap().len(), 36);
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_taken_is_one_plain_object_that_names_the_reason() {
    on_each(|edge| async move {
        let ok = json!({"xdm": {"identityMap": install(1)}, "events": [event("1", "")]}).to_string();
        let datastream = edge.datastream;
        let interact = format!("/ee/v1/interact?configId={datastream}&requestId={REQUEST}");
        let unknown = format!("/ee/v1/interact?configId={}", uuid::Uuid::nil());
        let elsewhere = format!("/ee/va/v1/sessionstart?configId={datastream}");
        let many = json!({"events": vec![json!({}); 1001]}).to_string();
        for (method, path, body, status, title) in [
            (
                "POST",
                "/ee/v1/interact",
                ok.as_str(),
                400,
                "Invalid datastream ID",
            ),
            ("POST", unknown.as_str(), &ok, 400, "Invalid datastream ID"),
            (
                "POST",
                "/ee/v1/interact?configId=shop",
                &ok,
                400,
                "Invalid datastream ID",
            ),
            ("POST", &interact, "", 400, "The body is not a JSON object"),
            (
                "POST",
                &interact,
                "{\"events\":[",
                400,
                "The body is not a JSON object",
            ),
            ("POST", &interact, "[]", 400, "The body is not a JSON object"),
            ("POST", &interact, "{}", 422, "“events” must be a list"),
            (
                "POST",
                &interact,
                "{\"events\":[]}",
                422,
                "“events” must be a list",
            ),
            (
                "POST",
                &interact,
                "{\"events\":{}}",
                422,
                "“events” must be a list",
            ),
            (
                "POST",
                &interact,
                "{\"events\":[7]}",
                422,
                "An event must be an object",
            ),
            (
                "POST",
                &interact,
                "{\"events\":[{\"xdm\":7}]}",
                422,
                "“xdm” must be an object",
            ),
            (
                "POST",
                &interact,
                &many,
                422,
                "“events” may hold at most 1000 events",
            ),
            ("GET", &interact, "", 405, "Use POST here"),
            ("POST", &elsewhere, &ok, 404, "There is no such address"),
            ("POST", "/ee", &ok, 404, "There is no such address"),
            ("POST", "/ee/", &ok, 404, "There is no such address"),
        ] {
            let answer = edge.request(method, path, "", body.as_bytes()).await;
            assert_eq!(answer.status, status, "{method} {path} {body:.40}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            let object = answer.object();
            assert_eq!(object["status"], status);
            let said = object["title"].as_str().unwrap();
            assert!(said.starts_with(title), "{said}");
            assert!(object["type"].is_string());
        }
        let answer = edge.request("POST", &unknown, "", ok.as_bytes()).await;
        assert_eq!(
            answer.object()["type"],
            "https://ns.adobe.com/aep/errors/EXEG-0003-400"
        );
        // The developer sees them: nine that named the datastream, four that named none that there is.
        let arrivals = edge.arrivals_of(13).await;
        assert!(arrivals.iter().all(|arrival| arrival.verdict == Verdict::Refused));
        let (known, strange): (Vec<_>, Vec<_>) = arrivals
            .iter()
            .partition(|arrival| arrival.datastream == Some(datastream));
        assert_eq!((known.len(), strange.len()), (9, 4));
    })
    .await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read() {
    on_each(|edge| async move {
        let path = format!("/ee/v1/interact?configId={}", edge.datastream);
        // The body never comes, and the answer comes all the same.
        let head = format!("POST {path} HTTP/1.1\r\nhost: edge\r\nconnection: close\r\n");
        let said = format!("{head}content-length: 1048577\r\n\r\n");
        let answer = edge.raw(said.as_bytes()).await;
        assert_eq!(
            (answer.status, answer.object()["status"].as_u64()),
            (413, Some(413))
        );

        // A body that does not say how large it is is read as far as the limit.
        let mut chunked = format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes();
        let chunk = vec![b' '; 0x10000];
        for _ in 0..17 {
            chunked.extend_from_slice(b"10000\r\n");
            chunked.extend_from_slice(&chunk);
            chunked.extend_from_slice(b"\r\n");
        }
        let answer = edge.raw(&chunked).await;
        assert_eq!(answer.status, 413);

        // One of just under a mebibyte is taken.
        let mut event = event("1", "large");
        event["data"] = json!({"text": "x".repeat((1 << 20) - 600)});
        edge.keep(install(1), json!([event])).await;
    })
    .await;
}

#[tokio::test]
async fn an_event_that_is_sent_again_is_answered_like_the_first_and_kept_once() {
    on_each(|edge| async move {
        let token = || json!([token_event("ABCD", 10, 1, "token", "fcm")]);
        edge.keep(install(1), token()).await;
        edge.keep(install(1), json!([token_event("EF", 11, 1, "newer", "fcm")]))
            .await;
        // Again, as after a lost answer, and once more with the identifier in the other case.
        edge.keep(install(1), token()).await;
        edge.keep(install(1), json!([token_event("abcd", 12, 1, "token", "fcm")]))
            .await;
        // Twice in one request.
        edge.keep(install(1), json!([event("x", "a"), event("X", "a")]))
            .await;
        let verdicts: Vec<_> = edge.arrivals().await.iter().map(|a| a.verdict).collect();
        let of = |verdict| verdicts.iter().filter(|v| **v == verdict).count();
        assert_eq!((of(Verdict::Stored), of(Verdict::Duplicate)), (3, 3));
        let active: Vec<_> = edge
            .devices("ECID", &ecid(1))
            .await
            .into_iter()
            .filter(|device| device.status == DeviceStatus::Active)
            .map(|device| device.token)
            .collect();
        assert_eq!(active, ["newer"]);
    })
    .await;
}

#[tokio::test]
async fn a_token_goes_with_the_install_to_whoever_is_signed_in() {
    on_each(|edge| async move {
        edge.keep(signed_in(1, "ada"), json!([token_event("1", 1, 1, "AB", "apns")]))
            .await;
        let device = &edge.devices("CRMID", "ada").await[0];
        assert_eq!(
            (device.app.as_str(), device.platform),
            ("com.example.shop", PushPlatform::Apns)
        );
        let login = |id: &str, second: u32| json!([{"xdm": {"_id": id, "eventType": "login", "timestamp": format!("2026-01-15T10:20:{second:02}.000Z")}}]);
        edge.keep(signed_in(1, "bob"), login("2", 2)).await;
        assert_eq!(edge.devices("CRMID", "ada").await.len(), 0);
        assert_eq!(edge.devices("CRMID", "bob").await[0].id, device.id);
        // Bob signs out: nobody's notifications go to this phone as Bob's.
        let mut map = signed_in(1, "bob");
        map["CRMID"][0]["authenticatedState"] = json!("loggedOut");
        edge.keep(map, login("3", 3)).await;
        assert_eq!(edge.devices("CRMID", "bob").await.len(), 0);
        assert_eq!(edge.devices("ECID", &ecid(1)).await[0].id, device.id);
        // The app is installed anew: the same token comes under a new ECID.
        edge.keep(signed_in(2, "ada"), json!([token_event("4", 4, 2, "ab", "apns")]))
            .await;
        assert_eq!(edge.devices("ECID", &ecid(1)).await.len(), 0);
        assert_eq!(edge.devices("CRMID", "ada").await[0].id, device.id);
    })
    .await;
}

#[tokio::test]
async fn a_token_without_an_identity_map_says_of_which_install_it_is() {
    on_each(|edge| async move {
        let body = json!({"events": [token_event("1", 1, 7, "token", "fcm")]});
        let answer = edge.post("/ee/v1/interact", body.to_string().as_bytes()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(edge.devices("ECID", &ecid(7)).await.len(), 1);
        // A token of another install than the request's goes to that one.
        edge.keep(install(8), json!([token_event("2", 2, 9, "other", "fcm")]))
            .await;
        assert_eq!(edge.devices("ECID", &ecid(8)).await.len(), 0);
        assert_eq!(edge.devices("ECID", &ecid(9)).await[0].token, "other");
        // What is no token is passed over, and said.
        let mut event = token_event("3", 3, 7, "", "fcm");
        event["data"]["pushNotificationDetails"][0]["platform"] = json!("pigeon");
        let answer = edge.interact(install(7), json!([event])).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.record()["warnings"][0]["report"]["eventIndex"], 0);
    })
    .await;
}

#[tokio::test]
async fn two_persons_in_one_event_are_one() {
    on_each(|edge| async move {
        edge.keep(signed_in(1, "ada"), json!([event("1", "a")])).await;
        let email = |n: u32| json!({"ECID": [{"id": ecid(n)}], "Email": [{"id": "Ada@example.com"}]});
        edge.keep(email(2), json!([event("2", "b")])).await;
        let mut both = signed_in(1, "ADA");
        both["Email"] = json!([{"id": "ada@EXAMPLE.com"}]);
        edge.keep(both, json!([event("3", "c")])).await;
        let profile = edge.profile("CRMID", "ada").await;
        assert_eq!(edge.profile("Email", "ada@example.com").await, profile);
        assert_eq!(edge.profile("ECID", &ecid(2)).await, profile);
        let mut conn = edge.store.read().await.unwrap();
        let kept = events::of_profile(&mut conn, profile, None, 10).await.unwrap();
        let types: Vec<_> = kept.iter().map(|event| event.event_type.as_str()).collect();
        assert_eq!(types, ["c", "b", "a"]);
    })
    .await;
}

#[tokio::test]
async fn a_partly_bad_batch_keeps_what_is_good() {
    on_each(|edge| async move {
        let long = "x".repeat(256);
        let answer = edge
            .interact(
                install(1),
                json!([event("1", "a"), 7, event("2", "b"), event("3", &long)]),
            )
            .await;
        assert_eq!(answer.status, 207);
        let record = answer.record();
        assert_eq!(record["handle"], json!([]));
        let places: Vec<_> = record["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| {
                assert!(error["status"].is_u64() && error["type"].is_string());
                error["report"]["eventIndex"].as_u64().unwrap()
            })
            .collect();
        assert_eq!(places, [1, 3]);
        let stored: Vec<_> = edge
            .arrivals()
            .await
            .into_iter()
            .filter(|arrival| arrival.verdict == Verdict::Stored)
            .map(|arrival| arrival.event_type)
            .collect();
        assert_eq!(stored.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_event_that_the_database_can_not_keep_holds_up_nothing() {
    on_each(|edge| async move {
        refuse_events_of_type(&edge.store, "poison").await;
        let answer = edge
            .interact(
                install(1),
                json!([event("1", "a"), event("2", "poison"), event("3", "b")]),
            )
            .await;
        assert_eq!(answer.status, 207);
        assert_eq!(answer.record()["errors"][0]["report"]["eventIndex"], 1);
        // Others that are written with it are answered as if it was not there.
        let sent: Vec<_> = (0..40)
            .map(|n| {
                let edge = edge.clone();
                tokio::spawn(async move {
                    let poison = n % 8 == 3;
                    let kind = if poison { "poison" } else { "c" };
                    let answer = edge
                        .interact(install(n), json!([event(&format!("n{n}"), kind)]))
                        .await;
                    assert_eq!(answer.status, if poison { 207 } else { 200 });
                })
            })
            .collect();
        for sent in sent {
            sent.await.unwrap();
        }
        let arrivals = edge.arrivals().await;
        let of = |verdict| arrivals.iter().filter(|a| a.verdict == verdict).count();
        assert_eq!((of(Verdict::Stored), of(Verdict::Refused)), (37, 6));
    })
    .await;
}

#[tokio::test]
async fn whatever_an_app_writes_is_taken_as_far_as_it_can_be() {
    on_each(|edge| async move {
        let odd = json!([
            {"xdm": {"eventType": "no id", "timestamp": "yesterday"}, "unknown": [1, 2.5]},
            {"xdm": {"_id": "nul", "eventType": "nul", "text\0": "a\0b", "big": 1e300}, "data": [1, {"b\0": "\0"}]},
            {"xdm": {"_id": "types", "eventType": 7, "timestamp": 7, "identityMap": "none"}, "meta": null, "query": 1},
        ]);
        let answer = edge.interact(install(1), odd).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.record()["warnings"].as_array().unwrap().len(), 1);
        let profile = edge.profile("ECID", &ecid(1)).await;
        let mut conn = edge.store.read().await.unwrap();
        let kept = events::of_profile(&mut conn, profile, None, 10).await.unwrap();
        assert_eq!(kept.len(), 3);
        assert_eq!(kept[1].xdm["text\u{FFFD}"], "a\u{FFFD}b");
        assert_eq!(kept[1].data[1]["b\u{FFFD}"], "\u{FFFD}");
        assert_eq!(kept[0].event_type, "");
        assert_eq!(kept[0].timestamp, kept[0].received_at);

        // Whose it is nobody knows: it is answered, so that it does not come again, and shown to the developer.
        let nobody = json!({"events": [event("nobody", "a")], "xdm": {"identityMap": {"ECID": [{"id": ""}, 7]}}});
        let answer = edge
            .post("/ee/v1/interact", nobody.to_string().as_bytes())
            .await;
        assert_eq!(answer.status, 200);
        assert!(answer.object()["warnings"][0]["title"].as_str().unwrap().contains("identity"));
        assert_eq!(
            edge.arrivals().await[0].reason.as_deref(),
            Some("No identity says whose it is")
        );
    })
    .await;
}

#[tokio::test]
async fn asking_for_in_app_messages_is_answered_and_kept_nowhere() {
    on_each(|edge| async move {
        edge.keep(install(1), json!([event("1", "personalization.request")]))
            .await;
        assert_eq!(edge.arrivals().await, []);
    })
    .await;
}

fn consent(value: &Value) -> Value {
    json!({
        "meta": {"konductorConfig": {"streaming": {"enabled": true, "recordSeparator": "\0", "lineFeed": "\n"}}},
        "query": {"consent": {"operation": "update"}},
        "identityMap": install(1),
        "consent": [{"standard": "Adobe", "version": "2.0", "value": value}],
    })
}

async fn set_consent(edge: &Edge, value: Value) -> Value {
    let answer = edge
        .post(
            "/ee/v1/privacy/set-consent",
            consent(&value).to_string().as_bytes(),
        )
        .await;
    assert_eq!(answer.status, 200);
    answer.record()
}

#[tokio::test]
async fn a_consent_with_nul_in_it_is_kept_without() {
    on_each(|edge| async move {
        edge.keep(install(1), json!([event("1", "a")])).await;
        let odd = json!({"collect": {"val": "y", "reason\0": "said\0so"}});
        let record = set_consent(&edge, odd).await;
        let kept = &record["handle"][0]["payload"][0]["collect"];
        assert_eq!(*kept, json!({"val": "y", "reason\u{FFFD}": "said\u{FFFD}so"}));
        let attributes = edge.attributes("ECID", &ecid(1)).await;
        assert_eq!(attributes["consents"]["collect"], *kept);
    })
    .await;
}

#[tokio::test]
async fn consents_are_merged_and_told_back() {
    on_each(|edge| async move {
        let metadata = json!({"time": "2026-01-15T10:20:30.000Z"});
        let record = set_consent(&edge, json!({"collect": {"val": "y"}, "metadata": metadata})).await;
        let expected = json!({
            "type": "consent:preferences",
            "eventIndex": 0,
            "payload": [{"collect": {"val": "y"}, "metadata": metadata}],
        });
        assert_eq!(record, json!({"requestId": REQUEST, "handle": [expected]}));
        let record = set_consent(&edge, json!({"adID": {"val": "n", "idType": "GAID"}})).await;
        let merged = json!({
            "adID": {"val": "n", "idType": "GAID"},
            "collect": {"val": "y"},
            "metadata": metadata,
        });
        assert_eq!(record["handle"][0]["payload"], json!([merged]));
        assert_eq!(edge.attributes("ECID", &ecid(1)).await["consents"], merged);

        // A request that says nothing that we know is no mistake.
        let answer = edge.post("/ee/v1/privacy/set-consent", b"{\"consent\":7}").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.object()["handle"], json!([]));
        let answer = edge.post("/ee/v1/privacy/set-consent", b"consent").await;
        assert_eq!(answer.status, 400);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_kept_of_whoever_refused_all_collection() {
    on_each(|edge| async move {
        edge.keep(install(1), json!([event("1", "a")])).await;
        set_consent(&edge, json!({"collect": {"val": "n"}})).await;
        let answer = edge.interact(install(1), json!([event("2", "a")])).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.record()["warnings"].as_array().unwrap().len(), 1);
        edge.keep(install(2), json!([event("3", "a")])).await;
        set_consent(&edge, json!({"collect": {"val": "y"}})).await;
        edge.keep(install(1), json!([event("4", "a")])).await;
        let stored = edge
            .arrivals()
            .await
            .iter()
            .filter(|arrival| arrival.verdict == Verdict::Stored)
            .count();
        assert_eq!(stored, 3);
    })
    .await;
}

#[tokio::test]
async fn a_datastream_takes_as_many_events_a_second_as_it_says() {
    on_each(|edge| async move {
        change(&edge, |settings| settings.events_per_second = 3).await;
        edge.keep(install(1), json!([event("1", "a"), event("2", "a")]))
            .await;
        let two = json!([event("3", "a"), event("4", "a")]);
        let answer = edge.interact(install(1), two.clone()).await;
        assert_eq!(answer.status, 429);
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(answer.object()["status"], 429);
        edge.clock.advance(Duration::from_secs(1));
        edge.keep(install(1), two).await;
    })
    .await;
}

#[tokio::test]
async fn one_client_takes_nothing_from_the_others() {
    on_each(|edge| async move {
        let options = Options {
            client_events_per_second: 3,
        };
        let (service, writer) = Service::with_options(edge.store.clone(), options);
        let writing = CancellationToken::new();
        let writer = tokio::spawn(writer.run(writing.clone()));
        let one = edge.seen_by(&service, "203.0.113.7").await;
        let other = edge.seen_by(&service, "203.0.113.8").await;
        let owner = edge.seen_by(&service, "127.0.0.1").await;
        let two = |n| json!([event(&format!("{n}a"), "a"), event(&format!("{n}b"), "a")]);
        one.keep(install(1), two(1)).await;
        let answer = one.interact(install(1), two(2)).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
        assert!(answer.object()["title"].as_str().unwrap().contains("one address"));
        other.keep(install(2), two(3)).await;
        edge.clock.advance(Duration::from_secs(1));
        one.keep(install(1), two(2)).await;
        for n in 4..8 {
            owner.keep(install(3), two(n)).await;
        }
        writing.cancel();
        writer.await.unwrap();
    })
    .await;
}

/// Changes the datastream, and waits until the server knows.
async fn change(edge: &Edge, how: impl FnOnce(&mut datastreams::Settings)) {
    let mut settings = settings();
    how(&mut settings);
    let mut tx = edge.store.begin().await.unwrap();
    let kept = datastreams::get(&mut tx, edge.datastream).await.unwrap().unwrap();
    datastreams::update(&mut tx, edge.datastream, kept.revision, &settings)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_datastream_that_is_switched_off_tells_apps_to_come_back() {
    on_each(|edge| async move {
        edge.keep(install(1), json!([event("1", "a")])).await;
        change(&edge, |settings| settings.status = DatastreamStatus::Disabled).await;
        let off = until(&edge, 503).await;
        assert_eq!(off.header("retry-after"), Some("30"));
        change(&edge, |_| {}).await;
        until(&edge, 200).await;
    })
    .await;
}

/// Sends one event again and again until the answer has this status: a change reaches the server a moment later.
async fn until(edge: &Edge, status: u16) -> Answer {
    for _ in 0..1000 {
        let answer = edge.interact(install(1), json!([event("again", "a")])).await;
        if answer.status == status {
            return answer;
        }
        tokio::task::yield_now().await;
    }
    panic!("the server never answers {status}");
}

#[tokio::test]
async fn what_waits_is_written_before_the_server_stops_and_nothing_is_taken_after() {
    on_each(|edge| async move {
        let sent: Vec<_> = (0..50)
            .map(|n| {
                let edge = edge.clone();
                tokio::spawn(async move {
                    edge.interact(install(n), json!([event(&format!("n{n}"), "a")]))
                        .await
                        .status
                })
            })
            .collect();
        edge.arrivals_of(1).await;
        // The writer alone is told; requests that come later find it gone.
        edge.stop_writing();
        let mut kept = 0;
        for sent in sent {
            match sent.await.unwrap() {
                200 => kept += 1,
                503 => {}
                other => panic!("{other}"),
            }
        }
        assert_eq!(edge.arrivals().await.len(), kept);
    })
    .await;
}
