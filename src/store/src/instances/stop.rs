//! Taking people out of journeys that are stopped.
//!
//! The stop itself is a row ([`crate::journeys::stop`]), from which on nobody enters and nobody walks on. Those inside are
//! taken out in transactions of their own, some in each: on SQLite others write in between, and on PostgreSQL no lock is held
//! for long. Each version is a row of `journey_stop` until nobody is in it, so that what ends halfway is gone on with.

use heliograph_model::{
    ids::{AuditId, JourneyVersionId},
    journey::Leaving,
    report::{Figure, Scope},
};
use serde_json::json;

use super::{Instance, claim_inside, save};
use crate::{
    Database, Result, Store, Tx, audit,
    counters::{Counts, Subject},
    reports::{self, Range},
};

/// How many people one transaction takes out; few in tests, so that it takes several.
const PAGE: i64 = if cfg!(test) { 7 } else { 1000 };

/// The versions that are stopped and from which not everyone is taken out, the first stopped first.
///
/// # Errors
/// Where the database fails.
pub async fn stopping(db: &mut impl Database) -> Result<Vec<JourneyVersionId>> {
    let rows: Vec<(JourneyVersionId,)> = fetch_all!(
        db,
        (JourneyVersionId,),
        "SELECT journey_version_id FROM journey_stop ORDER BY audit_id, journey_version_id"
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Takes some people out of a version that is stopped; were there any? Those whom somebody else has in hand are left, and
/// found when this is called again. With the last of the journey, the audit log is told how many they were.
///
/// # Errors
/// Where the database fails; whoever was taken out before stays so.
pub async fn take_out(store: &Store, version: JourneyVersionId) -> Result<bool> {
    let mut tx = store.begin().await?;
    let inside = claim_inside(&mut tx, version, PAGE).await?;
    let found = !inside.is_empty();
    if found {
        let mut counts = Counts::new();
        leave_stopped(&mut tx, inside, &mut counts).await?;
        counts.write(&mut tx).await?;
    } else {
        complete(&mut tx, version).await?;
    }
    tx.commit().await?;
    Ok(found)
}

/// Ends stays that have been claimed, as their journey is stopped.
///
/// # Errors
/// Where the database fails.
pub async fn leave_stopped(tx: &mut Tx, mut stays: Vec<Instance>, counts: &mut Counts) -> Result<()> {
    let now = tx.store().now();
    let how = Leaving::Stopped.as_str();
    for stay in &mut stays {
        stay.active = false;
        stay.left_at = Some(now);
        stay.left_by = Some(how.to_owned());
        let subject = Subject {
            journey: stay.journey_id,
            version: stay.journey_version_id,
            node: stay.node.clone(),
            ..Subject::default()
        };
        counts.add(now, &subject, Figure::Left, how);
    }
    save(tx, &stays).await
}

/// Ends the stop that this version is part of, if nobody is left in any of its versions.
async fn complete(tx: &mut Tx, version: JourneyVersionId) -> Result<()> {
    // Whoever completes it has all of its rows: of two who come at once, the second finds none.
    let rows = format!(
        "SELECT journey_version_id, audit_id FROM journey_stop WHERE audit_id = \
         (SELECT audit_id FROM journey_stop WHERE journey_version_id = $1) ORDER BY journey_version_id{}",
        tx.store().engine().lock()
    );
    let rows: Vec<(JourneyVersionId, AuditId)> = fetch_all!(
        tx,
        (JourneyVersionId, AuditId),
        sqlx::AssertSqlSafe(rows),
        version
    )?;
    let Some((_, entry)) = rows.first().copied() else {
        return Ok(());
    };
    let mut inside = 0;
    for (version, _) in rows {
        let (left,): (bool,) = fetch_one!(
            tx,
            (bool,),
            "SELECT EXISTS (SELECT 1 FROM instance WHERE active AND journey_version_id = $1)",
            version
        )?;
        if left {
            return Ok(());
        }
        inside += taken_out(tx, version).await?;
    }
    audit::complete(tx, entry, &json!({ "inside": inside })).await?;
    execute!(tx, "DELETE FROM journey_stop WHERE audit_id = $1", entry)?;
    Ok(())
}

/// How many were taken out of a version: it is stopped once, so that its counters tell.
async fn taken_out(tx: &mut Tx, version: JourneyVersionId) -> Result<i64> {
    let totals = reports::totals(tx, Scope::JourneyVersion { id: version }, Range::EVER).await?;
    Ok(totals
        .reasons(Figure::Left)
        .iter()
        .filter(|reason| reason.code == Leaving::Stopped.as_str())
        .map(|reason| reason.n)
        .sum())
}
