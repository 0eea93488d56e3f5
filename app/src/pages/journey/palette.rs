//! The steps that can be added: dragged onto the canvas, or pressed.

use heliograph_model::audience::Rule;
use heliograph_model::canvas::Point;
use heliograph_model::journey::{Activity, ConditionPath, Schedule, WaitUnit};
use leptos::ev::PointerEvent;
use leptos::prelude::*;

use super::board::{Drag, use_board};
use super::words::{glyph, kind};
use crate::components::Icon;

/// How far the pointer moves before a press becomes a drag, in pixels.
const DRAG_BEGINS: f64 = 4.0;

/// A step of each kind, as it begins.
pub(super) fn templates() -> [(&'static str, Vec<Activity>); 3] {
    [
        (
            "Events",
            vec![
                Activity::Event {
                    event_type: String::new(),
                    conditions: Vec::new(),
                    name: "start".to_owned(),
                },
                Activity::ReadAudience {
                    audience: None,
                    schedule: Schedule::Now,
                },
            ],
        ),
        (
            "Orchestration",
            vec![
                Activity::Condition {
                    paths: vec![ConditionPath {
                        id: "p1".to_owned(),
                        name: "Yes".to_owned(),
                        rule: Rule::default(),
                    }],
                },
                Activity::Wait {
                    amount: 1,
                    unit: WaitUnit::Hours,
                },
            ],
        ),
        (
            "Actions",
            vec![Activity::Message { message: None }, Activity::End {}],
        ),
    ]
}

/// The palette.
#[component]
pub(super) fn Palette() -> impl IntoView {
    let group = |(title, activities): (&'static str, Vec<Activity>)| {
        let items = activities
            .into_iter()
            .map(|activity| view! { <Item activity/> })
            .collect_view();
        view! { <section><h2>{title}</h2><ul>{items}</ul></section> }
    };
    view! {
        <aside class="steps-to-add" aria-label="Steps to add">
            {templates().map(group).collect_view()}
            <p class="small quiet">"Drag onto the canvas or a connection. Press to add after the selected step."</p>
        </aside>
        <Ghost/>
    }
}

#[component]
fn Item(activity: Activity) -> impl IntoView {
    let board = use_board();
    let (tone, icon) = glyph(&activity);
    let name = kind(&activity);
    let template = StoredValue::new(activity);
    let pressed = RwSignal::new(None::<Point>);
    // A drag ends with a click as well; that one adds nothing.
    let dragged = StoredValue::new(false);
    let place = |event: &PointerEvent| Point::new(f64::from(event.client_x()), f64::from(event.client_y()));
    let down = move |event: PointerEvent| {
        if event.button() == 0 {
            pressed.set(Some(place(&event)));
            dragged.set_value(false);
            let item: web_sys::Element = event_target_element(&event);
            // It fails only for a pointer that has been lifted meanwhile.
            let _ = item.set_pointer_capture(event.pointer_id());
        }
    };
    let moved = move |event: PointerEvent| {
        let Some(start) = pressed.get_untracked() else {
            return;
        };
        let at = place(&event);
        if dragged.get_value() || (at.x - start.x).hypot(at.y - start.y) >= DRAG_BEGINS {
            dragged.set_value(true);
            board.drag.set(Drag::New {
                activity: template.get_value(),
                at,
            });
        }
    };
    let up = move |event: PointerEvent| {
        pressed.set(None);
        if !matches!(board.drag.get_untracked(), Drag::New { .. }) {
            return;
        }
        board.drag.set(Drag::None);
        let at = place(&event);
        let size = board.size.get_untracked();
        let inside = board.in_surface(at);
        if inside.x >= 0.0 && inside.y >= 0.0 && inside.x <= size.x && inside.y <= size.y {
            board.drop_new(template.get_value(), at);
        }
    };
    view! {
        <li>
            <button
                type="button"
                class="palette-item"
                on:pointerdown=down
                on:pointermove=moved
                on:pointerup=up
                on:pointercancel=move |_| {
                    pressed.set(None);
                    board.drag.set(Drag::None);
                }
                on:click=move |_| {
                    if !dragged.get_value() {
                        board.add(template.get_value());
                    }
                    dragged.set_value(false);
                }
            >
                <span class=format!("glyph small {tone}")><Icon name=icon/></span>
                {name}
            </button>
        </li>
    }
}

/// The element that has the handler, whatever inside it was pressed.
fn event_target_element(event: &PointerEvent) -> web_sys::Element {
    use leptos::wasm_bindgen::JsCast as _;
    event
        .current_target()
        .and_then(|target| target.dyn_into().ok())
        .unwrap_or_else(|| event_target::<web_sys::Element>(event))
}

/// The step that is being dragged, under the pointer.
#[component]
fn Ghost() -> impl IntoView {
    let board = use_board();
    move || {
        board.drag.with(|drag| match drag {
            Drag::New { activity, at } => {
                let (tone, icon) = glyph(activity);
                let place = format!("left: {:.0}px; top: {:.0}px", at.x, at.y);
                Some(view! {
                    <div class="node ghost" style=place aria-hidden="true">
                        <span class=format!("glyph {tone}")><Icon name=icon/></span>
                        <span class="what"><b>{kind(activity)}</b></span>
                    </div>
                })
            }
            _ => None,
        })
    }
}
