//! Instances: where each profile is in a journey, and the steps that it took.

mod holders;
mod reads;
mod stop;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use heliograph_model::{
    ids::{EventId, InstanceId, JourneyId, JourneyVersionId, ProfileId},
    journey::NodeId,
    time::Timestamp,
};
use serde_json::Value;
use sqlx::types::Json;

use crate::{Database, Result, Topic, Tx, dialect::Engine};

pub use holders::{Holder, follow, forget, hold};
pub use reads::{AudienceRead, ReadProgress, claim_read, due_read, next_read, progress_read};
pub use stop::{leave_stopped, stopping, take_out};

/// One profile's stay in one journey version.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Instance {
    /// The profile.
    pub profile_id: ProfileId,
    /// The stay's identifier.
    pub id: InstanceId,
    /// The journey.
    pub journey_id: JourneyId,
    /// Its version.
    pub journey_version_id: JourneyVersionId,
    /// The node at which it is.
    pub node: String,
    /// How many nodes it has been at before this one.
    pub step: i64,
    /// Is it still in the journey?
    pub active: bool,
    /// When it goes on.
    pub wake_at: Timestamp,
    /// The `context` root of personalisation.
    pub context: Json<Value>,
    /// Under which it is in `journey_entry`; see [`Entry::key`].
    pub entry_key: String,
    /// When it entered.
    pub entered_at: Timestamp,
    /// When it left.
    pub left_at: Option<Timestamp>,
    /// How it left: a [`Leaving`].
    pub left_by: Option<String>,
}

/// Someone who would enter.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The profile.
    pub profile: ProfileId,
    /// The journey.
    pub journey: JourneyId,
    /// `once` stays for ever, `current` until they leave, anything else (an event's identifier) tells stays apart that
    /// may go on at once. A key that is taken keeps them out.
    pub key: String,
}

impl Entry {
    fn place(&self) -> (ProfileId, JourneyId, &str) {
        (self.profile, self.journey, &self.key)
    }
}

/// The key of an entry that is allowed once only.
pub const ONCE: &str = "once";

/// Lets profiles in; whether each of them may enter.
///
/// # Errors
/// Where the database fails.
pub async fn enter(tx: &mut Tx, entries: &[Entry]) -> Result<Vec<bool>> {
    type Key<'a> = (ProfileId, JourneyId, &'a str);
    // Always in the same order, so that two transactions never wait for each other's entries crosswise.
    let mut keys: Vec<Key<'_>> = entries.iter().map(Entry::place).collect();
    keys.sort_unstable();
    keys.dedup();
    let entered: Vec<(ProfileId, JourneyId, String)> = insert_returning!(
        tx,
        (ProfileId, JourneyId, String),
        "INSERT INTO journey_entry (profile_id, journey_id, key) ",
        3,
        keys,
        |(profile, journey, key)| [*profile, *journey, *key],
        " ON CONFLICT DO NOTHING RETURNING profile_id, journey_id, key"
    )?;
    let mut entered: HashSet<Key<'_>> = entered
        .iter()
        .map(|(profile, journey, key)| (*profile, *journey, key.as_str()))
        .collect();
    // The same entry twice in one set enters once.
    Ok(entries
        .iter()
        .map(|entry| entered.remove(&entry.place()))
        .collect())
}

/// An event that a live journey may start with.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventWork {
    /// The event.
    pub id: EventId,
    /// Whose it is.
    pub profile_id: ProfileId,
    /// Its type.
    pub event_type: String,
    /// When it reached us.
    pub received_at: Timestamp,
}

/// Are there events to be judged?
///
/// # Errors
/// Where the database fails.
pub async fn has_events(db: &mut impl Database) -> Result<bool> {
    let (there,): (bool,) = fetch_one!(db, (bool,), "SELECT EXISTS (SELECT 1 FROM event_work)")?;
    Ok(there)
}

/// Claims events to be judged, oldest first. They are handed out again unless [`finish_events`] takes them away in the
/// same transaction.
///
/// # Errors
/// Where the database fails.
pub async fn claim_events(tx: &mut Tx, limit: u32) -> Result<Vec<EventWork>> {
    let sql = claiming!(
        tx,
        "SELECT id, profile_id, event_type, received_at FROM event_work ORDER BY id LIMIT $1"
    );
    fetch_all!(tx, EventWork, sql, i64::from(limit))
}

