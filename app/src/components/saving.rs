//! Saving while one writes or draws: one save at a time, and nothing of someone else's overwritten.

use std::future::Future;
use std::time::Duration;

use leptos::prelude::*;

use super::{Button, ButtonSize, Icon, IconName};
use crate::error::AppError;

/// How long after the last change it is saved.
const PAUSE: Duration = Duration::from_millis(600);
/// How long after a failure it is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Where saving is.
#[derive(Debug, Clone, PartialEq)]
pub enum Saving {
    /// Everything is on the server.
    Saved,
    /// There are changes, to be saved in a moment.
    Changed,
    /// It is on its way.
    Sending,
    /// It failed, and is tried again.
    Failed(AppError),
    /// Someone else has changed it; nothing is overwritten.
    Conflict(String),
}

/// The state of saving, and the revision that is on the server.
#[derive(Debug, Clone, Copy)]
pub struct Saved {
    /// Where saving is.
    pub state: RwSignal<Saving>,
    /// The revision that is on the server.
    pub revision: RwSignal<i64>,
}

impl Saved {
    /// Is there something that is not on the server yet?
    pub fn behind(self) -> Signal<bool> {
        Signal::derive(move || self.state.with(|state| *state != Saving::Saved))
    }
}

/// Saves `draft` whenever it changes, one save at a time. `save` is told the revision that it changes, and answers with
/// the new one.
pub fn autosave<T, F, Answer>(revision: i64, draft: Signal<T>, save: F) -> Saved
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(i64, T) -> Answer + Clone + Send + Sync + 'static,
    Answer: Future<Output = Result<i64, AppError>> + 'static,
{
    let saved = Saved {
        state: RwSignal::new(Saving::Saved),
        revision: RwSignal::new(revision),
    };
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let last = save.clone();
    // Whoever leaves the page within the pause loses nothing.
    on_cleanup(move || {
        if saved.state.get_untracked() == Saving::Changed {
            if let Some(timer) = timer.get_value() {
                timer.clear();
            }
            let answer = last(saved.revision.get_untracked(), draft.get_untracked());
            leptos::task::spawn_local(async move {
                // There is no page left to tell of a failure.
                let _ = answer.await;
            });
        }
    });
    Effect::watch(
        move || draft.get(),
        move |_, _, _| {
            if !matches!(saved.state.get_untracked(), Saving::Conflict(_)) {
                schedule(draft, saved, timer, PAUSE, save.clone());
            }
        },
        false,
    );
    saved
}

fn schedule<T, F, Answer>(
    draft: Signal<T>,
    saved: Saved,
    timer: StoredValue<Option<TimeoutHandle>>,
    pause: Duration,
    save: F,
) where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(i64, T) -> Answer + Clone + Send + Sync + 'static,
    Answer: Future<Output = Result<i64, AppError>> + 'static,
{
    if saved.state.get_untracked() == Saving::Sending {
        // What is changed meanwhile is saved when that has come back.
        return;
    }
    // Told once, and not again with each key.
    let told = saved
        .state
        .with_untracked(|state| matches!(state, Saving::Failed(_) | Saving::Changed));
    if !told {
        saved.state.set(Saving::Changed);
    }
    if let Some(timer) = timer.get_value() {
        timer.clear();
    }
    let send = move || {
        leptos::task::spawn_local(async move {
            saved.state.set(Saving::Sending);
            let sent = draft.get_untracked();
            let answer = save(saved.revision.get_untracked(), sent.clone()).await;
            if saved.state.is_disposed() {
                return;
            }
            match answer {
                Ok(revision) => {
                    saved.revision.set(revision);
                    saved.state.set(Saving::Saved);
                    if draft.with_untracked(|now| *now != sent) {
                        schedule(draft, saved, timer, PAUSE, save);
                    }
                }
                Err(AppError::Conflict { message }) => saved.state.set(Saving::Conflict(message)),
                Err(error @ (AppError::Internal { .. } | AppError::Unreachable | AppError::SignedOut)) => {
                    saved.state.set(Saving::Failed(error));
                    schedule(draft, saved, timer, RETRY, save);
                }
                Err(error) => saved.state.set(Saving::Failed(error)),
            }
        });
    };
    timer.set_value(set_timeout_with_handle(send, pause).ok());
}

/// The state of saving in words.
#[component]
pub fn SavedState(
    /// What [`autosave`] gave.
    saved: Saved,
) -> impl IntoView {
    move || match saved.state.get() {
        Saving::Saved => {
            view! { <span class="saved" role="status"><Icon name=IconName::Check/>"Saved"</span> }.into_any()
        }
        Saving::Changed | Saving::Sending => {
            view! { <span class="saved" role="status">"Saving…"</span> }.into_any()
        }
        Saving::Failed(error) => view! { <NotSaved error/> }.into_any(),
        Saving::Conflict(message) => view! { <Conflict message on_load=|| ()/> }.into_any(),
    }
}

/// That someone else has saved it meanwhile, and the way to what they saved.
#[component]
pub fn Conflict(
    /// Who, and when.
    message: String,
    /// Called before the page is loaded anew.
    on_load: impl Fn() + 'static,
) -> impl IntoView {
    let load = move |_| {
        on_load();
        // It fails only where there is no page any more.
        let _ = window().location().reload();
    };
    view! {
        <span class="saved bad" role="alert">
            <Icon name=IconName::Bad/>
            <span>{message}</span>
            <Button size=ButtonSize::Small on_click=load>"Load theirs"</Button>
        </span>
    }
}

/// That something could not be saved, and why. Whose session has ended can sign in beside what was typed.
#[component]
pub fn NotSaved(
    /// Why.
    error: AppError,
) -> impl IntoView {
    let sign_in = (error == AppError::SignedOut).then(|| {
        view! { <a class="button small" target="_blank" href="/sign-in">"Sign in in a new tab"</a> }
    });
    view! {
        <span class="saved bad" role="alert">
            <Icon name=IconName::Bad/>
            <span>{format!("Not saved. {error}")}</span>
            {sign_in}
        </span>
    }
}
