//! Server functions of the settings.

use leptos::prelude::*;

use crate::error::AppError;

/// The name that the install was given; empty where it was given none.
#[server]
pub async fn install_name() -> Result<String, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, settings};

    crate::session::require(Permission::Administer)?;
    let name = settings::install_name(&mut expect_context::<Store>().read().await?).await?;
    Ok(name.unwrap_or_default())
}

/// Names the install; what is empty gives it the product's name again. Returns the name as it is shown.
#[server]
pub async fn name_install(#[server(default)] name: String) -> Result<String, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::audit::{self, Change};
    use heliograph_store::{Store, settings};

    const LONGEST: usize = 40;
    let who = crate::session::require(Permission::Administer)?;
    let name = name.trim();
    if name.chars().count() > LONGEST {
        return Err(AppError::field(
            "name",
            format!("Write a name of at most {LONGEST} characters."),
        ));
    }
    let mut tx = expect_context::<Store>().begin().await?;
    let before = settings::install_name(&mut tx).await?;
    settings::set_install_name(&mut tx, name).await?;
    let change = Change {
        action: "named",
        object_kind: "console",
        object: None,
        name: shown(name),
        detail: serde_json::json!({ "before": before.as_deref().map_or(crate::app::PRODUCT, shown) }),
    };
    audit::record(&mut tx, &who.actor(), change).await?;
    tx.commit().await?;
    Ok(shown(name).to_owned())
}

/// A name as it is shown.
#[cfg(feature = "ssr")]
fn shown(name: &str) -> &str {
    if name.is_empty() {
        crate::app::PRODUCT
    } else {
        name
    }
}
