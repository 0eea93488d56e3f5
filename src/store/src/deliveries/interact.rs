//! What phones tell of pushes that they got.

use heliograph_model::{
    delivery::{HopDetail, HopKind, Interaction},
    ids::DeliveryId,
    report::Figure,
    time::Timestamp,
};

use super::{NewHop, Place, write_hops};
use crate::{Result, Tx, counters::Counts, dialect::Engine};

/// Whether what a phone told was news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It was, and is counted.
    First,
    /// It had been told before; nothing was counted.
    Again,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    place: Place,
    displayed_at: Option<Timestamp>,
    opened_at: Option<Timestamp>,
    clicked_at: Option<Timestamp>,
    dismissed_at: Option<Timestamp>,
}

/// Notes what a person did with a push, once for each kind, and counts it in the minute of `at`. None where there is no
/// such delivery.
///
/// # Errors
/// Where the database fails.
pub async fn interacted(
    tx: &mut Tx,
    delivery: DeliveryId,
    interaction: &Interaction,
    at: Timestamp,
    counts: &mut Counts,
) -> Result<Option<Told>> {
    let query = match tx.store().engine() {
        Engine::Sqlite => {
            "SELECT profile_id, id, app_id, message_id, journey_id, journey_version_id, node, proof, displayed_at, \
             opened_at, clicked_at, dismissed_at FROM delivery WHERE id = $1"
        }
        Engine::Postgres => {
            "SELECT profile_id, id, app_id, message_id, journey_id, journey_version_id, node, proof, displayed_at, \
             opened_at, clicked_at, dismissed_at FROM delivery WHERE id = $1 FOR UPDATE"
        }
    };
    let Some(row): Option<Row> = fetch_optional!(tx, Row, query, delivery)? else {
        return Ok(None);
    };
    let at_first = |known: Option<Timestamp>, happened: bool| (known.is_none() && happened).then_some(at);
    let (button, opens) = match interaction {
        Interaction::Clicked { button, opened } => (Some(button.as_str()), *opened),
        Interaction::Opened => (None, true),
        Interaction::Displayed | Interaction::Dismissed => (None, false),
    };
    let displayed = at_first(row.displayed_at, matches!(interaction, Interaction::Displayed));
    let opened = at_first(row.opened_at, opens);
    let clicked = at_first(row.clicked_at, button.is_some());
    let dismissed = at_first(row.dismissed_at, matches!(interaction, Interaction::Dismissed));
    let news = [
        (displayed, Figure::Displayed, HopKind::Displayed),
        (opened, Figure::Opened, HopKind::Opened),
        (clicked, Figure::Clicked, HopKind::Clicked),
        (dismissed, Figure::Dismissed, HopKind::Dismissed),
    ];
    if news.iter().all(|(first, ..)| first.is_none()) {
        return Ok(Some(Told::Again));
    }
    execute!(
        tx,
        "UPDATE delivery SET displayed_at = COALESCE(displayed_at, $3), opened_at = COALESCE(opened_at, $4), \
         clicked_at = COALESCE(clicked_at, $5), clicked = CASE WHEN clicked_at IS NULL THEN $6 ELSE clicked END, \
         dismissed_at = COALESCE(dismissed_at, $7) WHERE profile_id = $1 AND id = $2",
        row.place.profile_id,
        delivery,
        displayed,
        opened,
        clicked,
        button,
        dismissed,
    )?;
    let mut hops = Vec::new();
    for (_, figure, kind) in news.into_iter().filter(|(first, ..)| first.is_some()) {
        let button = button.filter(|_| kind == HopKind::Clicked);
        if !row.place.proof {
            counts.add(at, &row.place.subject(), figure, button.unwrap_or_default());
        }
        hops.push(NewHop {
            profile: row.place.profile_id,
            delivery,
            at,
            kind,
            detail: HopDetail {
                words: button.map(str::to_owned),
                ..HopDetail::default()
            },
        });
    }
    write_hops(tx, &hops).await?;
    Ok(Some(Told::First))
}
