//! What reports read: sums of counters. The newest deliveries are the one thing that they take from elsewhere.

use std::collections::BTreeMap;

use heliograph_model::{
    app_config::Platform,
    delivery::State,
    ids::{AppId, DeliveryId, JourneyId, MessageId, ProfileId},
    report::{Count, Figure, Grain, LatestDelivery, Scope, Totals},
    time::Timestamp,
};
use uuid::Uuid;

use crate::{
    Database, Result,
    statement::{Binds, fetch},
};

/// A range of time: `from` is within it, `to` is not. Counters are by the minute, so it is taken to begin and end with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

impl Range {
    /// All of time.
    pub const EVER: Self = Self {
        from: Timestamp::from_millis(i64::MIN),
        to: Timestamp::from_millis(i64::MAX),
    };

    fn grain(self) -> Grain {
        if self == Self::EVER {
            Grain::Day
        } else {
            Grain::filling(self.from, self.to)
        }
    }
}

/// What was counted in one span of time for one app.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Slice {
    /// The start of the span.
    pub at: Timestamp,
    /// The app; nil where the figure has none.
    pub app_id: AppId,
    /// What was counted.
    #[sqlx(try_from = "String")]
    pub figure: Figure,
    /// Why.
    pub reason: String,
    /// How often.
    pub n: i64,
}

impl Slice {
    /// The count by itself.
    pub fn count(&self) -> Count {
        Count {
            figure: self.figure,
            reason: self.reason.clone(),
            n: self.n,
        }
    }
}

/// What was counted of one object, or at one activity.
#[derive(sqlx::FromRow)]
struct Part<K> {
    key: K,
    #[sqlx(try_from = "String")]
    figure: Figure,
    reason: String,
    n: i64,
}

/// What was counted in the range, by figure and reason.
///
/// # Errors
/// Where the database fails.
pub async fn totals(db: &mut impl Database, scope: Scope, range: Range) -> Result<Totals> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(try_from = "String")]
        figure: Figure,
        reason: String,
        n: i64,
    }
    let mut binds = Binds::default();
    let text = format!(
        "SELECT figure, reason, CAST(SUM(n) AS BIGINT) AS n FROM counter WHERE {} GROUP BY figure, reason",
        within(&mut binds, scope, range.grain(), range)
    );
    let rows: Vec<Row> = fetch(db, text, binds).await?;
    Ok(rows
        .into_iter()
        .map(|row| Count {
            figure: row.figure,
            reason: row.reason,
            n: row.n,
        })
        .collect())
}

/// What was counted in the range, by span and app, oldest first.
///
/// # Errors
/// Where the database fails.
pub async fn slices(db: &mut impl Database, scope: Scope, grain: Grain, range: Range) -> Result<Vec<Slice>> {
    let mut binds = Binds::default();
    let text = format!(
        "SELECT at, app_id, figure, reason, CAST(SUM(n) AS BIGINT) AS n FROM counter WHERE {} \
         GROUP BY at, app_id, figure, reason ORDER BY at",
        within(&mut binds, scope, grain, range)
    );
    fetch(db, text, binds).await
}

/// What was counted in the range at each activity of journeys, by its name in the journey.
///
/// # Errors
/// Where the database fails.
pub async fn by_node(db: &mut impl Database, scope: Scope, range: Range) -> Result<Vec<(String, Totals)>> {
    let mut binds = Binds::default();
    let text = format!(
        "SELECT node AS key, figure, reason, CAST(SUM(n) AS BIGINT) AS n FROM counter WHERE {} AND node <> '' \
         GROUP BY node, figure, reason",
        within(&mut binds, scope, range.grain(), range)
    );
    Ok(grouped(fetch(db, text, binds).await?))
}

/// What was counted in the range of each journey.
///
/// # Errors
/// Where the database fails.
pub async fn by_journey(
    db: &mut impl Database,
    scope: Scope,
    range: Range,
) -> Result<Vec<(JourneyId, Totals)>> {
    let mut binds = Binds::default();
    let nil = binds.id(Uuid::nil());
    let text = format!(
        "SELECT journey_id AS key, figure, reason, CAST(SUM(n) AS BIGINT) AS n FROM counter \
         WHERE {} AND journey_id <> {nil} GROUP BY journey_id, figure, reason",
        within(&mut binds, scope, range.grain(), range)
    );
    Ok(grouped(fetch(db, text, binds).await?))
}

