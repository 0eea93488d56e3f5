//! Server functions of the canvas.

use std::collections::HashMap;

use heliograph_model::ids::JourneyId;
use heliograph_model::journey::{Document, Known, NodeId, Port, Status};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// Everything that the page needs to begin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JourneyView {
    /// Which journey.
    pub id: JourneyId,
    /// What it is called.
    pub name: String,
    /// The draft.
    pub document: Document,
    /// The draft's revision.
    pub revision: i64,
    /// The messages and audiences there are.
    pub known: Known,
    /// Where it is in its life.
    pub state: LiveState,
}

/// Where a journey is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveState {
    /// Its status.
    pub status: Status,
    /// The newest published version.
    pub version: Option<i64>,
}

/// How many are where, and went through what, over all versions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FlowCounts {
    /// How many are at a step now.
    here: HashMap<String, u64>,
    /// How many went through a port, by step and port.
    passed: Vec<(String, String, u64)>,
}

impl FlowCounts {
    /// How many are at this step now.
    pub fn here(&self, node: &NodeId) -> u64 {
        self.here.get(&node.0).copied().unwrap_or(0)
    }

    /// How many went through this port.
    pub fn passed(&self, node: &NodeId, port: &Port) -> u64 {
        let key = port.key();
        self.passed
            .iter()
            .find(|(from, port, _)| *from == node.0 && *port == key)
            .map_or(0, |(_, _, passed)| *passed)
    }

    /// How many are in the journey now.
    pub fn inside(&self) -> u64 {
        self.here.values().sum()
    }
}
