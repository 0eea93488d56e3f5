//! Server functions of one profile.

use heliograph_model::collection::ExperienceEvent;
use heliograph_model::delivery::Delivery;
use heliograph_model::ids::{AudienceId, JourneyId, ProfileId};
use heliograph_model::journey::Leaving;
use heliograph_model::profile::{Consent, Device, Identity};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::AppError;

/// Who a person is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProfileView {
    /// Which profile; where the asked one was merged, the one that it became part of.
    pub id: ProfileId,
    /// The person's name, where known.
    pub name: Option<String>,
    /// What is known of the person.
    pub attributes: Value,
    /// Is it offered for previews and proofs?
    pub for_previews: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its attributes last changed.
    pub updated_at: Timestamp,
    /// By what it is known, oldest first, with when each was first seen.
    pub identities: Vec<(Identity, Timestamp)>,
    /// Its devices, whatever their status.
    pub devices: Vec<Device>,
    /// May pushes be sent?
    pub push: Consent,
    /// Has the person said no to all collection?
    pub collection_refused: bool,
    /// The audiences that it is in, by name.
    pub audiences: Vec<(AudienceId, String)>,
}

/// Some of a profile's rows, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where older ones begin.
    pub older: Option<String>,
}

/// One stay in a journey.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stay {
    /// Which journey.
    pub journey: JourneyId,
    /// Its name.
    pub name: String,
    /// Which version of it.
    pub version: i64,
    /// When the profile entered.
    pub entered_at: Timestamp,
    /// Where it is now, and when it goes on; none where it has left.
    pub at: Option<(String, Timestamp)>,
    /// When it left, and how.
    pub left: Option<(Timestamp, Option<Leaving>)>,
    /// The steps behind it, oldest first.
    pub steps: Vec<StayStep>,
}

/// One step behind a profile in a journey.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StayStep {
    /// When it went on.
    pub at: Timestamp,
    /// What the step is called.
    pub title: String,
    /// The way out that it took; none where the journey ended here.
    pub way: Option<String>,
}

/// Rows of a part on a page.
#[cfg(feature = "ssr")]
const PART: u32 = 20;

#[cfg(feature = "ssr")]
fn gone() -> AppError {
    AppError::NotFound {
        what: "This profile".to_owned(),
    }
}

/// The profile that an address names, through merges.
#[cfg(feature = "ssr")]
async fn named(
    conn: &mut impl heliograph_store::Database,
    id: &str,
) -> Result<heliograph_store::profiles::Profile, AppError> {
    let id: ProfileId = id.parse().map_err(|_| gone())?;
    heliograph_store::profiles::find(conn, id).await?.ok_or_else(gone)
}

/// The first rows of those that were asked for with one more, and where the next begin.
#[cfg(feature = "ssr")]
fn part<T>(mut rows: Vec<T>, cursor: impl Fn(&T) -> String) -> Part<T> {
    let more = rows.len() > PART as usize;
    rows.truncate(PART as usize);
    let older = rows.last().filter(|_| more).map(cursor);
    Part { rows, older }
}

/// Who a person is.
#[server]
pub async fn load(id: String) -> Result<ProfileView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::profile::collection_refused;
    use heliograph_store::{Store, devices, profiles};

    crate::session::require(Permission::ViewProfiles)?;
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let profile = named(&mut conn, &id).await?;
    let identities = profiles::identities(&mut conn, &[profile.id]).await?;
    let devices = devices::of_profile(&mut conn, profile.id).await?;
    drop(conn);
    let audiences = heliograph_audience::of_profile(&store, profile.id).await?;
    Ok(ProfileView {
        id: profile.id,
        name: profile.name(),
        push: Consent::push(&profile.attributes),
        collection_refused: collection_refused(&profile.attributes),
        attributes: profile.attributes,
        for_previews: profile.test,
        created_at: profile.created_at,
        updated_at: profile.updated_at,
        identities: identities
            .into_iter()
            .map(|owned| (owned.identity, owned.created_at))
            .collect(),
        devices,
        audiences: audiences
            .into_iter()
            .map(|audience| (audience.id, audience.name))
            .collect(),
    })
}

