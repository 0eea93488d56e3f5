//! What the console shows about an audience.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    app_config::Platform,
    ids::{AudienceId, JourneyId, MessageId, ProfileId},
};

/// What uses an audience.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UsedBy {
    /// A journey reads it, or asks for it in a condition.
    Journey {
        /// What people call the journey.
        name: String,
        /// Which.
        id: JourneyId,
    },
    /// A text of a message asks for it.
    Message {
        /// What people call the message.
        name: String,
        /// Which.
        id: MessageId,
    },
    /// Another audience asks for it.
    Audience {
        /// What people call that audience.
        name: String,
        /// Which.
        id: AudienceId,
    },
}

impl fmt::Display for UsedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journey { name, .. } => write!(f, "the journey “{name}”"),
            Self::Message { name, .. } => write!(f, "the message “{name}”"),
            Self::Audience { name, .. } => write!(f, "the audience “{name}”"),
        }
    }
}

/// How many profiles a rule holds for, and some of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Profiles for which the rule holds, among those judged.
    pub matched: u64,
    /// Profiles that were judged.
    pub judged: u64,
    /// Whether these were all of them. If not, time ran out, and there may be more.
    pub complete: bool,
    /// The first of those for which it holds.
    pub sample: Vec<SampleProfile>,
}

/// A profile as a sample shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleProfile {
    /// Which.
    pub id: ProfileId,
    /// The person's name, where known.
    pub name: Option<String>,
    /// An identity to tell it by, such as an e-mail address: one of a person where there is one.
    pub identity: Option<String>,
    /// The platforms of its active devices, each once.
    pub platforms: Vec<Platform>,
}

impl SampleProfile {
    /// What it is called: by its name, or by an identity.
    pub fn title(&self) -> &str {
        let known = self.name.as_deref().or(self.identity.as_deref());
        known.unwrap_or("No name or identity")
    }
}