/// What was counted in the range of each message.
///
/// # Errors
/// Where the database fails.
pub async fn by_message(
    db: &mut impl Database,
    scope: Scope,
    range: Range,
) -> Result<Vec<(MessageId, Totals)>> {
    let mut binds = Binds::default();
    let nil = binds.id(Uuid::nil());
    let text = format!(
        "SELECT message_id AS key, figure, reason, CAST(SUM(n) AS BIGINT) AS n FROM counter \
         WHERE {} AND message_id <> {nil} GROUP BY message_id, figure, reason",
        within(&mut binds, scope, range.grain(), range)
    );
    Ok(grouped(fetch(db, text, binds).await?))
}

/// The start of the newest minute in which anything was counted.
///
/// # Errors
/// Where the database fails.
pub async fn newest(db: &mut impl Database, scope: Scope) -> Result<Option<Timestamp>> {
    let mut binds = Binds::default();
    let text = format!(
        "SELECT MAX(at) FROM counter WHERE {}",
        within(&mut binds, scope, Grain::Minute, Range::EVER)
    );
    let rows: Vec<(Option<Timestamp>,)> = fetch(db, text, binds).await?;
    Ok(rows.into_iter().find_map(|(at,)| at))
}

/// The start of the oldest day on which anything was counted.
///
/// # Errors
/// Where the database fails.
pub async fn oldest_day(db: &mut impl Database, scope: Scope) -> Result<Option<Timestamp>> {
    let mut binds = Binds::default();
    let text = format!(
        "SELECT MIN(at) FROM counter WHERE {}",
        within(&mut binds, scope, Grain::Day, Range::EVER)
    );
    let rows: Vec<(Option<Timestamp>,)> = fetch(db, text, binds).await?;
    Ok(rows.into_iter().find_map(|(at,)| at))
}

#[derive(sqlx::FromRow)]
struct LatestRow {
    id: DeliveryId,
    profile_id: ProfileId,
    message_id: MessageId,
    message_name: String,
    app_id: Option<AppId>,
    #[sqlx(try_from = "String")]
    state: State,
    reason: Option<String>,
    created_at: Timestamp,
    opened_at: Option<Timestamp>,
}

/// The newest deliveries, proofs left out, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn latest(db: &mut impl Database, scope: Scope, limit: u32) -> Result<Vec<LatestDelivery>> {
    let mut binds = Binds::default();
    let of = match scope {
        Scope::All => "TRUE".to_owned(),
        Scope::Journey { id } => format!("d.journey_id = {}", binds.id(id.0)),
        Scope::JourneyVersion { id } => {
            let id = binds.id(id.0);
            format!(
                "d.journey_id = (SELECT journey_id FROM journey_version WHERE id = {id}) \
                 AND d.journey_version_id = {id}"
            )
        }
        Scope::Message { id } => format!("d.message_id = {}", binds.id(id.0)),
    };
    let limit = binds.integer(i64::from(limit));
    let text = format!(
        "SELECT d.id, d.profile_id, d.message_id, m.name AS message_name, d.app_id, d.state, d.reason, d.created_at, \
         d.opened_at FROM delivery d JOIN message m ON m.id = d.message_id WHERE {of} AND NOT d.proof \
         ORDER BY d.id DESC LIMIT {limit}"
    );
    let rows: Vec<LatestRow> = fetch(db, text, binds).await?;
    Ok(rows
        .into_iter()
        .map(|row| LatestDelivery {
            id: row.id,
            profile: row.profile_id,
            message: row.message_id,
            message_name: row.message_name,
            app: row.app_id,
            state: row.state,
            reason: row.reason,
            created_at: row.created_at,
            opened_at: row.opened_at,
        })
        .collect())
}

/// An app, as reports name it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct AppName {
    /// Which.
    pub id: AppId,
    /// What people call it.
    pub name: String,
    /// Its platform.
    #[sqlx(try_from = "String")]
    pub platform: Platform,
}

