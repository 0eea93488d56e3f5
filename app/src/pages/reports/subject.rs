//! What a report is about, from its address. On the server only.

use heliograph_model::journey::{self, NodeId};
use heliograph_model::report::Scope;
use heliograph_store::{Conn, journeys, messages};

use crate::error::AppError;

/// What a report is about.
pub(in crate::pages) struct Subject {
    /// What people call it.
    pub(in crate::pages) title: String,
    /// Which counters belong to it.
    pub(in crate::pages) scope: Scope,
    /// The steps of the journey, in the order of its drawing; empty where it is about something else.
    pub(in crate::pages) nodes: Vec<(NodeId, String)>,
}

/// The subject that an address names by its kind and id.
pub(in crate::pages) async fn find(conn: &mut Conn, kind: &str, id: &str) -> Result<Subject, AppError> {
    let gone = || AppError::NotFound {
        what: "This report".to_owned(),
    };
    match kind {
        "journeys" => {
            let id = id.parse().map_err(|_| gone())?;
            let journey = journeys::get(conn, id).await?;
            let newest = journeys::versions(conn, id).await?.into_iter().next();
            let graph = newest.map_or(journey.draft.0.graph, |version| version.document.0.document.graph);
            let nodes = graph
                .nodes
                .into_iter()
                .map(|node| {
                    let name = if node.label.is_empty() {
                        journey::title(&node.activity)
                    } else {
                        node.label
                    };
                    (node.id, name)
                })
                .collect();
            Ok(Subject {
                title: journey.name,
                scope: Scope::Journey { id },
                nodes,
            })
        }
        "messages" => {
            let id = id.parse().map_err(|_| gone())?;
            Ok(Subject {
                title: messages::get(conn, id).await?.name,
                scope: Scope::Message { id },
                nodes: Vec::new(),
            })
        }
        "all" => Ok(Subject {
            title: "Everything".to_owned(),
            scope: Scope::All,
            nodes: Vec::new(),
        }),
        _ => Err(gone()),
    }
}
