//! Who is in an audience.

use std::collections::{HashMap, HashSet};

use heliograph_model::{
    audience::{EventFact, Facts, Needs, Rule},
    ids::{AudienceId, ProfileId},
    profile::{DeviceStatus, PushPlatform},
    time::Timestamp,
};
use serde_json::Value;
use sqlx::types::Json;
use tokio::time::Instant;
use uuid::Uuid;

use super::compile::{Library, compile};
use crate::{
    Database, Result,
    statement::{Bind, Binds, engine_of, fetch},
};

/// How many profiles are judged by one query, so that a count can be stopped and never holds a connection for long. Few in tests, so that they too count in parts.
const CHUNK: i64 = if cfg!(test) { 7 } else { 20_000 };
/// How many profiles' facts are loaded by one query.
const FACTS_CHUNK: usize = 500;

/// How far a count has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Profiles for which the rule holds.
    pub matched: i64,
    /// Profiles that were judged.
    pub judged: i64,
    /// Whether they were all of them: if not, time ran out.
    pub complete: bool,
}

/// How many profiles the rule holds for.
///
/// # Errors
/// Where the database fails, or the rule can't be used: audiences lead back to themselves, or it is too large.
pub async fn count(db: &mut impl Database, rule: &Rule, now: Timestamp) -> Result<i64> {
    let (tally, _) = count_with_sample(db, rule, now, 0, None).await?;
    Ok(tally.matched)
}

/// Counts the profiles for which the rule holds, and collects the first of them, until a deadline.
///
/// # Errors
/// As [`count`].
pub async fn count_with_sample(
    db: &mut impl Database,
    rule: &Rule,
    now: Timestamp,
    sample: u32,
    deadline: Option<Instant>,
) -> Result<(Tally, Vec<ProfileId>)> {
    let library = Library::of(db, rule).await?;
    let mut tally = Tally::default();
    let mut found = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let last: Option<(ProfileId,)> = fetch_optional!(
            db,
            (ProfileId,),
            "SELECT id FROM profile WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2",
            after,
            CHUNK - 1
        )?;
        let until = last.map_or(Uuid::max(), |(id,)| id.0);

        let mut binds = Binds::default();
        let condition = compile(engine_of(db), rule, &library, now, &mut binds)?;
        let (from, to) = (binds.id(after), binds.id(until));
        let text = format!(
            "SELECT COUNT(CASE WHEN {condition} THEN 1 END), COUNT(*) FROM profile p \
             WHERE p.merged_into IS NULL AND p.id > {from} AND p.id <= {to}"
        );
        let counted: Vec<(i64, i64)> = fetch(db, text, binds).await?;
        let (matched, judged) = counted.into_iter().next().unwrap_or_default();
        tally.matched += matched;
        tally.judged += judged;

        let wanted = i64::from(sample) - i64::try_from(found.len()).unwrap_or(i64::MAX);
        if matched > 0 && wanted > 0 {
            found.extend(page(db, rule, &library, now, after, wanted).await?);
        }
        if last.is_none() {
            tally.complete = true;
            break;
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        after = until;
    }
    Ok((tally, found))
}

/// The profiles for which the rule holds, in the order of their identifiers: the first `limit` after one.
///
/// # Errors
/// As [`count`].
pub async fn members(
    db: &mut impl Database,
    rule: &Rule,
    now: Timestamp,
    after: Option<ProfileId>,
    limit: u32,
) -> Result<Vec<ProfileId>> {
    let library = Library::of(db, rule).await?;
    let after = after.map_or(Uuid::nil(), |id| id.0);
    page(db, rule, &library, now, after, i64::from(limit)).await
}

