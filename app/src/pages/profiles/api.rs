//! Server functions of the list of profiles.

use heliograph_model::audience::SampleProfile;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A profile in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProfileRow {
    /// Who it is, as far as it is known.
    pub person: SampleProfile,
    /// Is it offered for previews and proofs?
    pub for_previews: bool,
    /// When its attributes last changed.
    pub updated_at: Timestamp,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProfilePage {
    /// The profiles.
    pub rows: Vec<ProfileRow>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Profiles on a page.
#[cfg(feature = "ssr")]
const PAGE: u32 = 50;

/// Profiles, newest first: those whose name or identity begins with the search, or the one that has exactly the identity
/// `namespace:value`.
#[server]
pub async fn list(search: String, previews: String, after: String) -> Result<ProfilePage, AppError> {
    use std::collections::HashMap;

    use heliograph_model::access::Permission;
    use heliograph_model::ids::ProfileId;
    use heliograph_model::profile::Identity;
    use heliograph_store::{
        Store, audiences,
        profiles::{self, Search},
    };

    crate::session::require(Permission::ViewProfiles)?;
    let mut conn = expect_context::<Store>().read().await?;
    let identity = search
        .split_once(':')
        .and_then(|(namespace, value)| Identity::new(namespace, value).ok());
    let exact = match identity {
        Some(identity) => profiles::by_identity(&mut conn, &identity).await?,
        None => None,
    };
    let mut found = match exact {
        Some(id) => profiles::load(&mut conn, &[id]).await?,
        None => {
            let search = Search {
                text: search,
                test_only: previews == "only",
            };
            profiles::list(&mut conn, &search, after.parse().ok(), PAGE + 1).await?
        }
    };
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    let ids: Vec<ProfileId> = found.iter().map(|profile| profile.id).collect();
    let mut people: HashMap<ProfileId, SampleProfile> = audiences::present(&mut conn, &ids)
        .await?
        .into_iter()
        .map(|person| (person.id, person))
        .collect();
    let rows = found
        .into_iter()
        .filter_map(|profile| {
            Some(ProfileRow {
                person: people.remove(&profile.id)?,
                for_previews: profile.test,
                updated_at: profile.updated_at,
            })
        })
        .collect();
    Ok(ProfilePage { rows, next })
}
