//! The surface on which the journey is drawn: what the pointer and the keys do there.

use heliograph_model::canvas::{
    Command, Direction, GRID, Hit, NODE_HEIGHT, NODE_WIDTH, Point, Rect, hit, neighbours, nodes_inside,
    targets,
};
use heliograph_model::journey::NodeId;
use leptos::ev::{KeyboardEvent, PointerEvent, WheelEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast as _, closure::Closure};

use super::board::{Board, Drag, use_board};
use super::edges::Edges;
use super::minimap::Minimap;
use super::node::NodeView;
use super::problems::ProblemBar;
use super::start::StartChoices;
use super::toolbar::Toolbar;

/// The surface.
#[component]
pub(super) fn Canvas() -> impl IntoView {
    let board = use_board();
    watch_size(board);
    // Steps out of sight are not in the page, so that large journeys stay quick.
    let shown = Memo::new(move |_| {
        let seen = board.seen();
        let wider = Rect {
            x: seen.x - NODE_WIDTH,
            y: seen.y - NODE_HEIGHT,
            width: seen.width + 2.0 * NODE_WIDTH,
            height: seen.height + 2.0 * NODE_HEIGHT,
        };
        board.document(|document| nodes_inside(&document.graph, wider))
    });
    let world = move || {
        let view = board.view.get();
        format!(
            "transform: translate({:.1}px, {:.1}px) scale({:.4})",
            view.x, view.y, view.scale
        )
    };
    let grid = move || {
        let view = board.view.get();
        let step = 20.0 * view.scale;
        format!(
            "background-position: {:.1}px {:.1}px; background-size: {step:.2}px {step:.2}px",
            view.x, view.y
        )
    };
    let empty = Memo::new(move |_| board.document(|document| document.graph.nodes.is_empty()));
    view! {
        <section
            class="canvas"
            class:dragging=move || board.drag.with(|drag| *drag != Drag::None)
            aria-label="Canvas"
            tabindex="0"
            style=grid
            node_ref=board.surface
            on:pointerdown=move |event| press(board, &event)
            on:pointermove=move |event| movement(board, &event)
            on:pointerup=move |event| release(board, &event)
            on:pointercancel=move |_| board.drag.set(Drag::None)
            on:wheel=move |event| wheel(board, &event)
        >
            <div class="world" style=world>
                <Edges/>
                <For each=move || shown.get() key=NodeId::clone let:id>
                    <NodeView id/>
                </For>
                <Marquee/>
            </div>
            <Show when=move || empty.get()><StartChoices/></Show>
            <Toolbar/>
            <ProblemBar/>
            <Show when=move || !empty.get()><Minimap/></Show>
        </section>
    }
}

#[component]
fn Marquee() -> impl IntoView {
    let board = use_board();
    move || {
        board.drag.with(|drag| match drag {
            Drag::Marquee { from, to } => {
                let rect = Rect::spanning(*from, *to);
                let place = format!(
                    "left: {:.1}px; top: {:.1}px; width: {:.1}px; height: {:.1}px",
                    rect.x, rect.y, rect.width, rect.height
                );
                Some(view! { <div class="marquee" style=place></div> })
            }
            _ => None,
        })
    }
}

/// Keeps the size of the surface known, and shows everything once it is known at first.
fn watch_size(board: Board) {
    Effect::new(move |_| {
        let Some(surface) = board.surface.get() else {
            return;
        };
        let measured = surface.clone();
        let measure = move || {
            let size = Point::new(
                f64::from(measured.client_width()),
                f64::from(measured.client_height()),
            );
            if size.x > 0.0 && board.size.get_untracked() != size {
                board.size.set(size);
            }
        };
        measure();
        board.fit();
        let callback = Closure::<dyn FnMut()>::new(measure);
        if let Ok(observer) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) {
            observer.observe(&surface);
        }
        // The observer calls it for as long as the surface is there.
        callback.forget();
    });
}

fn place(event: &PointerEvent) -> Point {
    Point::new(f64::from(event.client_x()), f64::from(event.client_y()))
}

/// Is the pointer on a control that lies over the canvas?
fn on_control(event: &PointerEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .and_then(|element| {
            element
                .closest(".toolbar, .problems, .minimap, .start-choices")
                .ok()
                .flatten()
        })
        .is_some()
}

fn press(board: Board, event: &PointerEvent) {
    if on_control(event) || event.button() > 1 {
        return;
    }
    let (screen, at) = (place(event), board.to_canvas(place(event)));
    let found = board
        .editor
        .with_untracked(|editor| hit(&editor.document().graph, at));
    let drag = match found {
        _ if event.button() == 1 => Drag::Pan(screen),
        Hit::Port(from) => {
            let targets = board
                .editor
                .with_untracked(|e| targets(&e.document().graph, &from.from, &from.port));
            Drag::Connect {
                from,
                to: at,
                targets,
            }
        }
        Hit::Node(id) => {
            let selected = board
                .editor
                .with_untracked(|editor| editor.selected.contains(&id));
            if event.shift_key() {
                board.editor.update(|editor| {
                    if !editor.selected.remove(&id) {
                        editor.selected.insert(id);
                    }
                });
            } else if !selected {
                board.select(&id);
            } else {
                board.settings.set(false);
            }
            Drag::Nodes {
                from: at,
                by: Point::default(),
            }
        }
        Hit::Edge(edge) => {
            board.editor.update(|editor| {
                editor.selected.clear();
                editor.selected_edge = Some(edge);
            });
            Drag::Pan(screen)
        }
        Hit::Nothing if event.shift_key() => Drag::Marquee { from: at, to: at },
        Hit::Nothing => {
            board.deselect();
            Drag::Pan(screen)
        }
    };
    board.drag.set(drag);
    if let Some(surface) = board.surface.get_untracked() {
        // It fails only for a pointer that has been lifted meanwhile.
        let _ = surface.set_pointer_capture(event.pointer_id());
    }
}

