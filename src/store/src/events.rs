//! Experience events, and what came in and was not kept.

use std::collections::HashSet;

use heliograph_model::{
    collection::{EventKey, ExperienceEvent, Verdict},
    ids::{DatastreamId, EventId, ProfileId},
    time::Timestamp,
};
use serde_json::Value;
use sqlx::types::Json;

use crate::{Database, Error, Result, Topic, Tx};

/// Longest event type accepted, in bytes.
pub const TYPE_MAX: usize = 255;

/// An event to keep.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    /// The sender's identifier of it.
    pub key: &'a EventKey,
    /// By which datastream it came.
    pub datastream: DatastreamId,
    /// Whose it is.
    pub profile: ProfileId,
    /// `xdm.eventType`; empty where the sender gave none.
    pub event_type: &'a str,
    /// When it happened, by the sender's clock.
    pub timestamp: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// The identity that named the profile, as it is shown.
    pub identity: &'a str,
    /// The `xdm` object.
    pub xdm: &'a Value,
    /// The `data` object; null where there was none.
    pub data: &'a Value,
    /// How large it was.
    pub bytes: u32,
}

/// Something that came in and is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// By which datastream it came; none where it named none that we know.
    pub datastream: Option<DatastreamId>,
    /// When it reached us.
    pub at: Timestamp,
    /// [`Verdict::Duplicate`] or [`Verdict::Refused`].
    pub verdict: Verdict,
    /// Its type, as far as it has one.
    pub event_type: String,
    /// Why, in plain words and without anything personal.
    pub reason: String,
    /// How large it was.
    pub bytes: u32,
}

/// Those of the keys under which an event is kept already.
///
/// # Errors
/// Where the database fails.
pub async fn known_keys(
    db: &mut impl Database,
    keys: &[(DatastreamId, EventKey)],
) -> Result<HashSet<(DatastreamId, EventKey)>> {
    let texts: Vec<String> = keys.iter().map(|(_, key)| key.as_str().to_owned()).collect();
    let rows: Vec<(DatastreamId, String)> = fetch_in!(
        db,
        (DatastreamId, String),
        "SELECT datastream_id, key FROM experience_event WHERE key IN ",
        texts,
        ""
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|(datastream, key)| Some((datastream, EventKey::new(&key)?)))
        .collect())
}

/// Keeps events, and hands those that a live journey starts with to the journey engine; their identifiers, in order.
///
/// # Errors
/// [`Error::Conflict`] where one of them is kept already: ask [`known_keys`] first, and try the whole transaction again,
/// for another process was quicker.
pub async fn insert(tx: &mut Tx, events: &[NewEvent<'_>]) -> Result<Vec<EventId>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(EventId, &NewEvent<'_>)> = events
        .iter()
        .map(|event| (EventId::new(tx.store().ids()), event))
        .collect();
    let written = insert_all!(
        tx,
        "INSERT INTO experience_event \
         (profile_id, id, datastream_id, key, event_type, timestamp, received_at, identity, xdm, data, bytes) ",
        11,
        rows,
        |(id, event)| [
            event.profile,
            *id,
            event.datastream,
            event.key.as_str(),
            event.event_type,
            event.timestamp,
            event.received_at,
            event.identity,
            Json(event.xdm),
            Json(event.data),
            i64::from(event.bytes),
        ],
        " ON CONFLICT (key, datastream_id) DO NOTHING"
    )?;
    if usize::try_from(written).ok() != Some(rows.len()) {
        return Err(Error::Conflict("event"));
    }
    tx.raise(Topic::Collected);

    let starts: Vec<(String,)> = fetch_all!(tx, (String,), "SELECT DISTINCT event_type FROM journey_start")?;
    let starts: HashSet<&str> = starts.iter().map(|(event_type,)| event_type.as_str()).collect();
    let work: Vec<_> = rows
        .iter()
        .filter(|(_, event)| starts.contains(event.event_type))
        .collect();
    if !work.is_empty() {
        insert_all!(
            tx,
            "INSERT INTO event_work (id, profile_id, event_type, received_at) ",
            4,
            work,
            |(id, event)| [*id, event.profile, event.event_type, event.received_at],
            ""
        )?;
        tx.raise(Topic::Journeys);
    }
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

/// Notes what came in and is not kept.
///
/// # Errors
/// Where the database fails.
pub async fn refuse(tx: &mut Tx, refusals: &[Refusal]) -> Result<()> {
    if refusals.is_empty() {
        return Ok(());
    }
    let rows: Vec<(EventId, &Refusal)> = refusals
        .iter()
        .map(|refusal| (EventId::new(tx.store().ids()), refusal))
        .collect();
    insert_all!(
        tx,
        "INSERT INTO refusal (id, datastream_id, at, verdict, event_type, reason, bytes) ",
        7,
        rows,
        |(id, refusal)| [
            *id,
            refusal.datastream,
            refusal.at,
            refusal.verdict.as_str(),
            refusal.event_type.as_str(),
            refusal.reason.as_str(),
            i64::from(refusal.bytes),
        ],
        ""
    )?;
    tx.raise(Topic::Collected);
    Ok(())
}

/// Which arrivals to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those that came by this datastream.
    pub datastream: Option<DatastreamId>,
    /// Only those of this type.
    pub event_type: Option<String>,
    /// Only those with this verdict.
    pub verdict: Option<Verdict>,
}

