//! Putting deliveries into the queue.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use heliograph_model::{
    app_config::{AppConfiguration, Platform},
    delivery::{Exclusion, State, Turn},
    ids::{AppId, DeliveryId, DeviceId, InstanceId, JourneyId, JourneyVersionId, MessageId, ProfileId},
    journey::NodeId,
    message::{Content, Rank},
    profile::{Consent, Device},
    report::Figure,
};
use sqlx::types::Json;

use super::Place;
use crate::{Result, Topic, Tx, apps, counters::Counts, devices, messages, profiles};

/// From where in a journey a delivery comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneyPlace {
    /// The journey.
    pub journey: JourneyId,
    /// Its version.
    pub version: JourneyVersionId,
    /// The profile's stay in it.
    pub instance: InstanceId,
    /// The message node.
    pub node: NodeId,
}

/// A message that is sent to try it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// What it says; it need not have been published.
    pub content: Content,
    /// Only to this device; none for all of the profile's.
    pub device: Option<DeviceId>,
}

/// What a delivery is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// A journey sends it; it is counted.
    Journey,
    /// It is sent to try the message out: it is never counted, and consent is not asked.
    Proof(Box<Proof>),
}

/// One message for one profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// To whom.
    pub profile: ProfileId,
    /// Which message.
    pub message: MessageId,
    /// Which version of it; 0 for a draft that is tried out.
    pub version: i64,
    /// The apps that it goes to.
    pub apps: Vec<AppId>,
    /// How long it may take to reach the device.
    pub ttl: Duration,
    /// What it goes before, when messages compete. What somebody tries out goes before all.
    pub rank: Rank,
    /// From where in a journey.
    pub journey: Option<JourneyPlace>,
    /// What makes it. A second request of the same cause does nothing.
    pub cause: String,
    /// The root `context` of its templates.
    pub context: serde_json::Value,
    /// What it is for.
    pub purpose: Purpose,
}

impl Request {
    fn turn(&self) -> Turn {
        match self.purpose {
            Purpose::Journey => self.rank.into(),
            Purpose::Proof(_) => Turn::Proof,
        }
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// One delivery for each device.
    Deliveries(Vec<DeliveryId>),
    /// Nothing will be sent.
    Excluded(Exclusion),
}

struct New<'a> {
    place: Place,
    request: &'a Request,
    device: Option<DeviceId>,
    /// Whether it has to wait among those whose address may be dead. What somebody tries out never does.
    doubtful: bool,
    excluded: Option<Exclusion>,
}

