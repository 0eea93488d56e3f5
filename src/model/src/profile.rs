//! Profiles, their identities and their devices.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeviceId, ProfileId},
    time::Timestamp,
};

/// What an identity's namespace names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// One install of an app (`ECID`) or one handset (`IDFA`, `GAID`).
    Device,
    /// A person (`Email`, `CRMID`, `Phone`, and any namespace of the team's own).
    Person,
}

/// What a namespace names. `ECID`, `IDFA`, `GAID` and `FCM`/`APNS` tokens name devices; all others name persons.
pub fn names(namespace: &str) -> Names {
    match namespace.to_ascii_uppercase().as_str() {
        "ECID" | "IDFA" | "GAID" | "AAID" | "FCM" | "APNS" => Names::Device,
        _ => Names::Person,
    }
}

/// The namespace of the Experience Cloud id, which the SDK makes for each install.
pub const ECID: &str = "ECID";

/// Longest namespace accepted, in characters.
pub const NAMESPACE_MAX: usize = 64;
/// Longest identity value accepted, in bytes.
pub const IDENTITY_MAX: usize = 512;

/// One identity of a profile. Two are the same when namespace and value agree without regard to case, as the SDK
/// compares them (`IdentityItem` of edgeidentity-android).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    /// As the sender spelt it, such as `Email`.
    pub namespace: String,
    /// As the sender spelt it.
    pub value: String,
}

impl Identity {
    /// An identity from its parts, blanks around them removed.
    ///
    /// # Errors
    /// Where either part is empty or too long.
    pub fn new(namespace: &str, value: &str) -> Result<Self, InvalidIdentity> {
        let (namespace, value) = (namespace.trim(), value.trim());
        if namespace.is_empty() || namespace.chars().count() > NAMESPACE_MAX {
            return Err(InvalidIdentity::Namespace);
        }
        if value.is_empty() || value.len() > IDENTITY_MAX {
            return Err(InvalidIdentity::Value);
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            value: value.to_owned(),
        })
    }

    /// The namespace as it is compared and kept as a key.
    pub fn namespace_key(&self) -> String {
        self.namespace.to_lowercase()
    }

    /// The value as it is compared and kept as a key.
    pub fn value_key(&self) -> String {
        self.value.to_lowercase()
    }

    /// Does it name a person or a device?
    pub fn names(&self) -> Names {
        names(&self.namespace)
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.namespace_key() == other.namespace_key() && self.value_key() == other.value_key()
    }
}

impl Eq for Identity {}

/// Why two strings are no identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdentity {
    /// The namespace is empty or over [`NAMESPACE_MAX`].
    #[error("an identity's namespace must have 1 to {NAMESPACE_MAX} characters")]
    Namespace,
    /// The value is empty or over [`IDENTITY_MAX`].
    #[error("an identity's value must have 1 to {IDENTITY_MAX} bytes")]
    Value,
}

/// Which push service a token belongs to, as the SDK's token sync names it (`data.pushNotificationDetails[].platform`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PushPlatform {
    /// Firebase Cloud Messaging: Android.
    #[serde(rename = "fcm")]
    Fcm,
    /// APNs, production.
    #[serde(rename = "apns")]
    Apns,
    /// APNs, sandbox: builds signed for development.
    #[serde(rename = "apnsSandbox")]
    ApnsSandbox,
}

impl PushPlatform {
    /// As the SDK spells it, and as it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fcm => "fcm",
            Self::Apns => "apns",
            Self::ApnsSandbox => "apnsSandbox",
        }
    }

    /// From the SDK's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Fcm, Self::Apns, Self::ApnsSandbox]
            .into_iter()
            .find(|platform| platform.as_str() == text)
    }

    /// Apple's other environment; none for Google's service.
    pub const fn other_environment(self) -> Option<Self> {
        match self {
            Self::Fcm => None,
            Self::Apns => Some(Self::ApnsSandbox),
            Self::ApnsSandbox => Some(Self::Apns),
        }
    }

    /// The operating system of a device with such a token.
    pub const fn platform(self) -> crate::app_config::Platform {
        match self {
            Self::Fcm => crate::app_config::Platform::Android,
            Self::Apns | Self::ApnsSandbox => crate::app_config::Platform::Ios,
        }
    }

    /// The token as it is compared: APNs tokens are hexadecimal and have no case, FCM's are taken as they are.
    pub fn token_key(self, token: &str) -> String {
        match self {
            Self::Fcm => token.to_owned(),
            Self::Apns | Self::ApnsSandbox => token.to_ascii_lowercase(),
        }
    }
}

/// What a device's token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceStatus {
    /// Pushes go to it.
    Active,
    /// The provider called the token dead, or the app disabled it. It comes back only when the app sends it again.
    Retired,
    /// The same install has sent a newer token.
    Replaced,
}

impl DeviceStatus {
    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Replaced => "replaced",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Retired, Self::Replaced]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// One install of an app with its push token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Its identifier.
    pub id: DeviceId,
    /// Whose it is now.
    pub profile: ProfileId,
    /// Bundle id or package name.
    pub app: String,
    /// The push service of the token.
    pub platform: PushPlatform,
    /// The push token as the app sent it.
    pub token: String,
    /// The install's ECID, where known.
    pub ecid: Option<String>,
    /// Whether pushes go to it.
    pub status: DeviceStatus,
    /// Why it is not active: an [`crate::delivery::Outcome`]'s code or a word of ours.
    pub status_reason: Option<String>,
    /// When the app last sent the token.
    pub registered_at: Timestamp,
    /// When the provider last accepted a push for it.
    pub accepted_at: Option<Timestamp>,
    /// The service that took its token though the app named another: [`Self::service`] goes by it.
    #[serde(default)]
    pub taken_in: Option<PushPlatform>,
}