fn movement(board: Board, event: &PointerEvent) {
    let (screen, at) = (place(event), board.to_canvas(place(event)));
    board.drag.maybe_update(|drag| match drag {
        Drag::None | Drag::New { .. } => false,
        Drag::Pan(last) => {
            let (dx, dy) = (screen.x - last.x, screen.y - last.y);
            board.view.update(|view| *view = view.panned(dx, dy));
            *last = screen;
            false
        }
        Drag::Nodes { from, by } => {
            *by = Point::new(at.x - from.x, at.y - from.y);
            true
        }
        Drag::Connect { to, .. } | Drag::Marquee { to, .. } => {
            *to = at;
            true
        }
    });
}

fn release(board: Board, event: &PointerEvent) {
    let at = board.to_canvas(place(event));
    match board.drag.get_untracked() {
        Drag::Nodes { by, .. } if by.x.abs() >= GRID / 2.0 || by.y.abs() >= GRID / 2.0 => {
            let nodes = board.editor.with_untracked(|editor| editor.selected.clone());
            board.drag.set(Drag::None);
            board.apply(Command::Move {
                nodes,
                dx: by.x,
                dy: by.y,
            });
            board.settle();
        }
        Drag::Connect { from, .. } => {
            board.drag.set(Drag::None);
            board.drop_edge(from, at);
        }
        Drag::Marquee { from, to } => {
            board.drag.set(Drag::None);
            board.editor.update(|editor| {
                let inside = nodes_inside(&editor.document().graph, Rect::spanning(from, to));
                editor.selected.extend(inside);
            });
        }
        Drag::None => {}
        Drag::Nodes { .. } | Drag::Pan(_) | Drag::New { .. } => board.drag.set(Drag::None),
    }
}

fn wheel(board: Board, event: &WheelEvent) {
    event.prevent_default();
    if event.ctrl_key() || event.meta_key() {
        let pointer = board.in_surface(Point::new(
            f64::from(event.client_x()),
            f64::from(event.client_y()),
        ));
        let factor = (-event.delta_y() * 0.002).exp();
        board.view.update(|view| *view = view.zoomed(factor, pointer));
    } else {
        board
            .view
            .update(|view| *view = view.panned(-event.delta_x(), -event.delta_y()));
    }
}

/// What the keys do anywhere on the board, except where something is being typed.
pub(super) fn key(board: Board, event: &KeyboardEvent) {
    let typing = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
    if typing {
        return;
    }
    let command = event.ctrl_key() || event.meta_key();
    let handled = match (event.key().as_str(), command) {
        ("z", true) => {
            board.undo();
            true
        }
        ("Z" | "y", true) => {
            board.redo();
            true
        }
        ("a", true) => {
            board.editor.update(|editor| {
                editor.selected = editor
                    .document()
                    .graph
                    .nodes
                    .iter()
                    .map(|node| node.id.clone())
                    .collect();
            });
            true
        }
        ("d", true) => {
            if let Some(text) = board.copied() {
                board.paste(&text);
            }
            true
        }
        ("Delete" | "Backspace", false) => {
            board.delete_selected();
            true
        }
        ("Escape", false) => {
            board.drag.set(Drag::None);
            board.deselect();
            true
        }
        ("n" | "N", false) => focus(".steps-to-add button"),
        ("c" | "C", false) => focus(".panel .ways select"),
        ("Enter", false) => {
            board.only_selected().is_some() && focus(".panel input, .panel select, .panel textarea")
        }
        ("ArrowUp", false) if event.alt_key() => step(board, Direction::Back),
        ("ArrowDown", false) if event.alt_key() => step(board, Direction::Forward),
        ("ArrowLeft", false) => nudge(board, event, -1.0, 0.0),
        ("ArrowRight", false) => nudge(board, event, 1.0, 0.0),
        ("ArrowUp", false) => nudge(board, event, 0.0, -1.0),
        ("ArrowDown", false) => nudge(board, event, 0.0, 1.0),
        ("+", false) => {
            board.zoom(1.2);
            true
        }
        ("-", false) => {
            board.zoom(1.0 / 1.2);
            true
        }
        _ => false,
    };
    if handled {
        event.prevent_default();
    }
}

/// Moves the focus to the first of these on the page; whether there is one.
fn focus(selector: &str) -> bool {
    match document().query_selector(selector) {
        Ok(Some(element)) => element.unchecked_into::<web_sys::HtmlElement>().focus().is_ok(),
        _ => false,
    }
}

/// Selects the next step along an edge, or against one.
fn step(board: Board, direction: Direction) -> bool {
    let Some(from) = board.only_selected() else {
        return false;
    };
    let next = board
        .editor
        .with_untracked(|editor| neighbours(&editor.document().graph, &from, direction));
    let Some(next) = next.first() else { return false };
    board.select(next);
    board.reveal_selected();
    focus(".canvas .node[aria-pressed=true]");
    true
}

fn nudge(board: Board, event: &KeyboardEvent, right: f64, down: f64) -> bool {
    let nodes = board.editor.with_untracked(|editor| editor.selected.clone());
    if nodes.is_empty() {
        return false;
    }
    let by = if event.shift_key() { 5.0 * GRID } else { GRID };
    board.apply(Command::Move {
        nodes,
        dx: right * by,
        dy: down * by,
    });
    true
}
