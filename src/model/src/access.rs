//! Who may do what: one table.

use serde::{Deserialize, Serialize};

/// What a person is in the console. A person has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sets up apps and people; may do everything.
    Admin,
    /// Sets up data collection.
    Developer,
    /// Writes messages, builds audiences and runs journeys.
    Marketer,
    /// Reads reports.
    Analyst,
}

impl Role {
    /// Every role, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Developer, Self::Marketer, Self::Analyst];

    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Developer => "developer",
            Self::Marketer => "marketer",
            Self::Analyst => "analyst",
        }
    }

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::Developer => "Developer",
            Self::Marketer => "Marketer",
            Self::Analyst => "Analyst",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

keyword!(Role);

/// Something that a person may or may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See and change app configurations and credentials.
    ManageApps,
    /// See and change datastreams, properties and schemas, and watch events.
    ManageCollection,
    /// See profiles and deliveries.
    ViewProfiles,
    /// Write, publish and archive messages.
    ManageMessages,
    /// Publish messages that no rule set keeps back.
    SendTransactional,
    /// Build audiences.
    ManageAudiences,
    /// Draw, publish and stop journeys.
    ManageJourneys,
    /// Read reports.
    ViewReports,
    /// Manage people, keys and settings; read the audit log.
    Administer,
}

impl Permission {
    /// Every permission, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::ManageApps,
        Self::ManageCollection,
        Self::ViewProfiles,
        Self::ManageMessages,
        Self::SendTransactional,
        Self::ManageAudiences,
        Self::ManageJourneys,
        Self::ViewReports,
        Self::Administer,
    ];

    /// In words that complete “may …”.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ManageApps => "set up apps and credentials",
            Self::ManageCollection => "set up data collection",
            Self::ViewProfiles => "see profiles and deliveries",
            Self::ManageMessages => "write and publish messages",
            Self::SendTransactional => "publish transactional messages",
            Self::ManageAudiences => "build audiences",
            Self::ManageJourneys => "draw and publish journeys",
            Self::ViewReports => "read reports",
            Self::Administer => "manage people and settings",
        }
    }
}

/// May someone with this role do this?
pub const fn may(role: Role, permission: Permission) -> bool {
    use Permission as P;
    match role {
        Role::Admin => true,
        Role::Developer => matches!(permission, P::ManageCollection | P::ViewProfiles | P::ViewReports),
        Role::Marketer => matches!(
            permission,
            P::ViewProfiles | P::ManageMessages | P::ManageAudiences | P::ManageJourneys | P::ViewReports
        ),
        Role::Analyst => matches!(permission, P::ViewReports),
    }
}
