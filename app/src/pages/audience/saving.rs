//! Saving an audience: what has changed, what the server said, and whose changes must not be lost.

use heliograph_model::ids::AudienceId;
use leptos::prelude::*;

use super::api::{self, Draft};
use crate::components::{Conflict, Icon, IconName, NotSaved, use_toasts};
use crate::error::AppError;

/// Saves an audience, one save at a time.
#[derive(Clone, Copy)]
pub(super) struct Saver {
    id: AudienceId,
    typed: Memo<Draft>,
    kept: RwSignal<Draft>,
    revision: RwSignal<i64>,
    sending: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    /// The person has chosen what someone else saved, and gives up what is typed.
    given_up: RwSignal<bool>,
}

impl Saver {
    /// For an audience that is kept as `draft` under `revision`, and is being typed.
    pub(super) fn new(id: AudienceId, draft: Draft, revision: i64, typed: Memo<Draft>) -> Self {
        let saver = Self {
            id,
            typed,
            kept: RwSignal::new(draft),
            revision: RwSignal::new(revision),
            sending: RwSignal::new(false),
            error: RwSignal::new(None),
            given_up: RwSignal::new(false),
        };
        // What was wrong may be right by now; only a conflict stays until it is settled.
        Effect::watch(
            move || typed.track(),
            move |(), _, _| {
                saver.error.update(|error| {
                    if !matches!(error, Some(AppError::Conflict { .. })) {
                        *error = None;
                    }
                });
            },
            false,
        );
        saver
    }

    /// Is there something that is not kept yet?
    pub(super) fn changed(self) -> Signal<bool> {
        Memo::new(move |_| self.typed.with(|typed| self.kept.with(|kept| kept != typed))).into()
    }

    /// Would something be lost that the person wants to keep?
    pub(super) fn unsaved(self) -> Signal<bool> {
        let changed = self.changed();
        Signal::derive(move || changed.get() && !self.given_up.get())
    }

    /// Is a save on its way?
    pub(super) fn sending(self) -> Signal<bool> {
        self.sending.into()
    }

    /// What is wrong with the name.
    pub(super) fn name_error(self) -> Option<String> {
        self.error
            .with(|error| error.as_ref()?.for_field("name").map(str::to_owned))
    }

    /// Keeps what is typed.
    pub(super) fn save(self) {
        if self.sending.get_untracked() {
            return;
        }
        self.sending.set(true);
        let toasts = use_toasts();
        leptos::task::spawn_local(async move {
            let draft = self.typed.get_untracked();
            match api::save(self.id, self.revision.get_untracked(), draft.clone()).await {
                Ok(revision) => {
                    self.revision.set(revision);
                    self.kept.set(draft);
                    self.error.set(None);
                    toasts.done("Audience saved");
                }
                Err(error) => self.error.set(Some(error)),
            }
            self.sending.set(false);
        });
    }
}

/// The state of saving in words.
#[component]
pub(super) fn SavedState(saver: Saver) -> impl IntoView {
    let changed = saver.changed();
    move || {
        if saver.sending.get() {
            return view! { <span class="saved" role="status">"Saving…"</span> }.into_any();
        }
        match saver.error.get() {
            Some(AppError::Conflict { message }) => {
                view! { <Conflict message on_load=move || saver.given_up.set(true)/> }.into_any()
            }
            Some(error) => view! { <NotSaved error/> }.into_any(),
            None if changed.get() => {
                view! { <span class="saved" role="status">"Unsaved changes"</span> }.into_any()
            }
            None => view! { <span class="saved" role="status"><Icon name=IconName::Check/>"Saved"</span> }
                .into_any(),
        }
    }
}
