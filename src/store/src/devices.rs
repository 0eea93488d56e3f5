//! Devices: installs of apps with their push tokens.
//!
//! A token is kept once for each app and platform. Whoever sent it last owns it; an install (ECID) has one active token
//! for each app and platform, the newest.

use std::collections::HashMap;

use heliograph_model::{
    app_config::Platform,
    ids::{DeviceId, ProfileId},
    profile::{Device, DeviceStatus, PushPlatform},
    time::Timestamp,
};

use crate::{Database, Result, Tx};

#[derive(Debug, Clone, sqlx::FromRow)]
struct Row {
    profile_id: ProfileId,
    id: DeviceId,
    app: String,
    #[sqlx(try_from = "String")]
    platform: PushPlatform,
    token: String,
    token_key: String,
    ecid: Option<String>,
    #[sqlx(try_from = "String")]
    status: DeviceStatus,
    status_reason: Option<String>,
    status_at: Timestamp,
    registered_at: Timestamp,
    accepted_at: Option<Timestamp>,
    suspected_at: Option<Timestamp>,
    taken_in: Option<String>,
}

impl From<Row> for Device {
    fn from(row: Row) -> Self {
        Self {
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
        }
    }
}

/// Selects devices: `select!("WHERE …")`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT profile_id, id, app, platform, token, token_key, ecid, status, status_reason, status_at, \
             registered_at, accepted_at, suspected_at, taken_in FROM device ",
            $rest
        )
    };
}

/// Why a device is not active where the app itself said so (`denylisted`).
pub const DISABLED_BY_APP: &str = "disabled_by_app";

/// Longest token accepted, in bytes. APNs tokens have 64 to 200, FCM's some 150 to 300; neither provider states a limit.
pub const TOKEN_MAX: usize = 2000;

/// Longest bundle id or package name accepted, in bytes.
pub const APP_MAX: usize = 255;

/// A token that an app has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Whose the install is.
    pub profile: ProfileId,
    /// The install's ECID, where it said so.
    pub ecid: Option<String>,
    /// Bundle id or package name.
    pub app: String,
    /// The push service.
    pub platform: PushPlatform,
    /// The token.
    pub token: String,
    /// Does the app want pushes?
    pub wanted: Wanted,
    /// When the app sent it, never in the future.
    pub at: Timestamp,
}

/// Does the app want pushes on a token?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// It does.
    Yes,
    /// It has put the token on the deny list.
    DenyListed,
}

/// The token as it is found: key, app and platform.
type TokenKey = (String, String, PushPlatform);

