//! Publishing, closing and stopping; and the numbers while it runs.

use std::time::Duration;

use heliograph_model::ids::JourneyId;
use heliograph_model::journey::Status;
use leptos::prelude::*;

use super::api::{self, LiveState};
use super::board::{Board, use_board};
use super::problems::ProblemList;
use crate::components::{
    Button, ButtonKind, ButtonLink, Dialog, DialogButton, DialogFoot, Follow, IconName, Notice, Saved,
    StatusBadge, Tone, close_dialog, use_toasts,
};
use crate::error::AppError;

/// How long after one answer the numbers are asked for again, while the journey runs and is looked at.
const FOLLOW: Duration = Duration::from_secs(1);

/// Keeps the numbers on the canvas up to date for as long as the page is open.
pub(super) fn follow_counts(board: Board, id: JourneyId, state: RwSignal<LiveState>) {
    let follow = Follow::new(FOLLOW, move || async move {
        if state.with_untracked(|state| state.status == Status::Draft) {
            return;
        }
        if let Ok(counts) = api::counts(id).await {
            // The page may have been left meanwhile.
            board.counts.try_set(Some(counts));
        }
    });
    Effect::new(move |_| follow.now());
}

/// The journey's status and what can be done now.
#[component]
pub(super) fn Actions(id: JourneyId, state: RwSignal<LiveState>, saved: Saved) -> impl IntoView {
    let board = use_board();
    let toasts = use_toasts();
    let failure = RwSignal::new(None::<AppError>);
    let publish = Action::new(move |(): &()| async move {
        failure.set(None);
        match api::publish(id, saved.revision.get_untracked()).await {
            Ok(now) => {
                let version = now.version.unwrap_or_default();
                state.set(now);
                close_dialog("publish");
                toasts.done(format!("Published version {version}."));
            }
            Err(error) => failure.set(Some(error)),
        }
    });
    let end = Action::new(move |how: &Ending| {
        let how = *how;
        async move {
            let answer = match how {
                Ending::Close => api::close(id).await,
                Ending::Stop => api::stop(id).await,
            };
            match answer {
                Ok(now) => {
                    state.set(now);
                    toasts.done(match how {
                        Ending::Close => "Closed. Nobody new enters; those inside walk on.",
                        Ending::Stop => "Stopped. Everyone has left.",
                    });
                }
                Err(error) => toasts.failed(error.to_string()),
            }
            close_dialog(how.dialog());
        }
    });
    let live = Memo::new(move |_| state.with(|state| state.status == Status::Live));
    let running =
        Memo::new(move |_| state.with(|state| matches!(state.status, Status::Live | Status::Closed)));
    let errors = Memo::new(move |_| board.problem_counts().0);
    let unsaved = saved.behind();
    let tone = Signal::derive(move || match state.with(|state| state.status) {
        Status::Live => Tone::Good,
        Status::Stopped => Tone::Bad,
        Status::Draft | Status::Closed => Tone::Neutral,
    });
    let label = Signal::derive(move || {
        state.with(|state| match (state.status, state.version) {
            (Status::Live, Some(version)) => format!("Live, version {version}"),
            (Status::Closed, _) => "Closed".to_owned(),
            (Status::Stopped, _) => "Stopped".to_owned(),
            _ => "Draft".to_owned(),
        })
    });
    view! {
        <StatusBadge tone label/>
        <span class="push row">
            <Button kind=ButtonKind::Ghost icon=IconName::Sliders on_click=move |_| { board.deselect(); board.settings.set(true); }>"Properties"</Button>
            <Show when=move || state.with(|state| state.status != Status::Draft)>
                <ButtonLink kind=ButtonKind::Ghost icon=IconName::Chart href=format!("/reports/live/journeys/{id}")>"Live report"</ButtonLink>
            </Show>
            <Show when=move || live.get()><DialogButton dialog="close-journey">"Close"</DialogButton></Show>
            <Show when=move || running.get()><DialogButton dialog="stop-journey" kind=ButtonKind::Danger>"Stop"</DialogButton></Show>
            <DialogButton dialog="publish" kind=ButtonKind::Primary>"Publish journey"</DialogButton>
        </span>
        <Dialog id="publish" title=Signal::derive(move || match errors.get() {
            0 => "Publish this journey?".to_owned(),
            1 => "1 error keeps this journey from being published".to_owned(),
            n => format!("{n} errors keep this journey from being published"),
        })>
            <div class="body">
                {move || if errors.get() > 0 {
                    view! { <ProblemList/> }.into_any()
                } else if live.get() {
                    view! { <p>"People enter the new version from now on. Those inside the present one walk on in it."</p> }.into_any()
                } else {
                    view! { <p>"People enter as soon as it is published, and get its messages."</p> }.into_any()
                }}
                {move || failure.get().map(|error| view! { <Notice tone=Tone::Bad>{error.to_string()}</Notice> })}
            </div>
            <DialogFoot>
                <Button
                    kind=ButtonKind::Primary
                    pending=publish.pending()
                    disabled=Signal::derive(move || errors.get() > 0 || unsaved.get())
                    on_click=move |_| { publish.dispatch(()); }
                >
                    "Publish"
                </Button>
            </DialogFoot>
        </Dialog>
        <Dialog id="close-journey" title="Close this journey?">
            <div class="body"><p>"Nobody new enters. Those inside walk on to their end."</p></div>
            <DialogFoot>
                <Button kind=ButtonKind::Primary pending=end.pending() on_click=move |_| { end.dispatch(Ending::Close); }>"Close journey"</Button>
            </DialogFoot>
        </Dialog>
        <Dialog id="stop-journey" title="Stop this journey?">
            <div class="body">
                <p>{move || {
                    let inside = board.counts.with(|counts| counts.as_ref().map_or(0, api::FlowCounts::inside));
                    format!("Everyone leaves it now ({} inside), and pushes that wait to be sent are not sent. This can't be undone.", crate::components::grouped(inside))
                }}</p>
            </div>
            <DialogFoot>
                <Button kind=ButtonKind::DangerPrimary pending=end.pending() on_click=move |_| { end.dispatch(Ending::Stop); }>"Stop journey"</Button>
            </DialogFoot>
        </Dialog>
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    Close,
    Stop,
}

impl Ending {
    const fn dialog(self) -> &'static str {
        match self {
            Self::Close => "close-journey",
            Self::Stop => "stop-journey",
        }
    }
}
