//! Identifiers. Each kind of object has a type of its own, so that one can't be passed for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Makes new identifiers: UUIDv7 in production, a counter in tests.
pub trait IdGenerator: Send + Sync {
    /// A new identifier, greater than those made before by this generator.
    fn next(&self) -> Uuid;
}

/// UUIDv7 from the system's clock and randomness.
#[cfg(feature = "server")]
#[derive(Debug, Default, Clone, Copy)]
pub struct TimeOrdered;

#[cfg(feature = "server")]
impl IdGenerator for TimeOrdered {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

macro_rules! identifier {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier from the generator.
            pub fn new(ids: &dyn IdGenerator) -> Self {
                Self(ids.next())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

identifier! {
    /// A person who signs in to the console.
    UserId;
    /// An app configuration: one mobile app on one platform, with its credential.
    AppId;
    /// A datastream: where an app's events come in. It is the SDK's `edge.configId`.
    DatastreamId;
    /// A mobile property: an app as the SDK sees it.
    PropertyId;
    /// One environment of a mobile property; names its `config.json`.
    EnvironmentId;
    /// A profile: one person whom we can reach.
    ProfileId;
    /// A device: one install of an app with its push token.
    DeviceId;
    /// An experience event as we keep it. The sender's own `_id` is an [`crate::collection::EventKey`].
    EventId;
    /// An audience.
    AudienceId;
    /// A message.
    MessageId;
    /// A fragment: a text that messages share.
    FragmentId;
    /// A journey, over all its versions.
    JourneyId;
    /// One published, immutable version of a journey.
    JourneyVersionId;
    /// One profile's stay in one journey version.
    InstanceId;
    /// One push to one device. It is also the push's `apns-id` and its collapse key's default.
    DeliveryId;
    /// A rule set: what keeps pushes back.
    RuleSetId;
    /// One entry of the audit log.
    AuditId;
}
