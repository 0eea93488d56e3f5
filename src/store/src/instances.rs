//! Instances: where each profile is in a journey, and the steps that it took.

use heliograph_model::{
    ids::{AudienceId, EventId, InstanceId, JourneyId, JourneyVersionId, ProfileId},
    journey::Leaving,
    report::Figure,
    time::Timestamp,
};
use serde_json::Value;
use sqlx::types::Json;

use crate::{
    Database, Result, Topic, Tx,
    counters::{Counts, Subject},
};

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

/// The key of an entry that is allowed once only.
pub const ONCE: &str = "once";

/// Lets profiles in; whether each of them may enter.
///
/// # Errors
/// Where the database fails.
pub async fn enter(tx: &mut Tx, entries: &[Entry]) -> Result<Vec<bool>> {
    let entered: Vec<(ProfileId, JourneyId, String)> = insert_returning!(
        tx,
        (ProfileId, JourneyId, String),
        "INSERT INTO journey_entry (profile_id, journey_id, key) ",
        3,
        entries,
        |entry| [entry.profile, entry.journey, entry.key.as_str()],
        " ON CONFLICT DO NOTHING RETURNING profile_id, journey_id, key"
    )?;
    let mut entered: std::collections::HashSet<_> = entered.into_iter().collect();
    // The same entry twice in one set enters once.
    Ok(entries
        .iter()
        .map(|entry| entered.remove(&(entry.profile, entry.journey, entry.key.clone())))
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

/// Claims stays that are due, the longest due first. They are handed out again unless [`save`] writes them in the same
/// transaction.
///
/// # Errors
/// Where the database fails.
pub async fn claim_due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Instance>> {
    let sql = claiming!(
        tx,
        "SELECT profile_id, id, journey_id, journey_version_id, node, step, active, wake_at, context, entry_key, \
         entered_at, left_at, left_by FROM instance WHERE active AND wake_at <= $1 ORDER BY wake_at LIMIT $2"
    );
    fetch_all!(tx, Instance, sql, now, i64::from(limit))
}

/// When the next stay goes on or the next audience is read; none where nothing waits.
///
/// # Errors
/// Where the database fails.
pub async fn next_due(db: &mut impl Database) -> Result<Option<Timestamp>> {
    let (stay,): (Option<Timestamp>,) = fetch_one!(
        db,
        (Option<Timestamp>,),
        "SELECT MIN(wake_at) FROM instance WHERE active"
    )?;
    let (read,): (Option<Timestamp>,) = fetch_one!(
        db,
        (Option<Timestamp>,),
        "SELECT MIN(due_at) FROM audience_read WHERE finished_at IS NULL"
    )?;
    Ok(stay.into_iter().chain(read).min())
}

/// Writes stays, new ones and those that have moved, and frees the entries of those that have left.
///
/// # Errors
/// Where the database fails.
pub async fn save(tx: &mut Tx, stays: &[Instance]) -> Result<()> {
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
    for stay in stays.iter().filter(|stay| !stay.active && stay.entry_key != ONCE) {
        execute!(
            tx,
            "DELETE FROM journey_entry WHERE profile_id = $1 AND journey_id = $2 AND key = $3",
            stay.profile_id,
            stay.journey_id,
            stay.entry_key.as_str(),
        )?;
    }
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

/// Takes everyone out of a journey; how many there were.
///
/// # Errors
/// Where the database fails.
pub async fn stop(tx: &mut Tx, journey: JourneyId, counts: &mut Counts) -> Result<u64> {
    let now = tx.store().now();
    let inside: Vec<(JourneyVersionId, String)> = fetch_all!(
        tx,
        (JourneyVersionId, String),
        "UPDATE instance SET active = $1, left_at = $2, left_by = $3 WHERE journey_id = $4 AND active \
         RETURNING journey_version_id, node",
        false,
        now,
        Leaving::Stopped.as_str(),
        journey,
    )?;
    for (version, node) in &inside {
        let subject = Subject {
            journey,
            version: *version,
            node: node.clone(),
            ..Subject::default()
        };
        counts.add(now, &subject, Figure::Left, Leaving::Stopped.as_str());
    }
    execute!(
        tx,
        "DELETE FROM journey_entry WHERE journey_id = $1 AND key <> $2",
        journey,
        ONCE
    )?;
    Ok(inside.len() as u64)
}

/// A read of an audience.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AudienceRead {
    /// The journey's version.
    pub journey_version_id: JourneyVersionId,
    /// Its start.
    pub node: String,
    /// Who enters.
    pub audience_id: AudienceId,
    /// Profiles up to this one have entered.
    pub after_profile: Option<ProfileId>,
}

/// Claims one read that is due.
///
/// # Errors
/// Where the database fails.
pub async fn claim_read(tx: &mut Tx, now: Timestamp) -> Result<Option<AudienceRead>> {
    let sql = claiming!(
        tx,
        "SELECT journey_version_id, node, audience_id, after_profile FROM audience_read \
         WHERE finished_at IS NULL AND due_at <= $1 ORDER BY due_at, journey_version_id LIMIT 1"
    );
    fetch_optional!(tx, AudienceRead, sql, now)
}

/// How a part of a read ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadProgress {
    /// Profiles up to this one have entered; there may be more.
    UpTo(ProfileId),
    /// Everyone has entered.
    Finished,
    /// It can't be read.
    Failed(String),
}

/// Keeps how far a read has come.
///
/// # Errors
/// Where the database fails.
pub async fn progress_read(tx: &mut Tx, read: &AudienceRead, progress: &ReadProgress) -> Result<()> {
    let now = tx.store().now();
    let (after, finished, error) = match progress {
        ReadProgress::UpTo(profile) => (Some(*profile), None, None),
        ReadProgress::Finished => (read.after_profile, Some(now), None),
        ReadProgress::Failed(why) => (read.after_profile, Some(now), Some(why.as_str())),
    };
    execute!(
        tx,
        "UPDATE audience_read SET after_profile = $1, finished_at = $2, error = $3 \
         WHERE journey_version_id = $4 AND node = $5",
        after,
        finished,
        error,
        read.journey_version_id,
        read.node.as_str(),
    )?;
    if finished.is_none() {
        tx.raise(Topic::Journeys);
    }
    Ok(())
}

/// The stays of a profile, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn of_profile(db: &mut impl Database, profile: ProfileId) -> Result<Vec<Instance>> {
    fetch_all!(
        db,
        Instance,
        "SELECT profile_id, id, journey_id, journey_version_id, node, step, active, wake_at, context, entry_key, \
         entered_at, left_at, left_by FROM instance WHERE profile_id = $1 ORDER BY id DESC LIMIT 100",
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
