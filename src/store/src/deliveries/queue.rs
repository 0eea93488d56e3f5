//! Making deliveries.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use heliograph_model::{
    app_config::Platform,
    delivery::{Exclusion, State},
    ids::{AppId, DeliveryId, DeviceId, InstanceId, JourneyId, JourneyVersionId, MessageId, ProfileId},
    journey::NodeId,
    profile::{Consent, Device},
    report::Figure,
    time::Timestamp,
};
use serde_json::Value;
use sqlx::types::Json;

use super::{Delivery, select};
use crate::{Result, Topic, Tx, counters::Counts, devices};

/// Where in a journey a message is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneyPlace {
    /// The journey.
    pub journey: JourneyId,
    /// Its version.
    pub version: JourneyVersionId,
    /// The stay.
    pub instance: InstanceId,
    /// The node.
    pub node: NodeId,
}

/// What a delivery is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A journey reaches a person.
    Journey,
    /// Someone tries a message out on a device of their own. It is never counted, and consent is not asked.
    Proof,
}

/// A message for a profile.
#[derive(Debug, Clone)]
pub struct Request {
    /// For whom.
    pub profile: ProfileId,
    /// What.
    pub message: MessageId,
    /// In which version.
    pub version: i64,
    /// By which apps.
    pub apps: Vec<AppId>,
    /// How long it may be tried.
    pub ttl: Duration,
    /// By which journey.
    pub journey: Option<JourneyPlace>,
    /// What causes it: asked twice with the same cause, it is made once.
    pub cause: String,
    /// The `context` root of personalisation.
    pub context: Value,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a request has led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// One delivery for each active device.
    Deliveries(Vec<DeliveryId>),
    /// Nothing is sent; the delivery that says so is kept all the same.
    Excluded(Exclusion),
}

/// Makes the deliveries for requests: one for each active device of the profile on the request's apps, or one that says why
/// there is none.
///
/// # Errors
/// Where the database fails.
pub async fn queue(tx: &mut Tx, requests: &[Request], counts: &mut Counts) -> Result<Vec<Queued>> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let now = tx.store().now();
    let reach = Reach::load(tx, requests).await?;
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut queued = Vec::with_capacity(requests.len());
    for request in requests {
        match reach.of(request) {
            Ok(devices) => {
                let made: Vec<Row<'_>> = devices
                    .into_iter()
                    .map(|place| Row::new(tx, request, Ok(place)))
                    .collect();
                queued.push(Queued::Deliveries(made.iter().map(|row| row.id).collect()));
                rows.extend(made);
            }
            Err(exclusion) => {
                rows.push(Row::new(tx, request, Err(exclusion)));
                queued.push(Queued::Excluded(exclusion));
            }
        }
    }
    let written: Vec<(DeliveryId,)> = insert_returning!(
        tx,
        (DeliveryId,),
        "INSERT INTO delivery (profile_id, id, cause, device_id, app_id, message_id, message_version, journey_id, \
         journey_version_id, instance_id, node, proof, state, reason, attempts, due_at, expires_at, context, \
         created_at, ended_at) ",
        20,
        rows,
        |row| [
            row.request.profile,
            row.id,
            row.cause.as_str(),
            row.device,
            row.app,
            row.request.message,
            row.request.version,
            row.request.journey.as_ref().map(|place| place.journey),
            row.request.journey.as_ref().map(|place| place.version),
            row.request.journey.as_ref().map(|place| place.instance),
            row.node(),
            row.request.purpose == Purpose::Proof,
            row.state().as_str(),
            row.exclusion.map(Exclusion::code),
            0_i64,
            now,
            now + row.request.ttl,
            Json(&row.request.context),
            now,
            row.exclusion.map(|_| now),
        ],
        " ON CONFLICT (profile_id, cause) DO NOTHING RETURNING id"
    )?;
    let written: HashSet<DeliveryId> = written.into_iter().map(|(id,)| id).collect();
    let mut any = false;
    for row in rows.iter().filter(|row| written.contains(&row.id)) {
        any |= row.exclusion.is_none();
        row.count(counts, now);
    }
    if any {
        tx.raise(Topic::Deliveries);
    }
    Ok(queued)
}

/// One row to be written.
struct Row<'a> {
    id: DeliveryId,
    request: &'a Request,
    cause: String,
    device: Option<DeviceId>,
    app: Option<AppId>,
    exclusion: Option<Exclusion>,
}

impl<'a> Row<'a> {
    fn new(tx: &Tx, request: &'a Request, place: std::result::Result<(AppId, DeviceId), Exclusion>) -> Self {
        let (app, device, exclusion) = match place {
            Ok((app, device)) => (Some(app), Some(device), None),
            Err(exclusion) => (None, None, Some(exclusion)),
        };
        let cause = match device {
            Some(device) => format!("{}:{device}", request.cause),
            None => format!("{}:none", request.cause),
        };
        Self {
            id: DeliveryId::new(tx.store().ids()),
            request,
            cause,
            device,
            app,
            exclusion,
        }
    }

