//! Saving by a button what holds at once: what has changed, what the server said, and whose changes must not be lost.

use std::{future::Future, pin::Pin, sync::Arc};

use leptos::prelude::*;

use super::{Conflict, Icon, IconName, NotSaved, use_toasts};
use crate::error::AppError;

type Answer = Pin<Box<dyn Future<Output = Result<i64, AppError>>>>;
type Save<T> = Arc<dyn Fn(i64, T) -> Answer + Send + Sync>;

/// Saves what is typed when it is told to, one save at a time.
pub struct Saver<T: Send + Sync + 'static> {
    typed: Memo<T>,
    kept: RwSignal<T>,
    revision: RwSignal<i64>,
    sending: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    /// The person has chosen what someone else saved, and gives up what is typed.
    given_up: RwSignal<bool>,
    save: StoredValue<Save<T>>,
    said: &'static str,
}

impl<T: Send + Sync> Clone for Saver<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for Saver<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Saver<T> {
    /// For something that is kept as `kept` under `revision`, and is being typed. `save` is told the revision that it
    /// changes, and answers with the new one; `said` is what the person is told then.
    pub fn new<F, A>(kept: T, revision: i64, typed: Memo<T>, said: &'static str, save: F) -> Self
    where
        F: Fn(i64, T) -> A + Send + Sync + 'static,
        A: Future<Output = Result<i64, AppError>> + 'static,
    {
        let save: Save<T> = Arc::new(move |revision, typed| Box::pin(save(revision, typed)));
        let saver = Self {
            typed,
            kept: RwSignal::new(kept),
            revision: RwSignal::new(revision),
            sending: RwSignal::new(false),
            error: RwSignal::new(None),
            given_up: RwSignal::new(false),
            save: StoredValue::new(save),
            said,
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
    pub fn changed(self) -> Signal<bool> {
        Memo::new(move |_| self.typed.with(|typed| self.kept.with(|kept| kept != typed))).into()
    }

    /// Would something be lost that the person wants to keep?
    pub fn unsaved(self) -> Signal<bool> {
        let changed = self.changed();
        Signal::derive(move || changed.get() && !self.given_up.get())
    }

    /// Is a save on its way?
    pub fn sending(self) -> Signal<bool> {
        self.sending.into()
    }

    /// What is wrong with a field.
    pub fn error_of(self, field: &str) -> Option<String> {
        self.error
            .with(|error| error.as_ref()?.for_field(field).map(str::to_owned))
    }

    /// Keeps what is typed.
    pub fn save(self) {
        if self.sending.get_untracked() {
            return;
        }
        self.sending.set(true);
        let toasts = use_toasts();
        leptos::task::spawn_local(async move {
            let typed = self.typed.get_untracked();
            let answer = self
                .save
                .with_value(|save| save(self.revision.get_untracked(), typed.clone()));
            match answer.await {
                Ok(revision) => {
                    self.revision.set(revision);
                    self.kept.set(typed);
                    self.error.set(None);
                    toasts.done(self.said);
                }
                Err(error) => self.error.set(Some(error)),
            }
            self.sending.set(false);
        });
    }
}

/// The state of saving in words.
#[component]
pub fn SaverState<T: Clone + PartialEq + Send + Sync + 'static>(
    /// What saves.
    saver: Saver<T>,
) -> impl IntoView {
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
