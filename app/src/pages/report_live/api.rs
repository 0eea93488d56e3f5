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
    use heliograph_model::report::LiveSpan;
    use heliograph_store::Store;

    use crate::pages::reports::subject::{self, Subject};

    crate::session::require(Permission::ViewReports)?;
    let store = expect_context::<Store>();
    let Subject { title, scope, nodes } = subject::find(&mut store.read().await?, &kind, &id).await?;
    let span = LiveSpan::parse(&span).unwrap_or_default();
    let report = heliograph_report::live::read(&store, scope, span).await?;
    Ok(LiveView { title, report, nodes })
}