/// Takes away events that have been judged.
///
/// # Errors
/// Where the database fails.
pub async fn finish_events(tx: &mut Tx, events: &[EventWork]) -> Result<()> {
    let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
    fetch_in!(
        tx,
        (EventId,),
        "DELETE FROM event_work WHERE id IN ",
        ids,
        " RETURNING id"
    )?;
    Ok(())
}

/// The `xdm` of events.
///
/// # Errors
/// Where the database fails.
pub async fn event_bodies(db: &mut impl Database, events: &[EventWork]) -> Result<Vec<(EventId, Value)>> {
    let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
    let rows: Vec<(EventId, Json<Value>)> = fetch_in!(
        db,
        (EventId, Json<Value>),
        "SELECT id, xdm FROM experience_event WHERE id IN ",
        ids,
        ""
    )?;
    Ok(rows.into_iter().map(|(id, Json(xdm))| (id, xdm)).collect())
}

/// The columns of an [`Instance`], from a table and with a rest.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT profile_id, id, journey_id, journey_version_id, node, step, active, wake_at, context, entry_key, \
             entered_at, left_at, left_by FROM instance ",
            $rest
        )
    };
}

/// Claims stays that are due, the longest due first. They are handed out again unless [`save`] writes them in the same
/// transaction.
///
/// # Errors
/// Where the database fails.
pub async fn claim_due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Instance>> {
    let sql = match tx.store().engine() {
        Engine::Sqlite => select!("WHERE active AND wake_at <= $1 ORDER BY wake_at LIMIT $2"),
        Engine::Postgres => {
            select!("WHERE active AND wake_at <= $1 ORDER BY wake_at LIMIT $2 FOR UPDATE SKIP LOCKED")
        }
    };
    fetch_all!(tx, Instance, sql, now, i64::from(limit))
}

/// Claims one stay, if it is still due and nobody else has it.
///
/// # Errors
/// Where the database fails.
pub async fn claim_one(
    tx: &mut Tx,
    now: Timestamp,
    profile: ProfileId,
    id: InstanceId,
) -> Result<Option<Instance>> {
    let sql = match tx.store().engine() {
        Engine::Sqlite => select!("WHERE profile_id = $1 AND id = $2 AND active AND wake_at <= $3"),
        Engine::Postgres => {
            select!("WHERE profile_id = $1 AND id = $2 AND active AND wake_at <= $3 FOR UPDATE SKIP LOCKED")
        }
    };
    fetch_optional!(tx, Instance, sql, profile, id, now)
}

/// Some of the stays in a version.
const INSIDE: &str = select!("WHERE active AND journey_version_id = $1 ORDER BY node, id LIMIT $2");

/// Claims stays in a version, whenever they are due.
async fn claim_inside(tx: &mut Tx, version: JourneyVersionId, limit: i64) -> Result<Vec<Instance>> {
    let sql = format!("{INSIDE}{}", tx.store().engine().passing_over());
    fetch_all!(tx, Instance, sqlx::AssertSqlSafe(sql), version, limit)
}

/// When the next stay goes on; none where nobody waits.
///
/// # Errors
/// Where the database fails.
pub async fn next_due(db: &mut impl Database) -> Result<Option<Timestamp>> {
    let (at,): (Option<Timestamp>,) = fetch_one!(
        db,
        (Option<Timestamp>,),
        "SELECT MIN(wake_at) FROM instance WHERE active"
    )?;
    Ok(at)
}