/// For how long an address that took a push is thought to be good.
const GOOD_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Device {
    /// Where pushes to it go.
    pub fn service(&self) -> PushPlatform {
        self.taken_in.unwrap_or(self.platform)
    }

    /// May its address be dead? Apple slows a connection down after each refusal, so that pushes to such addresses must not
    /// stand in the way of others: "Sending notification requests to APNs", `DeviceTokenNotForTopic` and its like. Google
    /// does nothing of the kind.
    pub fn is_doubtful(&self, now: Timestamp) -> bool {
        let apple = matches!(self.platform, PushPlatform::Apns | PushPlatform::ApnsSandbox);
        apple && self.accepted_at.is_none_or(|at| at + GOOD_FOR <= now)
    }
}

/// A consent as XDM keeps it (`consents.marketing.push.val`): yes, no, or not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// The person said yes (`y`).
    Given,
    /// The person said no (`n`).
    Refused,
    /// The person was not asked. For pushes it counts as given: the operating system has asked already.
    #[default]
    Unknown,
}

impl Consent {
    /// May pushes be sent? Reads `consents.marketing.push.val` of a profile's attributes. Whoever refuses all collection
    /// (`consents.collect.val`) gets none either.
    pub fn push(attributes: &serde_json::Value) -> Self {
        if collection_refused(attributes) {
            return Self::Refused;
        }
        match consent(attributes, &["marketing", "push"]) {
            Some("y" | "vi") => Self::Given,
            Some("n") => Self::Refused,
            _ => Self::Unknown,
        }
    }
}

/// The person's own time zone, by its IANA name (`timeZone`); none where it is not known.
pub fn time_zone(attributes: &serde_json::Value) -> Option<&str> {
    attributes
        .get("timeZone")
        .and_then(serde_json::Value::as_str)
        .filter(|zone| !zone.trim().is_empty())
}

/// What the person is called (`person.name.firstName`), where that is known.
pub fn first_name(attributes: &serde_json::Value) -> Option<&str> {
    attributes
        .pointer("/person/name/firstName")
        .and_then(serde_json::Value::as_str)
        .filter(|name| !name.trim().is_empty())
}

/// Has the person said no to all collection (`consents.collect.val`)?
pub fn collection_refused(attributes: &serde_json::Value) -> bool {
    consent(attributes, &["collect"]) == Some("n")
}

/// What was answered to one question of `consents`.
fn consent<'a>(attributes: &'a serde_json::Value, question: &[&str]) -> Option<&'a str> {
    let mut found = attributes.get("consents")?;
    for part in question {
        found = found.get(part)?;
    }
    found.get("val")?.as_str()
}

/// The person's name as XDM keeps it: `person.name.fullName`, or the first and last name; none where there is neither.
pub fn display_name(attributes: &serde_json::Value) -> Option<String> {
    let name = attributes.pointer("/person/name")?;
    let part = |field: &str| {
        name.get(field)
            .and_then(serde_json::Value::as_str)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    };
    if let Some(full) = part("fullName") {
        return Some(full.to_owned());
    }
    let parts: Vec<&str> = ["firstName", "lastName"].into_iter().filter_map(part).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Lays a change over attributes, field by field: objects are merged, `null` removes a field, anything else replaces it
/// (JSON Merge Patch, RFC 7396).
pub fn patch(attributes: &mut serde_json::Value, change: &serde_json::Value) {
    use serde_json::Value;
    let Value::Object(fields) = change else {
        *attributes = change.clone();
        return;
    };
    if !attributes.is_object() {
        *attributes = Value::Object(serde_json::Map::new());
    }
    // It is an object: the line above made it one where it was not.
    if let Value::Object(target) = attributes {
        for (field, value) in fields {
            if value.is_null() {
                target.remove(field);
            } else {
                patch(target.entry(field.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

keyword!(PushPlatform, DeviceStatus);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_follows_the_examples_of_rfc_7396() {
        for (mut target, change, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            patch(&mut target, &change);
            assert_eq!(target, result);
        }
    }

    #[test]
    fn refusing_all_collection_refuses_pushes_too() {
        let mut attributes = json!({"consents": {"marketing": {"push": {"val": "y"}}}});
        assert_eq!(Consent::push(&attributes), Consent::Given);
        patch(&mut attributes, &json!({"consents": {"collect": {"val": "n"}}}));
        assert_eq!(Consent::push(&attributes), Consent::Refused);
    }

    #[test]
    fn a_name_is_made_of_what_is_there() {
        let of = |name| display_name(&json!({"person": {"name": name}}));
        assert_eq!(
            of(json!({"firstName": "Ada", "lastName": "Byron"})),
            Some("Ada Byron".into())
        );
        assert_eq!(
            of(json!({"firstName": " ", "lastName": "Byron"})),
            Some("Byron".into())
        );
        assert_eq!(
            of(json!({"fullName": "Ada B.", "firstName": "Ada"})),
            Some("Ada B.".into())
        );
        assert_eq!(of(json!({})), None);
    }
}
