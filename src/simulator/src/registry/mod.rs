//! The apps and credentials that the simulator accepts.

mod apns;
mod demo;
mod fcm;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use apns::{ApnsKey, CategoryAction, Dismissal, KeyEnvironment, KeyScope, NotificationCategory, Opens};
pub use demo::{DemoApps, DemoCredentials};
pub use fcm::FcmProject;

pub(crate) use demo::Demo;

use crate::error::Error;
use crate::phones::Platform;

/// The name of an app at its provider: a bundle id on Apple's side, a package name on Google's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppId(String);

impl AppId {
    /// Takes a bundle id or package name as it is.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What happens when a credential or project turns up that nobody registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownKeys {
    /// It is refused, as the providers do.
    #[default]
    Refuse,
    /// It is accepted from then on. Its signature cannot be checked, since the public key is not known;
    /// everything else still is.
    TrustOnFirstUse,
}

/// What happens to strangers at each of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Strangers {
    /// To keys of Apple developer teams.
    pub apns: UnknownKeys,
    /// To service accounts of Firebase projects.
    pub fcm: UnknownKeys,
}

impl Strangers {
    /// The same at both.
    pub fn all(what: UnknownKeys) -> Self {
        Self {
            apns: what,
            fcm: what,
        }
    }

    pub(crate) fn at(self, platform: Platform) -> UnknownKeys {
        match platform {
            Platform::Apns | Platform::ApnsSandbox => self.apns,
            Platform::Fcm => self.fcm,
        }
    }
}

/// Everything the simulator lets in.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    apns_keys: BTreeMap<String, Arc<ApnsKey>>,
    fcm_projects: BTreeMap<String, Arc<FcmProject>>,
    categories: BTreeMap<AppId, Vec<NotificationCategory>>,
}

impl Registry {
    /// Adds a key of an Apple developer team, or replaces the one with the same key id.
    pub fn add_apns_key(&mut self, key: ApnsKey) {
        self.apns_keys.insert(key.key_id.clone(), Arc::new(key));
    }

    /// Adds a Firebase project, or replaces the one with the same project id.
    ///
    /// Refused if one of its packages belongs to another project: a token is minted for one project.
    pub fn add_fcm_project(&mut self, project: FcmProject) -> Result<(), Error> {
        let other = self.fcm_projects.values().find(|known| {
            known.project_id != project.project_id && !known.packages.is_disjoint(&project.packages)
        });
        if let Some(other) = other {
            return Err(Error::Registry(format!(
                "the project {} shares a package with the project {}; a package belongs to one project",
                project.project_id, other.project_id
            )));
        }
        self.fcm_projects
            .insert(project.project_id.clone(), Arc::new(project));
        Ok(())
    }

    /// Tells which notification categories, with their buttons, an iOS app registers when it starts.
    pub fn set_categories(&mut self, app: AppId, categories: Vec<NotificationCategory>) {
        self.categories.insert(app, categories);
    }

    pub(crate) fn apns_key(&self, key_id: &str) -> Option<Arc<ApnsKey>> {
        self.apns_keys.get(key_id).cloned()
    }

    pub(crate) fn fcm_project_of_account(&self, client_email: &str) -> Option<Arc<FcmProject>> {
        self.fcm_projects
            .values()
            .find(|project| project.client_email == client_email)
            .cloned()
    }

    pub(crate) fn fcm_project_of_package(&self, app: &AppId) -> Option<Arc<FcmProject>> {
        self.fcm_projects
            .values()
            .find(|project| project.packages.contains(app))
            .cloned()
    }

    pub(crate) fn category(&self, app: &AppId, identifier: &str) -> Option<NotificationCategory> {
        self.categories
            .get(app)?
            .iter()
            .find(|category| category.identifier == identifier)
            .cloned()
    }

