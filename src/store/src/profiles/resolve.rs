//! Whose an event is: identity resolution, in sets.
//!
//! A person identity (`Email`, `CRMID`, …) always belongs to its person's profile; an event that names the persons of
//! two profiles makes them one. A device identity (`ECID`) belongs to whoever was last signed in on the install: the SDK
//! sends the full current identity map with each request, so a map that names someone else moves the device to them, and
//! one that names nobody any more, or says `loggedOut`, moves it to a profile of its own. Events stay with whom they
//! happened to. A profile without any person identity is an install whose person is not known yet; when someone signs in
//! there, it becomes theirs.

use std::collections::{HashMap, HashSet};

use heliograph_model::{
    collection::{AuthenticatedState, EventIdentity},
    ids::ProfileId,
    profile::{ECID, Identity, Names, names},
    time::Timestamp,
};

use super::{
    attributes::{blank, save},
    merge::merge,
};
use crate::{Error, Result, Tx};

/// Identities that were seen together.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    /// When, by the sender's clock, and never in the future.
    pub at: Timestamp,
    /// The full current state of the device's identities; none where nothing is said of it, as when a token names its
    /// install in passing.
    pub device_map: Option<&'a [EventIdentity]>,
    /// Further identities that the event itself names.
    pub event_map: &'a [EventIdentity],
}

/// Whose the sightings are.
#[derive(Debug, Default)]
pub struct Resolution {
    /// For each sighting, in order, its profile; none where it has no identity at all.
    pub profiles: Vec<Option<ProfileId>>,
    owners: HashMap<Key, ProfileId>,
}

impl Resolution {
    /// Whose an identity of these sightings is after the last of them.
    pub fn owner(&self, identity: &Identity) -> Option<ProfileId> {
        self.owners.get(&key(identity)).copied()
    }
}

/// How an identity is found: value first, as in the table's key.
type Key = (String, String);

fn key(identity: &Identity) -> Key {
    (identity.value_key(), identity.namespace_key())
}

fn is_ecid(identity: &Identity) -> bool {
    identity.namespace.eq_ignore_ascii_case(ECID)
}

/// Which map said whose a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LinkedBy {
    /// The device's own. When it no longer names the person, they have signed out.
    Device,
    /// An event's. The device's map never named the person, so its silence says nothing.
    Event,
}

impl LinkedBy {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Event => "event",
        }
    }
}

/// What has to be written of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Nothing,
    Inserted,
    Updated,
}

#[derive(Debug)]
struct Link {
    identity: Identity,
    profile: ProfileId,
    linked_at: Timestamp,
    linked_by: LinkedBy,
    change: Change,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    /// Has it a person identity?
    named: bool,
    /// Is it in the database already?
    stored: bool,
}

/// What is known of the sightings' identities while they are gone through.
#[derive(Debug, Default)]
struct Working {
    links: HashMap<Key, Link>,
    known: HashMap<ProfileId, Known>,
    redirects: HashMap<ProfileId, ProfileId>,
    /// Profiles in the database that become one: loser and survivor, in order.
    merges: Vec<(ProfileId, ProfileId)>,
    /// Installs that went to another profile.
    moved: HashSet<Key>,
    created: Vec<ProfileId>,
}

