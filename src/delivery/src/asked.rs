//! What messages ask of people beyond their attributes: read for a whole set at once, and only where a message asks.

use std::{collections::HashMap, sync::Arc};

use heliograph_model::{
    ids::{MessageId, ProfileId},
    personalize::Asks,
};
use heliograph_store::{
    Database, Error,
    deliveries::Claimed,
    profiles::{self, Profile},
};

use crate::service::Inner;

/// Gives the profiles of those deliveries whose messages ask for more what is asked.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn complete(
    inner: &Inner,
    db: &mut impl Database,
    claimed: &mut [Claimed],
) -> Result<(), Error> {
    let mut asks = Asks::default();
    let mut asking: HashMap<ProfileId, Profile> = HashMap::new();
    // Most of a set is of one message, which is looked up once.
    let mut last: Option<((MessageId, i64), Asks)> = None;
    for one in &*claimed {
        let (Some(content), Some(profile)) = (&one.content, &one.profile) else {
            continue;
        };
        let key = (one.place.message_id, one.version);
        let known = last.take().filter(|(of, _)| *of == key && !one.place.proof);
        let (_, own) = last.insert(known.unwrap_or_else(|| {
            let own = inner.compiled(one, content).asks().clone();
            asks.add(&own);
            (key, own)
        }));
        if !own.is_nothing() {
            asking
                .entry(profile.id)
                .or_insert_with(|| Profile::clone(profile));
        }
    }
    if asking.is_empty() {
        return Ok(());
    }
    let people = asking
        .iter_mut()
        .map(|(id, profile)| (*id, &mut profile.attributes));
    profiles::answer(db, &asks, inner.store.now(), people).await?;
    let asking: HashMap<ProfileId, Arc<Profile>> = asking
        .into_iter()
        .map(|(id, profile)| (id, Arc::new(profile)))
        .collect();
    for one in claimed {
        if let Some(profile) = &mut one.profile
            && let Some(answered) = asking.get(&profile.id)
        {
            *profile = Arc::clone(answered);
        }
    }
    Ok(())
}
