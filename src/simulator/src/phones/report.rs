//! What an app on a phone sends to its collection server, as the AEP Mobile SDK does.
//!
//! Source: the public repositories of the SDK (messaging-android `MessagingExtension.java`, messaging-ios
//! `Messaging+EdgeEvents.swift`, edge-android `RequestBuilder.java`).

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Button, Notification, Phone, Platform};

/// How often a report is sent again when the server asks for patience.
const TRIES: u32 = 5;
/// The SDK's pause where the server names none.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest pause that is honoured, so that nothing waits for ever.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Where an app's collection server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Its address, such as `http://127.0.0.1:3000`.
    pub url: String,
    /// The SDK's `edge.configId`.
    pub config_id: String,
    /// The SDK's `messaging.eventDataset`.
    pub event_dataset: String,
}

/// What the person did, for the tracking event.
pub(super) enum Act<'a> {
    /// Tapped the notification.
    Open,
    /// Tapped a button.
    Press(&'a Button),
    /// Swiped it away.
    Dismiss,
}

pub(super) type Http = Client<HttpConnector, Full<Bytes>>;

pub(super) fn client() -> Http {
    Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(8)
        .build_http()
}

/// The tracking event of an act; none where the push carries nothing to track by.
pub(super) fn tracking_event(
    phone: &Phone,
    notification: &Notification,
    act: &Act<'_>,
    event_id: &str,
    now: Timestamp,
    edge: &Edge,
) -> Option<Value> {
    let tracked = tracked(phone.platform, &notification.payload)?;
    let (event_type, action, launches) = match act {
        Act::Open => ("pushTracking.applicationOpened", None, 1),
        Act::Press(button) => (
            "pushTracking.customAction",
            Some(button.action.as_str()),
            i32::from(button.opens_app),
        ),
        Act::Dismiss => ("pushTracking.customAction", Some("Dismiss"), 0),
    };
    let mut tracking = json!({
        "pushProvider": phone.platform.as_str(),
        "pushProviderMessageID": provider_message_id(notification),
    });
    if let Some(action) = action {
        tracking["customAction"] = json!({ "actionID": action });
    }
    let mut xdm = json!({
        "_id": event_id,
        "timestamp": instant(now),
        "eventType": event_type,
        "pushNotificationTracking": tracking,
        "application": { "launches": { "value": launches } },
    });
    merge(&mut xdm, &Value::Object(tracked));
    // Added only where the object came with the push.
    if let Some(management) = xdm
        .pointer_mut("/_experience/customerJourneyManagement")
        .and_then(Value::as_object_mut)
    {
        management.insert(
            "messageProfile".into(),
            json!({ "channel": { "_id": "https://ns.adobe.com/xdm/channels/push" } }),
        );
        let platform = if phone.platform == Platform::Fcm {
            "fcm"
        } else {
            "apns"
        };
        management.insert("pushChannelContext".into(), json!({ "platform": platform }));
    }
    Some(json!({ "xdm": xdm, "meta": { "collect": { "datasetId": edge.event_dataset } } }))
}

/// The SDK's token sync.
pub(super) fn token_event(phone: &Phone, event_id: &str, now: Timestamp) -> Value {
    json!({
        "xdm": { "_id": event_id, "timestamp": instant(now) },
        "data": { "pushNotificationDetails": [{
            "appID": phone.app.as_str(),
            "token": phone.token.as_str(),
            "platform": phone.platform.as_str(),
            "denylisted": false,
            "identity": { "namespace": { "code": "ECID" }, "id": phone.ecid },
        }] },
    })
}

/// An event of the app's own.
pub(super) fn app_event(event_type: &str, xdm: &Value, event_id: &str, now: Timestamp) -> Value {
    let mut own = json!({ "_id": event_id, "timestamp": instant(now), "eventType": event_type });
    merge(&mut own, xdm);
    json!({ "xdm": own })
}

/// The body of an `interact` request with one event.
pub(super) fn interact_body(phone: &Phone, event: Value) -> Value {
    let mut map = phone.identities.clone();
    if let Some(ecid) = &phone.ecid {
        let install = json!([{ "id": ecid, "authenticatedState": "ambiguous", "primary": false }]);
        map.insert("ECID".to_owned(), install);
    }
    let system = if phone.platform == Platform::Fcm {
        "android"
    } else {
        "ios"
    };
    json!({
        "xdm": {
            "identityMap": map,
            "implementationDetails": {
                "environment": "app",
                "name": format!("https://ns.adobe.com/experience/mobilesdk/{system}"),
                "version": "3.5.0+3.0.2",
            },
        },
        "events": [event],
        "meta": { "konductorConfig": { "streaming": {
            "enabled": true, "recordSeparator": "\u{0}", "lineFeed": "\n",
        } } },
    })
}

/// Sends one request, again where the server asks for patience, as the SDK does.
pub(super) async fn send(
    http: &Http,
    edge: &Edge,
    request_id: impl Fn() -> String,
    body: Value,
) -> Result<(), String> {
    let body = Bytes::from(body.to_string());
    for attempt in 1..=TRIES {
        let uri = format!(
            "{}/ee/v1/interact?configId={}&requestId={}",
            edge.url.trim_end_matches('/'),
            edge.config_id,
            request_id()
        );
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, "Heliograph simulator phone")
            .body(Full::new(body.clone()))
            .map_err(|error| error.to_string())?;
        let pause = match http.request(request).await {
            Ok(response) => {
                let status = response.status();
                let pause = response
                    .headers()
                    .get(header::RETRY_AFTER)
                    .and_then(|value| value.to_str().ok()?.parse().ok())
                    .map_or(PAUSE, Duration::from_secs);
                // Read whole, so that the connection is used again.
                let answer = response.into_body().collect().await;
                if status.is_success() {
                    return Ok(());
                }
                if !matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504 | 507) {
                    let text = answer.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned());
                    return Err(format!(
                        "the collection server answered {status}: {}",
                        text.unwrap_or_default()
                    ));
                }
                pause
            }
            Err(error) => {
                if attempt == TRIES {
                    return Err(format!("the collection server can't be reached: {error}"));
                }
                Duration::from_millis(200)
            }
        };
        tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
    }
    Err("the collection server asked for patience too often".into())
}

/// What comes back in the tracking event: what is in `_xdm.mixins`, or else in `_xdm.cjm`. On Android `_xdm` is text.
fn tracked(platform: Platform, payload: &Value) -> Option<Map<String, Value>> {
    let parsed;
    let xdm = match platform {
        Platform::Fcm => {
            parsed = serde_json::from_str::<Value>(payload.pointer("/data/_xdm")?.as_str()?).ok()?;
            &parsed
        }
        Platform::Apns | Platform::ApnsSandbox => payload.get("_xdm")?,
    };
    let inner = xdm.get("mixins").or_else(|| xdm.get("cjm"))?.as_object()?;
    (!inner.is_empty()).then(|| inner.clone())
}

fn provider_message_id(notification: &Notification) -> String {
    let header = |name: &str| notification.headers.get(name).cloned();
    header("apns-collapse-id")
        .or_else(|| header("apns-id"))
        .or_else(|| header("message-id"))
        .unwrap_or_default()
}

/// As the SDK writes it: UTC with milliseconds.
fn instant(at: Timestamp) -> String {
    format!("{:.3}", at)
}

/// Lays one object over another, inner objects too.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
