//! Stopping all that is sent to an app, and going on.
//!
//! A stop is kept with the app. A delivery that is claimed meanwhile is put to wait, as it is for a credential that is
//! refused; when sending goes on, [`super::release_held`] lets it go.

use heliograph_model::{
    app_config::{Stop, WhyStopped},
    ids::AppId,
    time::Timestamp,
};
use sqlx::types::Json;

use crate::{Database, Result, Topic, Tx};

/// Stops sending to an app at once, on a person's word; whether that is news. It takes the place of a stop that would have
/// ended by itself. What is queued waits, and so does what comes.
///
/// # Errors
/// [`crate::Error::NotFound`] where there is no such app.
pub async fn stop_app(tx: &mut Tx, app: AppId, name: &str) -> Result<bool> {
    let stop = Stop {
        since: tx.store().now(),
        why: WhyStopped::Person {
            name: name.to_owned(),
        },
    };
    let stopped = execute!(
        tx,
        "UPDATE app SET stop = $2, stop_until = NULL WHERE id = $1 AND (stop IS NULL OR stop_until IS NOT NULL)",
        app,
        Json(&stop)
    )?;
    if stopped == 0 {
        crate::apps::get(tx, app).await?;
    }
    tx.raise(Topic::Deliveries);
    Ok(stopped > 0)
}

/// Stops sending to an app because too many of its addresses were called not valid, unless it is stopped already; whether
/// it was not.
pub(super) async fn stop_doubted(tx: &mut Tx, app: AppId, refused: u64, answers: u64) -> Result<bool> {
    /// For how long it is stopped, where nobody says otherwise.
    const PAUSE: std::time::Duration = std::time::Duration::from_secs(60 * 60);

    let now = tx.store().now();
    let until = now + PAUSE;
    let stop = Stop {
        since: now,
        why: WhyStopped::ManyNotValid {
            refused,
            answers,
            until,
        },
    };
    execute!(tx, "UPDATE app SET doubted_at = $2 WHERE id = $1", app, now)?;
    let stopped = execute!(
        tx,
        "UPDATE app SET stop = $2, stop_until = $3 WHERE id = $1 AND stop IS NULL",
        app,
        Json(&stop),
        until
    )?;
    tx.raise(Topic::Deliveries);
    Ok(stopped > 0)
}

/// Goes on sending to an app; whether it was stopped. What waited is let go bit by bit, and addresses are judged by what
/// comes back from now on.
///
/// # Errors
/// Where the database fails.
pub async fn send_again(tx: &mut Tx, app: AppId) -> Result<bool> {
    // Before the app, as where answers are counted.
    execute!(tx, "DELETE FROM app_answer WHERE app_id = $1", app)?;
    let ended = execute!(
        tx,
        "UPDATE app SET stop = NULL, stop_until = NULL WHERE id = $1 AND stop IS NOT NULL",
        app
    )?;
    tx.raise(Topic::Deliveries);
    Ok(ended > 0)
}

/// Ends a stop whose time is over; of which app, if there is one. One in each transaction, since two would take their locks
/// crosswise to those of the answers that are counted.
///
/// # Errors
/// Where the database fails.
pub async fn end_stop(tx: &mut Tx) -> Result<Option<AppId>> {
    let now = tx.store().now();
    let over: Option<(AppId,)> = fetch_optional!(
        tx,
        (AppId,),
        "SELECT id FROM app WHERE stop_until <= $1 ORDER BY stop_until, id LIMIT 1",
        now
    )?;
    Ok(match over {
        Some((app,)) if send_again(tx, app).await? => Some(app),
        _ => None,
    })
}

/// The apps that nothing is sent to, and why.
///
/// # Errors
/// Where the database fails.
pub async fn stops(db: &mut impl Database) -> Result<Vec<(AppId, Stop)>> {
    let rows: Vec<(AppId, Json<Stop>)> = fetch_all!(
        db,
        (AppId, Json<Stop>),
        "SELECT id, stop FROM app WHERE stop IS NOT NULL ORDER BY id"
    )?;
    Ok(rows.into_iter().map(|(app, Json(stop))| (app, stop)).collect())
}

/// When the first stop ends by itself.
///
/// # Errors
/// Where the database fails.
pub async fn next_end(db: &mut impl Database) -> Result<Option<Timestamp>> {
    let (until,): (Option<Timestamp>,) =
        fetch_one!(db, (Option<Timestamp>,), "SELECT MIN(stop_until) FROM app")?;
    Ok(until)
}
