//! Server functions of one delivery.

use heliograph_model::delivery::{Ahead, DeliveryStory};
use heliograph_model::payload::ExplainedText;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// One delivery, and why its texts are what they are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliveryView {
    /// When it was looked at.
    pub at: Timestamp,
    /// All that happened to it.
    pub story: DeliveryStory,
    /// What goes out before it, where it is due.
    pub ahead: Vec<Ahead>,
    /// The headers that Apple was sent with it, one a line, as far as they are known; none where it did not go to Apple.
    pub headers: Option<String>,
    /// How its texts come about for the profile as it is now; none where something that this takes is gone.
    pub why: Option<Vec<ExplainedText>>,
}

/// One delivery with all that happened to it.
#[server]
pub async fn load(id: String) -> Result<DeliveryView, AppError> {
    use heliograph_delivery::apple_headers;
    use heliograph_model::access::Permission;
    use heliograph_model::app_config::Platform;
    use heliograph_model::ids::DeliveryId;
    use heliograph_store::{Store, deliveries};

    crate::session::require(Permission::ViewProfiles)?;
    let gone = || AppError::NotFound {
        what: "This delivery".to_owned(),
    };
    let id = id.parse::<DeliveryId>().map_err(|_| gone())?;
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let story = deliveries::get(&mut conn, id).await?.ok_or_else(gone)?;
    let at = store.now();
    let ahead = deliveries::ahead(&mut conn, &story.delivery, at).await?;
    let content = deliveries::content(&mut conn, &story.delivery).await?;
    let headers = match (story.delivery.platform, &content) {
        (Some(Platform::Ios), Some(content)) => {
            let headers = apple_headers(story.delivery.id, story.delivery.expires_at, content);
            let lines: Vec<String> = headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            Some(lines.join("\n"))
        }
        _ => None,
    };
    let why = match content {
        Some(content) => heliograph_delivery::explain(&mut conn, &story, content, at).await?,
        None => None,
    };
    Ok(DeliveryView {
        at,
        story,
        ahead,
        headers,
        why,
    })
}
