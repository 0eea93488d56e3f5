//! Server functions of the list of audiences.

use heliograph_model::audience::UsedBy;
use heliograph_model::ids::AudienceId;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// An audience in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AudienceRow {
    /// Which.
    pub id: AudienceId,
    /// What it is called.
    pub name: String,
    /// Who is in it, as a sentence.
    pub sentence: String,
    /// What uses it.
    pub used_by: Vec<UsedBy>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AudiencePage {
    /// The audiences.
    pub rows: Vec<AudienceRow>,
    /// How many fit the search, on all pages.
    pub found: u64,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// How many profiles are in an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Those found.
    pub matched: u64,
    /// Were all profiles looked at?
    pub complete: bool,
}

/// Audiences on a page.
#[cfg(feature = "ssr")]
const PAGE: usize = 50;

/// Audiences whose name or rule has the searched words, in the asked order: `name`, `-name`, `changed` or `-changed`.
#[server]
pub async fn list(search: String, sort: String, after: String) -> Result<AudiencePage, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::Store;

    crate::session::require(Permission::ManageAudiences)?;
    let words = search.trim().to_lowercase();
    let mut found: Vec<_> = heliograph_audience::list(&expect_context::<Store>()).await?;
    found.retain(|listed| {
        listed.audience.name.to_lowercase().contains(&words)
            || listed.sentence.to_lowercase().contains(&words)
    });
    if sort.ends_with("changed") {
        found.sort_by_key(|listed| listed.audience.updated_at);
    }
    if sort.starts_with('-') {
        found.reverse();
    }
    let total = found.len();
    // The cursor is the last audience of the page before; where that is gone, the list begins anew.
    let start = after
        .parse::<AudienceId>()
        .ok()
        .and_then(|last| found.iter().position(|listed| listed.audience.id == last))
        .map_or(0, |last| last + 1);
    let rows: Vec<AudienceRow> = found
        .into_iter()
        .skip(start)
        .take(PAGE)
        .map(|listed| AudienceRow {
            id: listed.audience.id,
            name: listed.audience.name,
            sentence: listed.sentence,
            used_by: listed.used_by,
            updated_at: listed.audience.updated_at,
        })
        .collect();
    let next = rows
        .last()
        .filter(|_| start + rows.len() < total)
        .map(|last| last.id.to_string());
    Ok(AudiencePage {
        rows,
        found: total as u64,
        next,
    })
}

/// Counts who is in an audience now.
#[server]
pub async fn count(id: AudienceId) -> Result<Size, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, audiences};

    crate::session::require(Permission::ManageAudiences)?;
    let store = expect_context::<Store>();
    let audience = audiences::load(&mut store.read().await?, id).await?;
    let preview = heliograph_audience::preview(&store, &audience.rule).await?;
    Ok(Size {
        matched: preview.matched,
        complete: preview.complete,
    })
}

/// Makes an audience of everyone, and leads to where its rule is built.
#[server]
pub async fn create_audience(name: String) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::audience::Rule;
    use heliograph_store::{Store, audiences::Draft};

    let who = crate::session::require(Permission::ManageAudiences)?;
    let draft = Draft {
        name,
        description: String::new(),
        rule: Rule::default(),
    };
    let made = heliograph_audience::create(&expect_context::<Store>(), &who.actor(), draft).await?;
    leptos_axum::redirect(&format!("/audiences/{}", made.id));
    Ok(())
}
