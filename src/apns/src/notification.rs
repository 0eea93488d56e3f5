use std::fmt;

use bytes::Bytes;
use heliograph_transport::Request;
use heliograph_transport::http::{HeaderName, HeaderValue};
use uuid::Uuid;

use crate::PushType;

/// One notification to one device.
#[derive(Clone)]
pub struct Notification {
    /// Identifies the notification; Apple repeats it in its answer and writes it in its logs.
    pub id: Uuid,
    /// The device and app it goes to.
    pub token: DeviceToken,
    /// The app's bundle identifier with the suffix of the push type.
    pub topic: Topic,
    /// What the notification is; it must match the payload.
    pub push_type: PushType,
    /// How urgent it is.
    pub priority: Priority,
    /// Until when Apple keeps it for a device that is away.
    pub expiration: Expiration,
    /// Lets it replace an earlier one on the device.
    pub collapse_id: Option<CollapseId>,
    /// The JSON text; at most [`PushType::max_payload`] bytes.
    pub payload: Bytes,
}

impl Notification {
    /// An alert that is delivered at once and stored as long as Apple stores by default.
    pub fn alert(id: Uuid, token: DeviceToken, topic: Topic, payload: impl Into<Bytes>) -> Self {
        Self {
            id,
            token,
            topic,
            push_type: PushType::Alert,
            priority: Priority::Immediate,
            expiration: Expiration::AppleDefault,
            collapse_id: None,
            payload: payload.into(),
        }
    }

    /// The request without the provider token.
    pub(crate) fn request(&self) -> Request {
        let mut request = Request::post(&format!("/3/device/{}", self.token.0))
            // A token is hexadecimal and of bounded length.
            .expect("a device token makes a path")
            .header(PUSH_TYPE, HeaderValue::from_static(self.push_type.as_str()))
            .header(TOPIC, self.topic.0.clone())
            .header(PRIORITY, HeaderValue::from_static(self.priority.as_str()))
            .header(ID, sensitive(ascii(&self.id.hyphenated().to_string())))
            .body(self.payload.clone());
        if let Some(seconds) = self.expiration.seconds() {
            request = request.header(EXPIRATION, sensitive(HeaderValue::from(seconds)));
        }
        if let Some(collapse_id) = &self.collapse_id {
            request = request.header(COLLAPSE_ID, sensitive(collapse_id.0.clone()));
        }
        request
    }
}

pub(crate) const ID: HeaderName = HeaderName::from_static("apns-id");
pub(crate) const UNIQUE_ID: HeaderName = HeaderName::from_static("apns-unique-id");
const PUSH_TYPE: HeaderName = HeaderName::from_static("apns-push-type");
const TOPIC: HeaderName = HeaderName::from_static("apns-topic");
const PRIORITY: HeaderName = HeaderName::from_static("apns-priority");
const EXPIRATION: HeaderName = HeaderName::from_static("apns-expiration");
const COLLAPSE_ID: HeaderName = HeaderName::from_static("apns-collapse-id");

/// Keeps a value that differs with each notification out of the small shared header table, as Apple asks.
fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

fn ascii(text: &str) -> HeaderValue {
    // Only called with digits, letters and hyphens.
    HeaderValue::from_str(text).expect("plain ASCII is a header value")
}

/// Leaves out the payload and most of the device token, which belong to a person.
impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("id", &self.id)
            .field("token", &self.token)
            .field("topic", &self.topic)
            .field("push_type", &self.push_type)
            .field("priority", &self.priority)
            .field("expiration", &self.expiration)
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// Why a text cannot be a field of a [`Notification`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// Not a device token.
    #[error(
        "a device token is a text of hexadecimal digits, at most {} of them",
        DeviceToken::MAX_DIGITS
    )]
    DeviceToken,
    /// Not a topic.
    #[error("a topic is an app's bundle identifier: letters, digits, dots and hyphens")]
    Topic,
    /// A collapse identifier that is too long.
    #[error("a collapse identifier has at most 64 bytes, not {0}")]
    CollapseIdTooLong(usize),
    /// A collapse identifier that is empty or has control characters.
    #[error("a collapse identifier must not be empty and must not hold line breaks or control characters")]
    CollapseIdText,
}

/// Address of one app on one device, in hexadecimal; its length is Apple's to change.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DeviceToken(String);

impl DeviceToken {
    /// Most digits: far more than Apple uses, and few enough for a request.
    pub const MAX_DIGITS: usize = 4096;

    /// Checks that the text is hexadecimal.
    pub fn new(text: &str) -> Result<Self, FieldError> {
        let fits = (1..=Self::MAX_DIGITS).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldError::DeviceToken)
        }
    }

    /// The token as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows only the first digits, enough to find a device and too few to push to it.
impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceToken({}…)", self.0.get(..8).unwrap_or_default())
    }
}

/// Which app a notification is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Topic(HeaderValue);

