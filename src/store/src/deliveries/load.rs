//! Reading all that is needed to send what was claimed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use heliograph_model::{
    app_config::{CredentialState, CredentialSummary, GoogleQuota, PayloadStyle, Platform, Stop},
    ids::{AppId, DeviceId, InstanceId, JourneyVersionId, MessageId, ProfileId},
    journey,
    message::Content,
    profile::{Device, DeviceStatus, PushPlatform},
    time::Timestamp,
};
use sqlx::types::Json;

use super::{
    Place,
    claim::{Hold, Taken},
};
use crate::{Database, Result, messages, profiles, profiles::Profile};

/// What the provider last said of an app's credential, and for which revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Grows with each upload.
    pub revision: i64,
    /// What may be shown of it.
    pub summary: CredentialSummary,
    /// What the provider last said.
    pub state: CredentialState,
}

/// The app that a delivery goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedApp {
    /// Its configuration.
    pub id: AppId,
    /// As people call it.
    pub name: String,
    /// Its operating system.
    pub platform: Platform,
    /// Bundle id or package name.
    pub app: String,
    /// How its payloads are written.
    pub style: PayloadStyle,
    /// Its credential; none where none was uploaded.
    pub credential: Option<Credential>,
    /// What Google allows its Firebase project: the largest that the project's apps say. None where it has none.
    pub google_quota: Option<GoogleQuota>,
    /// Nothing is sent to it, where it is stopped.
    pub stop: Option<Stop>,
}

/// A delivery in somebody's hands, with all that is needed to send it.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Which delivery, whose, and from where.
    pub place: Arc<Place>,
    /// Until when it is ours; also what tells our claim from a later one.
    pub lease_until: Timestamp,
    /// A claim ended before its delivery was settled: it may have been sent already.
    pub interrupted: bool,
    /// It was claimed as one whose address may be dead.
    pub doubtful: bool,
    /// How often it was tried before.
    pub attempts: i64,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When its time to live ends.
    pub expires_at: Timestamp,
    /// What made it; the same for all devices of one person that one request goes to.
    pub cause: Arc<str>,
    /// When the pace of its rule sets lets it go, where it was told.
    pub slot_at: Option<Timestamp>,
    /// The person's best time, where the message waits for it and it was found.
    pub moment_at: Option<Timestamp>,
    /// To whom; none where the profile is gone.
    pub profile: Option<Arc<Profile>>,
    /// To which device; none where it is gone, or someone else is signed in on it by now.
    pub device: Option<Arc<Device>>,
    /// By which app; none where it was deleted.
    pub app: Option<Arc<ClaimedApp>>,
    /// Which version of the message; 0 for a draft that is tried out.
    pub version: i64,
    /// What it says; none where that version does not exist.
    pub content: Option<Arc<Content>>,
    /// From which stay in its journey.
    pub instance: Option<InstanceId>,
    /// The journey's time zone, for profiles that have none.
    pub time_zone: Option<Arc<str>>,
    /// The journey was stopped, or the message is.
    pub stopped: bool,
    /// The root `context` of its templates.
    pub context: Arc<serde_json::Value>,
}

#[derive(Debug, sqlx::FromRow)]
struct DeviceRow {
    profile_id: ProfileId,
    id: DeviceId,
    app: String,
    #[sqlx(try_from = "String")]
    platform: PushPlatform,
    token: String,
    ecid: Option<String>,
    #[sqlx(try_from = "String")]
    status: DeviceStatus,
    status_reason: Option<String>,
    registered_at: Timestamp,
    accepted_at: Option<Timestamp>,
    taken_in: Option<String>,
}

/// The part of a journey's document that sending needs.
#[derive(serde::Deserialize)]
struct JourneyHead {
    #[serde(default)]
    settings: journey::Settings,
}

/// All that is needed to send what was taken, in its order. It is read after the claim is committed: on SQLite, nobody else
/// can write while one claims.
///
/// # Errors
/// Where the database fails.
pub async fn load(db: &mut impl Database, taken: &Taken) -> Result<Vec<Claimed>> {
    let set = Set::load(db, &taken.0).await?;
    Ok(taken.0.iter().map(|hold| set.complete(hold)).collect())
}

/// What the deliveries of one claim have in common.
struct Set {
    profiles: HashMap<ProfileId, Arc<Profile>>,
    devices: HashMap<DeviceId, Arc<Device>>,
    apps: HashMap<AppId, Arc<ClaimedApp>>,
    contents: HashMap<(MessageId, i64), Arc<Content>>,
    journeys: HashMap<JourneyVersionId, (Arc<str>, journey::Status)>,
    /// The messages of which nothing is sent.
    stopped: HashSet<MessageId>,
}

/// Each once.
fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.dedup();
    items
}

