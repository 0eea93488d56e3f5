//! Server functions of one fragment's page.

use heliograph_model::app_config::AppConfiguration;
use heliograph_model::fragment::{FragmentDraft, UsedBy};
use heliograph_model::ids::FragmentId;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::pages::writing::{Tester, VersionView, Words};

/// Everything that the page needs to begin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FragmentView {
    /// Which fragment.
    pub id: FragmentId,
    /// The name by which it is called.
    pub name: String,
    /// What is being written.
    pub draft: FragmentDraft,
    /// The draft's revision.
    pub revision: i64,
    /// The newest published version.
    pub version: Option<i64>,
    /// Has it been put away?
    pub archived: bool,
    /// What calls it.
    pub used_by: Vec<UsedBy>,
    /// What its text can name; other fragments among that.
    pub words: Words,
    /// The app for whose people it is previewed.
    pub app: Option<AppConfiguration>,
    /// The test profiles.
    pub testers: Vec<Tester>,
    /// When this was loaded: "now" in the preview.
    pub now: Timestamp,
}

/// What a publication gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Publication {
    /// The version's number.
    pub version: i64,
    /// What calls the fragment, and which text it carries now.
    pub used_by: Vec<UsedBy>,
}

/// The fragment, to be written.
#[server]
pub async fn load(id: String) -> Result<FragmentView, AppError> {
    use crate::pages::writing::test_profiles;
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, apps, fragments};

    crate::session::require(Permission::ManageMessages)?;
    let id: FragmentId = id.parse().map_err(|_| AppError::NotFound {
        what: "This fragment".to_owned(),
    })?;
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let fragment = fragments::get(&mut conn, id).await?;
    let mut words = Words::load(&mut conn, &[]).await?;
    words.fragments.retain(|other| other.name != fragment.name);
    words.unpublished.retain(|other| *other != fragment.name);
    Ok(FragmentView {
        id,
        draft: fragment.draft.0,
        revision: fragment.revision,
        version: fragment.version,
        archived: fragment.archived_at.is_some(),
        used_by: fragments::used_by(&mut conn, &fragment.name).await?,
        name: fragment.name,
        words,
        app: apps::list(&mut conn).await?.into_iter().next(),
        testers: test_profiles(&mut conn, store.now()).await?,
        now: store.now(),
    })
}

/// Keeps the draft; the new revision.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn save(id: FragmentId, revision: i64, draft: FragmentDraft) -> Result<i64, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::fragment::TEXT_MAX;
    use heliograph_store::{Store, fragments};

    /// Longest description, in characters.
    const DESCRIPTION_MAX: usize = 300;
    let who = crate::session::require(Permission::ManageMessages)?;
    if draft.text.len() > TEXT_MAX {
        return Err(AppError::invalid(
            "The text is too long: a fragment has at most 32 kilobytes.",
        ));
    }
    if draft.description.chars().count() > DESCRIPTION_MAX {
        return Err(AppError::invalid(
            "The description is too long: say what the fragment is for in 300 characters.",
        ));
    }
    let mut tx = expect_context::<Store>().begin().await?;
    let revision = fragments::save(&mut tx, id, revision, &draft, &who.name).await?;
    tx.commit().await?;
    Ok(revision)
}

/// Publishes the draft of this revision.
#[server]
pub async fn publish(id: FragmentId, revision: i64) -> Result<Publication, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::fragment::check;
    use heliograph_store::{Store, fragments};

    let who = crate::session::require(Permission::ManageMessages)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let fragment = fragments::get(&mut tx, id).await?;
    // What is judged here must be what is published: the store refuses another revision.
    if fragment.revision != revision {
        return Err(heliograph_store::Error::Conflict("fragment").into());
    }
    let words = Words::load(&mut tx, &[]).await?;
    let findings = check(
        &fragment.name,
        &fragment.draft.text,
        &words.fragments(),
        &words.schema(),
    );
    if let Some(error) = findings.iter().find(|finding| finding.is_error()) {
        return Err(AppError::invalid(format!(
            "Line {}, column {}: {}",
            error.line, error.column, error.message
        )));
    }
    let version = fragments::publish(&mut tx, id, revision, &who.name).await?;
    super::record(&mut tx, &who, "published", id, &fragment.name).await?;
    let used_by = fragments::used_by(&mut tx, &fragment.name).await?;
    tx.commit().await?;
    Ok(Publication { version, used_by })
}

/// The published versions, newest first.
#[server]
pub async fn versions(id: FragmentId) -> Result<Vec<VersionView<FragmentDraft>>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, fragments};

    crate::session::require(Permission::ManageMessages)?;
    let mut conn = expect_context::<Store>().read().await?;
    let versions = fragments::versions(&mut conn, id).await?;
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

/// Gives a fragment that nothing calls another name; which.
#[server]
pub async fn rename_fragment(id: FragmentId, name: String) -> Result<String, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, fragments};

    let who = crate::session::require(Permission::ManageMessages)?;
    let name = super::checked_name(&name)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let before = fragments::get(&mut tx, id).await?.name;
    fragments::rename(&mut tx, id, name, &who.name)
        .await
        .map_err(|error| super::name_taken(error, name))?;
    let detail = serde_json::json!({ "before": before });
    super::record_with(&mut tx, &who, "renamed", (id, name), detail).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/fragments/{id}"));
    Ok(name.to_owned())
}

/// Deletes a fragment that nothing calls, and leads back to the list.
#[server]
pub async fn delete_fragment(id: FragmentId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, fragments};

    let who = crate::session::require(Permission::ManageMessages)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let name = fragments::get(&mut tx, id).await?.name;
    fragments::delete(&mut tx, id).await?;
    super::record(&mut tx, &who, "deleted", id, &name).await?;
    tx.commit().await?;
    leptos_axum::redirect("/fragments");
    Ok(())
}
