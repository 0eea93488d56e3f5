//! Server functions of the list of fragments.

use heliograph_model::fragment::UsedBy;
use heliograph_model::ids::FragmentId;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A fragment in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FragmentRow {
    /// Which.
    pub id: FragmentId,
    /// The name by which it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The newest published version.
    pub version: Option<i64>,
    /// Has it been put away?
    pub archived: bool,
    /// What calls it.
    pub used_by: Vec<UsedBy>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FragmentPage {
    /// The fragments.
    pub rows: Vec<FragmentRow>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Fragments, the one that changed last first.
#[server]
pub async fn list(search: String, status: String, after: String) -> Result<FragmentPage, AppError> {
    use crate::pages::paging;
    use heliograph_model::access::Permission;
    use heliograph_store::{
        Store,
        fragments::{self, Filter, State},
    };

    crate::session::require(Permission::ManageMessages)?;
    let filter = Filter {
        search,
        state: State::parse(&status),
        before: paging::begins_after(&after),
        limit: paging::READ,
    };
    let mut conn = expect_context::<Store>().read().await?;
    let mut found = fragments::list(&mut conn, &filter).await?;
    let next = paging::cut(&mut found, |fragment| (fragment.updated_at, fragment.id));
    let mut uses = fragments::used_by_each(&mut conn).await?;
    let rows = found
        .into_iter()
        .map(|fragment| FragmentRow {
            id: fragment.id,
            used_by: uses.remove(&fragment.name).unwrap_or_default(),
            name: fragment.name,
            description: fragment.draft.0.description,
            version: fragment.version,
            archived: fragment.archived_at.is_some(),
            updated_at: fragment.updated_at,
            updated_by: fragment.updated_by,
        })
        .collect();
    Ok(FragmentPage { rows, next })
}

/// Makes an empty fragment, and leads to its page.
#[server]
pub async fn create_fragment(name: String) -> Result<(), AppError> {
    use crate::pages::fragment::{checked_name, name_taken, record};
    use heliograph_model::access::Permission;
    use heliograph_model::fragment::FragmentDraft;
    use heliograph_store::{Store, fragments};

    let who = crate::session::require(Permission::ManageMessages)?;
    let name = checked_name(&name)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let id = fragments::create(&mut tx, name, &FragmentDraft::default(), &who.name)
        .await
        .map_err(|error| name_taken(error, name))?;
    record(&mut tx, &who, "created", id, name).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/fragments/{id}"));
    Ok(())
}

/// Puts a fragment away.
#[server]
pub async fn archive(id: FragmentId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, fragments};

    let who = crate::session::require(Permission::ManageMessages)?;
    let mut tx = expect_context::<Store>().begin().await?;
    fragments::archive(&mut tx, id).await?;
    let name = fragments::get(&mut tx, id).await?.name;
    crate::pages::fragment::record(&mut tx, &who, "archived", id, &name).await?;
    tx.commit().await?;
    Ok(())
}

/// Brings an archived fragment back.
#[server]
pub async fn restore(id: FragmentId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, fragments};

    let who = crate::session::require(Permission::ManageMessages)?;
    let mut tx = expect_context::<Store>().begin().await?;
    fragments::restore(&mut tx, id).await?;
    let name = fragments::get(&mut tx, id).await?.name;
    crate::pages::fragment::record(&mut tx, &who, "restored", id, &name).await?;
    tx.commit().await?;
    Ok(())
}
