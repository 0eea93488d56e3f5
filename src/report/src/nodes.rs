//! Counts by activity.

use heliograph_model::report::{NodeFigures, Scope};
use heliograph_store::{
    Database,
    reports::{self, Range},
};

use crate::Result;

/// The counts of each activity of the journey; none where the report is not about one journey, as the same name may be an
/// activity in several.
pub(crate) async fn split(db: &mut impl Database, scope: Scope, range: Range) -> Result<Vec<NodeFigures>> {
    match scope {
        Scope::Journey { .. } | Scope::JourneyVersion { .. } => {
            let nodes = reports::by_node(db, scope, range).await?;
            Ok(nodes
                .into_iter()
                .map(|(node, totals)| NodeFigures { node, totals })
                .collect())
        }
        Scope::All | Scope::Message { .. } => Ok(Vec::new()),
    }
}
