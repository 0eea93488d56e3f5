//! Why a delivery's texts are what they are.

use heliograph_model::{
    delivery::DeliveryStory,
    message::Content,
    payload::{CompiledContent, ExplainedText, Recipient},
    time::Timestamp,
};
use heliograph_store::{Database, Error, apps, journeys, profiles};

use crate::attempt::seed;

/// How each text of a delivery comes about: by what it was sent with, but for the profile, which is read as it is now.
/// What was not sent yet is made for the moment `now`. `content` is what it says ([`heliograph_store::deliveries::content`]).
/// None where the profile or the app is gone.
///
/// # Errors
/// Where the database fails.
pub async fn explain(
    db: &mut impl Database,
    story: &DeliveryStory,
    content: Content,
    now: Timestamp,
) -> Result<Option<Vec<ExplainedText>>, Error> {
    let delivery = &story.delivery;
    let Some(app) = delivery.app else { return Ok(None) };
    let Some(app) = apps::load(db, &[app]).await?.pop() else {
        return Ok(None);
    };
    let Some(mut profile) = profiles::find(db, delivery.profile).await? else {
        return Ok(None);
    };
    let compiled = CompiledContent::new(content);
    let person = [(profile.id, &mut profile.attributes)];
    profiles::answer(db, compiled.asks(), now, person).await?;
    let version = journeys::published(db, delivery.journey_version.as_slice())
        .await?
        .pop();
    let journey = version.and_then(|version| version.document.ok());
    let time_zone = journey.map(|pinned| pinned.document.settings.time_zone);
    let recipient = Recipient::new(
        &profile.attributes,
        &story.context,
        app.platform,
        &app.app,
        &app.name,
    )
    .journey_time_zone(time_zone.as_deref());
    let at = delivery.sent_at.unwrap_or(now);
    let scope = recipient.scope(at, seed(delivery.id));
    Ok(Some(compiled.explain(&scope)))
}