/// Something that came in, and what was done with it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Arrival {
    /// Of the event, or of the note that it was not kept.
    pub id: EventId,
    /// When it reached us.
    pub at: Timestamp,
    /// By which datastream; none where it named none that we know.
    pub datastream: Option<DatastreamId>,
    /// Its type; empty where it has none.
    pub event_type: String,
    /// What was done with it.
    #[sqlx(try_from = "String")]
    pub verdict: Verdict,
    /// Why it was not kept.
    pub reason: Option<String>,
    /// Whose it is, where it was kept.
    pub profile: Option<ProfileId>,
    /// The identity that named the profile, where it was kept.
    pub identity: Option<String>,
    /// How large it was.
    pub bytes: i64,
}

/// What came in, newest first: what is older than `after`, or the newest.
///
/// # Errors
/// Where the database fails.
pub async fn recent(
    db: &mut impl Database,
    filter: &Filter,
    after: Option<(Timestamp, EventId)>,
    limit: u32,
) -> Result<Vec<Arrival>> {
    let (at, id) = after.unwrap_or((Timestamp::from_millis(i64::MAX), EventId(uuid::Uuid::max())));
    let mut arrivals = Vec::new();
    if matches!(filter.verdict, None | Some(Verdict::Stored)) {
        arrivals.extend(fetch_all!(
            db,
            Arrival,
            "SELECT id, received_at AS at, datastream_id AS datastream, event_type, 'stored' AS verdict, \
             NULL AS reason, profile_id AS profile, identity, bytes FROM experience_event \
             WHERE received_at <= $1 AND (received_at < $1 OR id < $2) \
             AND ($3 IS NULL OR datastream_id = $3) AND ($4 IS NULL OR event_type = $4) \
             ORDER BY received_at DESC, id DESC LIMIT $5",
            at,
            id,
            filter.datastream,
            filter.event_type.as_deref(),
            i64::from(limit),
        )?);
    }
    if filter.verdict != Some(Verdict::Stored) {
        arrivals.extend(fetch_all!(
            db,
            Arrival,
            "SELECT id, at, datastream_id AS datastream, event_type, verdict, reason, NULL AS profile, \
             NULL AS identity, bytes FROM refusal \
             WHERE at <= $1 AND (at < $1 OR id < $2) \
             AND ($3 IS NULL OR datastream_id = $3) AND ($4 IS NULL OR event_type = $4) \
             AND ($6 IS NULL OR verdict = $6) \
             ORDER BY at DESC, id DESC LIMIT $5",
            at,
            id,
            filter.datastream,
            filter.event_type.as_deref(),
            i64::from(limit),
            filter.verdict.map(Verdict::as_str),
        )?);
    }
    arrivals.sort_unstable_by_key(|arrival| std::cmp::Reverse((arrival.at, arrival.id)));
    arrivals.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(arrivals)
}

#[derive(sqlx::FromRow)]
struct Row {
    profile_id: ProfileId,
    id: EventId,
    key: String,
    event_type: String,
    timestamp: Timestamp,
    received_at: Timestamp,
    #[sqlx(json)]
    xdm: Value,
    #[sqlx(json)]
    data: Value,
}

impl Row {
    fn into_event(self) -> Option<ExperienceEvent> {
        Some(ExperienceEvent {
            id: self.id,
            key: EventKey::new(&self.key)?,
            profile: self.profile_id,
            event_type: self.event_type,
            timestamp: self.timestamp,
            received_at: self.received_at,
            xdm: self.xdm,
            data: self.data,
        })
    }
}

