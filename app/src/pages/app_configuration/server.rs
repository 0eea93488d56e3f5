//! What the server functions of apps have in common.

use std::sync::Arc;

use heliograph_delivery::Sealer;
use heliograph_model::app_config::credential::{AppField, FieldFault};
use heliograph_model::app_config::{CredentialSummary, Platform};
use heliograph_model::ids::AppId;
use heliograph_store::audit::{self, Change};
use heliograph_store::{Store, Tx, apps};
use leptos::prelude::expect_context;

use crate::error::{AppError, FieldError};
use crate::session::CurrentUser;

/// What is wrong, at the field of the form.
pub(crate) fn at_field(fault: FieldFault) -> FieldError {
    let field = match fault.field {
        AppField::Name => "name",
        AppField::App => "app",
        AppField::KeyId => "key_id",
        AppField::TeamId => "team_id",
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

/// Seals a credential and puts it in place of the app's present one.
pub(super) async fn keep(
    who: &CurrentUser,
    id: AppId,
    summary: &CredentialSummary,
    secret: &str,
) -> Result<(), AppError> {
    let sealer = expect_context::<Arc<Sealer>>();
    let mut tx = expect_context::<Store>().begin().await?;
    let app = apps::get(&mut tx, id).await?;
    let fits = matches!(
        (app.platform, summary),
        (Platform::Ios, CredentialSummary::Apns { .. }) | (Platform::Android, CredentialSummary::Fcm { .. })
    );
    if !fits {
        return Err(AppError::invalid(format!(
            "This app is for {}, the credential is not.",
            app.platform.title()
        )));
    }
    let mut failure = None;
    apps::replace_credential(&mut tx, id, summary, |revision| {
        sealer
            .seal(id, revision, secret.as_bytes())
            .unwrap_or_else(|error| {
                failure = Some(error);
                Vec::new()
            })
    })
    .await?;
    // Nothing is committed then, so that the earlier credential stays.
    if let Some(error) = failure {
        return Err(AppError::internal(&error));
    }
    let detail = serde_json::to_value(summary).unwrap_or_default();
    record(&mut tx, who, "replaced the credential of", id, &app.name, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// An error as a sentence of its own.
pub(super) fn sentence(error: &str) -> String {
    let mut letters = error.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
