//! What is published, read once: versions of journeys as routes, and what is needed of the messages that they send.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use heliograph_model::{
    ids::{AppId, JourneyId, JourneyVersionId, MessageId},
    journey::{Edge, Node, Port, Settings},
    message::Rank,
};
use heliograph_store::{Database, Result, journeys, messages};

/// Most versions, and most messages, that are kept in memory; beyond it all are read anew.
const KEPT: usize = 1_000;

/// A version of a journey, with its nodes found by name and its ways by port.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) id: JourneyVersionId,
    pub(crate) journey: JourneyId,
    pub(crate) version: i64,
    pub(crate) settings: Settings,
    /// For each message that it sends, which version of it.
    pub(crate) messages: std::collections::BTreeMap<MessageId, i64>,
    places: Vec<Place>,
    names: HashMap<String, usize>,
}

/// A node, with where its ports lead.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) node: Node,
    ways: Vec<(Port, usize)>,
}

impl Place {
    /// Where a port leads.
    pub(crate) fn way(&self, port: &Port) -> Option<usize> {
        self.ways.iter().find(|(from, _)| from == port).map(|(_, to)| *to)
    }
}

impl Route {
    fn new(published: journeys::Published) -> std::result::Result<Self, String> {
        let journeys::Pinned { document, messages } = published.document?;
        let mut places: Vec<Place> = document
            .graph
            .nodes
            .into_iter()
            .map(|node| Place {
                node,
                ways: Vec::new(),
            })
            .collect();
        let names: HashMap<String, usize> = places
            .iter()
            .enumerate()
            .map(|(at, place)| (place.node.id.0.clone(), at))
            .collect();
        for Edge { from, port, to } in document.graph.edges {
            if let (Some(&from), Some(&to)) = (names.get(&from.0), names.get(&to.0)) {
                places[from].ways.push((port, to));
            }
        }
        Ok(Self {
            id: published.id,
            journey: published.journey_id,
            version: published.version,
            settings: document.settings,
            messages,
            places,
            names,
        })
    }

    /// Where the node of this name is.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// The node there.
    pub(crate) fn place(&self, at: usize) -> Option<&Place> {
        self.places.get(at)
    }

    /// How many nodes there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }
}

/// What queueing needs to know of a message.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) apps: Vec<AppId>,
    pub(crate) ttl: Duration,
    pub(crate) rank: Rank,
}

type Pin = (MessageId, i64);

/// What has been read so far. What is published never changes.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    routes: Mutex<HashMap<JourneyVersionId, Arc<Route>>>,
    letters: Mutex<HashMap<Pin, Arc<Letter>>>,
}

/// Takes what is known of the wanted from memory; which of them are not.
fn recall<K: Copy + Eq + std::hash::Hash, V>(
    kept: &Mutex<HashMap<K, Arc<V>>>,
    wanted: &[K],
) -> (HashMap<K, Arc<V>>, Vec<K>) {
    // Nothing can panic between the two halves of a change, so what a poisoned lock guards is whole.
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let mut known = HashMap::new();
    let mut missing = Vec::new();
    for key in wanted {
        match kept.get(key) {
            Some(value) => {
                known.insert(*key, value.clone());
            }
            None if !missing.contains(key) => missing.push(*key),
            None => {}
        }
    }
    (known, missing)
}

fn keep<K: Copy + Eq + std::hash::Hash, V>(kept: &Mutex<HashMap<K, Arc<V>>>, new: &HashMap<K, Arc<V>>) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() + new.len() > KEPT {
        kept.clear();
    }
    kept.extend(new.iter().map(|(key, value)| (*key, value.clone())));
}

impl Versions {
    /// The routes of these versions. One that this program can't read is not among them: a newer program may have
    /// published it, and moves those who walk it.
    pub(crate) async fn routes(
        &self,
        db: &mut impl Database,
        ids: impl IntoIterator<Item = JourneyVersionId>,
    ) -> Result<HashMap<JourneyVersionId, Arc<Route>>> {
        let mut ids: Vec<JourneyVersionId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let (mut routes, missing) = recall(&self.routes, &ids);
        if missing.is_empty() {
            return Ok(routes);
        }
        let mut new = HashMap::new();
        for published in journeys::published(db, &missing).await? {
            let id = published.id;
            match Route::new(published) {
                Ok(route) => {
                    new.insert(id, Arc::new(route));
                }
                Err(why) => tracing::error!(version = %id, why, "this version of a journey can't be read"),
            }
        }
        keep(&self.routes, &new);
        routes.extend(new);
        Ok(routes)
    }

    /// What is to be known of these messages. A version that is not there is not among them.
    pub(crate) async fn letters(
        &self,
        db: &mut impl Database,
        pins: &[Pin],
    ) -> Result<HashMap<Pin, Arc<Letter>>> {
        let (mut letters, missing) = recall(&self.letters, pins);
        let mut new = HashMap::new();
        for (message, version) in missing {
            if let Some(published) = messages::published(db, message, Some(version)).await? {
                let letter = Letter {
                    apps: published.content.apps,
                    ttl: Duration::from_secs(u64::from(published.content.ttl)),
                    rank: published.content.rank,
                };
                new.insert((message, version), Arc::new(letter));
            }
        }
        keep(&self.letters, &new);
        letters.extend(new);
        Ok(letters)
    }
}