/// Writes stays, new ones and those that have moved, and frees the entries of those that have left.
///
/// # Errors
/// Where the database fails.
pub async fn save(tx: &mut Tx, stays: &[Instance]) -> Result<()> {
    // Whoever waits for the next stay that is due has to learn of an earlier one.
    if stays.iter().any(|stay| stay.active) {
        tx.raise(Topic::Journeys);
    }
    insert_all!(
        tx,
        "INSERT INTO instance (profile_id, id, journey_id, journey_version_id, node, step, active, wake_at, context, \
         entry_key, entered_at, left_at, left_by) ",
        13,
        stays,
        |stay| [
            stay.profile_id,
            stay.id,
            stay.journey_id,
            stay.journey_version_id,
            stay.node.as_str(),
            stay.step,
            stay.active,
            stay.wake_at,
            &stay.context,
            stay.entry_key.as_str(),
            stay.entered_at,
            stay.left_at,
            stay.left_by.as_deref(),
        ],
        " ON CONFLICT (profile_id, id) DO UPDATE SET node = excluded.node, step = excluded.step, \
         active = excluded.active, wake_at = excluded.wake_at, left_at = excluded.left_at, left_by = excluded.left_by"
    )?;
    let mut left: Vec<(ProfileId, JourneyId, &str)> = stays
        .iter()
        .filter(|stay| !stay.active && stay.entry_key != ONCE)
        .map(|stay| (stay.profile_id, stay.journey_id, stay.entry_key.as_str()))
        .collect();
    left.sort_unstable();
    left.dedup();
    // Where two profiles that were in the journey became one, its two stays share the entry: the last frees it.
    insert_all!(
        tx,
        "DELETE FROM journey_entry WHERE NOT EXISTS (SELECT 1 FROM instance AS other \
         WHERE other.profile_id = journey_entry.profile_id AND other.journey_id = journey_entry.journey_id \
         AND other.entry_key = journey_entry.key AND other.active) AND (profile_id, journey_id, key) IN (",
        3,
        left,
        |(profile, journey, key)| [*profile, *journey, *key],
        ")"
    )?;
    Ok(())
}

/// One node that a profile was at.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Step {
    /// The profile.
    pub profile_id: ProfileId,
    /// The stay.
    pub instance_id: InstanceId,
    /// How many nodes it has been at before.
    pub step: i64,
    /// The node.
    pub node: String,
    /// The way out that it took, as [`heliograph_model::journey::Port::key`]; none where the journey ended here.
    pub port: Option<String>,
    /// When it went on.
    pub at: Timestamp,
    /// What decided: `path`, `deliveries`, `excluded`, `error`.
    pub detail: Json<Value>,
}

/// Writes steps to the log.
///
/// # Errors
/// Where the database fails.
pub async fn log(tx: &mut Tx, steps: &[Step]) -> Result<()> {
    insert_all!(
        tx,
        "INSERT INTO step (profile_id, instance_id, step, node, port, at, detail) ",
        7,
        steps,
        |step| [
            step.profile_id,
            step.instance_id,
            step.step,
            step.node.as_str(),
            step.port.as_deref(),
            step.at,
            &step.detail,
        ],
        " ON CONFLICT DO NOTHING"
    )?;
    Ok(())
}

/// A page of the stays that are at a node of a journey now, in any of its versions: those after one, oldest first.
///
/// # Errors
/// Where the database fails.
pub async fn at_node(
    db: &mut impl Database,
    journey: JourneyId,
    node: &NodeId,
    after: Option<InstanceId>,
    limit: u32,
) -> Result<Vec<Instance>> {
    fetch_all!(
        db,
        Instance,
        select!(
            "WHERE active AND node = $1 AND id > $2 AND journey_version_id IN \
             (SELECT id FROM journey_version WHERE journey_id = $3) ORDER BY id LIMIT $4"
        ),
        node.0.as_str(),
        after.map_or(uuid::Uuid::nil(), |id| id.0),
        journey,
        i64::from(limit),
    )
}

/// The stays of a profile, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn of_profile(db: &mut impl Database, profile: ProfileId) -> Result<Vec<Instance>> {
    fetch_all!(
        db,
        Instance,
        select!("WHERE profile_id = $1 ORDER BY id DESC LIMIT 100"),
        profile
    )
}

/// The steps of one stay, in their order.
///
/// # Errors
/// Where the database fails.
pub async fn steps(db: &mut impl Database, profile: ProfileId, instance: InstanceId) -> Result<Vec<Step>> {
    fetch_all!(
        db,
        Step,
        "SELECT profile_id, instance_id, step, node, port, at, detail FROM step \
         WHERE profile_id = $1 AND instance_id = $2 ORDER BY step",
        profile,
        instance
    )
}
