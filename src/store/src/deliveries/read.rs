//! Looking deliveries up.

use std::collections::BTreeMap;

use heliograph_model::{
    app_config::Platform,
    delivery::{Delivery, DeliveryStory, Hop, HopDetail, HopKind, HowMany, Pending, State, Turn},
    ids::{AppId, DeliveryId, DeviceId, InstanceId, JourneyId, JourneyVersionId, MessageId, ProfileId},
    message::Content,
    time::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Database, Result, messages};

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: DeliveryId,
    profile_id: ProfileId,
    device_id: Option<DeviceId>,
    app_id: Option<AppId>,
    app_name: Option<String>,
    app_platform: Option<String>,
    message_id: MessageId,
    message_name: Option<String>,
    message_version: i64,
    journey_id: Option<JourneyId>,
    journey_name: Option<String>,
    journey_version_id: Option<JourneyVersionId>,
    instance_id: Option<InstanceId>,
    node: String,
    proof: bool,
    #[sqlx(try_from = "String")]
    state: State,
    reason: Option<String>,
    detail: Option<String>,
    attempts: i64,
    rank: i64,
    due_at: Timestamp,
    expires_at: Timestamp,
    created_at: Timestamp,
    sent_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    displayed_at: Option<Timestamp>,
    opened_at: Option<Timestamp>,
    clicked_at: Option<Timestamp>,
    clicked: Option<String>,
    dismissed_at: Option<Timestamp>,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            profile: row.profile_id,
            device: row.device_id,
            app: row.app_id,
            app_name: row.app_name,
            platform: row.app_platform.as_deref().and_then(Platform::parse),
            message: row.message_id,
            message_name: row.message_name.unwrap_or_default(),
            message_version: row.message_version,
            journey: row.journey_id,
            journey_name: row.journey_name,
            journey_version: row.journey_version_id,
            instance: row.instance_id,
            node: row.node,
            proof: row.proof,
            state: row.state,
            reason: row.reason,
            detail: row.detail,
            attempts: row.attempts,
            turn: Turn::of_number(row.rank).unwrap_or(Turn::Last),
            due_at: row.due_at,
            expires_at: row.expires_at,
            created_at: row.created_at,
            sent_at: row.sent_at,
            ended_at: row.ended_at,
            displayed_at: row.displayed_at,
            opened_at: row.opened_at,
            clicked_at: row.clicked_at,
            clicked: row.clicked,
            dismissed_at: row.dismissed_at,
        }
    }
}

/// Selects deliveries with names: `select!("WHERE …")`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.profile_id, d.device_id, d.app_id, a.name AS app_name, a.platform AS app_platform, \
             d.message_id, m.name AS message_name, d.message_version, d.journey_id, j.name AS journey_name, \
             d.journey_version_id, d.instance_id, d.node, d.proof, d.state, d.reason, d.detail, d.attempts, d.rank, \
             d.due_at, d.expires_at, d.created_at, d.sent_at, d.ended_at, d.displayed_at, d.opened_at, d.clicked_at, d.clicked, \
             d.dismissed_at FROM delivery AS d LEFT JOIN app AS a ON a.id = d.app_id \
             LEFT JOIN message AS m ON m.id = d.message_id LEFT JOIN journey AS j ON j.id = d.journey_id ",
            $rest
        )
    };
}

/// One delivery with all that happened to it; none where there is no such delivery.
///
/// # Errors
/// Where the database fails.
pub async fn get(db: &mut impl Database, id: DeliveryId) -> Result<Option<DeliveryStory>> {
    let Some(row): Option<Row> = fetch_optional!(db, Row, select!("WHERE d.id = $1"), id)? else {
        return Ok(None);
    };
    let delivery = Delivery::from(row);
    type More = (Option<String>, Option<String>, Json<serde_json::Value>);
    let (payload, provider_id, Json(context)): More = fetch_one!(
        db,
        More,
        "SELECT payload, provider_id, context FROM delivery WHERE profile_id = $1 AND id = $2",
        delivery.profile,
        id
    )?;
    #[derive(sqlx::FromRow)]
    struct HopRow {
        at: Timestamp,
        #[sqlx(try_from = "String")]
        what: HopKind,
        detail: Json<HopDetail>,
    }
    let rows: Vec<HopRow> = fetch_all!(
        db,
        HopRow,
        "SELECT at, what, detail FROM delivery_hop WHERE profile_id = $1 AND delivery_id = $2 ORDER BY id",
        delivery.profile,
        id
    )?;
    let mut hops = Vec::with_capacity(rows.len() + 2);
    if delivery.device.is_some() {
        hops.push(Hop {
            at: delivery.created_at,
            kind: HopKind::Queued,
            detail: HopDetail::default(),
        });
    } else {
        // It was excluded as it was made, which is kept with the delivery alone.
        hops.push(Hop {
            at: delivery.created_at,
            kind: HopKind::Excluded,
            detail: HopDetail {
                reason: delivery.reason.clone(),
                ..HopDetail::default()
            },
        });
    }
    hops.extend(rows.into_iter().map(|row| Hop {
        at: row.at,
        kind: row.what,
        detail: row.detail.0,
    }));
    if let Some(hop) = accepted(&delivery) {
        let told_by_phone = hops.iter().position(|hop| hop.kind.is_of_phone());
        hops.insert(told_by_phone.unwrap_or(hops.len()), hop);
    }
    Ok(Some(DeliveryStory {
        delivery,
        hops,
        payload,
        provider_id,
        context,
    }))
}

