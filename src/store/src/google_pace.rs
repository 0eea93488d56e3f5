//! How fast Google lets the processes send in a Firebase project.

use std::time::Duration;

use heliograph_model::{app_config::GooglePace, time::Timestamp};
use uuid::Uuid;

use crate::{Database, Result, Tx};

/// How often a process says its pace anew, at the least, while it sends.
pub const AGAIN: Duration = Duration::from_secs(60);
/// After so long a process that says nothing does not send any more.
const SILENT: Duration = Duration::from_secs(2 * 60);
/// When what was said is of no use any more.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// Notes how fast a process may send in a project.
///
/// # Errors
/// Where the database fails.
pub async fn note(tx: &mut Tx, process: Uuid, project: &str, pace: &GooglePace) -> Result<()> {
    let now = tx.store().now();
    let kept = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    execute!(
        tx,
        "INSERT INTO google_pace (project, process, at, per_minute, of_quota, cut_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (project, process) DO UPDATE SET at = excluded.at, per_minute = excluded.per_minute, \
         of_quota = excluded.of_quota, cut_at = excluded.cut_at",
        project,
        process,
        now,
        kept(pace.per_minute),
        kept(pace.of),
        pace.cut_at,
    )?;
    execute!(tx, "DELETE FROM google_pace WHERE at < $1", now - FORGOTTEN)?;
    Ok(())
}

/// How fast all processes together send in a project, as Google lets them; none where none sends.
///
/// # Errors
/// Where the database fails.
pub async fn in_force(db: &mut impl Database, project: &str, now: Timestamp) -> Result<Option<GooglePace>> {
    let (per_minute, of, cut_at): (i64, Option<i64>, Option<Timestamp>) = fetch_one!(
        db,
        (i64, Option<i64>, Option<Timestamp>),
        "SELECT CAST(COALESCE(SUM(per_minute), 0) AS BIGINT), MAX(of_quota), MAX(cut_at) FROM google_pace \
         WHERE project = $1 AND at > $2",
        project,
        now - SILENT
    )?;
    let shown = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok(of.map(|of| GooglePace {
        // Each process begins with the whole quota, and finds its share when Google cuts it.
        per_minute: shown(per_minute.min(of)),
        of: shown(of),
        cut_at,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::on_each_engine;

    #[tokio::test]
    async fn what_processes_may_send_adds_up_until_they_fall_silent() {
        on_each_engine(|store, clock| async move {
            let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
            let pace = |per_minute, cut_at| GooglePace {
                per_minute,
                of: 600_000,
                cut_at,
            };
            let told = async |process, pace: GooglePace| {
                let mut tx = store.begin().await.unwrap();
                note(&mut tx, process, "shop-1", &pace).await.unwrap();
                tx.commit().await.unwrap();
            };
            let now = async |project| {
                let mut db = store.read().await.unwrap();
                in_force(&mut db, project, store.now()).await.unwrap()
            };
            assert_eq!(now("shop-1").await, None);
            told(a, pace(600_000, None)).await;
            told(b, pace(600_000, None)).await;
            assert_eq!(now("shop-1").await, Some(pace(600_000, None)));
            let cut = Some(store.now());
            told(a, pace(240_000, cut)).await;
            told(b, pace(200_000, None)).await;
            assert_eq!(now("shop-1").await, Some(pace(440_000, cut)));
            assert_eq!(now("another").await, None);
            clock.advance(AGAIN);
            told(a, pace(300_000, cut)).await;
            clock.advance(AGAIN);
            assert_eq!(now("shop-1").await, Some(pace(300_000, cut)));
            clock.advance(AGAIN);
            assert_eq!(now("shop-1").await, None);
        })
        .await;
    }
}
