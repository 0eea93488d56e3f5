//! The people for whom a text is previewed.

use heliograph_model::ids::ProfileId;
#[cfg(feature = "ssr")]
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A person for whom a text is previewed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tester {
    /// Who.
    pub id: ProfileId,
    /// A name, or an identity, or the id.
    pub title: String,
    /// What is known of them: their attributes, identities and audiences, as a text is told of them.
    pub attributes: serde_json::Value,
    /// Is the profile marked to be used for previews?
    pub test: bool,
}

/// The profiles that are used for previews.
#[cfg(feature = "ssr")]
pub(in crate::pages) async fn test_profiles(
    db: &mut impl heliograph_store::Database,
    now: Timestamp,
) -> Result<Vec<Tester>, AppError> {
    use heliograph_store::profiles;

    /// The most that are offered.
    const TESTERS: u32 = 50;
    let search = profiles::Search {
        text: String::new(),
        test_only: true,
    };
    let found = profiles::list(db, &search, None, TESTERS).await?;
    testers(db, found, now).await
}

#[cfg(feature = "ssr")]
async fn testers(
    db: &mut impl heliograph_store::Database,
    mut found: Vec<heliograph_store::profiles::Profile>,
    now: Timestamp,
) -> Result<Vec<Tester>, AppError> {
    use heliograph_model::{personalize::Asks, profile::Names};

    let ids: Vec<_> = found.iter().map(|profile| profile.id).collect();
    let identities = heliograph_store::profiles::identities(db, &ids).await?;
    // What the text will ask is known only while it is written.
    let people = found
        .iter_mut()
        .map(|profile| (profile.id, &mut profile.attributes));
    heliograph_store::profiles::answer(db, &Asks::ALL, now, people).await?;
    Ok(found
        .into_iter()
        .map(|profile| {
            let text = |pointer| {
                profile
                    .attributes
                    .pointer(pointer)
                    .and_then(serde_json::Value::as_str)
            };
            let name = [text("/person/name/firstName"), text("/person/name/lastName")]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ");
            let own = || identities.iter().filter(|one| one.profile == profile.id);
            let identity = own()
                .find(|one| one.identity.names() == Names::Person)
                .or_else(|| own().next())
                .map(|one| one.identity.value.clone());
            let title = match (name.is_empty(), identity) {
                (false, Some(identity)) => format!("{name}, {identity}"),
                (false, None) => name,
                (true, Some(identity)) => identity,
                (true, None) => profile.id.to_string(),
            };
            Tester {
                id: profile.id,
                title,
                attributes: profile.attributes,
                test: profile.test,
            }
        })
        .collect())
}

/// Profiles with an identity or a name that begins with this text.
#[server]
pub async fn find_profiles(text: String) -> Result<Vec<Tester>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, profiles};

    /// The most that are offered.
    const FOUND: u32 = 8;
    crate::session::require(Permission::ManageMessages)?;
    let search = profiles::Search {
        text,
        test_only: false,
    };
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let found = profiles::list(&mut conn, &search, None, FOUND).await?;
    testers(&mut conn, found, store.now()).await
}

/// The `xdm` of the profile's last event of this type, or of its last event of any that a journey may begin with.
#[server]
pub async fn last_event(
    profile: ProfileId,
    event_type: String,
) -> Result<Option<serde_json::Value>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, events};

    /// How far back is looked.
    const LOOK_BACK: u32 = 100;
    crate::session::require(Permission::ManageMessages)?;
    let mut conn = expect_context::<Store>().read().await?;
    let events = events::of_profile(&mut conn, profile, None, LOOK_BACK).await?;
    let wanted = events.iter().find(|event| event.event_type == event_type);
    let any = || {
        events
            .iter()
            .find(|event| !event.event_type.starts_with("pushTracking."))
    };
    Ok(wanted.or_else(any).map(|event| event.xdm.clone()))
}