/// Queues messages: one delivery for each active device of the profile on the message's apps; where there is none, or the
/// person refused pushes, one that is excluded. What was queued for the same cause before is found again, and counted no
/// second time. A profile that does not exist any more leaves no trace.
///
/// # Errors
/// Where the database fails.
pub async fn queue(tx: &mut Tx, requests: &[Request], counts: &mut Counts) -> Result<Vec<Queued>> {
    let now = tx.store().now();
    let mut before = queued_before(tx, requests).await?;
    let facts = Facts::load(tx, requests).await?;
    let ids = tx.store().clone();

    let mut rows: Vec<New<'_>> = Vec::with_capacity(requests.len());
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests {
        let key = (request.cause.as_str().to_owned(), facts.survivor(request.profile));
        if let Some(found) = before.get(&key) {
            answers.push(found.clone());
            continue;
        }
        let new = |device: Option<&Device>, app: Option<AppId>, excluded| New {
            place: Place {
                profile_id: facts.survivor(request.profile),
                id: DeliveryId::new(ids.ids()),
                app_id: app,
                message_id: request.message,
                journey_id: request.journey.as_ref().map(|place| place.journey),
                journey_version_id: request.journey.as_ref().map(|place| place.version),
                node: request
                    .journey
                    .as_ref()
                    .map_or_else(String::new, |place| place.node.0.clone()),
                proof: matches!(request.purpose, Purpose::Proof(_)),
            },
            request,
            device: device.map(|device| device.id),
            doubtful: matches!(request.purpose, Purpose::Journey)
                && device.is_some_and(|device| device.is_doubtful(now)),
            excluded,
        };
        let answer = match facts.targets(request) {
            Ok(targets) => {
                let from = rows.len();
                rows.extend(
                    targets
                        .into_iter()
                        .map(|(device, app)| new(Some(device), Some(app), None)),
                );
                Queued::Deliveries(rows[from..].iter().map(|row| row.place.id).collect())
            }
            Err(why) => {
                if facts.profiles.contains_key(&key.1) {
                    rows.push(new(None, None, Some(why)));
                }
                Queued::Excluded(why)
            }
        };
        before.insert(key, answer.clone());
        answers.push(answer);
    }

    let written: Vec<(DeliveryId,)> = insert_returning!(
        tx,
        (DeliveryId,),
        "INSERT INTO delivery (profile_id, id, cause, device_id, app_id, message_id, message_version, journey_id, \
         journey_version_id, instance_id, node, proof, state, reason, attempts, due_at, expires_at, context, content, \
         created_at, ended_at, doubtful, rank) ",
        23,
        rows,
        |row| [
            row.place.profile_id,
            row.place.id,
            row.request.cause.as_str(),
            row.device,
            row.place.app_id,
            row.place.message_id,
            row.request.version,
            row.place.journey_id,
            row.place.journey_version_id,
            row.request.journey.as_ref().map(|place| place.instance),
            row.place.node.as_str(),
            row.place.proof,
            if row.excluded.is_some() {
                State::Excluded
            } else {
                State::Queued
            }
            .as_str(),
            row.excluded.map(Exclusion::code),
            0_i64,
            now,
            now + row.request.ttl,
            Json(&row.request.context),
            match &row.request.purpose {
                Purpose::Journey => None,
                Purpose::Proof(proof) => Some(Json(&proof.content)),
            },
            now,
            row.excluded.map(|_| now),
            row.doubtful,
            row.request.turn().number(),
        ],
        " ON CONFLICT DO NOTHING RETURNING id"
    )?;
    if written.len() < rows.len() {
        // Another process has queued the same at the same moment; its rows count, ours are not there.
        let written: HashSet<DeliveryId> = written.into_iter().map(|(id,)| id).collect();
        let missing: HashSet<DeliveryId> = rows
            .iter()
            .map(|row| row.place.id)
            .filter(|id| !written.contains(id))
            .collect();
        rows.retain(|row| !missing.contains(&row.place.id));
        for answer in &mut answers {
            if let Queued::Deliveries(ids) = answer {
                ids.retain(|id| !missing.contains(id));
            }
        }
    }
    for row in rows.iter().filter(|row| !row.place.proof) {
        let subject = row.place.subject();
        counts.add(now, &subject, Figure::Targeted, "");
        if let Some(why) = row.excluded {
            counts.add(now, &subject, Figure::Excluded, why.code());
        }
    }
    if rows.iter().any(|row| row.excluded.is_none()) {
        tx.raise(Topic::Deliveries);
    }
    Ok(answers)
}

/// What was queued before for these causes.
async fn queued_before(tx: &mut Tx, requests: &[Request]) -> Result<HashMap<(String, ProfileId), Queued>> {
    let mut causes: Vec<&str> = requests.iter().map(|request| request.cause.as_str()).collect();
    causes.sort_unstable();
    causes.dedup();
    type Row = (String, ProfileId, DeliveryId, Option<DeviceId>, Option<String>);
    let rows: Vec<Row> = fetch_in!(
        tx,
        Row,
        "SELECT cause, profile_id, id, device_id, reason FROM delivery WHERE cause IN ",
        causes,
        " ORDER BY id"
    )?;
    let mut found: HashMap<(String, ProfileId), Queued> = HashMap::new();
    for (cause, profile, id, device, reason) in rows {
        let queued = match device {
            Some(_) => Queued::Deliveries(vec![id]),
            None => Queued::Excluded(
                reason
                    .as_deref()
                    .and_then(Exclusion::parse)
                    .unwrap_or(Exclusion::NoDevice),
            ),
        };
        match (found.entry((cause, profile)).or_insert(queued), device) {
            (Queued::Deliveries(ids), Some(_)) if !ids.contains(&id) => ids.push(id),
            _ => {}
        }
    }
    Ok(found)
}