/// Takes in tokens in the order in which they came. A token goes to the profile that sent it last; the older tokens of
/// the same install are replaced; a retired one is active again; what is older than what is known changes nothing.
///
/// # Errors
/// Where the database fails.
pub async fn sync(tx: &mut Tx, claims: &[Claim]) -> Result<()> {
    if claims.is_empty() {
        return Ok(());
    }
    let mut rows: HashMap<TokenKey, Row> = HashMap::new();
    let token_keys: Vec<String> = claims
        .iter()
        .map(|claim| claim.platform.token_key(&claim.token))
        .collect();
    let ecids: Vec<String> = claims
        .iter()
        .filter_map(|claim| Some(claim.ecid.as_ref()?.to_lowercase()))
        .collect();
    let lock = tx.store().engine().lock();
    let by_token = fetch_in!(
        tx,
        Row,
        select!("WHERE token_key IN "),
        token_keys,
        format_args!(" ORDER BY id{lock}")
    )?;
    let by_install = fetch_in!(
        tx,
        Row,
        select!("WHERE ecid IN "),
        ecids,
        format_args!(" ORDER BY id{lock}")
    )?;
    for row in by_token.into_iter().chain(by_install) {
        rows.insert((row.token_key.clone(), row.app.clone(), row.platform), row);
    }

    let mut changed: Vec<TokenKey> = Vec::new();
    for claim in claims {
        let ecid = claim.ecid.as_ref().map(|ecid| ecid.to_lowercase());
        let key: TokenKey = (
            claim.platform.token_key(&claim.token),
            claim.app.clone(),
            claim.platform,
        );
        if rows.get(&key).is_some_and(|row| row.registered_at > claim.at) {
            continue;
        }
        let mut status = match claim.wanted {
            Wanted::Yes => (DeviceStatus::Active, None),
            Wanted::DenyListed => (DeviceStatus::Retired, Some(DISABLED_BY_APP.to_owned())),
        };
        if ecid.is_some() {
            for (other_key, other) in &mut rows {
                let same_install =
                    other.ecid == ecid && other.app == claim.app && other.platform == claim.platform;
                if !same_install || *other_key == key {
                    continue;
                }
                if other.registered_at > claim.at {
                    status = (DeviceStatus::Replaced, None);
                } else if other.status != DeviceStatus::Replaced {
                    other.status = DeviceStatus::Replaced;
                    other.status_reason = None;
                    other.status_at = claim.at;
                    changed.push(other_key.clone());
                }
            }
        }
        let id = DeviceId::new(tx.store().ids());
        let row = rows.entry(key.clone()).or_insert_with(|| Row {
            profile_id: claim.profile,
            id,
            app: claim.app.clone(),
            platform: claim.platform,
            token: claim.token.clone(),
            token_key: key.0.clone(),
            ecid: None,
            status: status.0,
            status_reason: status.1.clone(),
            status_at: claim.at,
            registered_at: claim.at,
            accepted_at: None,
            suspected_at: None,
            taken_in: None,
        });
        row.profile_id = claim.profile;
        row.token.clone_from(&claim.token);
        row.ecid = ecid.or_else(|| row.ecid.take());
        row.registered_at = claim.at;
        if (row.status, &row.status_reason) != (status.0, &status.1) {
            (row.status, row.status_reason) = status;
            row.status_at = claim.at;
            row.suspected_at = None;
        }
        changed.push(key);
    }

    changed.sort_unstable_by(|(a, b, c), (x, y, z)| (a, b, c.as_str()).cmp(&(x, y, z.as_str())));
    changed.dedup();
    let changed: Vec<&Row> = changed.iter().filter_map(|key| rows.get(key)).collect();
    insert_all!(
        tx,
        "INSERT INTO device (profile_id, id, app, platform, token, token_key, ecid, status, status_reason, status_at, \
         registered_at, accepted_at, suspected_at) ",
        13,
        changed,
        |row| [
            row.profile_id,
            row.id,
            row.app.as_str(),
            row.platform.as_str(),
            row.token.as_str(),
            row.token_key.as_str(),
            row.ecid.as_deref(),
            row.status.as_str(),
            row.status_reason.as_deref(),
            row.status_at,
            row.registered_at,
            row.accepted_at,
            row.suspected_at,
        ],
        " ON CONFLICT (token_key, app, platform) DO UPDATE SET profile_id = excluded.profile_id, \
         token = excluded.token, ecid = excluded.ecid, status = excluded.status, \
         status_reason = excluded.status_reason, status_at = excluded.status_at, \
         registered_at = excluded.registered_at, suspected_at = excluded.suspected_at"
    )?;
    Ok(())
}

/// All devices of a profile, the one that registered last first.
///
/// # Errors
/// Where the database fails.
pub async fn of_profile(db: &mut impl Database, profile: ProfileId) -> Result<Vec<Device>> {
    let rows = fetch_all!(
        db,
        Row,
        select!("WHERE profile_id = $1 ORDER BY registered_at DESC, id DESC"),
        profile
    )?;
    Ok(rows.into_iter().map(Device::from).collect())
}

/// The devices of these profiles that pushes go to.
///
/// # Errors
/// Where the database fails.
pub async fn active_of(db: &mut impl Database, profiles: &[ProfileId]) -> Result<Vec<Device>> {
    let rows = fetch_in!(
        db,
        Row,
        select!("WHERE status = 'active' AND profile_id IN "),
        profiles,
        ""
    )?;
    Ok(rows.into_iter().map(Device::from).collect())
}

/// Is there a device that can be pushed to?
///
/// # Errors
/// Where the database fails.
pub async fn any_active(db: &mut impl Database) -> Result<bool> {
    let (found,): (i64,) = fetch_one!(
        db,
        (i64,),
        "SELECT COUNT(*) FROM (SELECT 1 FROM device WHERE status = $1 LIMIT 1) AS one",
        DeviceStatus::Active.as_str()
    )?;
    Ok(found > 0)
}

/// The devices with these identifiers, in no order.
///
/// # Errors
/// Where the database fails.
pub async fn load(db: &mut impl Database, ids: &[DeviceId]) -> Result<Vec<Device>> {
    let rows = fetch_in!(db, Row, select!("WHERE id IN "), ids, "")?;
    Ok(rows.into_iter().map(Device::from).collect())
}