/// Finds or makes the profile of each sighting, in order, and writes what they change.
///
/// # Errors
/// [`Error::Conflict`] where another process made one of the identities at the same moment: try the whole transaction
/// again.
pub async fn resolve(tx: &mut Tx, sightings: &[Sighting<'_>]) -> Result<Resolution> {
    let mut working = load(tx, sightings).await?;
    let store = tx.store().clone();
    let mut make = || ProfileId::new(store.ids());
    let targets: Vec<_> = sightings
        .iter()
        .map(|sighting| working.see(sighting, &mut make))
        .collect();
    let resolution = Resolution {
        profiles: targets
            .into_iter()
            .map(|target| target.map(|id| working.survivor(id)))
            .collect(),
        owners: working
            .links
            .iter()
            .map(|(key, link)| (key.clone(), working.survivor(link.profile)))
            .collect(),
    };
    write(tx, &working).await?;
    Ok(resolution)
}

/// Reads what is known of the identities, and whether the profiles that they belong to have a name.
async fn load(tx: &mut Tx, sightings: &[Sighting<'_>]) -> Result<Working> {
    type Row = (String, String, String, String, ProfileId, Timestamp, String);
    let wanted: HashSet<Key> = sightings
        .iter()
        .flat_map(|sighting| {
            sighting
                .device_map
                .unwrap_or_default()
                .iter()
                .chain(sighting.event_map)
        })
        .map(|seen| key(&seen.identity))
        .collect();
    let mut values: Vec<String> = wanted.iter().map(|(value, _)| value.clone()).collect();
    values.sort_unstable();
    values.dedup();
    let lock = tx.store().engine().lock();
    let rows: Vec<Row> = fetch_in!(
        tx,
        Row,
        "SELECT value_key, namespace_key, namespace, value, profile_id, linked_at, linked_by FROM identity \
         WHERE value_key IN ",
        values,
        format_args!(" ORDER BY value_key, namespace_key{lock}")
    )?;
    let mut working = Working::default();
    for (value_key, namespace_key, namespace, value, profile, linked_at, linked_by) in rows {
        let key = (value_key, namespace_key);
        if !wanted.contains(&key) {
            continue;
        }
        working.known.insert(
            profile,
            Known {
                named: false,
                stored: true,
            },
        );
        working.links.insert(
            key,
            Link {
                identity: Identity { namespace, value },
                profile,
                linked_at,
                linked_by: if linked_by == LinkedBy::Event.as_str() {
                    LinkedBy::Event
                } else {
                    LinkedBy::Device
                },
                change: Change::Nothing,
            },
        );
    }
    let found: Vec<ProfileId> = working.known.keys().copied().collect();
    let namespaces: Vec<(ProfileId, String)> = fetch_in!(
        tx,
        (ProfileId, String),
        "SELECT DISTINCT profile_id, namespace_key FROM identity WHERE profile_id IN ",
        found,
        ""
    )?;
    for (profile, namespace) in namespaces {
        if names(&namespace) == Names::Person
            && let Some(known) = working.known.get_mut(&profile)
        {
            known.named = true;
        }
    }
    Ok(working)
}

/// The identities of a sighting by the part that they play.
struct Parts<'a> {
    /// The install, or whatever else names the device.
    device: Option<&'a Identity>,
    /// Other identities that go where the device goes.
    carried: Vec<&'a Identity>,
    /// Another ECID of the install, kept by the SDK from an older library: it leads here, and decides nothing.
    aliases: Vec<&'a Identity>,
    /// Persons who are not signed out.
    persons: Vec<&'a Identity>,
    /// Did one of the persons come from the device's map?
    linked_by: LinkedBy,
    /// Was a person said to be signed out?
    signed_out: bool,
}

impl<'a> Parts<'a> {
    fn of(sighting: &Sighting<'a>) -> Self {
        let device_map = sighting.device_map.unwrap_or_default();
        let all = || device_map.iter().chain(sighting.event_map);
        let mut devices = all().filter(|seen| seen.identity.names() == Names::Device);
        let device = all()
            .find(|seen| is_ecid(&seen.identity))
            .or_else(|| devices.next())
            .map(|seen| &seen.identity);
        let (mut carried, mut aliases) = (Vec::new(), Vec::new());
        for seen in all().filter(|seen| seen.identity.names() == Names::Device) {
            if device.is_some_and(|device| *device == seen.identity) {
                continue;
            }
            if is_ecid(&seen.identity) {
                aliases.push(&seen.identity);
            } else {
                carried.push(&seen.identity);
            }
        }
        let persons_in = |map: &'a [EventIdentity], out: bool| {
            map.iter().filter(move |seen| {
                seen.identity.names() == Names::Person && (seen.state == AuthenticatedState::LoggedOut) == out
            })
        };
        let signed_out = persons_in(device_map, true)
            .chain(persons_in(sighting.event_map, true))
            .next()
            .is_some();
        let own = persons_in(device_map, false).count();
        let mut persons: Vec<&Identity> = persons_in(device_map, false)
            .chain(persons_in(sighting.event_map, false))
            .map(|seen| &seen.identity)
            .collect();
        if persons.is_empty() && device.is_none() {
            // Said by someone other than the device itself: it is about that person all the same.
            persons = all().map(|seen| &seen.identity).collect();
        }
        Self {
            device,
            carried,
            aliases,
            persons,
            linked_by: if own > 0 {
                LinkedBy::Device
            } else {
                LinkedBy::Event
            },
            signed_out,
        }
    }
}

