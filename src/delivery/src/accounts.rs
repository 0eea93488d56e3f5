//! What the clients of one account share, whichever app they send for.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use heliograph_apns::{KeyId, ProviderTokens, SigningKey, TeamId};
use heliograph_fcm::{Pace, Quota};
use heliograph_model::app_config::GoogleQuota;

/// A key of a team's at Apple, told from another one that was given the same identifier by its public half.
type Key = (TeamId, KeyId, Vec<u8>);

/// The accounts that are signed in with, as one process knows them: Apple wants one provider token for a team and key, and
/// Google gives each project one quota, however many apps there are. Clones share them.
#[derive(Clone, Default)]
pub struct Accounts(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    keys: HashMap<Key, ProviderTokens>,
    projects: HashMap<String, Quota>,
}

impl Accounts {
    /// The provider tokens of a key.
    pub(crate) fn tokens(&self, key: SigningKey, key_id: KeyId, team_id: TeamId) -> ProviderTokens {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = (team_id.clone(), key_id.clone(), key.public_key().to_vec());
        known
            .keys
            .entry(entry)
            .or_insert_with(|| ProviderTokens::new(key, key_id, team_id))
            .clone()
    }

    /// The quota of a Firebase project.
    pub(crate) fn quota(&self, project: &str) -> Quota {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.projects.entry(project.to_owned()).or_default().clone()
    }

    /// Notes what Google allows a Firebase project from now on.
    pub(crate) fn allow(&self, project: &str, quota: GoogleQuota) {
        self.quota(project).change(quota.per_minute());
    }

    /// How fast may be sent in each Firebase project that is sent in.
    pub(crate) fn paces(&self) -> Vec<(String, Pace)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let projects = known.projects.iter();
        projects
            .filter_map(|(project, quota)| Some((project.clone(), quota.pace()?)))
            .collect()
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}
