//! Server functions of the composer.

use heliograph_model::app_config::AppConfiguration;
use heliograph_model::ids::{AudienceId, MessageId, ProfileId, RuleSetId};
use heliograph_model::message::Content;
use heliograph_model::rules::Reach;
use heliograph_model::schema::Catalogue;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::proof::Proof;
use crate::error::AppError;

/// Everything that the composer needs to begin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageView {
    /// Which message.
    pub id: MessageId,
    /// What it is called.
    pub name: String,
    /// What is being written.
    pub draft: Content,
    /// The draft's revision.
    pub revision: i64,
    /// The newest published version.
    pub version: Option<i64>,
    /// Has it been put away?
    pub archived: bool,
    /// Since when nothing is sent of it, and who stopped it.
    pub stopped: Option<Stopped>,
    /// What the texts can refer to.
    pub known: Known,
    /// The test profiles.
    pub testers: Vec<Tester>,
    /// When this was loaded: "now" in the preview.
    pub now: Timestamp,
}

/// Nothing is sent of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Since when.
    pub since: Timestamp,
    /// Who stopped it.
    pub by: String,
}

/// What a message can refer to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// The apps it can go to.
    pub apps: Vec<AppConfiguration>,
    /// The fields there are.
    pub catalogue: Catalogue,
    /// The audiences there are, by name.
    pub audiences: Vec<(AudienceId, String)>,
    /// The rule sets there are.
    pub rule_sets: Vec<RuleSetChoice>,
    /// The events that journeys begin with; those of journeys that send the message first.
    pub entry_events: Vec<EntryEvent>,
}

/// A rule set that a message can choose, or that holds for it anyway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSetChoice {
    /// Which.
    pub id: RuleSetId,
    /// What it is called.
    pub name: String,
    /// Which messages it holds for.
    pub reach: Reach,
    /// Its rules in a few words.
    pub words: String,
}

/// An event that a journey begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryEvent {
    /// Its name in templates: `context.journey.events.<name>`.
    pub name: String,
    /// Its `xdm.eventType`.
    pub event_type: String,
}

/// A person for whom the message is previewed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tester {
    /// Who.
    pub id: ProfileId,
    /// A name, or an identity, or the id.
    pub title: String,
    /// What is known of them.
    pub attributes: serde_json::Value,
    /// Is the profile marked to be used for previews?
    pub test: bool,
}

/// A published version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VersionView {
    /// Its number.
    pub version: i64,
    /// What it says.
    pub content: Content,
    /// When it was published.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: String,
}

/// The most test profiles that are offered.
#[cfg(feature = "ssr")]
const TESTERS: u32 = 50;

/// The message, to be written.
#[server]
pub async fn load(id: String) -> Result<MessageView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, messages, profiles};

    crate::session::require(Permission::ManageMessages)?;
    let id: MessageId = id.parse().map_err(|_| AppError::NotFound {
        what: "This message".to_owned(),
    })?;
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let message = messages::get(&mut conn, id).await?;
    let known = known(&mut conn, id).await?;
    let search = profiles::Search {
        text: String::new(),
        test_only: true,
    };
    let found = profiles::list(&mut conn, &search, None, TESTERS).await?;
    Ok(MessageView {
        id,
        name: message.name,
        draft: message.draft.0,
        revision: message.revision,
        version: message.version,
        archived: message.archived_at.is_some(),
        stopped: message.stopped_at.map(|since| Stopped {
            since,
            by: message.stopped_by.unwrap_or_default(),
        }),
        known,
        testers: testers(&mut conn, found).await?,
        now: store.now(),
    })
}

