//! Writing a run of events: whose they are, what is new, and all that they bring.

use std::collections::{HashMap, HashSet};

use heliograph_model::{
    collection::{EventIdentity, EventKey, Verdict},
    ids::{DatastreamId, ProfileId},
    profile::{ECID, Identity, Names},
    time::Timestamp,
};
use heliograph_store::{
    Tx,
    counters::Counts,
    deliveries,
    devices::{self, Claim},
    events::{self, NewEvent},
    profiles::{self, Sighting},
};

use super::{Done, Unit, refusal};
use crate::{
    submission::{Event, Item, Submission},
    tracking::Tracking,
};

/// The maps of an event: the device's own, and what the event adds to it.
fn maps<'a>(
    submission: &'a Submission,
    event: &'a Event,
) -> (Option<&'a [EventIdentity]>, &'a [EventIdentity]) {
    match &submission.device_map {
        Some(map) => (Some(map), &event.event_map),
        // Where the request has none, the event's says how things are.
        None if !event.event_map.is_empty() => (Some(&event.event_map), &[]),
        // A token at least says of which install it is.
        None => (
            None,
            event
                .tokens
                .iter()
                .find_map(|token| token.ecid.as_ref())
                .map_or(&[], std::slice::from_ref),
        ),
    }
}

/// Says no more than the present: a clock that is ahead must not make everything after it look old.
fn not_in_future(at: Timestamp, submission: &Submission) -> Timestamp {
    at.min(submission.received_at)
}

fn ecid<'a>(maps: (Option<&'a [EventIdentity]>, &'a [EventIdentity])) -> Option<&'a Identity> {
    maps.0
        .unwrap_or_default()
        .iter()
        .chain(maps.1)
        .map(|seen| &seen.identity)
        .find(|identity| identity.namespace.eq_ignore_ascii_case(ECID))
}

/// The identity that an event is shown with: the person's, or the device's.
fn shown(maps: (Option<&[EventIdentity]>, &[EventIdentity])) -> String {
    let all = || maps.0.unwrap_or_default().iter().chain(maps.1);
    all()
        .find(|seen| seen.identity.names() == Names::Person)
        .or_else(|| all().next())
        .map(|seen| format!("{}: {}", seen.identity.namespace, seen.identity.value))
        .unwrap_or_default()
}

/// Writes events with all that they bring.
pub(super) async fn write(tx: &mut Tx, run: &[Unit<'_>]) -> heliograph_store::Result<Vec<Done>> {
    let units: Vec<(&Submission, &Event, DatastreamId)> = run
        .iter()
        .filter_map(|unit| match unit.item {
            Item::Event(event) => Some((unit.submission, &**event, unit.submission.datastream?)),
            _ => None,
        })
        .collect();
    let keys: Vec<(DatastreamId, EventKey)> = units
        .iter()
        .map(|(_, event, datastream)| (*datastream, event.key.clone()))
        .collect();
    let mut known: HashSet<(DatastreamId, EventKey)> = events::known_keys(tx, &keys).await?;
    let mut refusals = Vec::new();
    let mut done = vec![Done::Kept; units.len()];
    let mut fresh = Vec::with_capacity(units.len());
    for (place, ((submission, event, _), key)) in units.iter().zip(keys).enumerate() {
        if known.insert(key) {
            fresh.push(place);
        } else {
            let reason = "It was received before";
            let verdict = Verdict::Duplicate;
            refusals.push(refusal(
                submission,
                &event.event_type,
                event.bytes,
                verdict,
                reason,
            ));
        }
    }

    let mut sightings = Vec::with_capacity(fresh.len());
    for place in &fresh {
        let (submission, event, _) = units[*place];
        let (device_map, event_map) = maps(submission, event);
        sightings.push(Sighting {
            at: not_in_future(event.timestamp, submission),
            device_map,
            event_map,
        });
    }
    // Tokens may name another install than the request's.
    for place in &fresh {
        let (submission, event, _) = units[*place];
        for ecid in event.tokens.iter().filter_map(|token| token.ecid.as_ref()) {
            sightings.push(Sighting {
                at: not_in_future(event.timestamp, submission),
                device_map: None,
                event_map: std::slice::from_ref(ecid),
            });
        }
    }
    let resolution = profiles::resolve(tx, &sightings).await?;
    let owners: HashSet<ProfileId> = resolution.profiles.iter().flatten().copied().collect();
    let owners: Vec<ProfileId> = owners.into_iter().collect();
    let refusing: HashSet<ProfileId> = profiles::refusing_collection(tx, &owners)
        .await?
        .into_iter()
        .collect();

    let mut kept: HashMap<usize, (ProfileId, String)> = HashMap::with_capacity(fresh.len());
    let mut claims = Vec::new();
    for (place, profile) in fresh.iter().zip(&resolution.profiles) {
        let (submission, event, _) = units[*place];
        let (outcome, reason) = match profile {
            None => (Done::NoIdentity, "No identity says whose it is"),
            Some(profile) if refusing.contains(profile) => {
                (Done::CollectionRefused, "The person refused all collection")
            }
            Some(profile) => {
                let maps = maps(submission, event);
                kept.insert(*place, (*profile, shown(maps)));
                claims.extend(event.tokens.iter().map(|token| {
                    let ecid = token.ecid.as_ref().map(|seen| &seen.identity).or(ecid(maps));
                    Claim {
                        // The install may have gone to someone else since, in this very group.
                        profile: ecid.and_then(|ecid| resolution.owner(ecid)).unwrap_or(*profile),
                        ecid: ecid.map(|ecid| ecid.value.clone()),
                        app: token.app.clone(),
                        platform: token.platform,
                        token: token.token.clone(),
                        wanted: token.wanted,
                        at: not_in_future(event.timestamp, submission),
                    }
                }));
                continue;
            }
        };
        done[*place] = outcome;
        let verdict = Verdict::Refused;
        refusals.push(refusal(
            submission,
            &event.event_type,
            event.bytes,
            verdict,
            reason,
        ));
    }
    devices::sync(tx, &claims).await?;

    let mut counts = Counts::new();
    for place in fresh.iter().filter(|place| kept.contains_key(place)) {
        let (submission, event, _) = units[*place];
        if let Some(Tracking {
            delivery,
            interaction,
        }) = &event.tracking
        {
            let at = not_in_future(event.timestamp, submission);
            deliveries::interacted(tx, *delivery, interaction, at, &mut counts).await?;
        }
    }
    counts.write(tx).await?;

    let new: Vec<NewEvent<'_>> = fresh
        .iter()
        .filter_map(|place| {
            let (submission, event, datastream) = units[*place];
            let (profile, identity) = kept.get(place)?;
            Some(NewEvent {
                key: &event.key,
                datastream,
                profile: *profile,
                event_type: &event.event_type,
                timestamp: event.timestamp,
                received_at: submission.received_at,
                identity,
                xdm: &event.xdm,
                data: &event.data,
                bytes: event.bytes,
            })
        })
        .collect();
    events::insert(tx, &new).await?;
    events::refuse(tx, &refusals).await?;
    Ok(done)
}