/// What is known of the profiles, devices and apps of some requests.
struct Facts {
    /// Merged profiles with their survivors.
    merged: HashMap<ProfileId, ProfileId>,
    profiles: HashMap<ProfileId, Consent>,
    devices: HashMap<ProfileId, Vec<Device>>,
    apps: HashMap<AppId, AppConfiguration>,
    /// The messages of which nothing is sent.
    stopped: HashSet<MessageId>,
}

impl Facts {
    async fn load(tx: &mut Tx, requests: &[Request]) -> Result<Self> {
        let mut ids: Vec<ProfileId> = requests.iter().map(|request| request.profile).collect();
        ids.sort_unstable();
        ids.dedup();
        let merged: Vec<(ProfileId, ProfileId)> = fetch_in!(
            tx,
            (ProfileId, ProfileId),
            "SELECT id, merged_into FROM profile WHERE merged_into IS NOT NULL AND id IN ",
            ids,
            ""
        )?;
        let merged: HashMap<_, _> = merged.into_iter().collect();
        for id in &mut ids {
            *id = merged.get(id).copied().unwrap_or(*id);
        }
        let profiles = profiles::load(tx, &ids).await?;
        let mut devices: HashMap<ProfileId, Vec<Device>> = HashMap::new();
        for device in devices::active_of(tx, &ids).await? {
            devices.entry(device.profile).or_default().push(device);
        }
        let mut apps: Vec<AppId> = requests.iter().flat_map(|request| request.apps.clone()).collect();
        apps.sort_unstable();
        apps.dedup();
        let mut messages: Vec<MessageId> = requests.iter().map(|request| request.message).collect();
        messages.sort_unstable();
        messages.dedup();
        Ok(Self {
            stopped: messages::stopped(tx, &messages).await?,
            merged,
            profiles: profiles
                .into_iter()
                .map(|profile| (profile.id, Consent::push(&profile.attributes)))
                .collect(),
            devices,
            apps: apps::load(tx, &apps)
                .await?
                .into_iter()
                .map(|app| (app.id, app))
                .collect(),
        })
    }

    fn survivor(&self, profile: ProfileId) -> ProfileId {
        self.merged.get(&profile).copied().unwrap_or(profile)
    }

    /// The devices that a request goes to, each with its app; or why to none.
    fn targets(&self, request: &Request) -> std::result::Result<Vec<(&Device, AppId)>, Exclusion> {
        let profile = self.survivor(request.profile);
        let Some(consent) = self.profiles.get(&profile) else {
            return Err(Exclusion::NoDevice);
        };
        let only = match &request.purpose {
            Purpose::Journey if self.stopped.contains(&request.message) => return Err(Exclusion::Stopped),
            Purpose::Journey if *consent == Consent::Refused => return Err(Exclusion::ConsentRefused),
            Purpose::Journey => None,
            Purpose::Proof(proof) => proof.device,
        };
        let by_app: HashMap<(Platform, &str), AppId> = request
            .apps
            .iter()
            .filter_map(|id| self.apps.get(id))
            .map(|app| ((app.platform, app.app.as_str()), app.id))
            .collect();
        if by_app.is_empty() {
            return Err(Exclusion::AppGone);
        }
        let targets: Vec<_> = self
            .devices
            .get(&profile)
            .into_iter()
            .flatten()
            .filter(|device| only.is_none_or(|only| only == device.id))
            .filter_map(|device| {
                let app = by_app.get(&(device.platform.platform(), device.app.as_str()))?;
                Some((device, *app))
            })
            .collect();
        if targets.is_empty() {
            Err(Exclusion::NoDevice)
        } else {
            Ok(targets)
        }
    }
}
