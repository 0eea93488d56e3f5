//! Server functions that stop what is sent to an app, and go on.

use heliograph_model::ids::AppId;
use leptos::prelude::*;

use crate::error::AppError;

/// Stops sending to an app: what is queued waits, and so does what comes.
#[server]
pub async fn stop_sending(app: AppId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, apps, deliveries};

    use crate::pages::app_configuration::record;

    let who = crate::session::require(Permission::Administer)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let name = apps::get(&mut tx, app).await?.name;
    if deliveries::stop_app(&mut tx, app, &who.name).await? {
        record(
            &mut tx,
            &who,
            "stopped sending to",
            app,
            &name,
            serde_json::json!({}),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Goes on sending to an app; what waited goes out.
#[server]
pub async fn send_again(app: AppId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, apps, deliveries};

    use crate::pages::app_configuration::record;

    let who = crate::session::require(Permission::Administer)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let name = apps::get(&mut tx, app).await?.name;
    if deliveries::send_again(&mut tx, app).await? {
        record(
            &mut tx,
            &who,
            "went on sending to",
            app,
            &name,
            serde_json::json!({}),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Keeps all that waits for an app back for good; how many pushes will not be sent.
#[server]
pub async fn drop_queued(app: AppId) -> Result<u64, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, apps, deliveries};

    use crate::pages::app_configuration::record;

    let who = crate::session::require(Permission::Administer)?;
    let store = expect_context::<Store>();
    let name = apps::get(&mut store.read().await?, app).await?.name;
    let dropped = deliveries::drop_of_app(&store, app).await?;
    if dropped > 0 {
        let mut tx = store.begin().await?;
        let detail = serde_json::json!({ "pushes": dropped });
        record(&mut tx, &who, "dropped the queue of", app, &name, detail).await?;
        tx.commit().await?;
    }
    Ok(dropped)
}
