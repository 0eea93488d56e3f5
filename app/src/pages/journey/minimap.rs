//! The whole journey, small, with the part that is seen.

use heliograph_model::canvas::{NODE_HEIGHT, NODE_WIDTH, Point, Rect, bounds};
use heliograph_model::journey::Severity;
use leptos::ev::PointerEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;

use super::board::{Board, use_board};

/// The minimap; pressing it moves the canvas there.
#[component]
pub(super) fn Minimap() -> impl IntoView {
    let board = use_board();
    let frame = Memo::new(move |_| {
        let content = board
            .document(|document| bounds(&document.graph))
            .unwrap_or_default();
        content.around(&board.seen())
    });
    let steps = move || {
        let selected = board.editor.with(|editor| editor.selected.clone());
        board.document(|document| {
            document
                .graph
                .nodes
                .iter()
                .map(|node| {
                    let bad = board.problem_of(&node.id).is_some_and(|(severity, _)| severity == Severity::Error);
                    let sel = selected.contains(&node.id);
                    view! { <rect class:sel=sel class:bad=bad x=node.x y=node.y width=NODE_WIDTH height=NODE_HEIGHT rx="10"/> }
                })
                .collect_view()
        })
    };
    let view_box = move || {
        let frame = frame.get();
        format!(
            "{:.0} {:.0} {:.0} {:.0}",
            frame.x,
            frame.y,
            frame.width.max(1.0),
            frame.height.max(1.0)
        )
    };
    let seen = move || {
        let seen = board.seen();
        view! { <rect class="view" x=seen.x y=seen.y width=seen.width height=seen.height/> }
    };
    view! {
        <div class="minimap" aria-hidden="true">
            <svg viewBox=view_box on:pointerdown=move |event| jump(board, frame.get_untracked(), &event)>{steps} {seen}</svg>
        </div>
    }
}

/// Moves the canvas so that the pressed place is in its middle.
fn jump(board: Board, frame: Rect, event: &PointerEvent) {
    event.stop_propagation();
    let Some(svg) = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return;
    };
    let drawn = svg.get_bounding_client_rect();
    // The drawing keeps its proportions and is in the middle of its element, as SVG does by itself.
    let scale = (drawn.width() / frame.width.max(1.0)).min(drawn.height() / frame.height.max(1.0));
    let at = Point::new(
        frame.x
            + frame.width / 2.0
            + (f64::from(event.client_x()) - drawn.left() - drawn.width() / 2.0) / scale,
        frame.y
            + frame.height / 2.0
            + (f64::from(event.client_y()) - drawn.top() - drawn.height() / 2.0) / scale,
    );
    let size = board.size.get_untracked();
    board.view.update(|view| {
        let on_screen = view.to_screen(at);
        *view = view.panned(size.x / 2.0 - on_screen.x, size.y / 2.0 - on_screen.y);
    });
}
