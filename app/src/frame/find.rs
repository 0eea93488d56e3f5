//! Finding objects by name, and what is running now.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::components::IconName;
use crate::error::AppError;

/// What kind of object was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FoundKind {
    /// A message.
    Message,
    /// A fragment.
    Fragment,
    /// A journey.
    Journey,
    /// An audience.
    Audience,
    /// A profile.
    Profile,
}

impl FoundKind {
    /// Its word.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Message => "Message",
            Self::Fragment => "Fragment",
            Self::Journey => "Journey",
            Self::Audience => "Audience",
            Self::Profile => "Profile",
        }
    }

    /// Its icon.
    pub const fn icon(self) -> IconName {
        match self {
            Self::Message => IconName::Bell,
            Self::Fragment => IconName::FileText,
            Self::Journey => IconName::Journey,
            Self::Audience => IconName::Audience,
            Self::Profile => IconName::Profile,
        }
    }

    /// The place that its pages are in.
    const fn place(self) -> &'static str {
        match self {
            Self::Message => "/messages",
            Self::Fragment => "/fragments",
            Self::Journey => "/journeys",
            Self::Audience => "/audiences",
            Self::Profile => "/profiles",
        }
    }
}

/// An object that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What it is.
    pub kind: FoundKind,
    /// Its name.
    pub name: String,
    id: String,
}

impl Found {
    /// The address of its page.
    pub fn href(&self) -> String {
        format!("{}/{}", self.kind.place(), self.id)
    }
}

/// The objects whose names the words match, among those that the person may see; a few of each kind.
///
/// # Errors
///
/// [`AppError::SignedOut`] without a session.
#[server]
pub async fn find(
    /// What was typed.
    words: String,
) -> Result<Vec<Found>, AppError> {
    use crate::session::require_user;
    use heliograph_model::access::Permission as P;
    use heliograph_store::{Store, audiences, fragments, journeys, messages, profiles};

    /// How many of each kind are offered.
    const EACH: u32 = 5;
    let who = require_user()?;
    let words = words.trim().to_owned();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let store = expect_context::<Store>();
    let mut database = store.read().await?;
    let found = |kind: FoundKind, id: uuid::Uuid, name: String| Found {
        kind,
        name,
        id: id.to_string(),
    };
    let mut all = Vec::new();
    if who.may(P::ManageMessages) {
        let filter = messages::Filter {
            search: words.clone(),
            limit: EACH,
            ..Default::default()
        };
        let list = messages::list(&mut database, &filter).await?;
        all.extend(
            list.into_iter()
                .map(|message| found(FoundKind::Message, message.id.0, message.name)),
        );
        let filter = fragments::Filter {
            search: words.clone(),
            limit: EACH,
            ..Default::default()
        };
        let list = fragments::list(&mut database, &filter).await?;
        all.extend(
            list.into_iter()
                .map(|fragment| found(FoundKind::Fragment, fragment.id.0, fragment.name)),
        );
    }
    if who.may(P::ManageJourneys) {
        let filter = journeys::Filter {
            search: words.clone(),
            limit: EACH,
            ..Default::default()
        };
        let list = journeys::list(&mut database, &filter).await?;
        all.extend(
            list.into_iter()
                .map(|journey| found(FoundKind::Journey, journey.id.0, journey.name)),
        );
    }
    if who.may(P::ManageAudiences) {
        let wanted = words.to_lowercase();
        let list = audiences::list(&mut database).await?;
        let matching = list
            .into_iter()
            .filter(|audience| audience.name.to_lowercase().contains(&wanted));
        all.extend(
            matching
                .take(EACH as usize)
                .map(|audience| found(FoundKind::Audience, audience.id.0, audience.name)),
        );
    }
    if who.may(P::ViewProfiles) {
        let search = profiles::Search {
            text: words,
            test_only: false,
        };
        let list = profiles::list(&mut database, &search, None, EACH).await?;
        all.extend(list.into_iter().map(|profile| {
            let name = profile
                .name()
                .unwrap_or_else(|| format!("Profile {}", profile.id));
            found(FoundKind::Profile, profile.id.0, name)
        }));
    }
    Ok(all)
}

/// A journey that profiles walk through at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveJourney {
    /// Its name.
    pub name: String,
    /// The address of its live report.
    pub href: String,
}

/// The journeys that are live.
///
/// # Errors
///
/// [`AppError::Forbidden`] where the person may not read reports.
#[server]
pub async fn list_running() -> Result<Vec<LiveJourney>, AppError> {
    use crate::session::require;
    use heliograph_model::access::Permission;
    use heliograph_model::journey::Status;
    use heliograph_store::{Store, journeys};

    /// How many are listed; beyond that the list of journeys serves better.
    const LISTED: u32 = 20;
    let _who = require(Permission::ViewReports)?;
    let store = expect_context::<Store>();
    let filter = journeys::Filter {
        status: Some(Status::Live),
        limit: LISTED,
        ..Default::default()
    };
    let live = journeys::list(&mut store.read().await?, &filter).await?;
    Ok(live
        .into_iter()
        .map(|journey| LiveJourney {
            href: format!("/reports/live/journeys/{}", journey.id),
            name: journey.name,
        })
        .collect())
}