impl Set {
    async fn load(db: &mut impl Database, held: &[Hold]) -> Result<Self> {
        let profiles = distinct(held.iter().map(|hold| hold.place.profile_id));
        let devices = distinct(held.iter().filter_map(|hold| hold.device_id));
        let apps = distinct(held.iter().filter_map(|hold| hold.place.app_id));
        let messages = distinct(
            held.iter()
                .filter(|hold| hold.content.is_none())
                .map(|hold| hold.place.message_id),
        );
        let versions: HashSet<(MessageId, i64)> = held
            .iter()
            .map(|hold| (hold.place.message_id, hold.message_version))
            .collect();
        let journeys = distinct(held.iter().filter_map(|hold| hold.place.journey_version_id));

        let devices: Vec<DeviceRow> = fetch_in!(
            db,
            DeviceRow,
            // One that was called not valid since it last took a push is in doubt.
            "SELECT profile_id, id, app, platform, token, ecid, status, status_reason, registered_at, \
             CASE WHEN suspected_at IS NULL THEN accepted_at END AS accepted_at, taken_in FROM device WHERE id IN ",
            devices,
            ""
        )?;
        type ContentRow = (MessageId, i64, Json<Content>);
        let contents: Vec<ContentRow> = fetch_in!(
            db,
            ContentRow,
            "SELECT message_id, version, content FROM message_version WHERE message_id IN ",
            messages,
            ""
        )?;
        type JourneyRow = (JourneyVersionId, String, Json<JourneyHead>);
        let journeys: Vec<JourneyRow> = fetch_in!(
            db,
            JourneyRow,
            "SELECT id, status, document FROM journey_version WHERE id IN ",
            journeys,
            ""
        )?;
        Ok(Self {
            stopped: messages::stopped(db, &messages).await?,
            profiles: profiles::load(db, &profiles)
                .await?
                .into_iter()
                .map(|profile| (profile.id, Arc::new(profile)))
                .collect(),
            devices: devices.into_iter().map(device).collect(),
            apps: load_apps(db, &apps).await?,
            contents: contents
                .into_iter()
                .filter(|(message, version, _)| versions.contains(&(*message, *version)))
                .map(|(message, version, Json(content))| ((message, version), Arc::new(content)))
                .collect(),
            journeys: journeys
                .into_iter()
                .map(|(id, status, Json(head))| {
                    let status = journey::Status::parse(&status).unwrap_or(journey::Status::Closed);
                    (id, (head.settings.time_zone.into(), status))
                })
                .collect(),
        })
    }

    fn complete(&self, hold: &Hold) -> Claimed {
        let place = &hold.place;
        let device = hold
            .device_id
            .and_then(|id| self.devices.get(&id))
            .filter(|device| device.profile == place.profile_id)
            .cloned();
        let journey = place.journey_version_id.and_then(|id| self.journeys.get(&id));
        let of_version = || self.contents.get(&(place.message_id, hold.message_version));
        Claimed {
            place: Arc::clone(place),
            lease_until: hold.lease_until,
            interrupted: hold.interrupted,
            doubtful: hold.doubtful,
            attempts: hold.attempts,
            created_at: hold.created_at,
            expires_at: hold.expires_at,
            cause: Arc::clone(&hold.cause),
            slot_at: hold.slot_at,
            moment_at: hold.moment_at,
            profile: self.profiles.get(&place.profile_id).cloned(),
            device,
            app: place.app_id.and_then(|id| self.apps.get(&id).cloned()),
            version: hold.message_version,
            content: hold.content.as_ref().or_else(of_version).cloned(),
            instance: hold.instance_id,
            time_zone: journey.map(|(zone, _)| zone.clone()),
            stopped: journey.is_some_and(|(_, status)| *status == journey::Status::Stopped)
                || (!place.proof && self.stopped.contains(&place.message_id)),
            context: Arc::clone(&hold.context),
        }
    }
}

fn device(row: DeviceRow) -> (DeviceId, Arc<Device>) {
    let device = Device {
        id: row.id,
        profile: row.profile_id,
        app: row.app,
        platform: row.platform,
        token: row.token,
        ecid: row.ecid,
        status: row.status,
        status_reason: row.status_reason,
        registered_at: row.registered_at,
        accepted_at: row.accepted_at,
        taken_in: row.taken_in.as_deref().and_then(PushPlatform::parse),
    };
    (row.id, Arc::new(device))
}

async fn load_apps(db: &mut impl Database, ids: &[AppId]) -> Result<HashMap<AppId, Arc<ClaimedApp>>> {
    #[derive(sqlx::FromRow)]
    struct AppRow {
        id: AppId,
        name: String,
        #[sqlx(try_from = "String")]
        platform: Platform,
        app: String,
        #[sqlx(try_from = "String")]
        style: PayloadStyle,
        revision: Option<i64>,
        summary: Option<Json<CredentialSummary>>,
        state: Option<Json<CredentialState>>,
        google_quota: Option<i64>,
        stop: Option<Json<Stop>>,
    }
    let rows: Vec<AppRow> = fetch_in!(
        db,
        AppRow,
        "SELECT a.id, a.name, a.platform, a.app, a.style, c.revision, c.summary, c.state, a.stop, \
         (SELECT MAX(b.google_quota) FROM app AS b JOIN credential AS d ON d.app_id = b.id \
          WHERE d.summary ->> 'project_id' = c.summary ->> 'project_id') AS google_quota \
         FROM app AS a LEFT JOIN credential AS c ON c.app_id = a.id WHERE a.id IN ",
        ids,
        ""
    )?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let credential = match (row.revision, row.summary, row.state) {
                (Some(revision), Some(Json(summary)), Some(Json(state))) => Some(Credential {
                    revision,
                    summary,
                    state,
                }),
                _ => None,
            };
            let app = ClaimedApp {
                id: row.id,
                name: row.name,
                platform: row.platform,
                app: row.app,
                style: row.style,
                credential,
                google_quota: row.google_quota.and_then(|quota| quota.try_into().ok()),
                stop: row.stop.map(|stop| stop.0),
            };
            (row.id, Arc::new(app))
        })
        .collect())
}
