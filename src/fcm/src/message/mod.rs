//! The message, field by field as Google's REST reference has it.

mod android;
mod other;
mod values;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use android::{
    AndroidConfig, AndroidNotification, LightSettings, MessagePriority, NotificationPriority, Proxy,
    Visibility,
};
pub use other::{ApnsConfig, ApnsOptions, WebpushConfig, WebpushOptions};
pub use values::{Color, ProtoDuration};

/// A message to one device, a topic or a condition.
///
/// Google: "REST Resource: projects.messages".
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Whom it is for.
    #[serde(flatten)]
    pub target: Target,
    /// Keys and values for the app; not `from`, and nothing that begins with `gcm` or `google`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
    /// What every platform shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<Notification>,
    /// What is special on Android.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android: Option<AndroidConfig>,
    /// What is special in browsers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webpush: Option<WebpushConfig>,
    /// What is special on Apple's devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apns: Option<ApnsConfig>,
    /// What FCM itself does with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fcm_options: Option<FcmOptions>,
}

impl Message {
    /// A message without content.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            data: BTreeMap::new(),
            notification: None,
            android: None,
            webpush: None,
            apns: None,
            fcm_options: None,
        }
    }
}

/// Leaves out the content and most of the address, which belong to a person.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// Whom a message is for.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One app on one device, by its registration token.
    Token(String),
    /// One app on one device, by its Firebase installation identifier.
    Fid(String),
    /// All who subscribe to a topic, named without `/topics/`.
    Topic(String),
    /// All who fit a condition of at most five topics.
    Condition(String),
}

/// Shows only the beginning of an address, enough to find a device and too little to push to it.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begin = |address: &str| address.chars().take(8).collect::<String>();
        match self {
            Self::Token(token) => write!(f, "Token({}…)", begin(token)),
            Self::Fid(fid) => write!(f, "Fid({}…)", begin(fid)),
            Self::Topic(topic) => f.debug_tuple("Topic").field(topic).finish(),
            Self::Condition(condition) => f.debug_tuple("Condition").field(condition).finish(),
        }
    }
}

/// What every platform shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notification {
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// What FCM itself does with a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FcmOptions {
    /// Label under which Google counts it: 1 to 50 of `[a-zA-Z0-9-_.~%]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analytics_label: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_message_has_only_its_target() {
        for (target, expected) in [
            (Target::Token("t".to_owned()), json!({ "token": "t" })),
            (Target::Fid("f".to_owned()), json!({ "fid": "f" })),
            (Target::Topic("news".to_owned()), json!({ "topic": "news" })),
            (
                Target::Condition("'a' in topics".to_owned()),
                json!({ "condition": "'a' in topics" }),
            ),
        ] {
            assert_eq!(serde_json::to_value(Message::new(target)).unwrap(), expected);
        }
    }

    #[test]
    fn every_field_is_written_as_google_names_it() {
        let expected: serde_json::Value = serde_json::from_str(
            r##"{
            "token": "t",
            "data": { "_mId": "1" },
            "notification": { "title": "T", "body": "B", "image": "https://example.org/i.png" },
            "android": {
                "collapse_key": "c", "priority": "HIGH", "ttl": "3.5s", "restricted_package_name": "org.example",
                "data": { "k": "v" }, "fcm_options": { "analytics_label": "l" }, "direct_boot_ok": true,
                "bandwidth_constrained_ok": true, "restricted_satellite_ok": false,
                "notification": {
                    "title": "T", "body": "B", "icon": "i", "color": "#ff0000", "sound": "s", "tag": "g",
                    "click_action": "OPEN", "body_loc_key": "b", "body_loc_args": ["1"], "title_loc_key": "t",
                    "title_loc_args": ["2"], "channel_id": "news", "ticker": "x", "sticky": true,
                    "event_time": "2026-11-24T08:00:00Z", "local_only": false,
                    "notification_priority": "PRIORITY_MAX", "default_sound": true,
                    "default_vibrate_timings": false, "default_light_settings": false,
                    "vibrate_timings": ["0.5s", "1s"], "visibility": "PRIVATE", "notification_count": 3,
                    "light_settings": {
                        "color": { "red": 1.0, "green": 0.5, "blue": 0.0, "alpha": 1.0 },
                        "light_on_duration": "1s", "light_off_duration": "0.000000001s"
                    },
                    "image": "https://example.org/i.png", "bypass_proxy_notification": true,
                    "proxy": "IF_PRIORITY_LOWERED"
                }
            },
            "webpush": {
                "headers": { "TTL": "60" }, "data": { "k": "v" }, "notification": { "title": "T" },
                "fcm_options": { "link": "https://example.org", "analytics_label": "l" }
            },
            "apns": {
                "headers": { "apns-priority": "5" }, "payload": { "aps": { "alert": "A" } },
                "fcm_options": { "analytics_label": "l", "image": "https://example.org/i.png" },
                "live_activity_token": "a"
            },
            "fcm_options": { "analytics_label": "l" }
        }"##,
        )
        .unwrap();
        // Reading and writing again keeps each field only if both know it by that name.
        let message: Message = serde_json::from_value(expected.clone()).unwrap();
        assert_eq!(serde_json::to_value(&message).unwrap(), expected);
        assert_eq!(
            message.android.unwrap().ttl,
            Some(ProtoDuration(Duration::from_millis(3500)))
        );
    }

    #[test]
    fn debug_shows_no_content_and_no_whole_address() {
        let mut message = Message::new(Target::Token(
            "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1".to_owned(),
        ));
        message.data.insert("name".to_owned(), "Anna".to_owned());
        assert_eq!(format!("{message:?}"), "Message { target: Token(bk3RNwTe…), .. }");
    }
}
