//! Server functions of the schemas.

use heliograph_model::schema::Catalogue;
use leptos::prelude::*;

use crate::error::AppError;

/// What is known from the start, and what this install has seen.
#[server]
pub async fn known_fields() -> Result<Catalogue, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, fields};

    crate::session::require(Permission::ManageCollection)?;
    Ok(fields::discovered(&mut expect_context::<Store>().read().await?).await?)
}
