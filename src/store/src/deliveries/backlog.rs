//! What is waiting to be sent, by app and reason, and having it tried at once.

use std::collections::HashMap;

use heliograph_model::{
    app_config::Platform,
    delivery::{Backlog, HowMany, Pending},
    ids::{AppId, DeliveryId},
    time::Timestamp,
};

use super::pages::What;
use crate::{Database, Result, Store, Topic, Tx};

/// What waits with one app, or none, and for the same: what has no reason is queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) app: Option<AppId>,
    pub(super) held: bool,
    pub(super) reason: Option<String>,
}

/// The next app after one that something waits with.
const NEXT_APP: &str = "SELECT app_id FROM delivery WHERE state IN ('queued', 'waiting') AND app_id > $1 \
     ORDER BY app_id LIMIT 1";

/// A query over one group, without and with a bound on how much is read: `of_group!("head", "tail", "app", "reason")`.
macro_rules! of_group {
    ($head:literal, $app:literal, $reason:literal, $tail:literal) => {
        concat!(
            $head,
            " FROM delivery WHERE state IN ('queued', 'waiting') AND ",
            $app,
            " AND held = $1 AND ",
            $reason,
            $tail
        )
    };
}

/// The next reason after one for which something waits.
const NEXT_REASON: &str = of_group!(
    "SELECT reason",
    "app_id = $3",
    "reason > $2",
    " ORDER BY reason LIMIT 1"
);
const NEXT_REASON_WITHOUT_APP: &str = of_group!(
    "SELECT reason",
    "app_id IS NULL",
    "reason > $2",
    " ORDER BY reason LIMIT 1"
);

