//! What the server functions of apps have in common.

use std::sync::Arc;

use heliograph_delivery::{Error, Sealer, Upload, UploadFault};
use heliograph_model::app_config::Platform;
use heliograph_model::app_config::credential::{AppField, FieldFault};
use heliograph_model::ids::AppId;
use heliograph_store::audit::{self, Change};
use heliograph_store::{Store, Tx, apps};
use leptos::prelude::expect_context;

use super::key_file;
use crate::error::{AppError, FieldError};
use crate::session::CurrentUser;

/// What is wrong, at the field of the form.
pub(crate) fn at_field(fault: FieldFault) -> FieldError {
    let field = match fault.field {
        AppField::Name => "name",
        AppField::App => "app",
        AppField::KeyId => "key_id",
        AppField::TeamId => "team_id",
        AppField::GoogleQuota => "google_quota",
    };
    FieldError::new(field, fault.message)
}

/// Says at the field that the app is registered already, where that is what the store refused.
pub(crate) fn taken(error: heliograph_store::Error, platform: Platform) -> AppError {
    if apps::is_taken(&error) {
        let what = match platform {
            Platform::Ios => "This bundle id",
            Platform::Android => "This package name",
        };
        AppError::field(
            "app",
            format!("{what} is registered already. Open that app configuration and change it there."),
        )
    } else {
        error.into()
    }
}

/// Writes a change of an app to the audit log. `detail` never has a secret.
pub(crate) async fn record(
    tx: &mut Tx,
    who: &CurrentUser,
    action: &str,
    id: AppId,
    name: &str,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let change = Change {
        action,
        object_kind: "app configuration",
        object: Some(id.0),
        name,
        detail,
    };
    Ok(audit::record(tx, &who.actor(), change).await?)
}

/// Puts a credential in place of the app's present one, sealed; says at the field what is wrong with it.
pub(super) async fn keep(who: &CurrentUser, id: AppId, upload: &Upload) -> Result<(), AppError> {
    let (Upload::Apns { file, .. } | Upload::Fcm { file }) = upload;
    if let Some(message) = key_file::too_large(file.len()) {
        return Err(AppError::field(key_file::FIELD, message));
    }
    let sealer = expect_context::<Arc<Sealer>>();
    let mut tx = expect_context::<Store>().begin().await?;
    let summary = match upload.keep(&mut tx, &sealer, id).await {
        Ok(Ok(summary)) => summary,
        Ok(Err(UploadFault::Field(fault))) => return Err(AppError::fields(vec![at_field(fault)])),
        Ok(Err(fault)) => return Err(AppError::field(key_file::FIELD, fault.to_string())),
        Err(Error::Store(error)) => return Err(error.into()),
        Err(error) => return Err(AppError::internal(&error)),
    };
    let name = apps::get(&mut tx, id).await?.name;
    let detail = serde_json::to_value(&summary).unwrap_or_default();
    record(&mut tx, who, "replaced the credential of", id, &name, detail).await?;
    tx.commit().await?;
    Ok(())
}
