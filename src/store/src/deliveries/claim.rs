//! Taking deliveries out of the queue to send them.

use std::{sync::Arc, time::Duration};

use heliograph_model::{
    delivery::Turn,
    ids::{AppId, DeliveryId, DeviceId, InstanceId},
    message::Content,
    time::Timestamp,
};
use sqlx::types::Json;

use super::Place;
use crate::{Database, Result, Tx};

#[derive(Debug, sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    place: Place,
    device_id: Option<DeviceId>,
    message_version: i64,
    instance_id: Option<InstanceId>,
    attempts: i64,
    created_at: Timestamp,
    expires_at: Timestamp,
    cause: String,
    slot_at: Option<Timestamp>,
    moment_at: Option<Timestamp>,
    context: Json<serde_json::Value>,
    content: Option<Json<Content>>,
    doubtful: bool,
}

/// Deliveries that are ours until a time; [`super::load`] tells what they are.
#[derive(Debug, Default)]
pub struct Taken(pub(super) Vec<Hold>);

/// One of them.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) place: Arc<Place>,
    pub(super) device_id: Option<DeviceId>,
    pub(super) message_version: i64,
    pub(super) instance_id: Option<InstanceId>,
    pub(super) attempts: i64,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) cause: Arc<str>,
    pub(super) slot_at: Option<Timestamp>,
    pub(super) moment_at: Option<Timestamp>,
    pub(super) context: Arc<serde_json::Value>,
    pub(super) content: Option<Arc<Content>>,
    pub(super) lease_until: Timestamp,
    pub(super) interrupted: bool,
    pub(super) doubtful: bool,
}

impl Hold {
    fn new(row: Row, lease_until: Timestamp) -> Self {
        Self {
            place: Arc::new(row.place),
            device_id: row.device_id,
            message_version: row.message_version,
            instance_id: row.instance_id,
            attempts: row.attempts,
            created_at: row.created_at,
            expires_at: row.expires_at,
            cause: row.cause.into(),
            slot_at: row.slot_at,
            moment_at: row.moment_at,
            context: Arc::new(row.context.0),
            content: row.content.map(|Json(content)| Arc::new(content)),
            lease_until,
            interrupted: false,
            doubtful: row.doubtful,
        }
    }
}