    fn state(&self) -> State {
        if self.exclusion.is_some() {
            State::Excluded
        } else {
            State::Queued
        }
    }

    fn node(&self) -> &str {
        self.request
            .journey
            .as_ref()
            .map_or("", |place| place.node.0.as_str())
    }

    fn count(&self, counts: &mut Counts, now: Timestamp) {
        if self.request.purpose == Purpose::Proof {
            return;
        }
        let nil = crate::counters::Subject::default();
        let subject = crate::counters::Subject {
            journey: self
                .request
                .journey
                .as_ref()
                .map_or(nil.journey, |place| place.journey),
            version: self
                .request
                .journey
                .as_ref()
                .map_or(nil.version, |place| place.version),
            node: self.node().to_owned(),
            message: self.request.message,
            app: self.app.unwrap_or(nil.app),
        };
        counts.add(now, &subject, Figure::Targeted, "");
        if let Some(exclusion) = self.exclusion {
            counts.add(now, &subject, Figure::Excluded, exclusion.code());
        }
    }
}

/// Whom the requests can reach, and how.
struct Reach {
    devices: HashMap<ProfileId, Vec<Device>>,
    apps: HashMap<AppId, (Platform, String)>,
    refused: HashSet<ProfileId>,
}

#[derive(sqlx::FromRow)]
struct AppRow {
    id: AppId,
    #[sqlx(try_from = "String")]
    platform: Platform,
    app: String,
}

impl Reach {
    async fn load(tx: &mut Tx, requests: &[Request]) -> Result<Self> {
        let mut profiles: Vec<ProfileId> = requests.iter().map(|request| request.profile).collect();
        profiles.sort_unstable();
        profiles.dedup();
        let mut devices: HashMap<ProfileId, Vec<Device>> = HashMap::new();
        for device in devices::active_of(tx, &profiles).await? {
            devices.entry(device.profile).or_default().push(device);
        }
        let apps = fetch_all!(tx, AppRow, "SELECT id, platform, app FROM app")?
            .into_iter()
            .map(|row| (row.id, (row.platform, row.app)))
            .collect();
        let attributes: Vec<(ProfileId, Json<Value>)> = fetch_in!(
            tx,
            (ProfileId, Json<Value>),
            "SELECT id, attributes FROM profile WHERE id IN ",
            profiles,
            ""
        )?;
        let refused = attributes
            .into_iter()
            .filter(|(_, attributes)| Consent::push(attributes) == Consent::Refused)
            .map(|(id, _)| id)
            .collect();
        Ok(Self {
            devices,
            apps,
            refused,
        })
    }

    fn of(&self, request: &Request) -> std::result::Result<Vec<(AppId, DeviceId)>, Exclusion> {
        if request.purpose == Purpose::Journey && self.refused.contains(&request.profile) {
            return Err(Exclusion::ConsentRefused);
        }
        let apps: Vec<(AppId, &(Platform, String))> = request
            .apps
            .iter()
            .filter_map(|id| Some((*id, self.apps.get(id)?)))
            .collect();
        if apps.is_empty() {
            return Err(Exclusion::AppGone);
        }
        let devices = self
            .devices
            .get(&request.profile)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let reached: Vec<(AppId, DeviceId)> = devices
            .iter()
            .filter_map(|device| {
                let (app, _) = apps.iter().find(|(_, (platform, app))| {
                    *platform == device.platform.platform() && *app == device.app
                })?;
                Some((*app, device.id))
            })
            .collect();
        if reached.is_empty() {
            Err(Exclusion::NoDevice)
        } else {
            Ok(reached)
        }
    }
}

/// Keeps back whatever of a journey waits to be sent; how many there were. What is on its way ends as it ends.
///
/// # Errors
/// Where the database fails.
pub async fn stop_for_journey(tx: &mut Tx, journey: JourneyId, counts: &mut Counts) -> Result<u64> {
    let now = tx.store().now();
    let stopped: Vec<Delivery> = fetch_all!(
        tx,
        Delivery,
        select!("WHERE journey_id = $1 AND state IN ('queued', 'waiting')"),
        journey
    )?;
    execute!(
        tx,
        "UPDATE delivery SET state = $1, reason = $2, ended_at = $3 \
         WHERE journey_id = $4 AND state IN ('queued', 'waiting')",
        State::Excluded.as_str(),
        Exclusion::Stopped.code(),
        now,
        journey,
    )?;
    for delivery in &stopped {
        delivery.count(counts, now, Figure::Excluded, Exclusion::Stopped.code());
    }
    Ok(stopped.len() as u64)
}
