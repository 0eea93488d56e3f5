//! Saving while it is drawn, and the history that survives a reload.

use heliograph_model::canvas::Step;
use heliograph_model::ids::JourneyId;
use leptos::prelude::*;

use super::api;
use super::board::Board;
use crate::components::{self, Saved};

/// Most steps of the history that are kept over a reload.
const KEPT_STEPS: usize = 200;

/// Saves whatever changes, one save at a time.
pub(super) fn autosave(board: Board, id: JourneyId, name: RwSignal<String>, revision: i64) -> Saved {
    let draft = Signal::derive(move || (board.editor.with(|editor| editor.changes()), name.get()));
    components::autosave(revision, draft, move |revision, (_, name)| {
        let (document, steps) = board
            .editor
            .with_untracked(|editor| (editor.document().clone(), editor.history().to_vec()));
        async move {
            let revision = api::save(id, revision, name, document).await?;
            keep_history(id, revision, &steps);
            Ok(revision)
        }
    })
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

fn storage_key(id: JourneyId) -> String {
    format!("heliograph-history-{id}")
}

fn keep_history(id: JourneyId, revision: i64, steps: &[Step]) {
    let last = &steps[steps.len().saturating_sub(KEPT_STEPS)..];
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(&(revision, last))) {
        // A full storage costs the history over a reload, and nothing else.
        let _ = storage.set_item(&storage_key(id), &text);
    }
}

/// The history of an earlier visit of this tab, where it ends at this revision.
pub(super) fn kept_history(id: JourneyId, revision: i64) -> Vec<Step> {
    let text = storage().and_then(|storage| storage.get_item(&storage_key(id)).ok().flatten());
    match text.and_then(|text| serde_json::from_str::<(i64, Vec<Step>)>(&text).ok()) {
        Some((kept, steps)) if kept == revision => steps,
        _ => Vec::new(),
    }
}
