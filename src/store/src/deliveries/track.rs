//! What the person did with a push, as the app tells.

use heliograph_model::{delivery::Interaction, ids::DeliveryId, report::Figure, time::Timestamp};
use serde_json::json;

use super::{Delivery, select, send::write_hops};
use crate::{Result, Tx, counters::Counts};

/// Keeps what the person did: once for each kind, however often it is told. The delivery; none where there is no such one.
///
/// # Errors
/// Where the database fails.
pub async fn interacted(
    tx: &mut Tx,
    id: DeliveryId,
    interaction: &Interaction,
    at: Timestamp,
    counts: &mut Counts,
) -> Result<Option<Delivery>> {
    let Some(delivery) = fetch_optional!(tx, Delivery, select!("WHERE id = $1"), id)? else {
        return Ok(None);
    };
    match interaction {
        Interaction::Displayed => {
            note(tx, &delivery, Figure::Displayed, "", at, counts).await?;
        }
        Interaction::Opened => {
            note(tx, &delivery, Figure::Opened, "", at, counts).await?;
        }
        Interaction::Clicked { button, opened } => {
            note(tx, &delivery, Figure::Clicked, button, at, counts).await?;
            if *opened {
                note(tx, &delivery, Figure::Opened, "", at, counts).await?;
            }
        }
        Interaction::Dismissed => {
            note(tx, &delivery, Figure::Dismissed, "", at, counts).await?;
        }
    }
    Ok(Some(delivery))
}

async fn note(
    tx: &mut Tx,
    delivery: &Delivery,
    figure: Figure,
    button: &str,
    at: Timestamp,
    counts: &mut Counts,
) -> Result<()> {
    let id = delivery.id;
    let first = match figure {
        Figure::Displayed => execute!(
            tx,
            "UPDATE delivery SET displayed_at = $1 WHERE id = $2 AND displayed_at IS NULL",
            at,
            id
        )?,
        Figure::Opened => execute!(
            tx,
            "UPDATE delivery SET opened_at = $1 WHERE id = $2 AND opened_at IS NULL",
            at,
            id
        )?,
        Figure::Clicked => execute!(
            tx,
            "UPDATE delivery SET clicked_at = $1, clicked = $2 WHERE id = $3 AND clicked_at IS NULL",
            at,
            button,
            id
        )?,
        _ => execute!(
            tx,
            "UPDATE delivery SET dismissed_at = $1 WHERE id = $2 AND dismissed_at IS NULL",
            at,
            id
        )?,
    };
    if first == 0 {
        return Ok(());
    }
    let now = tx.store().now();
    delivery.count(counts, now, figure, button);
    let detail = if button.is_empty() {
        json!({ "at": at })
    } else {
        json!({ "at": at, "button": button })
    };
    write_hops(tx, &[(delivery.profile_id, id, figure.as_str(), detail)]).await
}