#[cfg(feature = "ssr")]
async fn known(db: &mut impl heliograph_store::Database, id: MessageId) -> Result<Known, AppError> {
    use heliograph_model::journey::Activity;
    use heliograph_store::{apps, audiences, fields, journeys, messages, rule_sets};

    /// The most journeys whose events are offered.
    const JOURNEYS: u32 = 200;
    let users: Vec<_> = messages::used_by(db, id)
        .await?
        .into_iter()
        .map(|(journey, _)| journey)
        .collect();
    let filter = journeys::Filter {
        limit: JOURNEYS,
        ..journeys::Filter::default()
    };
    let mut all = journeys::list(db, &filter).await?;
    all.sort_by_key(|journey| !users.contains(&journey.id));
    let mut entry_events = Vec::<EntryEvent>::new();
    for node in all.iter().flat_map(|journey| &journey.draft.graph.nodes) {
        if let Activity::Event { name, event_type, .. } = &node.activity
            && !name.trim().is_empty()
            && !entry_events.iter().any(|known| known.name == *name)
        {
            entry_events.push(EntryEvent {
                name: name.clone(),
                event_type: event_type.clone(),
            });
        }
    }
    Ok(Known {
        apps: apps::list(db).await?,
        audiences: audiences::list(db)
            .await?
            .into_iter()
            .map(|audience| (audience.id, audience.name))
            .collect(),
        rule_sets: rule_sets::list(db)
            .await?
            .into_iter()
            .map(|set| RuleSetChoice {
                id: set.id,
                words: set.rules.in_words().join("; "),
                name: set.name,
                reach: set.reach,
            })
            .collect(),
        catalogue: fields::discovered(db).await?,
        entry_events,
    })
}

#[cfg(feature = "ssr")]
async fn testers(
    db: &mut impl heliograph_store::Database,
    found: Vec<heliograph_store::profiles::Profile>,
) -> Result<Vec<Tester>, AppError> {
    use heliograph_model::profile::Names;

    let ids: Vec<_> = found.iter().map(|profile| profile.id).collect();
    let identities = heliograph_store::profiles::identities(db, &ids).await?;
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
    let mut conn = expect_context::<Store>().read().await?;
    let found = profiles::list(&mut conn, &search, None, FOUND).await?;
    testers(&mut conn, found).await
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

/// Keeps name and draft; the new revision.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn save(id: MessageId, revision: i64, name: String, draft: Content) -> Result<i64, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, messages};

    crate::session::require(Permission::ManageMessages)?;
    let name = super::checked_name(&name)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let revision = messages::save(&mut tx, id, revision, name, &draft).await?;
    tx.commit().await?;
    Ok(revision)
}

/// Publishes the draft of this revision; the version's number.
#[server]
pub async fn publish(id: MessageId, revision: i64) -> Result<i64, AppError> {
    use heliograph_model::access::{Permission, may};
    use heliograph_model::message::Purpose;
    use heliograph_store::{Store, messages};

    let who = crate::session::require(Permission::ManageMessages)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let message = messages::get(&mut tx, id).await?;
    // What is judged here must be what is published: the store refuses another revision.
    if message.revision != revision {
        return Err(heliograph_store::Error::Conflict("message").into());
    }
    refuse_errors(&known(&mut tx, id).await?, &message.draft)?;
    if message.draft.purpose == Purpose::Transactional && !may(who.role, Permission::SendTransactional) {
        return Err(AppError::invalid(
            "A transactional message passes all rule sets, so only an admin may publish it. Ask one, or choose marketing \
             under “Delivery settings”.",
        ));
    }
    let version = messages::publish(&mut tx, id, revision, &who.name).await?;
    super::record(&mut tx, &who, "published", id, &message.name).await?;
    tx.commit().await?;
    Ok(version)
}

/// Says what is wrong with a message, if it cannot be sent.
#[cfg(feature = "ssr")]
fn refuse_errors(known: &Known, content: &Content) -> Result<(), AppError> {
    use heliograph_model::payload::TargetApp;
    use heliograph_model::personalize::Severity;

    let apps: Vec<TargetApp> = known.apps.iter().map(TargetApp::from).collect();
    let problems = heliograph_model::payload::check_content(content, &apps, &known.schema());
    match problems
        .iter()
        .find(|problem| problem.severity == Severity::Error)
    {
        Some(error) => Err(AppError::invalid(format!("{}: {}", error.field, error.message))),
        None => Ok(()),
    }
}

