//! The fields and types of event that an install has seen, from samples.

use heliograph_model::schema::Catalogue;
use serde_json::Value;
use sqlx::types::Json;

use crate::{Database, Result, events};

/// How many of the newest profiles are looked at.
const PROFILES: i64 = 200;
/// How many of the newest events are looked at for their fields.
const EVENTS: i64 = 300;
/// How many of the newest events are looked at for their type.
const EVENT_TYPES: u32 = 5_000;

/// What pickers offer: what is known from the start, and what the newest profiles and events have.
///
/// # Errors
/// Where the database fails.
pub async fn discovered(db: &mut impl Database) -> Result<Catalogue> {
    let profiles = fetch_all!(
        db,
        (Json<Value>,),
        "SELECT attributes FROM profile WHERE merged_into IS NULL ORDER BY id DESC LIMIT $1",
        PROFILES
    )?;
    let xdm = fetch_all!(
        db,
        (Json<Value>,),
        "SELECT xdm FROM experience_event ORDER BY received_at DESC LIMIT $1",
        EVENTS
    )?;
    let types = events::types(db, EVENT_TYPES).await?;
    let values = |rows: Vec<(Json<Value>,)>| rows.into_iter().map(|(Json(value),)| value).collect::<Vec<_>>();
    Ok(Catalogue::of(&values(profiles), &types, &values(xdm)))
}

#[cfg(test)]
mod tests {
    use heliograph_model::profile::Identity;
    use serde_json::json;

    use super::*;
    use crate::{
        profiles::{Upsert, upsert},
        testing::on_each_engine,
    };

    #[tokio::test]
    async fn own_fields_are_offered_once_they_have_come_in() {
        on_each_engine(|store, _| async move {
            let offered = async |path: &str| {
                let catalogue = discovered(&mut store.read().await.unwrap()).await.unwrap();
                catalogue.attributes.iter().any(|field| field.path == path)
            };
            assert!(offered("homeAddress.city").await && !offered("_acme.plan").await);
            let mut tx = store.begin().await.unwrap();
            let person = Upsert {
                identities: vec![Identity::new("Email", "a@example.com").unwrap()],
                attributes: json!({"_acme": {"plan": "gold"}}),
            };
            upsert(&mut tx, &[person]).await.unwrap();
            tx.commit().await.unwrap();
            assert!(offered("_acme.plan").await);
        })
        .await;
    }
}
