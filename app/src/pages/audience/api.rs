//! Server functions of one audience.

use heliograph_model::audience::{Preview, Rule, UsedBy};
use heliograph_model::ids::AudienceId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What a person decides about an audience.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who is in it.
    pub rule: Rule,
}

/// Everything that the page needs to begin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AudienceView {
    /// Which audience.
    pub id: AudienceId,
    /// As it is kept.
    pub draft: Draft,
    /// The revision that is kept.
    pub revision: i64,
    /// What uses it.
    pub used_by: Vec<UsedBy>,
    /// All audiences there are, by name.
    pub audiences: Vec<(AudienceId, String)>,
}

/// The audience, to be edited.
#[server]
pub async fn load(id: String) -> Result<AudienceView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, audiences};

    crate::session::require(Permission::ManageAudiences)?;
    let id: AudienceId = id.parse().map_err(|_| AppError::NotFound {
        what: "This audience".to_owned(),
    })?;
    let mut conn = expect_context::<Store>().read().await?;
    let audience = audiences::load(&mut conn, id).await?;
    let used_by = audiences::used_by(&mut conn, id).await?;
    let audiences = audiences::list(&mut conn).await?;
    Ok(AudienceView {
        id,
        draft: Draft {
            name: audience.name,
            description: audience.description,
            rule: audience.rule,
        },
        revision: audience.revision,
        used_by,
        audiences: audiences
            .into_iter()
            .map(|audience| (audience.id, audience.name))
            .collect(),
    })
}

/// How many people a rule holds for, and some of them.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn preview_rule(rule: Rule) -> Result<Preview, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::Store;

    crate::session::require(Permission::ManageAudiences)?;
    Ok(heliograph_audience::preview(&expect_context::<Store>(), &rule).await?)
}

/// Keeps an audience, if nobody else has changed this revision; the new revision.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn save(id: AudienceId, revision: i64, draft: Draft) -> Result<i64, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, audiences};

    let who = crate::session::require(Permission::ManageAudiences)?;
    let draft = audiences::Draft {
        name: draft.name,
        description: draft.description,
        rule: draft.rule,
    };
    let store = expect_context::<Store>();
    let saved = heliograph_audience::update(&store, &who.actor(), id, revision, draft).await?;
    Ok(saved.revision)
}

/// Deletes an audience that nothing uses, and leads back to the list.
#[server]
pub async fn delete_audience(id: AudienceId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::Store;

    let who = crate::session::require(Permission::ManageAudiences)?;
    heliograph_audience::delete(&expect_context::<Store>(), &who.actor(), id).await?;
    leptos_axum::redirect("/audiences");
    Ok(())
}