/// The apps with these identifiers that are still there.
///
/// # Errors
/// Where the database fails.
pub async fn app_names(db: &mut impl Database, apps: &[AppId]) -> Result<Vec<AppName>> {
    fetch_in!(
        db,
        AppName,
        "SELECT id, name, platform FROM app WHERE id IN ",
        apps,
        ""
    )
}

/// The names of the journeys with these identifiers that are still there.
///
/// # Errors
/// Where the database fails.
pub async fn journey_names(
    db: &mut impl Database,
    journeys: &[JourneyId],
) -> Result<Vec<(JourneyId, String)>> {
    fetch_in!(
        db,
        (JourneyId, String),
        "SELECT id, name FROM journey WHERE id IN ",
        journeys,
        ""
    )
}

/// The names of the messages with these identifiers that are still there.
///
/// # Errors
/// Where the database fails.
pub async fn message_names(
    db: &mut impl Database,
    messages: &[MessageId],
) -> Result<Vec<(MessageId, String)>> {
    fetch_in!(
        db,
        (MessageId, String),
        "SELECT id, name FROM message WHERE id IN ",
        messages,
        ""
    )
}

/// Something that there is a report about, because it has been published.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Reported {
    /// Which journey or message.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Is it going on: is a journey live, has a message not been put away?
    pub current: bool,
}

/// Every journey that has been published, by name.
///
/// # Errors
/// Where the database fails.
pub async fn reported_journeys(db: &mut impl Database) -> Result<Vec<Reported>> {
    fetch_all!(
        db,
        Reported,
        "SELECT id, name, (status = 'live') AS current FROM journey WHERE version IS NOT NULL ORDER BY name, id"
    )
}

/// Every message that has been published, by name.
///
/// # Errors
/// Where the database fails.
pub async fn reported_messages(db: &mut impl Database) -> Result<Vec<Reported>> {
    fetch_all!(
        db,
        Reported,
        "SELECT id, name, (archived_at IS NULL) AS current FROM message WHERE version IS NOT NULL ORDER BY name, id"
    )
}

/// SQL that is true of the counters of a scope, grain and range.
fn within(binds: &mut Binds, scope: Scope, grain: Grain, range: Range) -> String {
    let grain = binds.text(grain.as_str());
    let mut condition = format!("grain = {grain}");
    if range != Range::EVER {
        let from = binds.integer(range.from.minute().as_millis());
        let to = binds.integer(range.to.as_millis());
        condition.push_str(&format!(" AND at >= {from} AND at < {to}"));
    }
    match scope {
        Scope::All => {}
        Scope::Journey { id } => {
            condition.push_str(&format!(" AND journey_id = {}", binds.id(id.0)));
        }
        Scope::JourneyVersion { id } => {
            // The index is by journey.
            let id = binds.id(id.0);
            condition.push_str(&format!(
                " AND journey_id = (SELECT journey_id FROM journey_version WHERE id = {id}) \
                 AND journey_version_id = {id}"
            ));
        }
        Scope::Message { id } => {
            condition.push_str(&format!(" AND message_id = {}", binds.id(id.0)));
        }
    }
    condition
}

