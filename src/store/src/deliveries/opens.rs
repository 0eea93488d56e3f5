//! When people opened pushes, and the moments that follow from it.

use std::collections::HashMap;

use heliograph_model::{
    ids::{AppId, DeliveryId, ProfileId},
    time::Timestamp,
};

use crate::{Database, Result, Tx};

/// The newest opens of an app, each with the zone of the person, where it is known.
const OF_APP: &str = "SELECT d.opened_at, CAST(p.attributes ->> 'timeZone' AS TEXT) FROM delivery AS d \
     JOIN profile AS p ON p.id = d.profile_id WHERE d.app_id = $1 AND d.opened_at >= $2 AND d.proof = FALSE \
     ORDER BY d.opened_at DESC LIMIT $3";

const OF_PROFILES: &str = "SELECT profile_id, opened_at FROM delivery WHERE proof = FALSE AND profile_id IN ";

/// When these people opened pushes since a time.
///
/// # Errors
/// Where the database fails.
pub async fn opens(
    db: &mut impl Database,
    profiles: &[ProfileId],
    since: Timestamp,
) -> Result<HashMap<ProfileId, Vec<Timestamp>>> {
    let rows: Vec<(ProfileId, Timestamp)> = fetch_in!(
        db,
        (ProfileId, Timestamp),
        OF_PROFILES,
        profiles,
        format_args!(" AND opened_at >= {}", since.as_millis())
    )?;
    let mut opens: HashMap<ProfileId, Vec<Timestamp>> = HashMap::new();
    for (profile, at) in rows {
        opens.entry(profile).or_default().push(at);
    }
    Ok(opens)
}

/// When people last opened pushes of an app, since a time: so many at most, each with the person's zone.
///
/// # Errors
/// Where the database fails.
pub async fn opens_of_app(
    db: &mut impl Database,
    app: AppId,
    since: Timestamp,
    most: u32,
) -> Result<Vec<(Timestamp, Option<String>)>> {
    fetch_all!(
        db,
        (Timestamp, Option<String>),
        OF_APP,
        app,
        since,
        i64::from(most)
    )
}

const MOMENTS: &str = "WITH v (profile_id, id, moment_at) AS (";
const SET_MOMENTS: &str = concat!(") UPDATE delivery SET moment_at = v.moment_at", by_key!());

/// Keeps the moments that were found for deliveries, so that they stay the same whatever is opened meanwhile.
///
/// # Errors
/// Where the database fails.
pub async fn keep_moments(tx: &mut Tx, moments: &[(ProfileId, DeliveryId, Timestamp)]) -> Result<()> {
    let mut moments = moments.to_vec();
    // Settling takes the rows in this order as well, so that two transactions never wait for each other crosswise.
    moments.sort_unstable_by_key(|(_, id, _)| *id);
    insert_all!(
        tx,
        MOMENTS,
        3,
        moments,
        |(profile, delivery, moment)| [*profile, *delivery, *moment],
        SET_MOMENTS
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sql::explain, testing::on_each_engine};

    #[tokio::test]
    async fn opens_are_read_from_their_indexes() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let of_profiles = format!("{OF_PROFILES}($1, $2) AND opened_at >= 5");
            for (query, index) in [
                (OF_APP, "delivery_opened_of_app (app_id=? AND opened_at>?)"),
                (&of_profiles, "delivery_opened (profile_id=? AND opened_at>?)"),
            ] {
                let Some(plan) = explain(&mut tx, query).await else {
                    return;
                };
                assert!(plan.iter().any(|step| step.contains(index)), "{query}: {plan:?}");
                assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
            }
        })
        .await;
    }
}
