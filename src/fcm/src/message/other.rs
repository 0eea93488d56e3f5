use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is special about a message on Apple's devices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApnsConfig {
    /// Request headers for Apple, such as `apns-priority`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The payload with its `aps` and the app's own keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Map<String, Value>>,
    /// What FCM does with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fcm_options: Option<ApnsOptions>,
    /// Address of a Live Activity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_activity_token: Option<String>,
}

/// What FCM does with a message to Apple's devices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApnsOptions {
    /// Label under which Google counts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analytics_label: Option<String>,
    /// Address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// What is special about a message in browsers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebpushConfig {
    /// Headers of the Web Push protocol, such as `TTL`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Keys and values in place of those of the message.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
    /// Options of the browser's Notification interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<Map<String, Value>>,
    /// What FCM does with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fcm_options: Option<WebpushOptions>,
}

/// What FCM does with a message to browsers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebpushOptions {
    /// Address that a tap opens; `https` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Label under which Google counts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analytics_label: Option<String>,
}
