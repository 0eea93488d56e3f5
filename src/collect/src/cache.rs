//! Datastreams, kept in memory until one of them changes.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use heliograph_model::{collection::Datastream, ids::DatastreamId};
use heliograph_store::{Store, datastreams};

/// The datastreams that requests have named.
#[derive(Debug, Default)]
pub(crate) struct Datastreams(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Goes up at each change, so that what was read before a change is not kept after it.
    generation: u64,
    found: HashMap<DatastreamId, Datastream>,
}

impl Datastreams {
    fn known(&self) -> MutexGuard<'_, Known> {
        // A panic while it was held can't have left it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The datastream with this identifier.
    ///
    /// # Errors
    /// Where the database fails.
    pub(crate) async fn get(
        &self,
        store: &Store,
        id: DatastreamId,
    ) -> heliograph_store::Result<Option<Datastream>> {
        let generation = {
            let known = self.known();
            if let Some(datastream) = known.found.get(&id) {
                return Ok(Some(datastream.clone()));
            }
            known.generation
        };
        let found = datastreams::get(&mut store.read().await?, id).await?;
        if let Some(datastream) = &found {
            let mut known = self.known();
            if known.generation == generation {
                known.found.insert(id, datastream.clone());
            }
        }
        Ok(found)
    }

    /// Forgets them all: one has changed.
    pub(crate) fn forget(&self) {
        let mut known = self.known();
        known.generation += 1;
        known.found.clear();
    }
}