fn grouped<K: Ord>(parts: Vec<Part<K>>) -> Vec<(K, Totals)> {
    let mut groups: BTreeMap<K, Vec<Count>> = BTreeMap::new();
    for part in parts {
        groups.entry(part.key).or_default().push(Count {
            figure: part.figure,
            reason: part.reason,
            n: part.n,
        });
    }
    groups
        .into_iter()
        .map(|(key, counts)| (key, counts.into_iter().collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use heliograph_model::ids::JourneyVersionId;

    use super::*;
    use crate::{
        Store,
        counters::{Counts, Subject},
        testing::{START, on_each_engine},
    };

    const HOUR: Duration = Duration::from_secs(3600);

    fn subject(journey: u128, node: &str, message: u128) -> Subject {
        Subject {
            journey: Uuid::from_u128(journey).into(),
            version: JourneyVersionId(Uuid::from_u128(journey * 10)),
            node: node.to_owned(),
            message: Uuid::from_u128(message).into(),
            app: Uuid::from_u128(message).into(),
        }
    }

    async fn count(store: &Store, counted: &[(Timestamp, Subject, Figure, &str)]) {
        let mut tx = store.begin().await.unwrap();
        let mut counts = Counts::new();
        for (at, subject, figure, reason) in counted {
            counts.add(*at, subject, *figure, reason);
        }
        counts.write(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn figures_are_found_by_scope_and_range() {
        on_each_engine(|store, _| async move {
            use Figure as F;
            let first = subject(1, "send", 5);
            let second = subject(2, "send", 5);
            count(
                &store,
                &[
                    (START - HOUR * 30, first.clone(), F::Targeted, ""),
                    (START - HOUR, first.clone(), F::Targeted, ""),
                    (START, first.clone(), F::Excluded, "no_device"),
                    (START, second.clone(), F::Targeted, ""),
                    (START, subject(1, "wait", 0), F::Passed, "next"),
                ],
            )
            .await;
            let mut tx = store.begin().await.unwrap();
            let version = JourneyVersionId(Uuid::from_u128(10));
            execute!(
                &mut tx,
                "INSERT INTO journey (id, name, draft, revision, status, version, created_at, updated_at) \
                 VALUES ($1, 'First', $2, 1, 'live', 1, $3, $3)",
                first.journey,
                sqlx::types::Json(serde_json::json!({})),
                START
            )
            .unwrap();
            execute!(
                &mut tx,
                "INSERT INTO journey_version (id, journey_id, version, document, status, published_at, published_by) \
                 VALUES ($1, $2, 1, $3, 'live', $4, 'me')",
                version,
                first.journey,
                sqlx::types::Json(serde_json::json!({})),
                START
            )
            .unwrap();
            tx.commit().await.unwrap();

            let db = &mut store.read().await.unwrap();
            let journey = Scope::Journey { id: first.journey };
            let sums = |totals: Totals| (totals.n(F::Targeted), totals.n(F::Excluded));
            for (scope, range, expected) in [
                (Scope::All, Range::EVER, (3, 1)),
                (journey, Range::EVER, (2, 1)),
                (Scope::JourneyVersion { id: version }, Range::EVER, (2, 1)),
                (Scope::Message { id: first.message }, Range::EVER, (3, 1)),
                // A day, hours, and minutes, each from counters of its own grain.
                (
                    journey,
                    Range {
                        from: START.day(),
                        to: START.day() + HOUR * 24,
                    },
                    (1, 1),
                ),
                (
                    journey,
                    Range {
                        from: START.hour(),
                        to: START.hour() + HOUR,
                    },
                    (0, 1),
                ),
                (
                    journey,
                    Range {
                        from: START - HOUR,
                        to: START,
                    },
                    (1, 1),
                ),
            ] {
                let found = sums(totals(db, scope, range).await.unwrap());
                assert_eq!(found, expected, "{scope:?} {range:?}");
            }

            let nodes = by_node(db, journey, Range::EVER).await.unwrap();
            let names: Vec<_> = nodes.iter().map(|(node, _)| node.as_str()).collect();
            assert_eq!(names, ["send", "wait"]);
            assert_eq!(nodes[1].1.reasons(F::Passed)[0].code, "next");
            assert_eq!(by_journey(db, Scope::All, Range::EVER).await.unwrap().len(), 2);
            let messages = by_message(db, Scope::All, Range::EVER).await.unwrap();
            assert_eq!(messages.len(), 1);
            assert_eq!(messages[0].1.n(F::Targeted), 3);
            assert_eq!(newest(db, journey).await.unwrap(), Some(START.minute()));
            assert_eq!(oldest_day(db, journey).await.unwrap(), Some((START - HOUR * 30).day()));
            let hours = slices(db, journey, Grain::Hour, Range::EVER).await.unwrap();
            assert_eq!(hours[0].at, (START - HOUR * 30).hour());
            assert_eq!(
                journey_names(db, &[first.journey]).await.unwrap(),
                [(first.journey, "First".to_owned())]
            );
            assert_eq!(
                reported_journeys(db).await.unwrap(),
                [Reported {
                    id: first.journey.0,
                    name: "First".to_owned(),
                    current: true
                }]
            );
            assert_eq!(reported_messages(db).await.unwrap(), []);
        })
        .await;
    }
}
