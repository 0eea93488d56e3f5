//! App configurations: the mobile apps that we may push to.

pub mod credential;

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::{delivery::Outcome, ids::AppId, profile::PushPlatform, time::Timestamp};

/// The operating system of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Apple's; pushes go through APNs.
    Ios,
    /// Google's; pushes go through FCM.
    Android,
}

impl Platform {
    /// Both, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Ios, Self::Android];

    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ios => "ios",
            Self::Android => "android",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == text)
    }

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ios => "iOS",
            Self::Android => "Android",
        }
    }

    /// Who its pushes go through, as it is shown.
    pub const fn provider(self) -> &'static str {
        match self {
            Self::Ios => "Apple",
            Self::Android => "Google",
        }
    }
}

/// Which of Apple's two push services an app's key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApnsEnvironment {
    /// For apps from the App Store and TestFlight.
    Production,
    /// For builds signed for development.
    Sandbox,
    /// For either: Apple makes keys for one environment or for both.
    Both,
}

impl ApnsEnvironment {
    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
            Self::Both => "both",
        }
    }

    /// Does the key open a push service?
    pub fn opens(self, service: PushPlatform) -> bool {
        match self {
            Self::Production => service == PushPlatform::Apns,
            Self::Sandbox => service == PushPlatform::ApnsSandbox,
            Self::Both => service != PushPlatform::Fcm,
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Production, Self::Sandbox, Self::Both]
            .into_iter()
            .find(|environment| environment.as_str() == text)
    }
}

/// How payloads are written for an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum PayloadStyle {
    /// For apps with Adobe's Messaging extension: `adb_…` keys and `_xdm`, so that taps come back as events.
    #[default]
    AdobeMessaging,
    /// For apps without it: FCM's `notification` block and plain APNs.
    Standard,
}

impl PayloadStyle {
    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AdobeMessaging => "adobe_messaging",
            Self::Standard => "standard",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::AdobeMessaging, Self::Standard]
            .into_iter()
            .find(|style| style.as_str() == text)
    }
}

/// What the provider last said of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CredentialState {
    /// None has been uploaded.
    Missing,
    /// Uploaded and well-formed, not yet tried with the provider.
    Unchecked,
    /// The provider accepts it.
    Good {
        /// When it was last seen to work.
        since: Timestamp,
    },
    /// The provider refuses it; deliveries wait.
    Refused {
        /// Since when.
        since: Timestamp,
        /// The provider's reason and what to do, in plain words.
        reason: String,
        /// What it said: the reason of the deliveries that wait for it. None where it was kept by an older version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<Outcome>,
    },
}

impl CredentialState {
    /// Why deliveries to an app of this platform wait for it, and what the provider said; none where it was not refused.
    pub fn refusal(&self, platform: Platform) -> Option<(Outcome, &str)> {
        let Self::Refused { reason, outcome, .. } = self else {
            return None;
        };
        let outcome = outcome.unwrap_or(match platform {
            Platform::Ios => Outcome::AppleKeyRejected,
            Platform::Android => Outcome::GoogleSignInRejected,
        });
        Some((outcome, reason))
    }
}

/// Nothing is sent to an app, whether its credential works or not: its deliveries wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Since when.
    pub since: Timestamp,
    /// Who or what stopped it.
    pub why: WhyStopped,
}

/// Who or what stopped sending to an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum WhyStopped {
    /// A person, who also ends it.
    Person {
        /// Their name.
        name: String,
    },
    /// So many addresses were refused at once, as not valid or as another app's, that a setting is wrong, and not the
    /// addresses.
    ManyNotValid {
        /// How many were refused.
        refused: u64,
        /// Out of how many.
        answers: u64,
        /// When it is tried again by itself.
        until: Timestamp,
    },
}

impl Stop {
    /// Why a delivery waits for its end.
    pub const fn outcome(&self) -> Outcome {
        match self.why {
            WhyStopped::Person { .. } => Outcome::SendingStopped,
            WhyStopped::ManyNotValid { .. } => Outcome::ManyNotValid,
        }
    }

    /// When it ends by itself; none where somebody has to end it.
    pub const fn until(&self) -> Option<Timestamp> {
        match self.why {
            WhyStopped::Person { .. } => None,
            WhyStopped::ManyNotValid { until, .. } => Some(until),
        }
    }
}

