//! The server functions of the queue.

use heliograph_model::app_config::Stop;
use heliograph_model::delivery::{Ahead, Backlog, Pending};
use heliograph_model::ids::AppId;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What is waiting to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueView {
    /// When it was looked at.
    pub at: Timestamp,
    /// A group for each app and what its pushes wait for, by the app's name.
    pub groups: Vec<Backlog>,
    /// What is due now, in the order in which it goes out.
    pub due: Vec<Ahead>,
    /// The apps that nothing is sent to, by name.
    pub stopped: Vec<StoppedApp>,
}

/// An app that nothing is sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedApp {
    /// Which.
    pub app: AppId,
    /// Its name.
    pub name: String,
    /// Why, and since when.
    pub stop: Stop,
}

/// What is waiting to be sent.
#[server]
pub async fn queue() -> Result<QueueView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, apps, deliveries};

    crate::session::require(Permission::Administer)?;
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let stopped = apps::list(&mut conn)
        .await?
        .into_iter()
        .filter_map(|app| {
            Some(StoppedApp {
                app: app.id,
                name: app.name,
                stop: app.stop?,
            })
        })
        .collect();
    let at = store.now();
    Ok(QueueView {
        at,
        due: deliveries::due(&mut conn, at).await?,
        groups: deliveries::backlog(&mut conn).await?,
        stopped,
    })
}

/// Has a group be tried now, or the credential that it waits for; how many pushes that concerns.
#[server]
pub async fn retry_now(
    /// Which app's; none for those that belong to no app.
    app: Option<AppId>,
    /// What they wait for.
    pending: Pending,
) -> Result<u64, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, deliveries};

    let who = crate::session::require(Permission::Administer)?;
    let store = expect_context::<Store>();
    let tried = deliveries::retry_now(&store, app, &pending).await?;
    if tried > 0 {
        let mut tx = store.begin().await?;
        record(&mut tx, &who, "retried", app, &pending, tried).await?;
        tx.commit().await?;
    }
    Ok(tried)
}

/// Keeps a group back for good; how many pushes will not be sent.
#[server]
pub async fn drop_waiting(
    /// Which app's; none for those that belong to no app.
    app: Option<AppId>,
    /// What they wait for.
    pending: Pending,
) -> Result<u64, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, deliveries};

    let who = crate::session::require(Permission::Administer)?;
    let store = expect_context::<Store>();
    let dropped = deliveries::drop_waiting(&store, app, &pending).await?;
    if dropped > 0 {
        let mut tx = store.begin().await?;
        record(&mut tx, &who, "dropped", app, &pending, dropped).await?;
        tx.commit().await?;
    }
    Ok(dropped)
}

/// Writes to the audit log what was done with a group.
#[cfg(feature = "ssr")]
async fn record(
    tx: &mut heliograph_store::Tx,
    who: &crate::session::CurrentUser,
    action: &str,
    app: Option<AppId>,
    pending: &Pending,
    pushes: u64,
) -> Result<(), AppError> {
    use heliograph_store::apps;
    use heliograph_store::audit::{self, Change};

    let known = apps::load(tx, app.as_slice()).await?;
    let change = Change {
        action,
        object_kind: "queue",
        object: app.map(|app| app.0),
        name: known.first().map_or(super::NO_APP, |app| app.name.as_str()),
        detail: serde_json::json!({ "pushes": pushes, "waiting for": pending.in_words().0 }),
    };
    Ok(audit::record(tx, &who.actor(), change).await?)
}
