//! The server functions of the audit log.

use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::AppError;

/// What the log is narrowed to, as the address has it; what is empty does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who.
    pub person: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub kind: String,
    /// To which thing.
    pub thing: String,
    /// From which day on.
    pub from: String,
    /// To which day.
    pub to: String,
    /// Where the page begins.
    pub after: String,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRow {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub kind: String,
    /// Which, where it is one of many.
    pub thing: Option<Uuid>,
    /// Its name at the time.
    pub name: String,
    /// Anything else, by name.
    pub detail: Vec<(String, String)>,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The changes, newest first.
    pub rows: Vec<ChangeRow>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// What there is to narrow by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrowing {
    /// Who has done anything.
    pub people: Vec<String>,
    /// What has been done.
    pub actions: Vec<String>,
    /// To what kinds of thing.
    pub kinds: Vec<String>,
}

/// Changes on a page.
#[cfg(feature = "ssr")]
const PAGE: usize = 50;

/// What there is to narrow by.
#[server]
pub async fn ways_to_narrow() -> Result<Narrowing, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, audit};

    crate::session::require(Permission::Administer)?;
    let occurring = audit::occurring(&mut expect_context::<Store>().read().await?).await?;
    Ok(Narrowing {
        people: occurring.actors,
        actions: occurring.actions,
        kinds: occurring.object_kinds,
    })
}

/// The changes that were asked for, newest first.
#[server]
pub async fn list(asked: Asked) -> Result<AuditPage, AppError> {
    use std::time::Duration;

    use heliograph_model::access::Permission;
    use heliograph_model::ids::AuditId;
    use heliograph_store::Store;
    use heliograph_store::audit::{self, Filter};

    const DAY: Duration = Duration::from_secs(86_400);
    crate::session::require(Permission::Administer)?;
    let filter = Filter {
        from: day(&asked.from)?,
        to: day(&asked.to)?.map(|last| last + DAY),
        actor: asked.person,
        action: asked.action,
        object_kind: asked.kind,
        object: asked.thing.parse().ok(),
        before: asked.after.parse().ok().map(AuditId),
    };
    let mut conn = expect_context::<Store>().read().await?;
    let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let mut found = audit::list(&mut conn, &filter, limit).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(AuditPage {
        rows: found
            .into_iter()
            .map(|entry| ChangeRow {
                at: entry.at,
                actor: entry.actor,
                action: entry.action,
                kind: entry.object_kind,
                thing: entry.object_id,
                name: entry.object_name,
                detail: in_words(entry.detail.0),
            })
            .collect(),
        next,
    })
}

/// The start of a day in UTC; none where nothing was asked for.
#[cfg(feature = "ssr")]
fn day(text: &str) -> Result<Option<Timestamp>, AppError> {
    if text.is_empty() {
        return Ok(None);
    }
    Timestamp::parse(&format!("{text}T00:00:00Z"))
        .map(Some)
        .map_err(|_| AppError::invalid("Choose both days from the calendar, or write them as 2026-01-31."))
}

/// What an entry says besides, name by name.
#[cfg(feature = "ssr")]
fn in_words(detail: serde_json::Value) -> Vec<(String, String)> {
    use serde_json::Value;

    let Value::Object(fields) = detail else {
        return Vec::new();
    };
    fields
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                Value::String(text) => text,
                Value::Null => "none".to_owned(),
                other => other.to_string(),
            };
            (name.replace('_', " "), value)
        })
        .collect()
}
