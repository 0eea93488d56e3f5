//! Letting go what was held: for a credential that works now, or until sending to the app went on.

use heliograph_model::{ids::AppId, time::Timestamp};

use crate::{Database, Result, Topic, Tx};

/// How many deliveries one statement lets go. What is left then is let go when the service next looks, so that nobody waits
/// for a million of them.
const CHUNK: i64 = 2000;

/// What is held for the credential of one app, unless nothing is sent to it.
const OF_APP: &str = "SELECT id FROM delivery WHERE state IN ('queued', 'waiting') AND held = TRUE \
     AND app_id IN (SELECT id FROM app WHERE id = $1 AND stop IS NULL) LIMIT $2";

/// What is held for a credential that is not refused (any more).
const FOR_CREDENTIALS: &str = "SELECT id FROM delivery WHERE state IN ('queued', 'waiting') AND held = TRUE \
     AND app_id IN (SELECT c.app_id FROM credential AS c JOIN app AS a ON a.id = c.app_id \
     WHERE c.probe_at IS NULL AND a.stop IS NULL) LIMIT $1";

/// What is held until sending to its app goes on, where it does.
const FOR_STOPS: &str = "SELECT id FROM delivery WHERE state IN ('queued', 'waiting') AND held = TRUE \
     AND reason IN ('sending_stopped', 'many_not_valid') AND app_id IN (SELECT id FROM app WHERE stop IS NULL) LIMIT $1";

/// When the first of what is held can be let go or tried: at 0 means at once.
const NEXT: &str = "SELECT MIN(at) FROM (SELECT COALESCE(c.probe_at, CAST(0 AS BIGINT)) AS at FROM credential AS c \
     JOIN app AS a ON a.id = c.app_id WHERE a.stop IS NULL AND EXISTS (SELECT 1 FROM delivery AS d \
     WHERE d.state IN ('queued', 'waiting') AND d.held = TRUE AND d.app_id = c.app_id) \
     UNION ALL SELECT CAST(0 AS BIGINT) FROM app AS a WHERE a.stop IS NULL AND EXISTS (SELECT 1 FROM delivery AS d \
     WHERE d.state IN ('queued', 'waiting') AND d.held = TRUE AND d.app_id = a.id \
     AND d.reason IN ('sending_stopped', 'many_not_valid'))) AS held";

/// Makes what a query finds queued again, due now: `let_go!(tx, QUERY, bind, …)?`; how many. Rows that somebody else has in
/// hand are passed over.
macro_rules! let_go {
    ($tx:expr, $query:expr $(, $bind:expr)*) => {{
        type Found = (heliograph_model::ids::DeliveryId,);
        let query = format!("{}{}", $query, $tx.store().engine().passing_over());
        let found: Vec<Found> = fetch_all!($tx, Found, sqlx::AssertSqlSafe(query) $(, $bind)*, CHUNK)?;
        let ids: Vec<_> = found.into_iter().map(|(id,)| id).collect();
        let now = $tx.store().now();
        execute_in!(
            $tx,
            "UPDATE delivery SET due_at = ",
            now,
            ", state = 'queued', reason = NULL, detail = NULL, held = FALSE WHERE id IN ",
            ids
        )
    }};
}

/// Lets go what waits for the app's credential to work: the first of it at once, the rest as [`release_held`] comes to it.
/// Nothing, where nothing is sent to the app.
///
/// # Errors
/// Where the database fails.
pub async fn release(tx: &mut Tx, app: AppId) -> Result<()> {
    if let_go!(tx, OF_APP, app)? > 0 {
        tx.raise(Topic::Deliveries);
    }
    Ok(())
}

/// Lets go some of what is held without a reason (any more): sending to its app goes on, its credential works, or it was
/// put to wait just when another process saw that. How many; [`next_release`] tells whether there is more.
///
/// # Errors
/// Where the database fails.
pub async fn release_held(tx: &mut Tx) -> Result<u64> {
    Ok(let_go!(tx, FOR_CREDENTIALS)? + let_go!(tx, FOR_STOPS)?)
}

/// When the first of what is held can be let go or tried with its credential; none where nothing can.
///
/// # Errors
/// Where the database fails.
pub async fn next_release(db: &mut impl Database) -> Result<Option<Timestamp>> {
    let (at,): (Option<Timestamp>,) = fetch_one!(db, (Option<Timestamp>,), NEXT)?;
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sql::explain, testing::on_each_engine};

    #[tokio::test]
    async fn what_is_not_held_is_not_read() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            for query in [OF_APP, FOR_CREDENTIALS, FOR_STOPS, NEXT] {
                let Some(plan) = explain(&mut tx, query).await else {
                    return;
                };
                for step in plan.iter().filter(|step| step.contains("delivery")) {
                    assert!(
                        step.contains("delivery_pending (app_id=? AND held=?")
                            || step.contains("delivery_held (app_id=?"),
                        "{query}: {plan:?}"
                    );
                }
            }
        })
        .await;
    }
}
