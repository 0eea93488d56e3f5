//! What is waiting to be sent, by app and reason, and having it tried at once.

use heliograph_model::{
    app_config::Platform,
    delivery::{Backlog, Pending, State},
    ids::AppId,
    time::Timestamp,
};

use crate::{Database, Result, Topic, Tx};

/// All that has not ended, in groups. A branch for each of the two partial indexes, so that what has ended is not read.
/// What is held is due when its time to live ends; it is tried when its credential is.
const BACKLOG: &str = "SELECT b.app_id, a.name, a.platform, b.state, b.held, b.reason, b.n, b.oldest, \
     CASE WHEN b.held THEN c.probe_at WHEN b.state = 'sending' THEN NULL ELSE b.due END AS next \
     FROM (SELECT app_id, state, held, reason, COUNT(*) AS n, MIN(created_at) AS oldest, MIN(due_at) AS due \
     FROM delivery WHERE state IN ('queued', 'waiting') GROUP BY app_id, state, held, reason \
     UNION ALL SELECT app_id, state, FALSE AS held, NULL AS reason, COUNT(*) AS n, MIN(created_at) AS oldest, \
     MIN(due_at) AS due FROM delivery WHERE state = 'sending' GROUP BY app_id, state) AS b \
     LEFT JOIN app AS a ON a.id = b.app_id LEFT JOIN credential AS c ON c.app_id = b.app_id \
     ORDER BY CASE WHEN a.id IS NULL THEN 1 ELSE 0 END, LOWER(a.name), a.platform, b.app_id, b.state, b.held, b.reason";

/// Brings forward what is not due yet. The range of `due_at` lets it read no more than that.
const RETRY: &str = "UPDATE delivery SET due_at = $3 WHERE state IN ('queued', 'waiting') AND due_at > $3 \
     AND app_id IS NOT DISTINCT FROM $1 AND reason = $2 AND NOT held";

#[derive(Debug, sqlx::FromRow)]
struct Row {
    app_id: Option<AppId>,
    name: Option<String>,
    platform: Option<String>,
    #[sqlx(try_from = "String")]
    state: State,
    held: bool,
    reason: Option<String>,
    n: i64,
    oldest: Timestamp,
    next: Option<Timestamp>,
}

impl From<Row> for Backlog {
    fn from(row: Row) -> Self {
        let reason = row.reason.unwrap_or_default();
        Self {
            app: row.app_id,
            app_name: row.name,
            platform: row.platform.as_deref().and_then(Platform::parse),
            pending: match row.state {
                State::Sending => Pending::Sending,
                State::Waiting if row.held => Pending::Held(reason),
                State::Waiting => Pending::Waiting(reason),
                _ => Pending::Queued,
            },
            count: u64::try_from(row.n).unwrap_or_default(),
            oldest: row.oldest,
            next: row.next,
        }
    }
}

/// What is waiting to be sent: one group for each app and what its deliveries wait for, by the app's name. Apps that are
/// gone come last.
///
/// # Errors
/// Where the database fails.
pub async fn backlog(db: &mut impl Database) -> Result<Vec<Backlog>> {
    let rows = fetch_all!(db, Row, BACKLOG)?;
    Ok(rows.into_iter().map(Backlog::from).collect())
}

/// Has what waits for this be tried now, for an app or for none; how many wait no longer, or hang on the try.
///
/// What waits for its next try is due now. What is held for the credential stays so: the credential's next try is due now,
/// one delivery makes it, and where it works the rest follow. What is queued, sent, or has no credential is left as it is.
///
/// # Errors
/// Where the database fails.
pub async fn retry_now(tx: &mut Tx, app: Option<AppId>, pending: &Pending) -> Result<u64> {
    let tried = match pending {
        Pending::Queued | Pending::Sending => 0,
        Pending::Waiting(reason) => {
            let now = tx.store().now();
            execute!(tx, RETRY, app, reason.as_str(), now)?
        }
        Pending::Held(reason) => probe_now(tx, app, reason).await?,
    };
    if tried > 0 {
        tx.raise(Topic::Deliveries);
    }
    Ok(tried)
}

/// Makes the next try of the app's credential due; how many deliveries hang on it for this reason.
async fn probe_now(tx: &mut Tx, app: Option<AppId>, reason: &str) -> Result<u64> {
    let now = tx.store().now();
    // One that is not refused has no next try, and must not get one: nobody would take it back. What it still holds is
    // let go when the service next looks.
    execute!(
        tx,
        "UPDATE credential SET probe_at = $2 WHERE app_id = $1 AND probe_at > $2",
        app,
        now
    )?;
    let (held,): (i64,) = fetch_one!(
        tx,
        (i64,),
        "SELECT COUNT(*) FROM delivery AS d JOIN credential AS c ON c.app_id = d.app_id \
         WHERE d.app_id = $1 AND d.held AND d.reason = $2",
        app,
        reason
    )?;
    Ok(u64::try_from(held).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dialect::Engine, testing::on_each_engine};

    #[tokio::test]
    async fn what_has_ended_is_not_read() {
        on_each_engine(|store, _| async move {
            if store.engine() != Engine::Sqlite {
                return;
            }
            for query in [BACKLOG, RETRY] {
                let plan: Vec<(i64, i64, i64, String)> = fetch_all!(
                    &mut store.begin().await.unwrap(),
                    (i64, i64, i64, String),
                    sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}"))
                )
                .unwrap();
                let reads: Vec<&str> = plan
                    .iter()
                    .map(|(.., step)| step.as_str())
                    .filter(|step| step.split(' ').nth(1) == Some("delivery"))
                    .collect();
                assert!(!reads.is_empty());
                for step in reads {
                    assert!(
                        step.contains("delivery_due") || step.contains("delivery_lease"),
                        "{step}"
                    );
                }
            }
        })
        .await;
    }
}