/// What a delivery says: a proof's own content, or that of the message's version; none where that version is gone.
///
/// # Errors
/// Where the database fails.
pub async fn content(db: &mut impl Database, delivery: &Delivery) -> Result<Option<Content>> {
    let own: Option<(Option<Json<Content>>,)> = fetch_optional!(
        db,
        (Option<Json<Content>>,),
        "SELECT content FROM delivery WHERE profile_id = $1 AND id = $2",
        delivery.profile,
        delivery.id
    )?;
    if let Some((Some(Json(content)),)) = own {
        return Ok(Some(content));
    }
    let version = messages::published(db, delivery.message, Some(delivery.message_version)).await?;
    Ok(version.map(|version| version.content))
}

/// That the provider took it, which is kept with the delivery alone: it is how nearly all of them end.
fn accepted(delivery: &Delivery) -> Option<Hop> {
    let at = delivery.ended_at.filter(|_| delivery.state == State::Accepted)?;
    Some(Hop {
        at,
        kind: HopKind::Accepted,
        detail: HopDetail {
            attempt: Some(delivery.attempts),
            reason: delivery.reason.clone(),
            words: delivery.detail.clone(),
            milliseconds: delivery
                .sent_at
                .and_then(|sent| u64::try_from(at.since(sent).as_millis()).ok()),
            until: None,
        },
    })
}

/// The newest deliveries to a profile before one, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn of_profile(
    db: &mut impl Database,
    profile: ProfileId,
    before: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<Delivery>> {
    let rows = fetch_all!(
        db,
        Row,
        select!("WHERE d.profile_id = $1 AND d.id < $2 ORDER BY d.id DESC LIMIT $3"),
        profile,
        before.unwrap_or(DeliveryId(Uuid::max())),
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// The newest deliveries of a message before one, newest first; those in one state, where one is given.
///
/// # Errors
/// Where the database fails.
pub async fn of_message(
    db: &mut impl Database,
    message: MessageId,
    state: Option<State>,
    before: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<Delivery>> {
    let rows = fetch_all!(
        db,
        Row,
        select!(
            "WHERE d.message_id = $1 AND d.id < $2 AND (CAST($3 AS TEXT) IS NULL OR d.state = $3) \
             ORDER BY d.id DESC LIMIT $4"
        ),
        message,
        before.unwrap_or(DeliveryId(Uuid::max())),
        state.map(State::as_str),
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// How much is under way for one app. Of what waits for the same, no more than
/// [`Backlog::COUNTED`](heliograph_model::delivery::Backlog::COUNTED) are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    /// The app.
    pub app_id: AppId,
    /// To be sent as soon as it is due.
    pub queued: HowMany,
    /// To be tried again.
    pub waiting: HowMany,
    /// Waiting for the credential to work.
    pub held: HowMany,
    /// Waiting for sending to go on.
    pub stopped: HowMany,
    /// In a worker's hands.
    pub sending: HowMany,
    /// When the oldest of them was queued.
    pub oldest: Timestamp,
}

/// How much is under way, for each app that has something.
///
/// # Errors
/// Where the database fails.
pub async fn depths(db: &mut impl Database) -> Result<Vec<Depth>> {
    let mut depths: BTreeMap<AppId, Depth> = BTreeMap::new();
    for group in super::backlog(db).await? {
        let Some(app_id) = group.app else { continue };
        let depth = depths.entry(app_id).or_insert(Depth {
            app_id,
            queued: HowMany::NONE,
            waiting: HowMany::NONE,
            held: HowMany::NONE,
            stopped: HowMany::NONE,
            sending: HowMany::NONE,
            oldest: group.oldest,
        });
        let part = match &group.pending {
            Pending::Queued => &mut depth.queued,
            Pending::Sending => &mut depth.sending,
            Pending::Waiting(_) => &mut depth.waiting,
            Pending::Held(_) if group.pending.is_stopped() => &mut depth.stopped,
            Pending::Held(_) => &mut depth.held,
        };
        *part = *part + group.count;
        depth.oldest = depth.oldest.min(group.oldest);
    }
    Ok(depths.into_values().collect())
}
