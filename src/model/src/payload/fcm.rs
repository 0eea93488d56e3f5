//! Google's payload: the whole body of `messages:send`.
//!
//! Fields and their order: Google, "REST Resource: projects.messages". For Adobe's Messaging extension the message is data
//! only, with the keys of messaging-android `MessagingConstants.Push.PayloadKeys`; with a `notification` block the system
//! would draw it and the extension never see it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Correlation, DELIVERY_KEY, LIMIT, LINK_KEY, Payload, Target, apns::some, content::target,
    is_reserved_key, json,
};
use crate::{
    app_config::PayloadStyle,
    message::{Priority, TapAction},
    payload::RenderedContent,
};

#[derive(Serialize)]
struct Request<'a> {
    message: Message<'a>,
}

#[derive(Serialize)]
struct Message<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<Notification<'a>>,
    android: Android<'a>,
}

#[derive(Serialize)]
struct Notification<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
}

#[derive(Serialize)]
struct Android<'a> {
    collapse_key: &'a str,
    priority: &'static str,
    ttl: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<AndroidNotification<'a>>,
}

#[derive(Serialize)]
struct AndroidNotification<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<&'a str>,
    tag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_count: Option<u32>,
}

/// A button as the extension reads it from the text under `adb_act`.
#[derive(Serialize)]
struct Action<'a> {
    label: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// The extension's word for what a tap does.
const fn kind(action: &TapAction) -> &'static str {
    match action {
        TapAction::OpenApp => "OPENAPP",
        TapAction::DeepLink { .. } => "DEEPLINK",
        TapAction::Web { .. } => "WEBURL",
    }
}

pub(super) fn build(content: &RenderedContent, correlation: &Correlation, to: Target<'_>) -> Payload {
    let collapse = content.collapse_id(correlation.delivery);
    let mut data: BTreeMap<&str, String> = content
        .data
        .iter()
        .filter(|(key, _)| !key.is_empty() && !is_reserved_key(key))
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect();
    let (notification, android) = match to.style {
        PayloadStyle::AdobeMessaging => {
            adobe(content, correlation, &mut data);
            (None, None)
        }
        PayloadStyle::Standard => {
            data.insert(DELIVERY_KEY, correlation.delivery.to_string());
            if let Some(link) = some(target(&content.tap)) {
                data.insert(LINK_KEY, link.to_owned());
            }
            let notification = Notification {
                title: some(&content.title),
                body: some(&content.body),
                image: some(&content.image),
            };
            let android = AndroidNotification {
                sound: some(&content.sound),
                tag: &collapse,
                channel_id: some(&content.channel),
                notification_count: content.badge,
            };
            (Some(notification), Some(android))
        }
    };
    let bytes = weight(&data, notification.as_ref(), android.as_ref());
    let request = Request {
        message: Message {
            token: to.token,
            data,
            notification,
            android: Android {
                collapse_key: &collapse,
                priority: match content.priority {
                    Priority::High => "HIGH",
                    Priority::Normal => "NORMAL",
                },
                ttl: format!("{}s", to.ttl),
                notification: android,
            },
        },
    };
    Payload {
        json: json(&request),
        bytes,
        limit: LIMIT,
    }
}

fn adobe<'a>(content: &'a RenderedContent, correlation: &Correlation, data: &mut BTreeMap<&'a str, String>) {
    let mut put = |key, value: &str| {
        if !value.is_empty() {
            data.insert(key, value.to_owned());
        }
    };
    put("_xdm", &json(&correlation.xdm()));
    put("adb_title", &content.title);
    put("adb_body", &content.body);
    put("adb_image", &content.image);
    put("adb_channel_id", &content.channel);
    if content.sound != "default" {
        put("adb_sound", &content.sound);
    }
    if let Some(badge) = content.badge {
        put("adb_n_count", &badge.to_string());
    }
    put("adb_a_type", kind(&content.tap));
    put("adb_uri", target(&content.tap));
    if !content.buttons.is_empty() {
        let actions: Vec<Action<'_>> = content
            .buttons
            .iter()
            .map(|button| Action {
                label: &button.label,
                uri: some(target(&button.action)),
                kind: kind(&button.action),
            })
            .collect();
        put("adb_act", &json(&actions));
    }
}

/// Keys and values of data and notification, as Google counts them.
fn weight(
    data: &BTreeMap<&str, String>,
    notification: Option<&Notification<'_>>,
    android: Option<&AndroidNotification<'_>>,
) -> usize {
    let pair = |key: &str, value: Option<&str>| value.map_or(0, |value| key.len() + value.len());
    let data: usize = data.iter().map(|(key, value)| key.len() + value.len()).sum();
    let shown = notification.map_or(0, |shown| {
        pair("title", shown.title) + pair("body", shown.body) + pair("image", shown.image)
    });
    let android = android.map_or(0, |android| {
        let count = android.notification_count.map(|count| count.to_string());
        pair("sound", android.sound)
            + pair("tag", Some(android.tag))
            + pair("channel_id", android.channel_id)
            + pair("notification_count", count.as_deref())
    });
    data + shown + android
}
