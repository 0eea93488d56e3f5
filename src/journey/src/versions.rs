//! The published versions that the engine walks, read once.

use std::{collections::HashMap, sync::Arc};

use heliograph_model::{ids::JourneyVersionId, journey::Node};
use heliograph_store::{
    Database, Result,
    journeys::{self, Version},
};

/// Most versions that are kept in memory; beyond it all are read anew.
const KEPT: usize = 1_000;

/// The versions known so far. What a version says never changes.
#[derive(Debug, Default)]
pub(crate) struct Versions(HashMap<JourneyVersionId, Arc<Version>>);

impl Versions {
    /// Reads those of the versions that are not known yet.
    pub(crate) async fn load(
        &mut self,
        db: &mut impl Database,
        ids: impl IntoIterator<Item = JourneyVersionId>,
    ) -> Result<()> {
        let mut wanted: Vec<JourneyVersionId> =
            ids.into_iter().filter(|id| !self.0.contains_key(id)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(());
        }
        if self.0.len() + wanted.len() > KEPT {
            self.0.clear();
        }
        let found = journeys::versions_by_id(db, &wanted).await?;
        self.0
            .extend(found.into_iter().map(|version| (version.id, Arc::new(version))));
        Ok(())
    }

    /// A version that has been read; none where there is no such version.
    pub(crate) fn get(&self, id: JourneyVersionId) -> Option<Arc<Version>> {
        self.0.get(&id).cloned()
    }
}

/// A node of a version.
pub(crate) fn node<'a>(version: &'a Version, id: &str) -> Option<&'a Node> {
    version
        .document
        .document
        .graph
        .nodes
        .iter()
        .find(|node| node.id.0 == id)
}
