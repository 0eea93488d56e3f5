//! What templates ask of people beyond their attributes.

use std::collections::HashMap;

use heliograph_model::{ids::ProfileId, payload, personalize::Asks, profile::Identity, time::Timestamp};
use serde_json::Value;

use crate::{Database, Result, audiences};

/// Writes into the attributes of these people what templates ask beyond them, as it is now. Nothing is read that is not asked
/// for. This is the one place where it comes from: for what is sent, for what is previewed, and for why it was so.
///
/// # Errors
/// Where the database fails.
pub async fn answer<'a>(
    db: &mut impl Database,
    asks: &Asks,
    now: Timestamp,
    people: impl IntoIterator<Item = (ProfileId, &'a mut Value)>,
) -> Result<()> {
    if asks.is_nothing() {
        return Ok(());
    }
    let people: Vec<_> = people.into_iter().collect();
    let ids: Vec<ProfileId> = people.iter().map(|(id, _)| *id).collect();
    let mut identities: HashMap<ProfileId, Vec<Identity>> = HashMap::new();
    if asks.identities {
        for one in super::identities(db, &ids).await? {
            identities.entry(one.profile).or_default().push(one.identity);
        }
    }
    let mut memberships = audiences::memberships(db, &asks.audiences, &ids, now).await?;
    for (id, attributes) in people {
        let identities = identities.remove(&id).unwrap_or_default();
        let audiences = memberships.remove(&id).unwrap_or_default();
        payload::answer(attributes, asks, &identities, &audiences);
    }
    Ok(())
}