async fn page(
    db: &mut impl Database,
    rule: &Rule,
    library: &Library,
    now: Timestamp,
    after: Uuid,
    limit: i64,
) -> Result<Vec<ProfileId>> {
    let mut binds = Binds::default();
    let condition = compile(engine_of(db), rule, library, now, &mut binds)?;
    let (after, limit) = (binds.id(after), binds.integer(limit));
    let text = format!(
        "SELECT p.id FROM profile p WHERE p.merged_into IS NULL AND p.id > {after} AND {condition} \
         ORDER BY p.id LIMIT {limit}"
    );
    let found: Vec<(ProfileId,)> = fetch(db, text, binds).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Those of the profiles for which the rule holds.
///
/// # Errors
/// As [`count`].
pub async fn contains(
    db: &mut impl Database,
    rule: &Rule,
    now: Timestamp,
    profiles: &[ProfileId],
) -> Result<HashSet<ProfileId>> {
    if profiles.is_empty() {
        return Ok(HashSet::new());
    }
    let library = Library::of(db, rule).await?;
    let mut found = HashSet::new();
    for chunk in profiles.chunks(FACTS_CHUNK) {
        let mut binds = Binds::default();
        let condition = compile(engine_of(db), rule, &library, now, &mut binds)?;
        let set = binds.list(chunk.iter().map(|id| Bind::Id(id.0)));
        let text = format!(
            "SELECT p.id FROM profile p WHERE p.merged_into IS NULL AND p.id IN {set} AND {condition}"
        );
        let rows: Vec<(ProfileId,)> = fetch(db, text, binds).await?;
        found.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

/// What is known about each of the profiles, as far as the rules ask; the entry event is for the caller to fill in.
///
/// # Errors
/// As [`count`], of the audiences that the rules name.
pub async fn facts(
    db: &mut impl Database,
    profiles: &[ProfileId],
    rules: &[&Rule],
    now: Timestamp,
) -> Result<HashMap<ProfileId, Facts>> {
    let mut needs = Needs::default();
    rules.iter().for_each(|rule| needs.add(rule));
    let mut facts: HashMap<ProfileId, Facts> = profiles.iter().map(|id| (*id, Facts::default())).collect();

    if needs.attributes {
        let rows = fetch_in!(
            db,
            (ProfileId, Json<Value>),
            "SELECT id, attributes FROM profile WHERE id IN ",
            profiles,
            ""
        )?;
        for (profile, Json(attributes)) in rows {
            if let Some(facts) = facts.get_mut(&profile) {
                facts.attributes = attributes;
            }
        }
    }
    if needs.devices {
        let rows = fetch_in!(
            db,
            DeviceRow,
            "SELECT profile_id, platform, status FROM device WHERE profile_id IN ",
            profiles,
            ""
        )?;
        for row in rows.into_iter().filter(|row| row.status == DeviceStatus::Active) {
            if let Some(facts) = facts.get_mut(&row.profile_id) {
                facts.devices.push(row.platform.platform());
            }
        }
    }
    if !needs.events.is_empty() {
        for chunk in profiles.chunks(FACTS_CHUNK) {
            for row in events(db, chunk, &needs, now).await? {
                if let Some(facts) = facts.get_mut(&row.profile_id) {
                    facts.events.push(EventFact {
                        event_type: row.event_type,
                        timestamp: row.timestamp,
                        xdm: row.xdm.map_or(Value::Null, |Json(xdm)| xdm),
                    });
                }
            }
        }
    }
    for audience in needs.audiences {
        for profile in contains(db, &Rule::Audience { audience }, now, profiles).await? {
            if let Some(facts) = facts.get_mut(&profile) {
                facts.audiences.insert(audience);
            }
        }
    }
    Ok(facts)
}

/// The audiences among these that the profile is in.
///
/// # Errors
/// As [`count`].
pub async fn audiences_of(
    db: &mut impl Database,
    profile: ProfileId,
    audiences: &[AudienceId],
    now: Timestamp,
) -> Result<Vec<AudienceId>> {
    let mut found = Vec::new();
    for &audience in audiences {
        let rule = Rule::Audience { audience };
        if !contains(db, &rule, now, &[profile]).await?.is_empty() {
            found.push(audience);
        }
    }
    Ok(found)
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    profile_id: ProfileId,
    #[sqlx(try_from = "String")]
    platform: PushPlatform,
    #[sqlx(try_from = "String")]
    status: DeviceStatus,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    profile_id: ProfileId,
    event_type: String,
    timestamp: Timestamp,
    xdm: Option<Json<Value>>,
}

async fn events(
    db: &mut impl Database,
    profiles: &[ProfileId],
    needs: &Needs,
    now: Timestamp,
) -> Result<Vec<EventRow>> {
    let mut binds = Binds::default();
    let set = binds.list(profiles.iter().map(|id| Bind::Id(id.0)));
    let mut kinds = Vec::new();
    let mut whole = Vec::new();
    for (event_type, need) in &needs.events {
        let name = binds.text(event_type.as_str());
        kinds.push(match need.window {
            None => format!("event_type = {name}"),
            Some(window) => {
                let since = binds.integer((now - window).as_millis());
                format!("(event_type = {name} AND timestamp >= {since})")
            }
        });
        if need.fields {
            whole.push(name);
        }
    }
    let xdm = if whole.is_empty() {
        "CASE WHEN FALSE THEN xdm END".to_owned()
    } else {
        format!("CASE WHEN event_type IN ({}) THEN xdm END", whole.join(", "))
    };
    let text = format!(
        "SELECT profile_id, event_type, timestamp, {xdm} AS xdm FROM experience_event \
         WHERE profile_id IN {set} AND ({})",
        kinds.join(" OR ")
    );
    fetch(db, text, binds).await
}
