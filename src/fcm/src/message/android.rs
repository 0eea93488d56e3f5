use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::values::moment;
use super::{Color, FcmOptions, ProtoDuration};

/// What is special about a message on Android.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AndroidConfig {
    /// Group in which only the newest message is kept for a device that is away; four per device at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collapse_key: Option<String>,
    /// Whether it wakes the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<MessagePriority>,
    /// How long it is kept for a device that is away; at most four weeks, which is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<ProtoDuration>,
    /// Only the app with this package name may get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restricted_package_name: Option<String>,
    /// Keys and values in place of those of the message.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
    /// What is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<AndroidNotification>,
    /// What FCM does with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fcm_options: Option<FcmOptions>,
    /// Whether it may arrive before the device is first unlocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_boot_ok: Option<bool>,
    /// Whether it may arrive over a satellite line of little bandwidth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth_constrained_ok: Option<bool>,
    /// Whether it may arrive over a restricted satellite line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restricted_satellite_ok: Option<bool>,
}

/// Whether a message wakes an Android device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MessagePriority {
    /// When the device is awake anyway.
    Normal,
    /// At once.
    High,
}

/// What Android shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AndroidNotification {
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Name of a drawable of the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Colour of the icon as `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Name of a sound of the app, or `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
    /// A later notification with the same tag replaces this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Intent filter of the activity that a tap starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click_action: Option<String>,
    /// Key of the text among the app's strings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_loc_key: Option<String>,
    /// What is put into that text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub body_loc_args: Vec<String>,
    /// Key of the title among the app's strings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_loc_key: Option<String>,
    /// What is put into that title.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub title_loc_args: Vec<String>,
    /// Notification channel of the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    /// Text for accessibility services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticker: Option<String>,
    /// Whether a tap leaves it there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticky: Option<bool>,
    /// When what it tells of happens.
    #[serde(skip_serializing_if = "Option::is_none", with = "moment")]
    pub event_time: Option<Timestamp>,
    /// Whether it stays on this device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_only: Option<bool>,
    /// How prominent it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_priority: Option<NotificationPriority>,
    /// Whether the device's own sound is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_sound: Option<bool>,
    /// Whether the device's own vibration is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_vibrate_timings: Option<bool>,
    /// Whether the device's own light is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_light_settings: Option<bool>,
    /// Vibration: pauses and pulses in turn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vibrate_timings: Vec<ProtoDuration>,
    /// What the lock screen shows of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Number on the app's icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_count: Option<i32>,
    /// How the light blinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub light_settings: Option<LightSettings>,
    /// Address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Whether the app's own proxy rules are passed by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass_proxy_notification: Option<bool>,
    /// Whether Google Play services may show it for the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
}

/// How prominent an Android notification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NotificationPriority {
    /// Left to the app.
    PriorityUnspecified,
    /// Perhaps not shown at all.
    PriorityMin,
    /// Shown, further down.
    PriorityLow,
    /// As usual.
    PriorityDefault,
    /// Further up.
    PriorityHigh,
    /// The most prominent.
    PriorityMax,
}

/// What the lock screen shows of an Android notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Visibility {
    /// Left to the app.
    VisibilityUnspecified,
    /// That there is one, but not what it says.
    Private,
    /// All of it.
    Public,
    /// Nothing.
    Secret,
}

/// Whether Google Play services may show a notification for the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Proxy {
    /// Left to the app.
    ProxyUnspecified,
    /// They may.
    Allow,
    /// They may not.
    Deny,
    /// They may, if FCM lowered the priority.
    IfPriorityLowered,
}

/// How the light of an Android device blinks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LightSettings {
    /// Colour.
    pub color: Color,
    /// How long it is on.
    pub light_on_duration: ProtoDuration,
    /// How long it is off.
    pub light_off_duration: ProtoDuration,
}
