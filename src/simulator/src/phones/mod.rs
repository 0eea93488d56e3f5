//! Phones: what they hold, what a person does with them, and what their apps report back.

mod render;
mod report;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use report::Edge;
pub(crate) use store::Delivered;
pub use store::{NewPhone, Phones};

use crate::registry::AppId;

pub(crate) use render::render;

/// The push type of Apple's that wakes an app and shows nothing, whatever is in the payload.
///
/// Where type and payload contradict each other, Apple may answer with an error, deliver late or drop the push ("Sending
/// notification requests to APNs"); which of these it does is said nowhere. Here the push is taken and not shown.
pub(crate) const BACKGROUND: &str = "background";

/// The push service of a phone, as the SDK names it in its token sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Platform {
    /// Apple, production.
    #[serde(rename = "apns")]
    Apns,
    /// Apple, sandbox.
    #[serde(rename = "apnsSandbox")]
    ApnsSandbox,
    /// Google.
    #[serde(rename = "fcm")]
    Fcm,
}

impl Platform {
    /// As the SDK spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apns => "apns",
            Self::ApnsSandbox => "apnsSandbox",
            Self::Fcm => "fcm",
        }
    }
}

/// A push token. Apple's are hexadecimal and have no case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// Takes the text as it is.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is it in Apple's form?
    pub fn is_hex(&self) -> bool {
        self.0.len() >= 64
            && self.0.len().is_multiple_of(2)
            && self.0.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// The token as it is compared.
    pub(crate) fn key(&self) -> String {
        if self.is_hex() {
            self.0.to_ascii_lowercase()
        } else {
            self.0.clone()
        }
    }

    pub(crate) fn starts_with(&self, prefix: &str) -> bool {
        if self.is_hex() {
            self.0
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        } else {
            self.0.starts_with(prefix)
        }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names a notification on one phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NotificationId(pub u64);

impl fmt::Display for NotificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Is the app on the phone?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppState {
    /// It is, and gets pushes.
    Installed,
    /// It was removed; the provider calls its token dead.
    Removed,
}

/// Are notifications shown?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notifications {
    /// They are.
    Allowed,
    /// The person has switched them off; the provider takes pushes all the same.
    Muted,
}

/// A phone.
#[derive(Debug, Clone, Serialize)]
pub struct Phone {
    /// Its push token.
    pub token: Token,
    /// Its push service.
    pub platform: Platform,
    /// The app on it.
    pub app: AppId,
    /// The install's Experience Cloud id.
    pub ecid: Option<String>,
    /// Who is signed in: the identity map beside the ECID, which the SDK keeps and sends with each request.
    pub identities: Map<String, Value>,
    /// What to call it.
    pub label: String,
    /// Is the app on it?
    pub state: AppState,
    /// Since when the app has been gone.
    pub removed_at: Option<Timestamp>,
    /// Are notifications shown?
    pub notifications: Notifications,
    /// What it has got, newest first.
    pub received: Vec<Notification>,
}

/// What the person did with a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is on the screen.
    Shown,
    /// It came while notifications were off, or has nothing to show.
    NotShown,
    /// It was tapped.
    Opened,
    /// It was swiped away.
    Dismissed,
}

/// A notification as the phone got it.
#[derive(Debug, Clone, Serialize)]
pub struct Notification {
    /// Its name on this phone.
    pub id: NotificationId,
    /// When it came.
    pub received_at: Timestamp,
    /// What the provider was told beside the payload.
    pub headers: BTreeMap<String, String>,
    /// The payload as it was sent.
    pub payload: Value,
    /// What the phone shows.
    pub view: View,
    /// What the person did with it.
    pub fate: Fate,
    /// A later one with the same key takes its place.
    pub replaced_by: Option<String>,
}

/// What a phone shows of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct View {
    /// Title.
    pub title: String,
    /// Second line, on iOS.
    pub subtitle: String,
    /// Text.
    pub body: String,
    /// Address of a picture.
    pub image: Option<String>,
    /// Buttons, in order.
    pub buttons: Vec<Button>,
    /// What a tap opens; none opens the app.
    pub uri: Option<String>,
    /// Name of the sound.
    pub sound: Option<String>,
    /// Number on the icon.
    pub badge: Option<i64>,
}

impl View {
    /// Is there anything to show?
    pub fn is_silent(&self) -> bool {
        self.title.is_empty() && self.body.is_empty()
    }
}

/// A button under a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// What the tracking event calls it: the action's identifier on iOS, the label on Android.
    pub action: String,
    /// Does it bring the app to the front?
    pub opens_app: bool,
    /// What it opens.
    pub uri: Option<String>,
}

/// What changed, for whoever watches.
#[derive(Debug, Clone, Serialize)]
pub struct Changed {
    /// On which phone.
    pub token: Token,
}