    /// Whether phones of this platform can have this app.
    pub(crate) fn has_app(&self, platform: Platform, app: &AppId) -> bool {
        match platform {
            Platform::Apns | Platform::ApnsSandbox => {
                let opens = |key: &ApnsKey| key.scope == KeyScope::Team || key.bundle_ids.contains(app);
                self.apns_keys.values().any(|key| opens(key))
            }
            Platform::Fcm => self
                .fcm_projects
                .values()
                .any(|project| project.packages.is_empty() || project.packages.contains(app)),
        }
    }

    /// Takes a key for one of this team that may push to this app; one that is unknown, on trust.
    pub(crate) fn admit_apns(&mut self, key_id: &str, team_id: &str, app: &AppId) -> Arc<ApnsKey> {
        let mut key = self
            .apns_keys
            .get(key_id)
            .map(|key| ApnsKey::clone(key))
            .unwrap_or_else(|| ApnsKey {
                key_id: key_id.to_owned(),
                team_id: team_id.to_owned(),
                scope: KeyScope::Team,
                bundle_ids: BTreeSet::new(),
                environment: KeyEnvironment::Both,
                public_key: None,
            });
        key.bundle_ids.insert(app.clone());
        let key = Arc::new(key);
        self.apns_keys.insert(key_id.to_owned(), Arc::clone(&key));
        key
    }

    /// Takes an unknown service account for one of this project.
    pub(crate) fn trust_fcm(&mut self, project_id: &str, client_email: &str) -> Arc<FcmProject> {
        let project = Arc::new(FcmProject {
            project_id: project_id.to_owned(),
            client_email: client_email.to_owned(),
            packages: BTreeSet::new(),
            public_key: None,
        });
        self.fcm_projects
            .insert(project_id.to_owned(), Arc::clone(&project));
        project
    }

    /// A summary without any key material, for people and for `GET /apps`.
    pub fn summary(&self) -> Apps {
        Apps {
            apns: self
                .apns_keys
                .values()
                .map(|key| ApnsKeySummary {
                    key_id: key.key_id.clone(),
                    team_id: key.team_id.clone(),
                    environment: key.environment,
                    bundle_ids: key.bundle_ids.clone(),
                    signature: Signature::of(key.public_key.is_some()),
                })
                .collect(),
            fcm: self
                .fcm_projects
                .values()
                .map(|project| FcmProjectSummary {
                    project_id: project.project_id.clone(),
                    client_email: project.client_email.clone(),
                    packages: project.packages.clone(),
                    signature: Signature::of(project.public_key.is_some()),
                })
                .collect(),
            categories: self.categories.clone(),
        }
    }
}

/// The registered apps and credentials, as `GET /apps` lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Apps {
    /// Keys of Apple developer teams.
    pub apns: Vec<ApnsKeySummary>,
    /// Firebase projects.
    pub fcm: Vec<FcmProjectSummary>,
    /// Notification categories by iOS app.
    pub categories: BTreeMap<AppId, Vec<NotificationCategory>>,
}

/// One key of an Apple developer team, without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApnsKeySummary {
    /// The key id (`kid`).
    pub key_id: String,
    /// The team id (`iss`).
    pub team_id: String,
    /// Which of Apple's two environments the key opens.
    pub environment: KeyEnvironment,
    /// The apps it may push to.
    pub bundle_ids: BTreeSet<AppId>,
    /// Whether signatures are checked.
    pub signature: Signature,
}

/// One Firebase project, without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FcmProjectSummary {
    /// The project id.
    pub project_id: String,
    /// The service account that may send.
    pub client_email: String,
    /// The Android apps of the project.
    pub packages: BTreeSet<AppId>,
    /// Whether signatures are checked.
    pub signature: Signature,
}

/// Whether signatures made with a key can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// The public key is known.
    Checked,
    /// The key was trusted on first use.
    Trusted,
}

impl Signature {
    fn of(public_key_known: bool) -> Self {
        if public_key_known {
            Self::Checked
        } else {
            Self::Trusted
        }
    }
}
