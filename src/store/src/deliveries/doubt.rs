//! The mass-retire guard: where many addresses of an app are called not valid at once, it is a setting that is wrong and not
//! the addresses. So what follows from such an answer is put off until what came back in the minute after it is known.
//!
//! What came back is counted in the database, so that all processes judge by the same figures. Once more than
//! [`FEW`] and more than one in [`ONE_IN`] of the last minute's answers call the address not valid, nothing is sent to the
//! app for a while, and none of those addresses is suspected or retired.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    time::Duration,
};

use heliograph_model::{
    ids::{AppId, DeviceId},
    time::Timestamp,
};

use super::{
    app_stop::stop_doubted,
    settle::{DeviceChange, End, Settlement},
};
use crate::{Database, Result, Tx};

/// For how long answers are counted together, before and after one that is judged.
pub const SPAN: Duration = Duration::from_secs(60);
/// How fine answers are counted.
const GRAIN: Duration = Duration::from_secs(5);
/// So many refusals may be chance, whatever their share is.
const FEW: i64 = 20;
/// The share of all answers that may be chance: one in so many.
const ONE_IN: i64 = 20;
/// How many addresses are judged in one transaction.
const CHUNK: i64 = 500;
/// When counted answers are of no use any more.
const FORGOTTEN: Duration = Duration::from_secs(10 * 60);

/// What came back for one app.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
struct Answers {
    answers: i64,
    not_valid: i64,
}

impl Answers {
    /// Are so many refused that the addresses can't be the cause?
    const fn are_doubtful(self) -> bool {
        self.not_valid > FEW && self.not_valid.saturating_mul(ONE_IN) > self.answers
    }
}

/// An address that was called not valid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Doubt {
    app: AppId,
    device: DeviceId,
    at: Timestamp,
    reason: &'static str,
}

/// Notes which addresses were called not valid. It comes before anything is written to devices, as in [`judge`].
pub(super) async fn note(tx: &mut Tx, ours: &[(&Settlement, Option<AppId>)]) -> Result<()> {
    let mut doubts: Vec<Doubt> = ours
        .iter()
        .filter_map(|(settlement, app)| match settlement.device {
            Some((device, DeviceChange::NotValid)) => Some(Doubt {
                app: (*app)?,
                device,
                at: settlement.at,
                reason: settlement.end.reason(),
            }),
            _ => None,
        })
        .collect();
    // Always in the same order, so that two transactions never wait for each other crosswise.
    doubts.sort_unstable();
    doubts.dedup_by_key(|doubt| (doubt.app, doubt.device));
    insert_all!(
        tx,
        "INSERT INTO address_doubt (app_id, device_id, at, reason) ",
        4,
        doubts,
        |doubt| [doubt.app, doubt.device, doubt.at, doubt.reason],
        " ON CONFLICT (app_id, device_id) DO NOTHING"
    )?;
    Ok(())
}

/// Counts what came back, and stops sending to an app where it can't be its addresses that are wrong.
pub(super) async fn weigh(tx: &mut Tx, ours: &[(&Settlement, Option<AppId>)]) -> Result<()> {
    let mut came: BTreeMap<AppId, Answers> = BTreeMap::new();
    for (settlement, app) in ours {
        let answered = matches!(settlement.end, End::Accepted { .. } | End::Failed { .. });
        if let (true, true, Some(app)) = (answered, settlement.sent_at.is_some(), app) {
            let came = came.entry(*app).or_default();
            came.answers += 1;
            came.not_valid += i64::from(matches!(settlement.device, Some((_, DeviceChange::NotValid))));
        }
    }
    let now = tx.store().now();
    let (grain, shard) = (floor(now), tx.store().shard());
    for (app, came) in &came {
        execute!(
            tx,
            "INSERT INTO app_answer (app_id, at, shard, answers, not_valid) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (app_id, at, shard) DO UPDATE SET answers = app_answer.answers + excluded.answers, \
             not_valid = app_answer.not_valid + excluded.not_valid",
            *app,
            grain,
            shard,
            came.answers,
            came.not_valid
        )?;
    }
    for (app, _) in came.iter().filter(|(_, came)| came.not_valid > 0) {
        let came = came_between(tx, *app, now - SPAN, now).await?;
        stop_where_doubtful(tx, *app, came).await?;
    }
    Ok(())
}

const fn floor(at: Timestamp) -> Timestamp {
    let grain = GRAIN.as_millis() as i64;
    Timestamp::from_millis(at.as_millis() - at.as_millis().rem_euclid(grain))
}

/// What came back for an app in a time.
async fn came_between(tx: &mut Tx, app: AppId, from: Timestamp, to: Timestamp) -> Result<Answers> {
    fetch_one!(
        tx,
        Answers,
        "SELECT CAST(COALESCE(SUM(answers), 0) AS BIGINT) AS answers, \
         CAST(COALESCE(SUM(not_valid), 0) AS BIGINT) AS not_valid FROM app_answer \
         WHERE app_id = $1 AND at >= $2 AND at <= $3",
        app,
        from,
        to
    )
}

