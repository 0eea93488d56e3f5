//! Datastreams, mobile properties, and the experience events that apps send.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DatastreamId, EnvironmentId, EventId, ProfileId, PropertyId},
    profile::Identity,
    time::Timestamp,
};

/// The sender's own identifier of an event (`xdm._id`), by which a repetition is recognised. It has no case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventKey(String);

impl EventKey {
    /// Longest key accepted, in bytes.
    pub const MAX: usize = 200;

    /// From the sender's text; none where it is empty or over [`Self::MAX`].
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text.len() <= Self::MAX).then(|| Self(text.to_lowercase()))
    }

    /// As it is compared and kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Does a datastream take events?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatastreamStatus {
    /// It takes events.
    Active,
    /// Switched off: apps are told to try again later, so nothing is lost while it is off for a short time.
    Disabled,
}

impl DatastreamStatus {
    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Disabled]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// Where events of an app come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Datastream {
    /// The SDK's `edge.configId`.
    pub id: DatastreamId,
    /// As people call it.
    pub name: String,
    /// Does it take events?
    pub status: DatastreamStatus,
    /// Most events a second, over all apps that use it.
    pub events_per_second: u32,
    /// Largest request body, in bytes.
    pub body_limit: u32,
    /// Goes up with each change of what people set, so that nobody overwrites what someone else has changed meanwhile.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The stage of an app's build that an environment serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// `dev` in the SDK.
    Development,
    /// `stage` in the SDK.
    Staging,
    /// `prod` in the SDK.
    Production,
}

impl Stage {
    /// All three, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Development, Self::Staging, Self::Production];

    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }

    /// The SDK's `build.environment`.
    pub const fn build_environment(self) -> &'static str {
        match self {
            Self::Development => "dev",
            Self::Staging => "stage",
            Self::Production => "prod",
        }
    }
}

/// An app as the SDK sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobileProperty {
    /// Its identifier.
    pub id: PropertyId,
    /// As people call it.
    pub name: String,
    /// Where its events go.
    pub datastream: DatastreamId,
    /// What the SDK is told.
    pub settings: PropertySettings,
    /// One environment for each [`Stage`].
    pub environments: Vec<Environment>,
    /// Goes up with each change of what people set, so that nobody overwrites what someone else has changed meanwhile.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One environment of a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Names `config.json`.
    pub id: EnvironmentId,
    /// Which builds use it.
    pub stage: Stage,
    /// Which version of the settings it serves; none before the first publishing.
    pub version: Option<u32>,
    /// When that was published.
    pub published_at: Option<Timestamp>,
}

/// What the SDK is told by a property's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertySettings {
    /// `consent.default`: may events be collected before the person was asked?
    pub collect_by_default: bool,
    /// `messaging.optimizePushSync`: off while migrating, so that each launch sends the token again.
    pub optimize_push_sync: bool,
    /// `messaging.useSandbox`: tokens belong to Apple's sandbox.
    pub use_sandbox: bool,
    /// `lifecycle.sessionTimeout`, in seconds.
    pub session_timeout: u32,
}

impl Default for PropertySettings {
    fn default() -> Self {
        Self {
            collect_by_default: true,
            optimize_push_sync: false,
            use_sandbox: false,
            session_timeout: 300,
        }
    }
}

/// The `config.json` (also `ADBMobileConfig.json`) of one environment: a flat object, as the SDK reads it.
///
/// `edge_domain` is a bare host name (with a port only in development). Keys and meaning: core-android
/// `ConfigurationStateManager.kt`; `messaging.eventDataset` must not be empty or tracking is off.
pub fn sdk_configuration(
    edge_domain: &str,
    property: &MobileProperty,
    stage: Stage,
    settings: &PropertySettings,
) -> serde_json::Value {
    let collect = if settings.collect_by_default { "y" } else { "p" };
    serde_json::json!({
        "build.environment": stage.build_environment(),
        "consent.default": { "consents": { "collect": { "val": collect } } },
        "edge.configId": property.datastream.to_string(),
        "edge.domain": edge_domain,
        "experienceCloud.org": "heliograph@AdobeOrg",
        "global.privacy": "optedin",
        "lifecycle.sessionTimeout": settings.session_timeout,
        "messaging.eventDataset": property.datastream.0.simple().to_string(),
        "messaging.optimizePushSync": settings.optimize_push_sync,
        "messaging.useSandbox": settings.use_sandbox,
        "property.id": property.id.to_string(),
    })
}

/// What we did with an event that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Kept, and handed on.
    Stored,
    /// We have it already; nothing was done.
    Duplicate,
    /// Not kept; the reason is with it.
    Refused,
}

impl Verdict {
    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Stored, Self::Duplicate, Self::Refused]
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
    }
}

/// An experience event as we keep it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExperienceEvent {
    /// Ours.
    pub id: EventId,
    /// The sender's.
    pub key: EventKey,
    /// Whose it is.
    pub profile: ProfileId,
    /// `xdm.eventType`; empty where the sender gave none.
    pub event_type: String,
    /// When it happened, by the sender's clock.
    pub timestamp: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// The whole `xdm` object.
    pub xdm: serde_json::Value,
    /// The free-form `data` object; null where there was none.
    pub data: serde_json::Value,
}

/// How sure the sender is of an identity, per XDM's `authenticatedState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub enum AuthenticatedState {
    /// Not said.
    #[default]
    #[serde(rename = "ambiguous")]
    Ambiguous,
    /// The person is signed in.
    #[serde(rename = "authenticated")]
    Authenticated,
    /// The person has signed out: the identity no longer names whoever holds the device.
    #[serde(rename = "loggedOut")]
    LoggedOut,
}

/// One identity of an event's identity map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventIdentity {
    /// Which.
    pub identity: Identity,
    /// How sure.
    pub state: AuthenticatedState,
    /// The sender calls it the primary one.
    pub primary: bool,
}

keyword!(DatastreamStatus, Stage, Verdict);
