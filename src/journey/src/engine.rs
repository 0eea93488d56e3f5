//! The engine: claims work, lets profiles in, and has them walk.

use std::{collections::HashMap, sync::Arc, time::Duration};

use heliograph_model::{
    ids::{InstanceId, ProfileId},
    journey::{Leaving, context::EnteredWith},
    report::Figure,
    time::Timestamp,
};
use heliograph_store::{
    Store, Topic, Tx, audiences,
    counters::Counts,
    instances::{self, AudienceRead, Holder, Instance, ReadProgress},
    journeys,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    entry::{Candidate, enter, lets_in},
    versions::{Route, Versions},
    walk::{Cause, Distance, count, expel, walk},
};

/// Most events judged in one transaction.
const EVENTS: u32 = 500;
/// Most due stays walked in one transaction.
const STAYS: u32 = 500;
/// Most profiles of an audience let in in one transaction.
const MEMBERS: u32 = 500;
/// Longest time without looking, should a signal be lost.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Shortest time until the next look at what someone else is at work on.
const BUSY: Duration = Duration::from_millis(10);
/// Pause after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Was there anything to do?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Yes, and there may be more.
    Done,
    /// Nothing is due, or others are at work on all of it.
    None,
}

/// What the engine works on. Each kind has a loop of its own, so that none keeps another waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Events,
    Stays,
    Audiences,
    Stops,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Events, Self::Stays, Self::Audiences, Self::Stops];
}

/// Some of an audience that a journey reads.
struct Page {
    read: AudienceRead,
    /// What people call the audience.
    name: String,
    route: Arc<Route>,
    members: Vec<ProfileId>,
}

/// Moves profiles through journeys. Any number of engines may share one database.
#[derive(Debug)]
pub struct Engine {
    store: Store,
    versions: Versions,
}