/// How many there are in a group, up to a bound, when the first of these is due, and when the oldest was made: from the
/// index alone, but for the oldest.
macro_rules! counted {
    ($app:literal, $reason:literal) => {
        concat!(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n, MIN(due_at) AS due, (",
            of_group!("SELECT created_at", $app, $reason, " ORDER BY id LIMIT 1"),
            ") AS oldest FROM (",
            of_group!("SELECT due_at", $app, $reason, " ORDER BY id LIMIT $2"),
            ") AS first"
        )
    };
}

const COUNTED: &str = counted!("app_id = $3", "reason = $4");
const COUNTED_QUEUED: &str = counted!("app_id = $3", "reason IS NULL");
const COUNTED_WITHOUT_APP: &str = counted!("app_id IS NULL", "reason = $3");
const COUNTED_QUEUED_WITHOUT_APP: &str = counted!("app_id IS NULL", "reason IS NULL");

/// What is on the wire: never more than the workers can hold.
const SENDING: &str = "SELECT app_id, CAST(COUNT(*) AS BIGINT) AS n, MIN(created_at) AS oldest FROM delivery \
     WHERE state = 'sending' GROUP BY app_id";

/// The groups of what waits with one app, or with all and with none. The index is leapt through from group to group,
/// however many deliveries there are.
pub(super) async fn groups(db: &mut impl Database, only: Option<AppId>) -> Result<Vec<Group>> {
    let mut apps = vec![only];
    if only.is_none() {
        let mut after = AppId(uuid::Uuid::nil());
        while let Some((next,)) = fetch_optional!(db, (AppId,), NEXT_APP, after)? {
            apps.push(Some(next));
            after = next;
        }
    }
    let mut groups = Vec::new();
    for app in apps {
        for held in [false, true] {
            groups.push(Group {
                app,
                held,
                reason: None,
            });
            let mut after = String::new();
            loop {
                let next: Option<(String,)> = match app {
                    Some(app) => fetch_optional!(db, (String,), NEXT_REASON, held, after.as_str(), app)?,
                    None => fetch_optional!(db, (String,), NEXT_REASON_WITHOUT_APP, held, after.as_str())?,
                };
                let Some((reason,)) = next else { break };
                after.clone_from(&reason);
                groups.push(Group {
                    app,
                    held,
                    reason: Some(reason),
                });
            }
        }
    }
    Ok(groups)
}

#[derive(Debug, sqlx::FromRow)]
struct Counted {
    n: i64,
    due: Option<Timestamp>,
    oldest: Option<Timestamp>,
}

/// Counts a group, no further than one above the bound.
async fn count(db: &mut impl Database, group: &Group, bound: u64) -> Result<Counted> {
    let Group { app, held, reason } = group;
    let most = i64::try_from(bound.saturating_add(1)).unwrap_or(i64::MAX);
    match (app, reason.as_deref()) {
        (Some(app), Some(reason)) => fetch_one!(db, Counted, COUNTED, *held, most, *app, reason),
        (Some(app), None) => fetch_one!(db, Counted, COUNTED_QUEUED, *held, most, *app),
        (None, Some(reason)) => fetch_one!(db, Counted, COUNTED_WITHOUT_APP, *held, most, reason),
        (None, None) => fetch_one!(db, Counted, COUNTED_QUEUED_WITHOUT_APP, *held, most),
    }
}

/// An app, as far as the queue shows it.
#[derive(Debug, sqlx::FromRow)]
struct AppRow {
    id: AppId,
    name: String,
    platform: String,
    probe_at: Option<Timestamp>,
    stop_until: Option<Timestamp>,
}

/// What is waiting to be sent: one group for each app and what its deliveries wait for, by the app's name. Apps that are
/// gone come last. Of a large group no more than [`Backlog::COUNTED`] are counted.
///
/// # Errors
/// Where the database fails.
pub async fn backlog(db: &mut impl Database) -> Result<Vec<Backlog>> {
    bounded(db, Backlog::COUNTED).await
}

/// The same, with as many counted of each group.
pub(super) async fn bounded(db: &mut impl Database, bound: u64) -> Result<Vec<Backlog>> {
    let apps: Vec<AppRow> = fetch_all!(
        db,
        AppRow,
        "SELECT a.id, a.name, a.platform, c.probe_at, a.stop_until FROM app AS a \
         LEFT JOIN credential AS c ON c.app_id = a.id"
    )?;
    let apps: HashMap<AppId, AppRow> = apps.into_iter().map(|app| (app.id, app)).collect();
    let mut found = Vec::new();
    for group in groups(db, None).await? {
        let counted = count(db, &group, bound).await?;
        let Some(oldest) = counted.oldest.filter(|_| counted.n > 0) else {
            continue;
        };
        let app = group.app.and_then(|app| apps.get(&app));
        let pending = match group.reason {
            None => Pending::Queued,
            Some(reason) if group.held => Pending::Held(reason),
            Some(reason) => Pending::Waiting(reason),
        };
        // What is held is due when its time to live ends; it is tried when its credential is, or sending goes on.
        let next = match &pending {
            Pending::Held(_) if pending.is_stopped() => app.and_then(|app| app.stop_until),
            Pending::Held(_) => app.and_then(|app| app.probe_at),
            _ => counted.due,
        };
        found.push(Backlog {
            app: group.app,
            app_name: app.map(|app| app.name.clone()),
            platform: app.and_then(|app| Platform::parse(&app.platform)),
            pending,
            count: HowMany::bounded(u64::try_from(counted.n).unwrap_or_default(), bound),
            oldest,
            next,
        });
    }
    let sending: Vec<(Option<AppId>, i64, Timestamp)> =
        fetch_all!(db, (Option<AppId>, i64, Timestamp), SENDING)?;
    for (id, n, oldest) in sending {
        let app = id.and_then(|app| apps.get(&app));
        found.push(Backlog {
            app: id,
            app_name: app.map(|app| app.name.clone()),
            platform: app.and_then(|app| Platform::parse(&app.platform)),
            pending: Pending::Sending,
            count: HowMany::Exactly(u64::try_from(n).unwrap_or_default()),
            oldest,
            next: None,
        });
    }
    found.sort_by_cached_key(|group| {
        let name = group.app_name.as_ref().map(|name| name.to_lowercase());
        let platform = group.platform.map(Platform::as_str);
        (name.is_none(), name, platform, group.app, group.pending.clone())
    });
    Ok(found)
}

/// Has what waits for this be tried now, for an app or for none; how many wait no longer, or hang on the try.
///
/// What waits for its next try is due now, in a transaction of its own for each few thousand. What is held for the credential
/// stays so: the credential's next try is due now, one delivery makes it, and where it works the rest follow. What is queued,
/// sent, or has no credential is left as it is.
///
/// # Errors
/// Where the database fails; what is due by then stays so.
pub async fn retry_now(store: &Store, app: Option<AppId>, pending: &Pending) -> Result<u64> {
    match pending {
        Pending::Queued | Pending::Sending => Ok(0),
        Pending::Waiting(reason) => {
            let group = Group {
                app,
                held: false,
                reason: Some(reason.clone()),
            };
            let mut forward = BringForward::new(store, &group);
            let mut brought = 0;
            while let Some(some) = forward.some(store).await? {
                brought += some;
            }
            Ok(brought)
        }
        Pending::Held(reason) => {
            let mut tx = store.begin().await?;
            let tried = probe_now(&mut tx, app, reason).await?;
            if tried > 0 {
                tx.raise(Topic::Deliveries);
            }
            tx.commit().await?;
            Ok(tried)
        }
    }
}

/// Makes due now what is not due yet, some at a time. Each comes up once, though it may soon wait again.
pub(super) struct BringForward<'a> {
    group: &'a Group,
    now: Timestamp,
    after: DeliveryId,
    before: DeliveryId,
}