impl Topic {
    /// Checks a whole topic, with the suffix if the push type has one.
    pub fn new(text: &str) -> Result<Self, FieldError> {
        let fits = !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        if !fits {
            return Err(FieldError::Topic);
        }
        HeaderValue::from_str(text)
            .map(Self)
            .map_err(|_| FieldError::Topic)
    }

    /// The topic of a push type for the app with this bundle identifier.
    pub fn of_app(bundle_id: &str, push_type: PushType) -> Result<Self, FieldError> {
        Self::new(bundle_id)?;
        Self::new(&format!("{bundle_id}{}", push_type.topic_suffix()))
    }

    /// The topic as text.
    pub fn as_str(&self) -> &str {
        // The constructor lets only ASCII through.
        self.0.to_str().unwrap_or_default()
    }
}

/// Lets a notification replace an earlier one with the same identifier on the device (`apns-collapse-id`, at most 64 bytes).
///
/// Apple, "Sending notification requests to APNs".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CollapseId(HeaderValue);

impl CollapseId {
    /// Longest identifier, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Checks the length, in bytes of UTF-8.
    pub fn new(text: &str) -> Result<Self, FieldError> {
        if text.len() > Self::MAX_BYTES {
            return Err(FieldError::CollapseIdTooLong(text.len()));
        }
        if text.is_empty() {
            return Err(FieldError::CollapseIdText);
        }
        HeaderValue::from_bytes(text.as_bytes())
            .map(Self)
            .map_err(|_| FieldError::CollapseIdText)
    }
}

/// How urgent a notification is (`apns-priority`; without it Apple takes 10).
///
/// Apple, "Sending notification requests to APNs".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Priority {
    /// At once (10); not for [`PushType::Background`].
    Immediate,
    /// When it suits the device's power (5).
    PowerAware,
    /// Power before everything else, never waking the device (1).
    NeverWake,
}

impl Priority {
    /// The header's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "10",
            Self::PowerAware => "5",
            Self::NeverWake => "1",
        }
    }
}

/// Until when Apple keeps a notification for a device that is away (`apns-expiration`, in seconds since 1970; 0 is one try).
///
/// Apple, "Sending notification requests to APNs". It keeps one for each app and device, usually the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expiration {
    /// As long as Apple stores without being told, at most 30 days.
    AppleDefault,
    /// One try, not stored.
    OneTry,
    /// Until this moment, in seconds since 1970.
    At(u64),
}

impl Expiration {
    /// The header's value; none where it is left out.
    pub fn seconds(self) -> Option<u64> {
        match self {
            Self::AppleDefault => None,
            Self::OneTry => Some(0),
            Self::At(seconds) => Some(seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collapse_id_is_measured_in_bytes() {
        assert!(CollapseId::new(&"x".repeat(64)).is_ok());
        assert!(CollapseId::new(&"é".repeat(32)).is_ok());
        assert_eq!(
            CollapseId::new(&"é".repeat(33)),
            Err(FieldError::CollapseIdTooLong(66))
        );
        assert_eq!(CollapseId::new("a\nb"), Err(FieldError::CollapseIdText));
        assert_eq!(CollapseId::new(""), Err(FieldError::CollapseIdText));
    }

    #[test]
    fn a_token_is_hexadecimal_of_any_length() {
        assert!(DeviceToken::new(&"0aF9".repeat(40)).is_ok());
        for wrong in ["", "xyz", "00/../11", "00 11", "<00fc13ad>", &"0".repeat(5000)] {
            assert_eq!(DeviceToken::new(wrong), Err(FieldError::DeviceToken), "{wrong}");
        }
    }

    #[test]
    fn a_topic_gets_the_suffix_of_its_push_type() {
        let topic = Topic::of_app("org.example.festival", PushType::LiveActivity).unwrap();
        assert_eq!(topic.as_str(), "org.example.festival.push-type.liveactivity");
        assert_eq!(Topic::of_app("", PushType::Voip), Err(FieldError::Topic));
        assert_eq!(Topic::new("org.example festival"), Err(FieldError::Topic));
    }

    #[test]
    fn what_differs_each_time_stays_out_of_the_header_table() {
        let mut notification = Notification::alert(
            Uuid::nil(),
            DeviceToken::new("00fc13ad").unwrap(),
            Topic::new("org.example").unwrap(),
            "{}",
        );
        notification.expiration = Expiration::At(1);
        notification.collapse_id = Some(CollapseId::new("gate").unwrap());
        let request = notification.request();
        let kept_out = [ID, EXPIRATION, COLLAPSE_ID];
        for (name, value) in request.headers() {
            assert_eq!(value.is_sensitive(), kept_out.contains(name), "{name}");
        }
    }

    #[test]
    fn debug_shows_neither_payload_nor_address() {
        let token = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
        let notification = Notification::alert(
            Uuid::nil(),
            DeviceToken::new(token).unwrap(),
            Topic::new("org.example").unwrap(),
            r#"{"aps":{"alert":"Dear Anna"}}"#,
        );
        let shown = format!("{notification:?}");
        assert!(!shown.contains(token) && !shown.contains("Anna"), "{shown}");
    }
}
