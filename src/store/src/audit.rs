//! The audit log: every change of configuration, who made it and to what.

use std::collections::BTreeSet;

use heliograph_model::{
    ids::{AuditId, UserId},
    time::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    Database, Result, Tx,
    statement::{Binds, fetch},
};

/// Who changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person; none for the command line and the system itself.
    pub id: Option<UserId>,
    /// As shown in the log: a name, `command line`, or `system`.
    pub name: String,
}

impl Actor {
    /// A change that nobody asked for, such as the sample data's.
    pub fn system() -> Self {
        Self {
            id: None,
            name: "system".to_owned(),
        }
    }

    /// A change from the command line.
    pub fn command_line() -> Self {
        Self {
            id: None,
            name: "command line".to_owned(),
        }
    }
}

/// One change, as it is written.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    /// What was done, in the past tense: `published`, `replaced credential`.
    pub action: &'a str,
    /// To what kind of object: `journey`, `app configuration`.
    pub object_kind: &'a str,
    /// Which.
    pub object: Option<Uuid>,
    /// Its name at the time.
    pub name: &'a str,
    /// Anything else worth knowing. Never a secret.
    pub detail: serde_json::Value,
}

/// One change, as it is read.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    /// Its identifier, greater than those before.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what kind of object.
    pub object_kind: String,
    /// Which.
    pub object_id: Option<Uuid>,
    /// Its name at the time.
    pub object_name: String,
    /// Anything else.
    pub detail: Json<serde_json::Value>,
}

/// Writes a change to the log, in the transaction of the change.
///
/// # Errors
/// Where the database fails.
pub async fn record(tx: &mut Tx, actor: &Actor, change: Change<'_>) -> Result<()> {
    record_begun(tx, actor, change).await.map(drop)
}

/// Writes a change to the log that is carried out bit by bit, in the transaction from which it holds; the entry, for
/// [`complete`].
///
/// # Errors
/// Where the database fails.
pub async fn record_begun(tx: &mut Tx, actor: &Actor, change: Change<'_>) -> Result<AuditId> {
    let (id, at) = (AuditId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO audit (id, at, person_id, actor, action, object_kind, object_id, object_name, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        at,
        actor.id,
        actor.name.as_str(),
        change.action,
        change.object_kind,
        change.object,
        change.name,
        Json(&change.detail),
    )?;
    Ok(id)
}

/// Says of a change that was begun what is known only now that it is carried out.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn complete(tx: &mut Tx, entry: AuditId, detail: &serde_json::Value) -> Result<()> {
    execute!(
        tx,
        "UPDATE audit SET detail = $1 WHERE id = $2",
        Json(detail),
        entry
    )?;
    Ok(())
}

/// Which entries to list; what is empty does not narrow.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only what this one did, by the name in the log.
    pub actor: String,
    /// Only where this was done.
    pub action: String,
    /// Only what was done to this kind of object.
    pub object_kind: String,
    /// Only what was done to this object.
    pub object: Option<Uuid>,
    /// Only from this instant on.
    pub from: Option<Timestamp>,
    /// Only before this instant.
    pub to: Option<Timestamp>,
    /// Only entries older than this one, for the next page.
    pub before: Option<AuditId>,
}

/// Entries, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database, filter: &Filter, limit: u32) -> Result<Vec<Entry>> {
    let mut binds = Binds::default();
    let mut wanted = Vec::new();
    for (column, value) in [
        ("actor", &filter.actor),
        ("action", &filter.action),
        ("object_kind", &filter.object_kind),
    ] {
        if !value.is_empty() {
            wanted.push(format!("{column} = {}", binds.text(value)));
        }
    }
    if let Some(object) = filter.object {
        wanted.push(format!("object_id = {}", binds.id(object)));
    }
    if let Some(from) = filter.from {
        wanted.push(format!("at >= {}", binds.integer(from.as_millis())));
    }
    if let Some(to) = filter.to {
        wanted.push(format!("at < {}", binds.integer(to.as_millis())));
    }
    let before = filter.before.map_or(Uuid::max(), |before| before.0);
    wanted.push(format!("id < {}", binds.id(before)));
    let limit = binds.integer(i64::from(limit));
    let text = format!(
        "SELECT id, at, actor, action, object_kind, object_id, object_name, detail FROM audit \
         WHERE {} ORDER BY id DESC LIMIT {limit}",
        wanted.join(" AND ")
    );
    fetch(db, text, binds).await
}