impl Engine {
    /// An engine on this store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            versions: Versions::default(),
        }
    }

    /// Works until it is told to stop; what it has begun, it ends.
    pub async fn run(&self, stop: CancellationToken) {
        tokio::join!(
            self.keep_at(Kind::Events, &stop),
            self.keep_at(Kind::Stays, &stop),
            self.keep_at(Kind::Audiences, &stop),
            self.keep_at(Kind::Stops, &stop),
        );
    }

    async fn keep_at(&self, kind: Kind, stop: &CancellationToken) {
        let mut signal = self.store.signals().listen(Topic::Journeys);
        while !stop.is_cancelled() {
            let pause = match self.some(kind).await {
                Ok(Work::Done) => continue,
                Ok(Work::None) => self.until_next(kind).await,
                Err(error) => {
                    tracing::error!(%error, ?kind, "moving profiles through journeys failed; trying again");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = signal.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn until_next(&self, kind: Kind) -> Duration {
        let now = self.store.now();
        let next = async {
            let mut conn = self.store.read().await?;
            match kind {
                Kind::Events => Ok(instances::has_events(&mut conn).await?.then_some(now)),
                Kind::Stays => instances::next_due(&mut conn).await,
                Kind::Audiences => instances::next_read(&mut conn).await,
                Kind::Stops => {
                    let left = instances::stopping(&mut conn).await?;
                    Ok((!left.is_empty()).then_some(now))
                }
            }
        };
        match next.await {
            Ok(Some(at)) => at.since(now).clamp(BUSY, LOOK_AGAIN),
            Ok(None) => LOOK_AGAIN,
            Err(heliograph_store::Error::Unavailable(_)) => AFTER_FAILURE,
            Err(error) => {
                tracing::error!(%error, ?kind, "what is due next could not be found out");
                AFTER_FAILURE
            }
        }
    }

    /// One turn: judges events, walks due stays, reads a part of an audience, and takes some people out of a journey that is
    /// stopped, each in a transaction of its own.
    ///
    /// # Errors
    /// Where the database fails; nothing is half-done then.
    pub async fn turn(&self) -> Result<Work> {
        let mut work = Work::None;
        for kind in Kind::ALL {
            if self.some(kind).await? == Work::Done {
                work = Work::Done;
            }
        }
        Ok(work)
    }

    /// Does some of one kind of work.
    async fn some(&self, kind: Kind) -> Result<Work> {
        match kind {
            Kind::Events => self.judge_events().await,
            Kind::Stays => self.wake_stays().await,
            Kind::Audiences => self.read_audience().await,
            Kind::Stops => self.go_on_stopping().await,
        }
    }

    async fn judge_events(&self) -> Result<Work> {
        // Looked at first: on SQLite, a transaction that finds nothing would still keep others from writing.
        if !instances::has_events(&mut self.store.read().await?).await? {
            return Ok(Work::None);
        }
        match self.judge(Distance::Far).await {
            Err(error) if !error.is_temporary() => {
                // Someone can't be walked. They all enter nevertheless, and each is then walked alone.
                tracing::warn!(%error, "not all who enter can go on");
                self.judge(Distance::Nowhere).await
            }
            done => done,
        }
    }

    async fn judge(&self, distance: Distance) -> Result<Work> {
        let mut tx = self.store.begin().await?;
        let done = self.judge_in(&mut tx, distance).await;
        end(tx, done).await
    }

    async fn judge_in(&self, tx: &mut Tx, distance: Distance) -> Result<Work> {
        let now = self.store.now();
        let mut events = instances::claim_events(tx, EVENTS).await?;
        let holders = instances::hold(tx, events.iter().map(|event| event.profile_id)).await?;
        events.retain(|event| holders.get(&event.profile_id) != Some(&Holder::Busy));
        if events.is_empty() {
            return Ok(Work::None);
        }
        let mut types: Vec<String> = events.iter().map(|event| event.event_type.clone()).collect();
        types.sort_unstable();
        types.dedup();
        let starts = journeys::starts(tx, &types).await?;
        let routes = self
            .versions
            .routes(tx, starts.iter().map(|(_, version, _)| *version))
            .await?;
        let bodies: HashMap<_, _> = instances::event_bodies(tx, &events).await?.into_iter().collect();
        let mut candidates = Vec::new();
        for event in &events {
            let (Some(Holder::Is(profile)), Some(xdm)) =
                (holders.get(&event.profile_id), bodies.get(&event.id))
            else {
                continue;
            };
            for (_, version, start) in starts
                .iter()
                .filter(|(event_type, _, _)| *event_type == event.event_type)
            {
                let Some(route) = routes.get(version) else {
                    continue;
                };
                let place = route.find(start).and_then(|at| route.place(at));
                let Some(name) = place.and_then(|place| lets_in(&place.node, xdm, now)) else {
                    continue;
                };
                candidates.push(Candidate {
                    profile: *profile,
                    route: route.clone(),
                    node: start.clone(),
                    event: Some(event.id),
                    with: EnteredWith::Event {
                        name: name.to_owned(),
                        xdm: xdm.clone(),
                    },
                });
            }
        }
        instances::finish_events(tx, &events).await?;
        self.let_in(tx, candidates, distance, now).await?;
        Ok(Work::Done)
    }

    /// Lets candidates in, and walks them.
    async fn let_in(
        &self,
        tx: &mut Tx,
        candidates: Vec<Candidate>,
        distance: Distance,
        now: Timestamp,
    ) -> Result<()> {
        let mut counts = Counts::new();
        let stays = enter(tx, candidates, now).await?;
        let stays = stays.into_iter().map(|stay| (stay, Cause::Entered)).collect();
        walk(tx, &self.versions, stays, distance, now, &mut counts).await?;
        counts.write(tx).await?;
        if distance == Distance::Nowhere {
            tx.raise(Topic::Journeys);
        }
        Ok(())
    }

    async fn wake_stays(&self) -> Result<Work> {
        let next = instances::next_due(&mut self.store.read().await?).await?;
        if next.is_none_or(|at| at > self.store.now()) {
            return Ok(Work::None);
        }
        let mut claimed = Vec::new();
        match self.wake_all(&mut claimed).await {
            Err(error) if !error.is_temporary() => {
                tracing::warn!(%error, "not all who are due can go on");
                for (profile, id) in claimed {
                    self.wake_alone(profile, id).await?;
                }
                Ok(Work::Done)
            }
            done => done,
        }
    }

    /// Walks all stays that are due, up to a number; `claimed` is which.
    async fn wake_all(&self, claimed: &mut Vec<(ProfileId, InstanceId)>) -> Result<Work> {
        let mut tx = self.store.begin().await?;
        let now = self.store.now();
        let done = async {
            let due = instances::claim_due(&mut tx, now, STAYS).await?;
            claimed.extend(due.iter().map(|stay| (stay.profile_id, stay.id)));
            self.wake(&mut tx, due, now).await
        }
        .await;
        end(tx, done).await
    }

    /// Walks one stay. Where that can't be done, it leaves, and its step says why.
    async fn wake_alone(&self, profile: ProfileId, id: InstanceId) -> Result<()> {
        let now = self.store.now();
        let mut tx = self.store.begin().await?;
        let done = async {
            let due = instances::claim_one(&mut tx, now, profile, id).await?;
            self.wake(&mut tx, due.into_iter().collect(), now).await
        }
        .await;
        let why = match end(tx, done).await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_temporary() => return Err(error),
            Err(error) => error.to_string(),
        };
        let mut tx = self.store.begin().await?;
        let done = async {
            if let Some(stay) = instances::claim_one(&mut tx, now, profile, id).await? {
                let mut counts = Counts::new();
                expel(&mut tx, stay, &why, now, &mut counts).await?;
                counts.write(&mut tx).await?;
            }
            Ok(())
        }
        .await;
        end(tx, done).await
    }

    /// Walks stays that have been claimed. Those in a version that is stopped walk no further.
    async fn wake(&self, tx: &mut Tx, due: Vec<Instance>, now: Timestamp) -> Result<Work> {
        let mut versions: Vec<_> = due.iter().map(|stay| stay.journey_version_id).collect();
        versions.sort_unstable();
        versions.dedup();
        let stopped = journeys::stopped(tx, &versions).await?;
        let holders = instances::hold(tx, due.iter().map(|stay| stay.profile_id)).await?;
        let mut counts = Counts::new();
        let mut stays = Vec::with_capacity(due.len());
        let mut leaving = Vec::new();
        let mut work = Work::None;
        for mut stay in due {
            match holders.get(&stay.profile_id) {
                Some(Holder::Is(profile)) => {
                    if *profile != stay.profile_id {
                        instances::follow(tx, &mut stay, *profile).await?;
                    }
                    if stopped.contains(&stay.journey_version_id) {
                        leaving.push(stay);
                    } else {
                        stays.push((stay, Cause::Due));
                    }
                }
                Some(Holder::Gone) => {
                    instances::forget(tx, stay.profile_id).await?;
                    count(&mut counts, &stay, now, Figure::Left, Leaving::Error.as_str());
                }
                Some(Holder::Busy) | None => continue,
            }
            work = Work::Done;
        }
        walk(tx, &self.versions, stays, Distance::Far, now, &mut counts).await?;
        instances::leave_stopped(tx, leaving, &mut counts).await?;
        counts.write(tx).await?;
        Ok(work)
    }

    /// Goes on with a stop that somebody has begun: they may be gone, or have left those whom this engine had in hand.
    async fn go_on_stopping(&self) -> Result<Work> {
        for version in instances::stopping(&mut self.store.read().await?).await? {
            if instances::take_out(&self.store, version).await? {
                return Ok(Work::Done);
            }
        }
        Ok(Work::None)
    }

    async fn read_audience(&self) -> Result<Work> {
        let now = self.store.now();
        // Finding out who is in an audience may take long, so it is done before anything is held.
        let mut conn = self.store.read().await?;
        let Some(read) = instances::due_read(&mut conn, now).await? else {
            return Ok(Work::None);
        };
        let members = match audiences::load(&mut conn, read.audience_id).await {
            Ok(audience) => audiences::members(&mut conn, &audience.rule, now, read.after_profile, MEMBERS)
                .await
                .map(|members| (members, audience.name)),
            Err(error) => Err(error),
        };
        let mut routes = self.versions.routes(&mut conn, [read.journey_version_id]).await?;
        drop(conn);
        let (members, name) = match members {
            Ok(found) => found,
            Err(error) if error.is_temporary() => return Err(error.into()),
            Err(error) => return self.fail_read(&read, &error.to_string()).await,
        };
        let Some(route) = routes.remove(&read.journey_version_id) else {
            let why = "this version of the journey can't be read";
            return self.fail_read(&read, why).await;
        };
        let page = Page {
            read,
            name,
            route,
            members,
        };
        match self.let_members_in(&page, Distance::Far, now).await {
            Err(error) if !error.is_temporary() => {
                tracing::warn!(%error, "not all who enter can go on");
                self.let_members_in(&page, Distance::Nowhere, now).await
            }
            done => done,
        }
    }

    async fn let_members_in(&self, page: &Page, distance: Distance, now: Timestamp) -> Result<Work> {
        let mut tx = self.store.begin().await?;
        let done = self.go_on_reading(&mut tx, page, distance, now).await;
        end(tx, done).await
    }

    async fn go_on_reading(
        &self,
        tx: &mut Tx,
        page: &Page,
        distance: Distance,
        now: Timestamp,
    ) -> Result<Work> {
        let Page { read, members, .. } = page;
        // In the order in which closing a journey goes: first the version, then what it reads.
        journeys::hold_live(tx, &[read.journey_version_id]).await?;
        if !instances::claim_read(tx, read).await? {
            return Ok(Work::None);
        }
        let holders = instances::hold(tx, members.iter().copied()).await?;
        // The cursor passes nobody: it stops before the first who is being changed.
        let free = members
            .iter()
            .position(|profile| holders.get(profile) == Some(&Holder::Busy))
            .unwrap_or(members.len());
        let progress = match members[..free].last() {
            _ if free == members.len() && members.len() < MEMBERS as usize => ReadProgress::Finished,
            Some(last) => ReadProgress::UpTo(*last),
            None => return Ok(Work::None),
        };
        let candidates = members[..free]
            .iter()
            .filter_map(|profile| match holders.get(profile) {
                Some(Holder::Is(profile)) => Some(Candidate {
                    profile: *profile,
                    route: page.route.clone(),
                    node: read.node.clone(),
                    event: None,
                    with: EnteredWith::Audience {
                        id: read.audience_id,
                        name: page.name.clone(),
                    },
                }),
                _ => None,
            })
            .collect();
        instances::progress_read(tx, read, &progress).await?;
        self.let_in(tx, candidates, distance, now).await?;
        Ok(Work::Done)
    }

    async fn fail_read(&self, read: &AudienceRead, why: &str) -> Result<Work> {
        tracing::error!(version = %read.journey_version_id, why, "an audience can't be read");
        let mut tx = self.store.begin().await?;
        if !instances::claim_read(&mut tx, read).await? {
            return Ok(Work::None);
        }
        instances::progress_read(&mut tx, read, &ReadProgress::Failed(why.to_owned())).await?;
        tx.commit().await?;
        Ok(Work::Done)
    }
}

/// Ends a transaction: commits it, or undoes it where something has failed. One that is only dropped is undone a moment
/// later, and whoever tries again until then finds locked what it had claimed.
async fn end<T>(tx: Tx, done: Result<T>) -> Result<T> {
    match done {
        Ok(done) => {
            tx.commit().await?;
            Ok(done)
        }
        Err(error) => {
            if let Err(why) = tx.rollback().await {
                tracing::warn!(error = %why, "a transaction that failed could not be undone at once");
            }
            Err(error)
        }
    }
}

impl Error {
    /// May the same be tried again a moment later?
    fn is_temporary(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_temporary())
    }
}