/// Events of a profile, newest first, from before the event `before` on.
#[server]
pub async fn events(id: String, before: String) -> Result<Part<ExperienceEvent>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::ids::EventId;
    use heliograph_store::{Store, events};

    crate::session::require(Permission::ViewProfiles)?;
    let mut conn = expect_context::<Store>().read().await?;
    let profile = named(&mut conn, &id).await?;
    let before: Option<EventId> = before.parse().ok();
    let rows = events::of_profile(&mut conn, profile.id, before, PART + 1).await?;
    Ok(part(rows, |event| event.id.to_string()))
}

/// Deliveries to a profile, newest first, from before the delivery `before` on.
#[server]
pub async fn deliveries(id: String, before: String) -> Result<Part<Delivery>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::ids::DeliveryId;
    use heliograph_store::{Store, deliveries};

    crate::session::require(Permission::ViewProfiles)?;
    let mut conn = expect_context::<Store>().read().await?;
    let profile = named(&mut conn, &id).await?;
    let before: Option<DeliveryId> = before.parse().ok();
    let rows = deliveries::of_profile(&mut conn, profile.id, before, PART + 1).await?;
    Ok(part(rows, |delivery| delivery.id.to_string()))
}

/// The newest stays of a profile in journeys, with their steps.
#[server]
pub async fn stays(id: String) -> Result<Vec<Stay>, AppError> {
    use std::collections::HashMap;

    use heliograph_model::access::Permission;
    use heliograph_model::ids::JourneyVersionId;
    use heliograph_model::journey::{Node, ports, title};
    use heliograph_store::{Store, instances, journeys};

    crate::session::require(Permission::ViewProfiles)?;
    let mut conn = expect_context::<Store>().read().await?;
    let profile = named(&mut conn, &id).await?;
    let mut found = instances::of_profile(&mut conn, profile.id).await?;
    found.truncate(PART as usize);
    let ids: Vec<JourneyVersionId> = found.iter().map(|stay| stay.journey_version_id).collect();
    let versions: HashMap<_, _> = journeys::published(&mut conn, &ids)
        .await?
        .into_iter()
        .map(|version| (version.id, version))
        .collect();
    let called = |node: &Node| {
        if node.label.trim().is_empty() {
            title(&node.activity)
        } else {
            node.label.clone()
        }
    };
    let mut stays = Vec::with_capacity(found.len());
    for stay in found {
        let Some(version) = versions.get(&stay.journey_version_id) else {
            continue;
        };
        let document = version.document.as_ref().ok();
        let nodes = document.map_or(&[][..], |pinned| &pinned.document.graph.nodes);
        let node = |id: &str| nodes.iter().find(|node| node.id.0 == id);
        let name_of = |id: &str| node(id).map_or_else(|| id.to_owned(), called);
        let steps = instances::steps(&mut conn, profile.id, stay.id)
            .await?
            .into_iter()
            .map(|step| StayStep {
                at: step.at,
                title: name_of(&step.node),
                way: step.port.map(|key| {
                    node(&step.node)
                        .and_then(|node| {
                            ports(&node.activity)
                                .into_iter()
                                .find(|(port, _)| port.key() == key)
                                .map(|(_, name)| name)
                        })
                        .unwrap_or(key)
                }),
            })
            .collect();
        stays.push(Stay {
            journey: stay.journey_id,
            name: journeys::get(&mut conn, stay.journey_id).await?.name,
            version: version.version,
            entered_at: stay.entered_at,
            at: stay.active.then(|| (name_of(&stay.node), stay.wake_at)),
            left: stay
                .left_at
                .map(|at| (at, stay.left_by.as_deref().and_then(Leaving::parse))),
            steps,
        });
    }
    Ok(stays)
}

/// Offers a profile for previews and proofs, or takes it out of that.
#[server]
pub async fn set_for_previews(id: ProfileId, for_previews: bool) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::audit::{self, Change};
    use heliograph_store::{Store, profiles};

    let who = crate::session::require(Permission::ManageMessages)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let profile = profiles::find(&mut tx, id).await?.ok_or_else(gone)?;
    profiles::set_test(&mut tx, profile.id, for_previews).await?;
    // The log outlives a person's erasure, so it names the profile by its identifier only.
    let name = profile.id.to_string();
    let change = Change {
        action: "changed",
        object_kind: "profile",
        object: Some(profile.id.0),
        name: &name,
        detail: serde_json::json!({ "for_previews": for_previews }),
    };
    audit::record(&mut tx, &who.actor(), change).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/profiles/{}", profile.id));
    Ok(())
}
