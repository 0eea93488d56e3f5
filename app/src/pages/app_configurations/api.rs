//! Server functions of the list of apps.

use heliograph_model::app_config::{AppConfiguration, PayloadStyle, Platform};
use leptos::prelude::*;

use crate::error::AppError;

/// Every app configuration, by name.
#[server]
pub async fn list() -> Result<Vec<AppConfiguration>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, apps};

    crate::session::require(Permission::ManageApps)?;
    Ok(apps::list(&mut expect_context::<Store>().read().await?).await?)
}

/// Registers an app, and leads to its page, where its credential is uploaded.
#[server]
pub async fn register_app(
    /// Its operating system.
    platform: Platform,
    /// What people call it.
    name: String,
    /// Its bundle id or package name.
    app: String,
    /// How its payloads are written.
    style: PayloadStyle,
) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::app_config::credential::{check_app, check_name};
    use heliograph_store::{Store, apps};

    use crate::pages::app_configuration::{at_field, record, taken};

    let who = crate::session::require(Permission::ManageApps)?;
    let faults: Vec<_> = [check_name(&name).err(), check_app(platform, &app).err()]
        .into_iter()
        .flatten()
        .map(at_field)
        .collect();
    if !faults.is_empty() {
        return Err(AppError::fields(faults));
    }
    let new = apps::NewApp {
        name: name.trim(),
        platform,
        app: app.trim(),
        style,
    };
    let mut tx = expect_context::<Store>().begin().await?;
    let id = apps::create(&mut tx, &new)
        .await
        .map_err(|error| taken(error, platform))?;
    let detail =
        serde_json::json!({ "platform": platform.as_str(), "app": new.app, "style": style.as_str() });
    record(&mut tx, &who, "created", id, new.name, detail).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/app-configurations/{id}"));
    Ok(())
}