impl<'a> BringForward<'a> {
    pub(super) fn new(store: &Store, group: &'a Group) -> Self {
        Self {
            group,
            now: store.now(),
            after: DeliveryId(uuid::Uuid::nil()),
            before: DeliveryId::new(store.ids()),
        }
    }

    /// The next of them, in a transaction; how many, and none where there are no more.
    pub(super) async fn some(&mut self, store: &Store) -> Result<Option<u64>> {
        let mut tx = store.begin().await?;
        let later = What::Later(self.group, self.now);
        let found = later.claim_next(&mut tx, self.after, self.before).await?;
        let Some((_, last)) = found.last() else {
            tx.rollback().await?;
            return Ok(None);
        };
        self.after = *last;
        let ids: Vec<DeliveryId> = found.into_iter().map(|(_, id)| id).collect();
        let brought = execute_in!(
            &mut tx,
            "UPDATE delivery SET due_at = ",
            self.now,
            " WHERE id IN ",
            ids
        )?;
        tx.raise(Topic::Deliveries);
        tx.commit().await?;
        Ok(Some(brought))
    }
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
    use crate::{sql::explain, testing::on_each_engine};

    #[tokio::test]
    async fn what_has_ended_is_not_read_and_what_waits_is_counted_from_its_index_alone() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            for query in [
                NEXT_APP,
                NEXT_REASON,
                NEXT_REASON_WITHOUT_APP,
                COUNTED,
                COUNTED_QUEUED,
                COUNTED_WITHOUT_APP,
                COUNTED_QUEUED_WITHOUT_APP,
                SENDING,
            ] {
                let Some(plan) = explain(&mut tx, query).await else {
                    return;
                };
                let reads: Vec<&String> = plan
                    .iter()
                    .filter(|step| step.split(' ').nth(1) == Some("delivery"))
                    .collect();
                assert!(!reads.is_empty());
                for step in reads {
                    assert!(
                        step.contains("delivery_pending")
                            || step.contains("delivery_due")
                            || step.contains("delivery_lease"),
                        "{query}: {step}"
                    );
                }
                if query.starts_with("SELECT CAST") {
                    assert!(
                        plan.iter()
                            .any(|step| step.contains("COVERING INDEX delivery_pending")),
                        "{query}: {plan:?}"
                    );
                }
            }
        })
        .await;
    }
}
