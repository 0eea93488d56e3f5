//! The canvas of one journey: while it is drawn, and while it runs.

mod api;
mod board;
mod canvas;
mod edges;
mod minimap;
mod node;
mod outline;
mod palette;
mod panel;
mod problems;
mod publish;
mod saving;
mod start;
mod toolbar;
mod words;

use heliograph_model::canvas::Editor;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::{Load, PageTitle, SavedState};
use crate::pages::lazy_page;
use api::JourneyView;
use board::Board;
use canvas::{Canvas, key};
use outline::Outline;
use palette::Palette;
use panel::Panel;
use publish::{Actions, follow_counts};
use saving::{autosave, kept_history};

lazy_page! {
    /// The canvas of one journey.
    Journey in canvas
}

fn view() -> AnyView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let journey = Resource::new(id, api::load);
    view! { <Load resource=journey let:view><Editing view/></Load> }.into_any()
}

/// The editor, once the journey is there.
#[component]
fn Editing(view: JourneyView) -> impl IntoView {
    let JourneyView {
        id,
        name,
        document,
        revision,
        known,
        state,
    } = view;
    let board = Board::new(Editor::new(document), Signal::stored(known));
    provide_context(board);
    // What was done before a reload can still be undone.
    Effect::new(move |_| {
        let history = kept_history(id, revision);
        if !history.is_empty() {
            board
                .editor
                .update(|editor| *editor = std::mem::take(editor).with_history(history));
        }
    });
    let name = RwSignal::new(name);
    let saved = autosave(board, id, name, revision);
    let state = RwSignal::new(state);
    follow_counts(board, id, state);
    view! {
        <PageTitle text=name/>
        <div class="editor">
            <div class="editor-head">
                <h1 class="unseen">"Journey: " {move || name.get()}</h1>
                <input
                    class="name"
                    aria-label="Name of the journey"
                    value=name.get_untracked()
                    prop:value=move || name.get()
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <SavedState saved/>
                <Actions id state saved/>
            </div>
            <div class="board" on:keydown=move |event| key(board, &event)>
                <Palette/>
                <Canvas/>
                <Outline/>
                <Panel/>
            </div>
        </div>
    }
}
