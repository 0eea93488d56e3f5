//! Saving while it is drawn, and the history that survives a reload.

use std::time::Duration;

use heliograph_model::canvas::Step;
use heliograph_model::ids::JourneyId;
use leptos::prelude::*;

use super::api;
use super::board::Board;
use crate::components::{Icon, IconName};
use crate::error::AppError;

/// How long after the last change it is saved.
const PAUSE: Duration = Duration::from_millis(600);
/// How long after a failure it is tried again.
const RETRY: Duration = Duration::from_secs(5);
/// Most steps of the history that are kept over a reload.
const KEPT_STEPS: usize = 200;

/// Where saving is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Saving {
    /// Everything is on the server.
    Saved,
    /// There are changes, to be saved in a moment.
    Changed,
    /// It is on its way.
    Sending,
    /// It failed, and is tried again.
    Failed(AppError),
    /// Someone else has changed the journey; nothing is overwritten.
    Conflict(String),
}

/// The state of saving, and the revision that is on the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saved {
    pub(super) state: RwSignal<Saving>,
    pub(super) revision: RwSignal<i64>,
}

/// Saves whatever changes, one save at a time.
pub(super) fn autosave(board: Board, id: JourneyId, name: RwSignal<String>, revision: i64) -> Saved {
    let saved = Saved {
        state: RwSignal::new(Saving::Saved),
        revision: RwSignal::new(revision),
    };
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let changes = Memo::new(move |_| (board.editor.with(|editor| editor.changes()), name.get()));
    Effect::watch(
        move || changes.get(),
        move |_, _, _| {
            if !matches!(saved.state.get_untracked(), Saving::Conflict(_)) {
                schedule(board, id, name, saved, timer, PAUSE);
            }
        },
        false,
    );
    saved
}

fn schedule(
    board: Board,
    id: JourneyId,
    name: RwSignal<String>,
    saved: Saved,
    timer: StoredValue<Option<TimeoutHandle>>,
    pause: Duration,
) {
    if saved.state.get_untracked() == Saving::Sending {
        // What is changed meanwhile is saved when that has come back.
        return;
    }
    if !matches!(saved.state.get_untracked(), Saving::Failed(_)) {
        saved.state.set(Saving::Changed);
    }
    if let Some(timer) = timer.get_value() {
        timer.clear();
    }
    let save = move || {
        leptos::task::spawn_local(async move {
            saved.state.set(Saving::Sending);
            let (changes, document, steps) = board.editor.with_untracked(|editor| {
                (
                    editor.changes(),
                    editor.document().clone(),
                    editor.history().to_vec(),
                )
            });
            let typed = name.get_untracked();
            let answer = api::save(id, saved.revision.get_untracked(), typed.clone(), document).await;
            match answer {
                Ok(revision) => {
                    saved.revision.set(revision);
                    keep_history(id, revision, &steps);
                    saved.state.set(Saving::Saved);
                    let more = board.editor.with_untracked(|editor| editor.changes()) != changes
                        || name.get_untracked() != typed;
                    if more {
                        schedule(board, id, name, saved, timer, PAUSE);
                    }
                }
                Err(AppError::Conflict { message }) => saved.state.set(Saving::Conflict(message)),
                Err(error @ (AppError::Internal { .. } | AppError::Unreachable)) => {
                    saved.state.set(Saving::Failed(error));
                    schedule(board, id, name, saved, timer, RETRY);
                }
                Err(error) => saved.state.set(Saving::Failed(error)),
            }
        });
    };
    timer.set_value(set_timeout_with_handle(save, pause).ok());
}

/// The state in words.
#[component]
pub(super) fn SavedState(saved: Saved) -> impl IntoView {
    move || {
        match saved.state.get() {
        Saving::Saved => view! { <span class="saved" role="status"><Icon name=IconName::Check/>"Saved"</span> }.into_any(),
        Saving::Changed | Saving::Sending => view! { <span class="saved" role="status">"Saving…"</span> }.into_any(),
        Saving::Failed(error) => view! {
            <span class="saved bad" role="alert"><Icon name=IconName::Bad/>{format!("Not saved. {error}")}</span>
        }
        .into_any(),
        Saving::Conflict(message) => view! {
            <span class="saved bad" role="alert">
                <Icon name=IconName::Bad/>{message}
                <button class="button small" type="button" on:click=move |_| reload()>"Load theirs"</button>
            </span>
        }
        .into_any(),
    }
    }
}

fn reload() {
    // It fails only where there is no page any more.
    let _ = window().location().reload();
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
