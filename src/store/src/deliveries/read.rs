//! Reading deliveries, for pages and to know when to wake.

use heliograph_model::{
    delivery::State,
    ids::{AppId, DeliveryId, MessageId, ProfileId},
    time::Timestamp,
};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Delivery, select};
use crate::{Database, Result};

/// A delivery.
///
/// # Errors
/// Where the database fails.
pub async fn get(db: &mut impl Database, id: DeliveryId) -> Result<Option<Delivery>> {
    fetch_optional!(db, Delivery, select!("WHERE id = $1"), id)
}

/// Something that happened to a delivery.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Hop {
    /// When.
    pub at: Timestamp,
    /// What: a state or a figure.
    pub what: String,
    /// `attempt`, `sent_at`, `reason`, `detail`, `until`, `button`, as far as they apply.
    pub detail: Json<Value>,
}

/// What happened to a delivery, in order.
///
/// # Errors
/// Where the database fails.
pub async fn hops(db: &mut impl Database, profile: ProfileId, id: DeliveryId) -> Result<Vec<Hop>> {
    fetch_all!(
        db,
        Hop,
        "SELECT at, what, detail FROM delivery_hop WHERE profile_id = $1 AND delivery_id = $2 ORDER BY id",
        profile,
        id
    )
}

/// A delivery in a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Summary {
    /// Its identifier.
    pub id: DeliveryId,
    /// To whom.
    pub profile_id: ProfileId,
    /// What.
    pub message_id: MessageId,
    /// The message's name.
    pub message_name: String,
    /// By which app.
    pub app_id: Option<AppId>,
    /// Where it is.
    #[sqlx(try_from = "String")]
    pub state: State,
    /// Why.
    pub reason: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When the person tapped it.
    pub opened_at: Option<Timestamp>,
}

macro_rules! summaries {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.profile_id, d.message_id, m.name AS message_name, d.app_id, d.state, d.reason, \
             d.created_at, d.opened_at FROM delivery d JOIN message m ON m.id = d.message_id ",
            $rest
        )
    };
}

/// Deliveries to a profile before one, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn of_profile(
    db: &mut impl Database,
    profile: ProfileId,
    before: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<Summary>> {
    fetch_all!(
        db,
        Summary,
        summaries!("WHERE d.profile_id = $1 AND d.id < $2 ORDER BY d.id DESC LIMIT $3"),
        profile,
        before.unwrap_or(DeliveryId(Uuid::max())),
        i64::from(limit),
    )
}

/// Deliveries of a message before one, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn of_message(
    db: &mut impl Database,
    message: MessageId,
    before: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<Summary>> {
    fetch_all!(
        db,
        Summary,
        summaries!("WHERE d.message_id = $1 AND d.id < $2 ORDER BY d.id DESC LIMIT $3"),
        message,
        before.unwrap_or(DeliveryId(Uuid::max())),
        i64::from(limit),
    )
}

/// When the next delivery is due, or the next lease ends; none where nothing waits.
///
/// # Errors
/// Where the database fails.
pub async fn next_due(db: &mut impl Database) -> Result<Option<Timestamp>> {
    let (due,): (Option<Timestamp>,) = fetch_one!(
        db,
        (Option<Timestamp>,),
        "SELECT MIN(due_at) FROM delivery WHERE state IN ('queued', 'waiting')"
    )?;
    let (lease,): (Option<Timestamp>,) = fetch_one!(
        db,
        (Option<Timestamp>,),
        "SELECT MIN(lease_until) FROM delivery WHERE state = 'sending'"
    )?;
    Ok(due.into_iter().chain(lease).min())
}

/// How many deliveries of each app have not ended.
///
/// # Errors
/// Where the database fails.
pub async fn depth_by_app(db: &mut impl Database) -> Result<Vec<(AppId, i64)>> {
    fetch_all!(
        db,
        (AppId, i64),
        "SELECT app_id, COUNT(*) FROM delivery WHERE state IN ('queued', 'waiting', 'sending') \
         AND app_id IS NOT NULL GROUP BY app_id"
    )
}
