//! Apple's payload.
//!
//! Keys of `aps`: Apple, "Generating a remote notification". Keys beside it: `adb_uri`, `adb_media` and `_xdm` are read by
//! messaging-ios and by AEPMessagingNotification in the app's service extension.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Correlation, LIMIT, Payload, Xdm, content::target, is_reserved_key, json};
use crate::{app_config::PayloadStyle, message::InterruptionLevel, payload::RenderedContent};

#[derive(Serialize)]
struct Body<'a> {
    aps: Aps<'a>,
    #[serde(rename = "_xdm", skip_serializing_if = "Option::is_none")]
    xdm: Option<Xdm<'a>>,
    #[serde(rename = "adb_uri", skip_serializing_if = "Option::is_none")]
    uri: Option<&'a str>,
    #[serde(rename = "adb_media", skip_serializing_if = "Option::is_none")]
    media: Option<&'a str>,
    #[serde(rename = "delivery_id", skip_serializing_if = "Option::is_none")]
    delivery: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(flatten)]
    data: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct Aps<'a> {
    alert: Alert<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    badge: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(rename = "mutable-content", skip_serializing_if = "Option::is_none")]
    mutable: Option<u8>,
    #[serde(rename = "interruption-level", skip_serializing_if = "Option::is_none")]
    interruption: Option<InterruptionLevel>,
}

#[derive(Serialize)]
struct Alert<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subtitle: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
}

/// The text, unless it is empty.
pub(super) fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

pub(super) fn build(content: &RenderedContent, correlation: &Correlation, style: PayloadStyle) -> Payload {
    let adobe = style == PayloadStyle::AdobeMessaging;
    let link = some(target(&content.tap));
    let image = some(&content.image);
    let body = Body {
        aps: Aps {
            alert: Alert {
                title: some(&content.title),
                subtitle: some(&content.subtitle),
                body: some(&content.body),
            },
            badge: content.badge,
            sound: some(&content.sound),
            category: some(&content.category),
            // The picture is fetched by the app's service extension, which this lets run.
            mutable: image.map(|_| 1),
            interruption: (content.interruption != InterruptionLevel::Active).then_some(content.interruption),
        },
        xdm: adobe.then(|| correlation.xdm()),
        uri: link.filter(|_| adobe),
        media: image.filter(|_| adobe),
        delivery: (!adobe).then(|| correlation.delivery.to_string()),
        link: link.filter(|_| !adobe),
        image: image.filter(|_| !adobe),
        data: content
            .data
            .iter()
            .filter(|(key, _)| !key.is_empty() && key != "image" && !is_reserved_key(key))
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect(),
    };
    let json = json(&body);
    Payload {
        bytes: json.len(),
        json,
        limit: LIMIT,
    }
}