impl Taken {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// How many of them go to addresses in doubt.
    pub fn doubtful(&self) -> usize {
        self.0.iter().filter(|hold| hold.doubtful).count()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How many deliveries a worker has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// In all.
    pub all: u32,
    /// Of these, how many to addresses in doubt. They wait in a queue of their own, for a worker that has its hands full of
    /// them could send to nobody else.
    pub doubtful: u32,
}

impl Room {
    /// Room for so many, whatever their addresses are.
    pub const fn of(all: u32) -> Self {
        Self { all, doubtful: all }
    }
}

/// The head of a statement that finds deliveries to claim. What is needed of them is read here, and not when they are
/// marked: SQLite would put every row aside once more to return it.
macro_rules! select {
    () => {
        "SELECT profile_id, id, app_id, message_id, journey_id, journey_version_id, node, proof, device_id, \
         message_version, instance_id, attempts, created_at, expires_at, cause, slot_at, moment_at, context, content, \
         doubtful FROM delivery WHERE "
    };
}

/// Those of one turn that are due.
macro_rules! ready {
    () => {
        concat!(
            select!(),
            "state IN ('queued', 'waiting') AND doubtful = $3 AND rank = $4 AND due_at <= $1 ORDER BY due_at LIMIT $2"
        )
    };
}

/// When the first of those in doubt, or of the others, is due: the first of each turn is found in the index at once.
macro_rules! first_due {
    ($doubtful:literal) => {
        concat!(
            "(SELECT MIN(due_at) FROM (",
            first_due!($doubtful, "0"),
            " UNION ALL ",
            first_due!($doubtful, "1"),
            " UNION ALL ",
            first_due!($doubtful, "2"),
            " UNION ALL ",
            first_due!($doubtful, "3"),
            ") AS turns)"
        )
    };
    ($doubtful:literal, $rank:literal) => {
        concat!(
            "SELECT MIN(due_at) AS due_at FROM delivery WHERE state IN ('queued', 'waiting') AND doubtful = ",
            $doubtful,
            " AND rank = ",
            $rank
        )
    };
}

/// When the first is due, the first in doubt is, and the first lease ends.
const NEXT: &str = concat!(
    "SELECT ",
    first_due!("FALSE"),
    ", ",
    first_due!("TRUE"),
    ", (SELECT MIN(lease_until) FROM delivery WHERE state = 'sending')"
);

/// Claims deliveries that are due, by their turn and then oldest first, and those whose last claim ended without a
/// settlement. They are ours for `lease`; two workers never get the same.
///
/// # Errors
/// Where the database fails.
pub async fn claim(tx: &mut Tx, now: Timestamp, room: Room, lease: Duration) -> Result<Taken> {
    let lost = claiming!(
        tx,
        select!(),
        "state = 'sending' AND lease_until <= $1 ORDER BY lease_until LIMIT $2"
    );
    let mut left = i64::from(room.all);
    let interrupted: Vec<Row> = fetch_all!(tx, Row, lost, now, left)?;
    left -= i64::try_from(interrupted.len()).unwrap_or(i64::MAX);
    let ready = claiming!(tx, ready!());
    let mut due: Vec<Row> = Vec::new();
    let mut left_doubtful = i64::from(room.doubtful);
    for turn in Turn::ALL {
        // Those in doubt come first, for their room is small, and the others may never end.
        for doubtful in [true, false] {
            let most = if doubtful { left.min(left_doubtful) } else { left };
            if most <= 0 {
                continue;
            }
            let found: Vec<Row> = fetch_all!(tx, Row, ready, now, most, doubtful, turn.number())?;
            let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
            left -= count;
            if doubtful {
                left_doubtful -= count;
            }
            due.extend(found);
        }
    }
    let mut taken = take(tx, interrupted, now + lease).await?;
    taken.iter_mut().for_each(|one| one.interrupted = true);
    taken.extend(take(tx, due, now + lease).await?);
    Ok(Taken(taken))
}

/// Claims up to `limit` deliveries that wait for the app's credential to work, to try it with one of them; the oldest.
///
/// # Errors
/// Where the database fails.
pub async fn claim_probe(
    tx: &mut Tx,
    app: AppId,
    now: Timestamp,
    limit: u32,
    lease: Duration,
) -> Result<Taken> {
    let waiting = claiming!(
        tx,
        select!(),
        "state = 'waiting' AND held AND app_id = $1 AND expires_at > $2 ORDER BY due_at LIMIT $3"
    );
    let found: Vec<Row> = fetch_all!(tx, Row, waiting, app, now, i64::from(limit))?;
    Ok(Taken(take(tx, found, now + lease).await?))
}

/// Marks deliveries as being sent.
async fn take(tx: &mut Tx, rows: Vec<Row>, lease_until: Timestamp) -> Result<Vec<Hold>> {
    let ids: Vec<DeliveryId> = rows.iter().map(|row| row.place.id).collect();
    execute_in!(
        tx,
        "UPDATE delivery SET lease_until = ",
        lease_until,
        ", state = 'sending', held = FALSE WHERE id IN ",
        ids
    )?;
    Ok(rows.into_iter().map(|row| Hold::new(row, lease_until)).collect())
}

/// When there is next something to claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Apart from addresses in doubt: a delivery that is due, a lease that ends, or what is held and can be let go or tried
    /// ([`super::next_release`]).
    pub known: Option<Timestamp>,
    /// A delivery to an address in doubt that is due.
    pub doubtful: Option<Timestamp>,
}

impl Due {
    /// Whichever comes first.
    pub fn first(self) -> Option<Timestamp> {
        self.known.into_iter().chain(self.doubtful).min()
    }
}

/// When there is next something to claim; none where nothing is under way.
///
/// # Errors
/// Where the database fails.
pub async fn next_due(db: &mut impl Database) -> Result<Due> {
    type Row = (Option<Timestamp>, Option<Timestamp>, Option<Timestamp>);
    let (due, doubtful, lease): Row = fetch_one!(db, Row, NEXT)?;
    let released = super::next_release(db).await?;
    Ok(Due {
        known: [due, lease, released].into_iter().flatten().min(),
        doubtful,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sql::explain, testing::on_each_engine};

    #[tokio::test]
    async fn what_is_due_is_found_by_its_turn_and_nothing_else_is_read() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            for (query, reads) in [(ready!(), 1), (NEXT, 9)] {
                let Some(plan) = explain(&mut tx, query).await else {
                    return;
                };
                let steps: Vec<&String> = plan.iter().filter(|step| step.contains(" delivery")).collect();
                assert_eq!(steps.len(), reads, "{plan:?}");
                for step in steps {
                    let by_turn = step.contains("delivery_due (doubtful=? AND rank=?");
                    assert!(by_turn || step.contains("delivery_lease"), "{query}: {step}");
                }
                assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
            }
        })
        .await;
    }
}