/// What the log can be narrowed to: whatever occurs in it, each in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurring {
    /// Who has done anything.
    pub actors: Vec<String>,
    /// What has been done.
    pub actions: Vec<String>,
    /// To what kinds of object.
    pub object_kinds: Vec<String>,
}

/// What occurs in the log.
///
/// # Errors
/// Where the database fails.
pub async fn occurring(db: &mut impl Database) -> Result<Occurring> {
    let rows: Vec<(String, String, String)> = fetch_all!(
        db,
        (String, String, String),
        "SELECT DISTINCT actor, action, object_kind FROM audit"
    )?;
    let (mut actors, mut actions, mut kinds) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (actor, action, kind) in rows {
        actors.insert(actor);
        actions.insert(action);
        kinds.insert(kind);
    }
    Ok(Occurring {
        actors: actors.into_iter().collect(),
        actions: actions.into_iter().collect(),
        object_kinds: kinds.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{START, on_each_engine};

    #[tokio::test]
    async fn the_log_is_narrowed_and_read_page_by_page() {
        on_each_engine(|store, clock| async move {
            let mut tx = store.begin().await.unwrap();
            let (anna, bert) = (Actor::command_line(), Actor::system());
            let thing = Uuid::from_u128(7);
            for (actor, action, kind, object) in [
                (&anna, "created", "journey", Some(thing)),
                (&bert, "created", "message", None),
                (&anna, "published", "journey", Some(thing)),
            ] {
                let change = Change {
                    action,
                    object_kind: kind,
                    object,
                    name: "One",
                    detail: serde_json::json!({}),
                };
                record(&mut tx, actor, change).await.unwrap();
                clock.advance(Duration::from_secs(60));
            }
            tx.commit().await.unwrap();

            let db = &mut store.read().await.unwrap();
            let minutes = |n: u64| START + Duration::from_secs(60 * n);
            let text = |text: &str| text.to_owned();
            for (filter, found) in [
                (Filter::default(), &["published", "created", "created"][..]),
                (
                    Filter {
                        actor: text("system"),
                        ..Filter::default()
                    },
                    &["created"],
                ),
                (
                    Filter {
                        action: text("published"),
                        ..Filter::default()
                    },
                    &["published"],
                ),
                (
                    Filter {
                        object_kind: text("message"),
                        ..Filter::default()
                    },
                    &["created"],
                ),
                (
                    Filter {
                        object: Some(thing),
                        ..Filter::default()
                    },
                    &["published", "created"],
                ),
                (
                    Filter {
                        from: Some(minutes(2)),
                        ..Filter::default()
                    },
                    &["published"],
                ),
                (
                    Filter {
                        to: Some(minutes(1)),
                        ..Filter::default()
                    },
                    &["created"],
                ),
            ] {
                let actions: Vec<_> = list(db, &filter, 10)
                    .await
                    .unwrap()
                    .into_iter()
                    .map(|entry| entry.action)
                    .collect();
                assert_eq!(actions, found, "{filter:?}");
            }
            let first = list(db, &Filter::default(), 2).await.unwrap();
            let rest = Filter {
                before: Some(first[1].id),
                ..Filter::default()
            };
            assert_eq!(list(db, &rest, 2).await.unwrap().len(), 1);
            let occurring = occurring(db).await.unwrap();
            assert_eq!(occurring.actors, ["command line", "system"]);
            assert_eq!(occurring.actions, ["created", "published"]);
            assert_eq!(occurring.object_kinds, ["journey", "message"]);
        })
        .await;
    }
}
