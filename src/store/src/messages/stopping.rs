//! Messages of which nothing is sent.

use std::collections::HashSet;

use heliograph_model::{ids::MessageId, time::Timestamp};

use super::{get, under_way};
use crate::{Database, Result, Topic, Tx};

/// Sends nothing more of a message: what a journey queues of it from now on is excluded. What is queued is for
/// [`crate::deliveries::stop_for_message`], after the commit. Was it not stopped before?
///
/// # Errors
/// [`Error::NotFound`].
pub async fn stop(tx: &mut Tx, id: MessageId, by: &str) -> Result<bool> {
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE message SET stopped_at = $2, stopped_by = $3 WHERE id = $1 AND stopped_at IS NULL",
        id,
        now,
        by
    )?;
    if changed == 0 {
        get(tx, id).await?;
    }
    tx.raise(Topic::Deliveries);
    Ok(changed > 0)
}

/// Sends the message again to those who come to its step from now on. Was it stopped?
///
/// # Errors
/// [`Error::NotFound`].
pub async fn send_again(tx: &mut Tx, id: MessageId) -> Result<bool> {
    let changed = execute!(
        tx,
        "UPDATE message SET stopped_at = NULL, stopped_by = NULL WHERE id = $1 AND stopped_at IS NOT NULL",
        id
    )?;
    if changed == 0 {
        get(tx, id).await?;
    }
    tx.raise(Topic::Deliveries);
    Ok(changed > 0)
}

/// Those of these messages of which nothing is sent.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn stopped(db: &mut impl Database, ids: &[MessageId]) -> Result<HashSet<MessageId>> {
    let rows: Vec<(MessageId,)> = fetch_in!(
        db,
        (MessageId,),
        "SELECT id FROM message WHERE stopped_at IS NOT NULL AND id IN ",
        ids,
        ""
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The messages that were stopped since a time, and still are.
///
/// # Errors
/// Where the database fails.
pub async fn stopped_since(db: &mut impl Database, since: Timestamp) -> Result<HashSet<MessageId>> {
    let rows: Vec<(MessageId,)> = fetch_all!(
        db,
        (MessageId,),
        "SELECT id FROM message WHERE stopped_at >= $1",
        since
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A message of which nothing is sent, although journeys would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Which.
    pub id: MessageId,
    /// What people call it.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// Who stopped it.
    pub by: String,
    /// The journeys that skip it.
    pub journeys: Vec<String>,
}

/// The stopped messages that journeys skip, the last stopped first.
///
/// # Errors
/// Where the database fails.
pub async fn missing(db: &mut impl Database) -> Result<Vec<Missing>> {
    let rows: Vec<(MessageId, String, Timestamp, Option<String>)> = fetch_all!(
        db,
        (MessageId, String, Timestamp, Option<String>),
        "SELECT id, name, stopped_at, stopped_by FROM message WHERE stopped_at IS NOT NULL AND archived_at IS NULL \
         ORDER BY stopped_at DESC, id"
    )?;
    let mut missing = Vec::new();
    for (id, name, since, by) in rows {
        let journeys = under_way(db, id).await?;
        if !journeys.is_empty() {
            missing.push(Missing {
                id,
                name,
                since,
                by: by.unwrap_or_default(),
                journeys,
            });
        }
    }
    Ok(missing)
}
