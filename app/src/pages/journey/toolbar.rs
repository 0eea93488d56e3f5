//! Undo, zoom, tidy: what lies over the canvas.

use heliograph_model::canvas::Command;
use leptos::prelude::*;

use super::board::use_board;
use crate::components::{Icon, IconName};

/// The toolbar.
#[component]
pub(super) fn Toolbar() -> impl IntoView {
    let board = use_board();
    let undo = Memo::new(move |_| board.editor.with(|editor| editor.can_undo().map(str::to_owned)));
    let redo = Memo::new(move |_| board.editor.with(|editor| editor.can_redo().map(str::to_owned)));
    let named = |verb: &'static str, what: Memo<Option<String>>| {
        move || {
            what.get().map_or_else(
                || format!("Nothing to {}", verb.to_lowercase()),
                |what| format!("{verb}: {}", what.to_lowercase()),
            )
        }
    };
    view! {
        <div class="toolbar" role="toolbar" aria-label="Canvas">
            <Tool icon=IconName::Undo label=Signal::derive(named("Undo", undo)) disabled=Signal::derive(move || undo.with(Option::is_none)) press=move || board.undo()/>
            <Tool icon=IconName::Redo label=Signal::derive(named("Redo", redo)) disabled=Signal::derive(move || redo.with(Option::is_none)) press=move || board.redo()/>
            <span class="rule"></span>
            <Tool icon=IconName::Minus label="Zoom out" press=move || board.zoom(1.0 / 1.2)/>
            <span class="zoom">{move || format!("{:.0} %", board.view.get().scale * 100.0)}</span>
            <Tool icon=IconName::Plus label="Zoom in" press=move || board.zoom(1.2)/>
            <Tool icon=IconName::Fit label="Zoom to fit" press=move || board.fit()/>
            <span class="rule"></span>
            <Tool icon=IconName::Tidy label="Tidy layout" press=move || { board.apply(Command::Tidy); board.fit(); }/>
            <Tool icon=IconName::Trash label="Delete what is selected" disabled=Signal::derive(move || board.editor.with(|e| e.selected.is_empty() && e.selected_edge.is_none())) press=move || board.delete_selected()/>
        </div>
    }
}

#[component]
fn Tool(
    icon: IconName,
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
    press: impl Fn() + 'static,
) -> impl IntoView {
    // Not `disabled`: the button keeps its tooltip, and the focus of whoever pressed it last.
    view! {
        <button
            class="button icon-only"
            type="button"
            aria-label=label
            data-tip=label
            aria-disabled=move || disabled.get().then_some("true")
            on:click=move |_| if !disabled.get_untracked() { press() }
        >
            <Icon name=icon/>
        </button>
    }
}