/// Selects events: `select!("WHERE …")`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT profile_id, id, key, event_type, timestamp, received_at, xdm, data FROM experience_event ",
            $rest
        )
    };
}

/// The events of a profile, newest first: those that came before `before`.
///
/// # Errors
/// Where the database fails.
pub async fn of_profile(
    db: &mut impl Database,
    profile: ProfileId,
    before: Option<EventId>,
    limit: u32,
) -> Result<Vec<ExperienceEvent>> {
    let rows = fetch_all!(
        db,
        Row,
        select!("WHERE profile_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
        profile,
        before.unwrap_or(EventId(uuid::Uuid::max())),
        i64::from(limit),
    )?;
    Ok(rows.into_iter().filter_map(Row::into_event).collect())
}

/// One event of a profile.
///
/// # Errors
/// Where the database fails.
pub async fn get(db: &mut impl Database, profile: ProfileId, id: EventId) -> Result<Option<ExperienceEvent>> {
    let row = fetch_optional!(db, Row, select!("WHERE profile_id = $1 AND id = $2"), profile, id)?;
    Ok(row.and_then(Row::into_event))
}

/// When the last push token came in by this datastream, with one of the newest `sample` events of all.
///
/// # Errors
/// Where the database fails.
pub async fn last_token_at(
    db: &mut impl Database,
    datastream: DatastreamId,
    sample: u32,
) -> Result<Option<Timestamp>> {
    let found: Option<(Timestamp,)> = fetch_optional!(
        db,
        (Timestamp,),
        "SELECT received_at FROM (SELECT datastream_id, received_at, data FROM experience_event \
         ORDER BY received_at DESC LIMIT $2) AS newest \
         WHERE datastream_id = $1 AND CAST(data AS TEXT) LIKE '%\"pushNotificationDetails\"%' \
         ORDER BY received_at DESC LIMIT 1",
        datastream,
        i64::from(sample)
    )?;
    Ok(found.map(|(at,)| at))
}

/// The types of event that have come in, most frequent first, of the newest `sample` events.
///
/// # Errors
/// Where the database fails.
pub async fn types(db: &mut impl Database, sample: u32) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        db,
        (String,),
        "SELECT event_type FROM (SELECT event_type FROM experience_event ORDER BY received_at DESC LIMIT $1) AS newest \
         WHERE event_type <> '' GROUP BY event_type ORDER BY COUNT(*) DESC, event_type",
        i64::from(sample)
    )?;
    Ok(rows.into_iter().map(|(event_type,)| event_type).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::testing::{START, on_each_engine};

    const SHOP: DatastreamId = DatastreamId(Uuid::from_u128(1));

    async fn keep(tx: &mut Tx, key: &str, event_type: &str, received_at: Timestamp) -> Result<EventId> {
        let event = NewEvent {
            key: &EventKey::new(key).unwrap(),
            datastream: SHOP,
            profile: ProfileId(Uuid::from_u128(7)),
            event_type,
            timestamp: START,
            received_at,
            identity: "Email: ada@example.com",
            xdm: &json!({"eventType": event_type}),
            data: &Value::Null,
            bytes: 20,
        };
        Ok(insert(tx, &[event]).await?[0])
    }

    #[tokio::test]
    async fn an_event_is_kept_once_for_each_datastream() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            keep(&mut tx, "A-1", "", START).await.unwrap();
            let key = EventKey::new("a-1").unwrap();
            let other = DatastreamId(Uuid::from_u128(2));
            let known = known_keys(&mut tx, &[(SHOP, key.clone()), (other, key.clone())])
                .await
                .unwrap();
            assert!(known.contains(&(SHOP, key.clone())) && !known.contains(&(other, key)));
            assert!(matches!(
                keep(&mut tx, "a-1", "", START).await,
                Err(Error::Conflict(_))
            ));
        })
        .await;
    }

    #[tokio::test]
    async fn the_last_token_is_that_of_the_datastream() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            keep(&mut tx, "1", "application.launch", START).await.unwrap();
            assert_eq!(last_token_at(&mut tx, SHOP, 10).await.unwrap(), None);
            let at = START + Duration::from_secs(5);
            let sync = NewEvent {
                key: &EventKey::new("2").unwrap(),
                datastream: SHOP,
                profile: ProfileId(Uuid::from_u128(7)),
                event_type: "",
                timestamp: START,
                received_at: at,
                identity: "",
                xdm: &json!({}),
                data: &json!({"pushNotificationDetails": [{"token": "0a", "platform": "apns", "appID": "com.example.shop"}]}),
                bytes: 20,
            };
            insert(&mut tx, &[sync]).await.unwrap();
            assert_eq!(last_token_at(&mut tx, SHOP, 10).await.unwrap(), Some(at));
            let other = DatastreamId(Uuid::from_u128(2));
            assert_eq!(last_token_at(&mut tx, other, 10).await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn only_what_a_journey_starts_with_becomes_work() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let (journey, version) = (Uuid::from_u128(1), Uuid::from_u128(2));
            execute!(
                &mut tx,
                "INSERT INTO journey (id, name, draft, revision, status, created_at, updated_at) \
                 VALUES ($1, '', $2, 1, 'live', 0, 0)",
                journey,
                Json(json!({}))
            )
            .unwrap();
            execute!(
                &mut tx,
                "INSERT INTO journey_version (id, journey_id, version, document, status, published_at, published_by) \
                 VALUES ($1, $2, 1, $3, 'live', 0, '')",
                version,
                journey,
                Json(json!({}))
            )
            .unwrap();
            execute!(
                &mut tx,
                "INSERT INTO journey_start (event_type, journey_version_id, node) VALUES ($1, $2, 'a'), ($1, $2, 'b')",
                "commerce.purchases",
                version
            )
            .unwrap();
            let bought = keep(&mut tx, "1", "commerce.purchases", START).await.unwrap();
            keep(&mut tx, "2", "application.launch", START).await.unwrap();
            let work: Vec<(EventId,)> = fetch_all!(&mut tx, (EventId,), "SELECT id FROM event_work").unwrap();
            assert_eq!(work, [(bought,)]);
        })
        .await;
    }

    #[tokio::test]
    async fn what_arrives_is_listed_newest_first_with_what_became_of_it() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let at = |seconds| START + Duration::from_secs(seconds);
            let refusal = |verdict, seconds, reason: &str| Refusal {
                datastream: Some(SHOP),
                at: at(seconds),
                verdict,
                event_type: "a".into(),
                reason: reason.into(),
                bytes: 5,
            };
            keep(&mut tx, "1", "a", at(1)).await.unwrap();
            let twice = [
                refusal(Verdict::Duplicate, 2, "known"),
                refusal(Verdict::Refused, 4, "bad"),
            ];
            refuse(&mut tx, &twice).await.unwrap();
            keep(&mut tx, "2", "b", at(3)).await.unwrap();

            let shown = |arrivals: &[Arrival]| -> Vec<(i64, Verdict)> {
                arrivals
                    .iter()
                    .map(|arrival| (arrival.at.as_seconds() - START.as_seconds(), arrival.verdict))
                    .collect()
            };
            let first = recent(&mut tx, &Filter::default(), None, 3).await.unwrap();
            assert_eq!(
                shown(&first),
                [
                    (4, Verdict::Refused),
                    (3, Verdict::Stored),
                    (2, Verdict::Duplicate)
                ]
            );
            assert_eq!(first[0].reason.as_deref(), Some("bad"));
            assert_eq!(first[1].identity.as_deref(), Some("Email: ada@example.com"));
            let cursor = first.last().map(|last| (last.at, last.id));
            let rest = recent(&mut tx, &Filter::default(), cursor, 3).await.unwrap();
            assert_eq!(shown(&rest), [(1, Verdict::Stored)]);

            let with = |verdict, event_type: Option<&str>, datastream| Filter {
                datastream,
                event_type: event_type.map(str::to_owned),
                verdict,
            };
            for (filter, expected) in [
                (
                    with(Some(Verdict::Duplicate), None, None),
                    vec![(2, Verdict::Duplicate)],
                ),
                (with(None, Some("b"), Some(SHOP)), vec![(3, Verdict::Stored)]),
                (with(None, None, Some(DatastreamId(Uuid::nil()))), vec![]),
            ] {
                let found = recent(&mut tx, &filter, None, 10).await.unwrap();
                assert_eq!(shown(&found), expected);
            }
            assert_eq!(types(&mut tx, 100).await.unwrap(), ["a", "b"]);
        })
        .await;
    }
}