/// How many messages a minute Google lets a Firebase project send
/// (<https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas>). It raises it for those who ask and use it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct GoogleQuota(NonZeroU32);

impl GoogleQuota {
    /// The least: one message a second.
    pub const LEAST: u32 = 60;
    /// The most: a million messages a second.
    pub const MOST: u32 = 60_000_000;
    /// What Google gives a project where nothing else was agreed.
    pub const USUAL: u32 = 600_000;

    /// A quota of so many messages a minute; none where it is outside of [`Self::LEAST`] and [`Self::MOST`].
    pub fn new(per_minute: u32) -> Option<Self> {
        let fits = (Self::LEAST..=Self::MOST).contains(&per_minute);
        NonZeroU32::new(per_minute).filter(|_| fits).map(Self)
    }

    /// The messages a minute.
    pub const fn per_minute(self) -> NonZeroU32 {
        self.0
    }
}

impl TryFrom<u32> for GoogleQuota {
    type Error = &'static str;

    fn try_from(per_minute: u32) -> Result<Self, Self::Error> {
        Self::new(per_minute).ok_or("not a quota of Google's")
    }
}

impl TryFrom<i64> for GoogleQuota {
    type Error = &'static str;

    fn try_from(per_minute: i64) -> Result<Self, Self::Error> {
        u32::try_from(per_minute)
            .ok()
            .and_then(Self::new)
            .ok_or("not a quota of Google's")
    }
}

impl From<GoogleQuota> for u32 {
    fn from(quota: GoogleQuota) -> Self {
        quota.0.get()
    }
}

/// How fast Google lets a Firebase project send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GooglePace {
    /// So many messages a minute; 0 while nothing is sent, as Google has asked.
    pub per_minute: u64,
    /// Of so many when nothing slows it.
    pub of: u64,
    /// When Google called the quota spent, until the pace is at its height again.
    pub cut_at: Option<Timestamp>,
}

/// What may be shown of a sealed credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CredentialSummary {
    /// An APNs signing key.
    Apns {
        /// Ten characters, as Apple's page shows it.
        key_id: String,
        /// Ten characters.
        team_id: String,
        /// Which service the key is for.
        environment: ApnsEnvironment,
    },
    /// A Google service account.
    Fcm {
        /// The Firebase project.
        project_id: String,
        /// The account's address.
        client_email: String,
    },
}

/// A registered mobile app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppConfiguration {
    /// Its identifier.
    pub id: AppId,
    /// As people call it.
    pub name: String,
    /// Its operating system.
    pub platform: Platform,
    /// Bundle id (iOS) or package name (Android).
    pub app: String,
    /// How its payloads are written.
    pub style: PayloadStyle,
    /// What Google allows its Firebase project, as people say; of no use to an app of Apple's. Where apps of one project differ,
    /// the largest counts.
    pub google_quota: GoogleQuota,
    /// What may be shown of its credential, where it has one.
    pub credential: Option<CredentialSummary>,
    /// What the provider last said of the credential.
    pub state: CredentialState,
    /// Nothing is sent to it, where it is stopped.
    pub stop: Option<Stop>,
    /// Goes up with each change of what people set, so that nobody overwrites what someone else has changed meanwhile.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl AppConfiguration {
    /// Why deliveries to it wait; none where they can be sent.
    pub fn holds(&self) -> Option<Outcome> {
        if let Some(stop) = &self.stop {
            return Some(stop.outcome());
        }
        match &self.state {
            CredentialState::Missing => Some(Outcome::CredentialMissing),
            state => state.refusal(self.platform).map(|(outcome, _)| outcome),
        }
    }
}

keyword!(Platform, ApnsEnvironment, PayloadStyle);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_an_older_version_kept_is_read() {
        let kept = r#"{"state":"refused","since":"2026-01-15T10:20:30.000Z","reason":"no"}"#;
        let state: CredentialState = serde_json::from_str(kept).unwrap();
        assert!(matches!(state, CredentialState::Refused { outcome: None, .. }));
        assert_eq!(serde_json::to_string(&state).unwrap(), kept);
    }
}