impl Working {
    /// The profile that this one has become part of.
    fn survivor(&self, mut id: ProfileId) -> ProfileId {
        while let Some(next) = self.redirects.get(&id) {
            id = *next;
        }
        id
    }

    fn owner(&self, identity: &Identity) -> Option<ProfileId> {
        self.links
            .get(&key(identity))
            .map(|link| self.survivor(link.profile))
    }

    fn named(&self, id: ProfileId) -> bool {
        self.known.get(&id).is_some_and(|known| known.named)
    }

    fn create(&mut self, make: &mut dyn FnMut() -> ProfileId) -> ProfileId {
        let id = make();
        self.created.push(id);
        self.known.insert(
            id,
            Known {
                named: false,
                stored: false,
            },
        );
        id
    }

    /// Makes one profile of two; the one that stays. One that is in the database is kept rather than one that is not.
    fn unite(&mut self, kept: ProfileId, other: ProfileId) -> ProfileId {
        let known = |id| {
            self.known.get(&id).copied().unwrap_or(Known {
                named: false,
                stored: true,
            })
        };
        let (a, b) = (known(kept), known(other));
        let (survivor, loser) = if b.stored && !a.stored {
            (other, kept)
        } else {
            (kept, other)
        };
        if a.stored && b.stored {
            self.merges.push((loser, survivor));
        }
        self.redirects.insert(loser, survivor);
        self.known.insert(
            survivor,
            Known {
                named: a.named || b.named,
                stored: a.stored || b.stored,
            },
        );
        survivor
    }

    fn link(&mut self, identity: &Identity, profile: ProfileId, at: Timestamp, by: LinkedBy) {
        let key = key(identity);
        match self.links.get_mut(&key) {
            Some(link) => {
                link.profile = profile;
                link.linked_at = at;
                link.linked_by = by;
                if link.change == Change::Nothing {
                    link.change = Change::Updated;
                }
                if is_ecid(identity) {
                    self.moved.insert(key);
                }
            }
            None => {
                let link = Link {
                    identity: identity.clone(),
                    profile,
                    linked_at: at,
                    linked_by: by,
                    change: Change::Inserted,
                };
                self.links.insert(key, link);
            }
        }
        if identity.names() == Names::Person
            && let Some(known) = self.known.get_mut(&profile)
        {
            known.named = true;
        }
    }

    /// Takes in one sighting; whose it is.
    fn see(&mut self, sighting: &Sighting<'_>, make: &mut dyn FnMut() -> ProfileId) -> Option<ProfileId> {
        let parts = Parts::of(sighting);
        if parts.persons.is_empty() {
            let device = parts.device?;
            let target = self.see_device(device, &parts, sighting, make);
            self.bring_along(&parts, target, sighting.at);
            return Some(target);
        }
        let device = parts.device.and_then(|device| {
            let link = self.links.get(&key(device))?;
            Some((self.survivor(link.profile), sighting.at >= link.linked_at))
        });
        let mut owners: Vec<ProfileId> = parts
            .persons
            .iter()
            .filter_map(|person| self.owner(person))
            .collect();
        // The oldest of several stays.
        owners.sort_unstable();
        owners.dedup();
        let mut target = match (owners.first(), device) {
            (Some(first), _) => *first,
            // The first to sign in on an install is the person it has been used by until then.
            (None, Some((profile, true))) if !self.named(profile) => profile,
            (None, _) => self.create(make),
        };
        for other in owners.into_iter().skip(1) {
            target = self.unite(target, other);
        }
        for person in &parts.persons {
            if self.owner(person).is_none() {
                self.link(person, target, sighting.at, LinkedBy::Device);
            }
        }
        match (parts.device, device) {
            (Some(id), None) => self.link(id, target, sighting.at, parts.linked_by),
            (Some(id), Some((profile, true))) => {
                let profile = self.survivor(profile);
                let by = self.links.get(&key(id)).map(|link| link.linked_by);
                if profile != target {
                    if !self.named(profile) {
                        target = self.unite(target, profile);
                    }
                    self.link(id, target, sighting.at, parts.linked_by);
                } else if by != Some(parts.linked_by) {
                    self.link(id, target, sighting.at, parts.linked_by);
                }
            }
            // Older than what is known of the device: it says whose the event is, not whose the device is.
            (Some(_), Some((_, false))) => return Some(target),
            (None, _) => {}
        }
        self.bring_along(&parts, target, sighting.at);
        Some(target)
    }

