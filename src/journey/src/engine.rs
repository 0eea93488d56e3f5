//! The engine: claims work, lets profiles in, and has them walk.

use std::{collections::HashMap, time::Duration};

use heliograph_store::{
    Store, Topic, audiences,
    counters::Counts,
    instances::{self, ReadProgress},
    journeys,
};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    entry::{Candidate, enter, lets_in},
    versions::{Versions, node},
    walk::{Cause, walk},
};

/// Most events judged in one transaction.
const EVENTS: u32 = 500;
/// Most due stays walked in one transaction.
const STAYS: u32 = 500;
/// Most profiles of an audience let in in one transaction.
const MEMBERS: u32 = 500;
/// Longest time without looking, should a signal be lost.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Pause after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Was there anything to do?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Yes, and there may be more.
    Done,
    /// Nothing is due.
    None,
}

/// Moves profiles through journeys. Any number of engines may share one database.
#[derive(Debug)]
pub struct Engine {
    store: Store,
    versions: Mutex<Versions>,
}

impl Engine {
    /// An engine on this store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            versions: Mutex::default(),
        }
    }

    /// Works until it is told to stop; what it has begun, it ends.
    pub async fn run(&self, stop: CancellationToken) {
        let mut signal = self.store.signals().listen(Topic::Journeys);
        while !stop.is_cancelled() {
            let pause = match self.turn().await {
                Ok(Work::Done) => continue,
                Ok(Work::None) => self.until_next().await,
                Err(error) => {
                    tracing::error!(%error, "moving profiles through journeys failed; trying again");
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

    async fn until_next(&self) -> Duration {
        let next = async {
            let mut conn = self.store.read().await?;
            instances::next_due(&mut conn).await
        };
        match next.await {
            Ok(Some(at)) => at.since(self.store.now()).min(LOOK_AGAIN),
            Ok(None) => LOOK_AGAIN,
            Err(_) => AFTER_FAILURE,
        }
    }

    /// One turn: judges events, walks due stays, and reads a part of an audience, each in a transaction of its own, so
    /// that a large audience never keeps an event waiting.
    ///
    /// # Errors
    /// Where the database fails; nothing is half-done then.
    pub async fn turn(&self) -> Result<Work> {
        let mut work = Work::None;
        for done in [
            self.judge_events().await?,
            self.wake_stays().await?,
            self.read_audience().await?,
        ] {
            if done == Work::Done {
                work = Work::Done;
            }
        }
        Ok(work)
    }

    async fn judge_events(&self) -> Result<Work> {
        let mut versions = self.versions.lock().await;
        let mut tx = self.store.begin().await?;
        let events = instances::claim_events(&mut tx, EVENTS).await?;
        if events.is_empty() {
            return Ok(Work::None);
        }
        let now = self.store.now();
        let mut types: Vec<String> = events.iter().map(|event| event.event_type.clone()).collect();
        types.sort_unstable();
        types.dedup();
        let starts = journeys::starts(&mut tx, &types).await?;
        versions
            .load(&mut tx, starts.iter().map(|(_, version, _)| *version))
            .await?;
        let bodies: HashMap<_, _> = instances::event_bodies(&mut tx, &events)
            .await?
            .into_iter()
            .collect();
        let mut candidates = Vec::new();
        for event in &events {
            let Some(xdm) = bodies.get(&event.id) else {
                continue;
            };
            for (_, version, start) in starts
                .iter()
                .filter(|(event_type, _, _)| *event_type == event.event_type)
            {
                let Some(version) = versions.get(*version) else {
                    continue;
                };
                let Some(name) = node(&version, start).and_then(|node| lets_in(node, xdm, now)) else {
                    continue;
                };
                candidates.push(Candidate {
                    profile: event.profile_id,
                    version,
                    node: start.clone(),
                    event: Some((event.id.to_string(), name, xdm.clone())),
                });
            }
        }
        instances::finish_events(&mut tx, &events).await?;
        let mut counts = Counts::new();
        let stays = enter(&mut tx, candidates, now).await?;
        let stays = stays.into_iter().map(|stay| (stay, Cause::Entered)).collect();
        walk(&mut tx, &mut versions, stays, now, &mut counts).await?;
        counts.write(&mut tx).await?;
        tx.commit().await?;
        Ok(Work::Done)
    }

    async fn wake_stays(&self) -> Result<Work> {
        let mut versions = self.versions.lock().await;
        let mut tx = self.store.begin().await?;
        let now = self.store.now();
        let due = instances::claim_due(&mut tx, now, STAYS).await?;
        if due.is_empty() {
            return Ok(Work::None);
        }
        let mut counts = Counts::new();
        let stays = due.into_iter().map(|stay| (stay, Cause::Due)).collect();
        walk(&mut tx, &mut versions, stays, now, &mut counts).await?;
        counts.write(&mut tx).await?;
        tx.commit().await?;
        Ok(Work::Done)
    }

    async fn read_audience(&self) -> Result<Work> {
        let mut versions = self.versions.lock().await;
        let mut tx = self.store.begin().await?;
        let now = self.store.now();
        let Some(read) = instances::claim_read(&mut tx, now).await? else {
            return Ok(Work::None);
        };
        versions.load(&mut tx, [read.journey_version_id]).await?;
        let audience = match audiences::load(&mut tx, read.audience_id).await {
            Ok(audience) => audience,
            Err(error @ heliograph_store::Error::NotFound(_)) => {
                instances::progress_read(&mut tx, &read, &ReadProgress::Failed(error.to_string())).await?;
                tx.commit().await?;
                return Ok(Work::Done);
            }
            Err(error) => return Err(Error::Store(error)),
        };
        let members = audiences::members(&mut tx, &audience.rule, now, read.after_profile, MEMBERS).await?;
        let progress = match members.last() {
            Some(last) if members.len() as u32 >= MEMBERS => ReadProgress::UpTo(*last),
            _ => ReadProgress::Finished,
        };
        let mut counts = Counts::new();
        if let Some(version) = versions.get(read.journey_version_id) {
            let candidates = members
                .into_iter()
                .map(|profile| Candidate {
                    profile,
                    version: version.clone(),
                    node: read.node.clone(),
                    event: None,
                })
                .collect();
            let stays = enter(&mut tx, candidates, now).await?;
            let stays = stays.into_iter().map(|stay| (stay, Cause::Entered)).collect();
            walk(&mut tx, &mut versions, stays, now, &mut counts).await?;
        }
        instances::progress_read(&mut tx, &read, &progress).await?;
        counts.write(&mut tx).await?;
        tx.commit().await?;
        Ok(Work::Done)
    }
}
