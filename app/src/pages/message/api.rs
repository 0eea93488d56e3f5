//! Server functions of the composer.

use heliograph_model::app_config::AppConfiguration;
use heliograph_model::ids::{AudienceId, MessageId, ProfileId, RuleSetId};
use heliograph_model::message::Content;
use heliograph_model::rules::Reach;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::proof::Proof;
use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::pages::writing::test_profiles;
use crate::pages::writing::{Tester, VersionView, Words};

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
    /// The fragments whose text has changed since it was published.
    pub behind: Vec<String>,
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
    /// What its texts can name.
    pub words: Words,
    /// The audiences there are, by name.
    pub audiences: Vec<(AudienceId, String)>,
    /// The rule sets there are.
    pub rule_sets: Vec<RuleSetChoice>,
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

/// The message, to be written.
#[server]
pub async fn load(id: String) -> Result<MessageView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, messages};

    crate::session::require(Permission::ManageMessages)?;
    let id: MessageId = id.parse().map_err(|_| AppError::NotFound {
        what: "This message".to_owned(),
    })?;
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let message = messages::get(&mut conn, id).await?;
    let known = known(&mut conn, id).await?;
    let published = messages::published(&mut conn, id, None).await?;
    Ok(MessageView {
        behind: published.map_or_else(Vec::new, |published| {
            let newest = known.words.fragments();
            let carried = published.content.fragments.iter();
            let older = carried.filter(|(name, text)| newest.get(name) != Some(text));
            older.map(|(name, _)| name.to_owned()).collect()
        }),
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
        testers: test_profiles(&mut conn, store.now()).await?,
        now: store.now(),
    })
}

#[cfg(feature = "ssr")]
async fn known(db: &mut impl heliograph_store::Database, id: MessageId) -> Result<Known, AppError> {
    use heliograph_store::{apps, audiences, messages, rule_sets};

    let users: Vec<_> = messages::used_by(db, id)
        .await?
        .into_iter()
        .map(|(journey, _)| journey)
        .collect();
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
        words: Words::load(db, &users).await?,
    })
}

/// Keeps name and draft; the new revision.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn save(
    /// Of which message.
    id: MessageId,
    /// The draft that was changed.
    revision: i64,
    /// Its name now.
    name: String,
    /// What it says now.
    draft: Content,
) -> Result<i64, AppError> {
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
    if message.revision != revision {
        return Err(heliograph_store::Error::Conflict("message").into());
    }
    if message.draft.purpose == Purpose::Transactional && !may(who.role, Permission::SendTransactional) {
        return Err(AppError::invalid(
            "A transactional message passes all rule sets, so only an admin may publish it. Ask one, or choose marketing \
             under “Delivery settings”.",
        ));
    }
    let version = messages::publish(&mut tx, id, revision, &who.name).await?;
    // Judged with the fragments that it has taken up; what is refused is not kept.
    if let Some(published) = messages::published(&mut tx, id, Some(version)).await? {
        refuse_errors(&known(&mut tx, id).await?, &published.content)?;
    }
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
    let problems =
        heliograph_model::payload::check_content(content, &apps, &known.audiences, &known.words.schema());
    match problems
        .iter()
        .find(|problem| problem.severity == Severity::Error)
    {
        Some(error) => Err(AppError::invalid(format!("{}: {}", error.field, error.message))),
        None => Ok(()),
    }
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
    use heliograph_model::payload::CompiledContent;
    use heliograph_store::deliveries::Queued;
    use heliograph_store::{Store, messages, profiles};

    let who = crate::session::require(Permission::ManageMessages)?;
    let store = expect_context::<Store>();
    let mut tx = store.begin().await?;
    let name = messages::get(&mut tx, id).await?.name;
    let known = known(&mut tx, id).await?;
    let content = content.with_fragments(known.words.fragments());
    refuse_errors(&known, &content)?;
    let content = CompiledContent::new(content).frozen();
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
pub async fn versions(id: MessageId) -> Result<Vec<VersionView<Content>>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, messages};

    crate::session::require(Permission::ManageMessages)?;
    let mut conn = expect_context::<Store>().read().await?;
    let versions = messages::versions(&mut conn, id).await?;
    Ok(versions
        .into_iter()
        .map(|one| VersionView {
            version: one.version,
            // What is restored is read with the fragments of the moment.
            content: one.content.0.without_fragments(),
            published_at: one.published_at,
            published_by: one.published_by,
        })
        .collect())
}