/// The device with this token.
///
/// # Errors
/// Where the database fails.
pub async fn by_token(
    db: &mut impl Database,
    app: &str,
    platform: PushPlatform,
    token: &str,
) -> Result<Option<Device>> {
    let row = fetch_optional!(
        db,
        Row,
        select!("WHERE token_key = $1 AND app = $2 AND platform = $3"),
        platform.token_key(token),
        app,
        platform.as_str(),
    )?;
    Ok(row.map(Device::from))
}

/// Stops pushes to a device until the app sends its token again. Nothing happens where the device is not active, or its
/// token was registered again after it was `dead_since`.
///
/// # Errors
/// Where the database fails.
pub async fn retire(
    tx: &mut Tx,
    id: DeviceId,
    reason: &str,
    dead_since: Timestamp,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        "UPDATE device SET status = 'retired', status_reason = $2, status_at = $3 \
         WHERE id = $1 AND status = 'active' AND registered_at <= $4",
        id,
        reason,
        now,
        dead_since
    )?;
    Ok(())
}

/// How many of an app's tokens were retired since a time because of what the provider said, by its reason; not those that the
/// app itself switched off.
///
/// # Errors
/// Where the database fails.
pub async fn retired_since(
    db: &mut impl Database,
    app: &str,
    platform: Platform,
    since: Timestamp,
) -> Result<HashMap<String, i64>> {
    #[derive(sqlx::FromRow)]
    struct Retired {
        status_reason: String,
        #[sqlx(try_from = "String")]
        platform: PushPlatform,
        n: i64,
    }
    let found: Vec<Retired> = fetch_all!(
        db,
        Retired,
        "SELECT status_reason, platform, COUNT(*) AS n FROM device WHERE status = 'retired' AND app = $1 \
         AND status_at >= $2 AND status_reason <> $3 GROUP BY status_reason, platform",
        app,
        since,
        DISABLED_BY_APP
    )?;
    let mut reasons = HashMap::new();
    for one in found
        .into_iter()
        .filter(|one| one.platform.platform() == platform)
    {
        *reasons.entry(one.status_reason).or_default() += one.n;
    }
    Ok(reasons)
}

/// Notes that the provider accepted pushes for these devices, so their tokens are good.
///
/// # Errors
/// Where the database fails.
pub async fn accepted(tx: &mut Tx, ids: &[DeviceId], at: Timestamp) -> Result<()> {
    let mut ids = ids.to_vec();
    // Always in the same order, so that two transactions never wait for each other's rows crosswise.
    ids.sort_unstable();
    ids.dedup();
    execute_in!(
        tx,
        "UPDATE device SET accepted_at = ",
        at,
        ", suspected_at = NULL WHERE id IN ",
        ids
    )?;
    Ok(())
}

