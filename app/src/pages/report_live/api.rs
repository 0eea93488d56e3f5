//! The server function of the live report.

use heliograph_model::journey::NodeId;
use heliograph_model::report::LiveReport;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A live report with the names of what it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveView {
    /// What it is about.
    pub title: String,
    /// The figures.
    pub report: LiveReport,
    /// The steps of the journey, in the order of its drawing; empty where it is about something else.
    pub nodes: Vec<(NodeId, String)>,
}

/// The report as of now.
#[server]
pub async fn live(kind: String, id: String, span: String) -> Result<LiveView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::journey;
    use heliograph_model::report::{LiveSpan, Scope};
    use heliograph_store::{Store, journeys, messages};

    crate::session::require(Permission::ViewReports)?;
    let gone = || AppError::NotFound {
        what: "This report".to_owned(),
    };
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let mut nodes = Vec::new();
    let (title, scope) = match kind.as_str() {
        "journeys" => {
            let id = id.parse().map_err(|_| gone())?;
            let journey = journeys::get(&mut conn, id).await?;
            let newest = journeys::versions(&mut conn, id).await?.into_iter().next();
            let graph = newest.map_or(journey.draft.0.graph, |version| version.document.0.document.graph);
            nodes = graph
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
            (journey.name, Scope::Journey { id })
        }
        "messages" => {
            let id = id.parse().map_err(|_| gone())?;
            (messages::get(&mut conn, id).await?.name, Scope::Message { id })
        }
        "all" => ("Everything".to_owned(), Scope::All),
        _ => return Err(gone()),
    };
    drop(conn);
    let span = LiveSpan::parse(&span).unwrap_or_default();
    let report = heliograph_report::live::read(&store, scope, span).await?;
    Ok(LiveView { title, report, nodes })
}