    /// A sighting that names a device and nobody who is signed in on it.
    fn see_device(
        &mut self,
        device: &Identity,
        parts: &Parts<'_>,
        sighting: &Sighting<'_>,
        make: &mut dyn FnMut() -> ProfileId,
    ) -> ProfileId {
        let Some(link) = self.links.get(&key(device)) else {
            let target = self.create(make);
            self.link(device, target, sighting.at, LinkedBy::Device);
            return target;
        };
        let owner = self.survivor(link.profile);
        let left = sighting.device_map.is_some()
            && is_ecid(device)
            && sighting.at >= link.linked_at
            && (parts.signed_out || link.linked_by == LinkedBy::Device);
        if left && self.named(owner) {
            let target = self.create(make);
            self.link(device, target, sighting.at, LinkedBy::Device);
            return target;
        }
        owner
    }

    /// Lets what goes with the device go with it.
    fn bring_along(&mut self, parts: &Parts<'_>, target: ProfileId, at: Timestamp) {
        for identity in &parts.carried {
            let known = self
                .links
                .get(&key(identity))
                .map(|link| (self.survivor(link.profile) == target, at >= link.linked_at));
            if matches!(known, None | Some((false, true))) {
                self.link(identity, target, at, LinkedBy::Device);
            }
        }
        for identity in &parts.aliases {
            if self.owner(identity).is_none() {
                self.link(identity, target, at, LinkedBy::Device);
            }
        }
    }
}

/// Writes what the sightings have changed.
async fn write(tx: &mut Tx, working: &Working) -> Result<()> {
    let now = tx.store().now();
    let new: Vec<_> = working
        .created
        .iter()
        .filter(|id| !working.redirects.contains_key(id))
        .map(|id| blank(*id, now))
        .collect();
    save(tx, &new.iter().collect::<Vec<_>>()).await?;
    for (loser, survivor) in &working.merges {
        merge(tx, *loser, *survivor).await?;
    }
    let mut changed: Vec<_> = working
        .links
        .iter()
        .filter(|(_, link)| link.change != Change::Nothing)
        .collect();
    // Always in the same order, so that two transactions never wait for each other's rows crosswise.
    changed.sort_unstable_by_key(|(key, _)| *key);
    let (inserted, updated): (Vec<_>, Vec<_>) = changed
        .into_iter()
        .partition(|(_, link)| link.change == Change::Inserted);
    for (links, tail) in [
        (&inserted, " ON CONFLICT DO NOTHING"),
        (
            &updated,
            " ON CONFLICT (value_key, namespace_key) DO UPDATE SET profile_id = excluded.profile_id, \
             linked_at = excluded.linked_at, linked_by = excluded.linked_by",
        ),
    ] {
        let written = insert_all!(
            tx,
            "INSERT INTO identity \
             (value_key, namespace_key, namespace, value, profile_id, created_at, linked_at, linked_by) ",
            8,
            links,
            |(key, link)| [
                key.0.as_str(),
                key.1.as_str(),
                link.identity.namespace.as_str(),
                link.identity.value.as_str(),
                working.survivor(link.profile),
                now,
                link.linked_at,
                link.linked_by.as_str(),
            ],
            tail
        )?;
        if usize::try_from(written).ok() != Some(links.len()) {
            return Err(Error::Conflict("identity"));
        }
    }
    for key in &working.moved {
        if let Some(link) = working.links.get(key) {
            execute!(
                tx,
                "UPDATE device SET profile_id = $2 WHERE ecid = $1 AND profile_id <> $2",
                key.0.as_str(),
                working.survivor(link.profile)
            )?;
        }
    }
    Ok(())
}