/// What would become of the message, were it sent to an audience now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// How many people of the audience were looked at.
    pub people: u64,
    /// Is the audience larger than could be looked at in the time?
    pub cut_short: bool,
    /// How many would get it at once.
    pub now: u64,
    /// How many would not, or later: why, and how many.
    pub others: Vec<(String, u64)>,
}

/// Who of an audience would be held back or left out now, and why.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn held_back(audience: AudienceId, content: Content) -> Result<Outlook, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, audiences};

    crate::session::require(Permission::ManageMessages)?;
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let rule = audiences::load(&mut conn, audience).await?.rule;
    let found = heliograph_delivery::forecast(&mut conn, &content, &rule, store.now()).await?;
    let later = found
        .later
        .into_iter()
        .map(|(set, n)| (format!("Held until the quiet hours of “{set}” end"), n));
    let never = found.never.into_iter().map(|((why, set), n)| {
        let words = set.map_or_else(|| why.to_owned(), |set| format!("{why}, says “{set}”"));
        (words, n)
    });
    let mut others: Vec<(String, u64)> = later.chain(never).collect();
    others.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    Ok(Outlook {
        people: found.people,
        cut_short: found.cut_short,
        now: found.now,
        others,
    })
}

/// Sends what is written now to the phones of a test profile.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn send_proof(
    id: MessageId,
    profile: ProfileId,
    content: Content,
    context: serde_json::Value,
) -> Result<Proof, AppError> {
    use heliograph_delivery::{Error, ProofRequest};
    use heliograph_model::access::Permission;
    use heliograph_store::deliveries::Queued;
    use heliograph_store::{Store, messages, profiles};

    let who = crate::session::require(Permission::ManageMessages)?;
    let store = expect_context::<Store>();
    let mut tx = store.begin().await?;
    let name = messages::get(&mut tx, id).await?.name;
    refuse_errors(&known(&mut tx, id).await?, &content)?;
    // Nobody but those who agreed to it gets what is not finished.
    let marked = profiles::load(&mut tx, &[profile])
        .await?
        .iter()
        .any(|profile| profile.test);
    if !marked {
        return Err(AppError::invalid(
            "Test pushes go only to profiles that are used for previews. Mark this one on its page.",
        ));
    }
    super::record(&mut tx, &who, "sent a test push of", id, &name).await?;
    tx.commit().await?;
    let request = ProofRequest {
        profile,
        device: None,
        message: id,
        content,
        context,
    };
    match heliograph_delivery::send_proof(&store, request).await {
        Ok(Queued::Deliveries(deliveries)) => Ok(Proof::Sent(deliveries)),
        Ok(Queued::Excluded(exclusion)) => Ok(Proof::Kept(exclusion)),
        Err(Error::Store(error)) => Err(error.into()),
        Err(error) => Err(AppError::internal(&error)),
    }
}

/// The published versions, newest first.
#[server]
pub async fn versions(id: MessageId) -> Result<Vec<VersionView>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, messages};

    crate::session::require(Permission::ManageMessages)?;
    let mut conn = expect_context::<Store>().read().await?;
    let versions = messages::versions(&mut conn, id).await?;
    Ok(versions
        .into_iter()
        .map(|one| VersionView {
            version: one.version,
            content: one.content.0,
            published_at: one.published_at,
            published_by: one.published_by,
        })
        .collect())
}

impl Known {
    /// The fields that templates can name.
    pub fn schema(&self) -> heliograph_model::personalize::Schema {
        self.catalogue
            .templates(self.entry_events.iter().map(|event| event.name.as_str()))
    }
}