/// Stops sending to the app where what came back can't be its addresses' fault.
async fn stop_where_doubtful(tx: &mut Tx, app: AppId, came: Answers) -> Result<()> {
    if !came.are_doubtful() {
        return Ok(());
    }
    let of = |count: i64| u64::try_from(count).unwrap_or_default();
    if stop_doubted(tx, app, of(came.not_valid), of(came.answers)).await? {
        tracing::error!(
            %app,
            not_valid = came.not_valid,
            answers = came.answers,
            "many push tokens of this app are called not valid at once: no device is retired for it, and nothing more is \
             sent to the app until somebody has looked at its credential"
        );
    }
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    app_id: AppId,
    device_id: DeviceId,
    at: Timestamp,
    reason: String,
}

/// Judges addresses that were called not valid a minute ago: where they are believed, one is suspected the first time and
/// retired the second, unless it was accepted or registered again since. How many were judged.
///
/// # Errors
/// Where the database fails.
pub async fn judge(tx: &mut Tx) -> Result<usize> {
    let now = tx.store().now();
    let due = claiming!(
        tx,
        "SELECT app_id, device_id, at, reason FROM address_doubt WHERE at <= $1 ORDER BY at LIMIT $2"
    );
    let mut rows: Vec<Row> = fetch_all!(tx, Row, due, now - SPAN, CHUNK)?;
    // Always in the same order, so that two transactions never wait for each other crosswise.
    rows.sort_unstable_by_key(|row| (row.app_id, row.device_id));
    // By app and time, to the grain in which answers are counted.
    let mut after: BTreeMap<(AppId, Timestamp), Answers> = BTreeMap::new();
    let mut doubted: BTreeMap<AppId, Option<Timestamp>> = BTreeMap::new();
    for row in &rows {
        let (app, from) = (row.app_id, floor(row.at));
        if let Entry::Vacant(unknown) = after.entry((app, from)) {
            unknown.insert(came_between(tx, app, from, from + SPAN).await?);
        }
        if let Entry::Vacant(unknown) = doubted.entry(app) {
            unknown.insert(doubted_at(tx, app).await?);
        }
    }
    for row in &rows {
        let came = after
            .get(&(row.app_id, floor(row.at)))
            .copied()
            .unwrap_or_default();
        let stopped = doubted.get(&row.app_id).copied().flatten();
        if !came.are_doubtful() && stopped.is_none_or(|stopped| stopped < row.at - SPAN) {
            believe(tx, row).await?;
        }
        execute!(
            tx,
            "DELETE FROM address_doubt WHERE app_id = $1 AND device_id = $2",
            row.app_id,
            row.device_id
        )?;
    }
    // The app after its devices, as where answers are counted. Two processes may each have seen half of what came.
    for ((app, _), came) in after {
        stop_where_doubtful(tx, app, came).await?;
    }
    Ok(rows.len())
}

/// When the app was last stopped for its addresses.
async fn doubted_at(tx: &mut Tx, app: AppId) -> Result<Option<Timestamp>> {
    let found: Option<(Option<Timestamp>,)> = fetch_optional!(
        tx,
        (Option<Timestamp>,),
        "SELECT doubted_at FROM app WHERE id = $1",
        app
    )?;
    Ok(found.and_then(|(doubted,)| doubted))
}

async fn believe(tx: &mut Tx, row: &Row) -> Result<()> {
    let retired = execute!(
        tx,
        "UPDATE device SET status = 'retired', status_reason = $3, status_at = $2 WHERE id = $1 AND status = 'active' \
         AND registered_at <= $2 AND suspected_at < $2 AND (accepted_at IS NULL OR accepted_at < $2)",
        row.device_id,
        row.at,
        row.reason.as_str()
    )?;
    if retired == 0 {
        execute!(
            tx,
            "UPDATE device SET suspected_at = $2 WHERE id = $1 AND status = 'active' AND registered_at <= $2 \
             AND suspected_at IS NULL AND (accepted_at IS NULL OR accepted_at < $2)",
            row.device_id,
            row.at
        )?;
    }
    Ok(())
}

/// When the next address is to be judged; none where there is none.
///
/// # Errors
/// Where the database fails.
pub async fn next_judgement(db: &mut impl Database) -> Result<Option<Timestamp>> {
    let (at,): (Option<Timestamp>,) =
        fetch_one!(db, (Option<Timestamp>,), "SELECT MIN(at) FROM address_doubt")?;
    Ok(at.map(|at| at + SPAN))
}

/// Removes counted answers that are of no use any more; how many rows.
///
/// # Errors
/// Where the database fails.
pub async fn forget_answers(tx: &mut Tx) -> Result<u64> {
    let old = tx.store().now() - FORGOTTEN;
    execute!(tx, "DELETE FROM app_answer WHERE at < $1", old)
}