/// Notes that a push service accepted a push for a device, so that what follows goes there, whatever service the app names.
///
/// # Errors
/// Where the database fails.
pub async fn taken_in(tx: &mut Tx, id: DeviceId, service: PushPlatform, at: Timestamp) -> Result<()> {
    execute!(
        tx,
        "UPDATE device SET accepted_at = $2, suspected_at = NULL, taken_in = $3 WHERE id = $1",
        id,
        at,
        service.as_str()
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{START, on_each_engine};

    fn claim(ecid: &str, token: &str, seconds: u64) -> Claim {
        Claim {
            // Each install has a profile of its own here.
            profile: ProfileId(uuid::Uuid::from_u128(ecid.parse().unwrap())),
            ecid: Some(ecid.to_owned()),
            app: "com.example.shop".to_owned(),
            platform: PushPlatform::Apns,
            token: token.to_owned(),
            wanted: Wanted::Yes,
            at: START + Duration::from_secs(seconds),
        }
    }

    /// The devices of an install's profile, as token and status, oldest token first.
    async fn of(tx: &mut Tx, ecid: &str) -> Vec<(String, DeviceStatus)> {
        let mut devices = of_profile(tx, claim(ecid, "", 0).profile).await.unwrap();
        devices.reverse();
        devices
            .into_iter()
            .map(|device| (device.token, device.status))
            .collect()
    }

    #[tokio::test]
    async fn a_token_belongs_to_whoever_sent_it_last() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            sync(&mut tx, &[claim("1", "AB", 1)]).await.unwrap();
            let before = by_token(&mut tx, "com.example.shop", PushPlatform::Apns, "ab")
                .await
                .unwrap()
                .unwrap();
            // Apple's tokens have no case; an older claim loses; the device stays the same one.
            sync(&mut tx, &[claim("2", "ab", 3), claim("1", "AB", 2)])
                .await
                .unwrap();
            assert_eq!(of(&mut tx, "1").await, []);
            assert_eq!(of(&mut tx, "2").await, [("ab".into(), DeviceStatus::Active)]);
            let now = load(&mut tx, &[before.id]).await.unwrap();
            assert_eq!(now[0].ecid.as_deref(), Some("2"));
        })
        .await;
    }

    #[tokio::test]
    async fn an_install_keeps_its_newest_token_alone() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            sync(&mut tx, &[claim("1", "a", 1), claim("1", "b", 3)])
                .await
                .unwrap();
            sync(&mut tx, &[claim("1", "late", 2)]).await.unwrap();
            assert_eq!(
                of(&mut tx, "1").await,
                [
                    ("a".into(), DeviceStatus::Replaced),
                    ("late".into(), DeviceStatus::Replaced),
                    ("b".into(), DeviceStatus::Active)
                ]
            );
            // Another app on the same phone, and another install, are not concerned.
            let mut other = claim("1", "c", 4);
            other.app = "com.example.news".into();
            sync(&mut tx, &[other, claim("2", "d", 4)]).await.unwrap();
            assert_eq!(
                active_of(&mut tx, &[claim("1", "", 0).profile])
                    .await
                    .unwrap()
                    .len(),
                2
            );
            // It can go back to the first.
            sync(&mut tx, &[claim("1", "a", 5)]).await.unwrap();
            let tokens = of(&mut tx, "1").await;
            assert_eq!(tokens.last().unwrap(), &("a".into(), DeviceStatus::Active));
            assert!(tokens.contains(&("b".into(), DeviceStatus::Replaced)));
        })
        .await;
    }

    #[tokio::test]
    async fn a_retired_token_comes_back_when_the_app_sends_it_again_and_not_before() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            sync(&mut tx, &[claim("1", "a", 1)]).await.unwrap();
            let id = of_profile(&mut tx, claim("1", "", 0).profile).await.unwrap()[0].id;
            let at = |seconds| START + Duration::from_secs(seconds);
            // What the provider said of the token before it was registered again says nothing of it now.
            retire(&mut tx, id, "unregistered", at(0), at(9)).await.unwrap();
            assert_eq!(of(&mut tx, "1").await, [("a".into(), DeviceStatus::Active)]);
            retire(&mut tx, id, "unregistered", at(2), at(9)).await.unwrap();
            let device = &load(&mut tx, &[id]).await.unwrap()[0];
            assert_eq!(device.status, DeviceStatus::Retired);
            assert_eq!(device.status_reason.as_deref(), Some("unregistered"));
            let (app, platform) = (&device.app, device.platform.platform());
            let mut counted = async |platform, since| {
                let found = retired_since(&mut tx, app, platform, at(since)).await;
                found.unwrap().into_iter().collect::<Vec<_>>()
            };
            assert_eq!(counted(platform, 9).await, [("unregistered".to_owned(), 1)]);
            assert_eq!(counted(platform, 10).await, []);
            let other = [Platform::Ios, Platform::Android]
                .into_iter()
                .find(|other| *other != platform);
            assert_eq!(counted(other.unwrap(), 0).await, []);
            sync(&mut tx, &[claim("1", "a", 3)]).await.unwrap();
            let device = &load(&mut tx, &[id]).await.unwrap()[0];
            assert_eq!(
                (device.status, &device.status_reason),
                (DeviceStatus::Active, &None)
            );
            accepted(&mut tx, &[id, id], at(4)).await.unwrap();
            assert_eq!(load(&mut tx, &[id]).await.unwrap()[0].accepted_at, Some(at(4)));

            let denied = Claim {
                wanted: Wanted::DenyListed,
                ..claim("1", "a", 5)
            };
            sync(&mut tx, &[denied]).await.unwrap();
            let device = &load(&mut tx, &[id]).await.unwrap()[0];
            assert_eq!(device.status_reason.as_deref(), Some(DISABLED_BY_APP));
        })
        .await;
    }
}
