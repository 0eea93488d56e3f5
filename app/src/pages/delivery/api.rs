//! Server functions of one delivery.

use heliograph_model::delivery::DeliveryStory;
use leptos::prelude::*;

use crate::error::AppError;

/// One delivery with all that happened to it.
#[server]
pub async fn load(id: String) -> Result<DeliveryStory, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::ids::DeliveryId;
    use heliograph_store::{Store, deliveries};

    crate::session::require(Permission::ViewProfiles)?;
    let gone = || AppError::NotFound {
        what: "This delivery".to_owned(),
    };
    let id = id.parse::<DeliveryId>().map_err(|_| gone())?;
    let mut conn = expect_context::<Store>().read().await?;
    deliveries::get(&mut conn, id).await?.ok_or_else(gone)
}
