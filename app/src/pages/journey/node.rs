//! One step on the canvas.

use heliograph_model::canvas::{Point, port_places};
use heliograph_model::journey::{NodeId, Severity};
use leptos::prelude::*;

use super::board::{Drag, use_board};
use super::words::{glyph, port_title, summary, title};
use crate::components::{Icon, IconName, grouped};

/// One step: a card with its ports.
#[component]
pub(super) fn NodeView(id: NodeId) -> impl IntoView {
    let board = use_board();
    let id = StoredValue::new(id);
    let node = Memo::new(move |_| id.with_value(|id| board.node(id)));
    let selected =
        Memo::new(move |_| id.with_value(|id| board.editor.with(|editor| editor.selected.contains(id))));
    let problem = Memo::new(move |_| id.with_value(|id| board.problem_of(id)));
    let offset = Memo::new(move |_| {
        board.drag.with(|drag| match drag {
            Drag::Nodes { by, .. } if selected.get() => *by,
            _ => Point::default(),
        })
    });
    let target = Memo::new(move |_| {
        board.drag.with(|drag| match drag {
            Drag::Connect { targets, .. } => id.with_value(|id| targets.contains(id)),
            _ => false,
        })
    });
    let here = Memo::new(move |_| {
        board
            .counts
            .with(|counts| counts.as_ref().map(|counts| id.with_value(|id| counts.here(id))))
    });
    let card = move || {
        node.get().map(|node| {
            let (tone, icon) = glyph(&node.activity);
            let line = board.known.with(|known| summary(&node, known));
            let name = title(&node);
            view! {
                <span class=format!("glyph {tone}")><Icon name=icon/></span>
                <span class="what"><b>{name}</b><small>{line}</small></span>
            }
        })
    };
    let place = move || {
        let (offset, at) = (
            offset.get(),
            node.with(|node| node.as_ref().map_or((0.0, 0.0), |n| (n.x, n.y))),
        );
        format!("left: {:.1}px; top: {:.1}px", at.0 + offset.x, at.1 + offset.y)
    };
    let mark = move || {
        problem.get().map(|(severity, text)| {
            let (class, icon) = match severity {
                Severity::Error => ("mark bad", IconName::Bad),
                Severity::Warning => ("mark", IconName::Warn),
            };
            let tip = text.clone();
            view! { <span class=class title=tip><Icon name=icon/><span class="unseen">{text}</span></span> }
        })
    };
    let count = move || {
        here.get().filter(|here| *here > 0).map(|here| {
            view! { <span class="here some"><Icon name=IconName::Profile/>{grouped(here)}<span class="unseen">" here now"</span></span> }
        })
    };
    let ports = move || {
        node.get().map(|node| {
            let offset = offset.get();
            port_places(&node)
                .into_iter()
                .map(|port| {
                    let place = format!("left: {:.1}px; top: {:.1}px", port.at.x + offset.x, port.at.y + offset.y);
                    let label = port_title(&node.activity, &port.port);
                    let open = board.next(&node.id, &port.port).is_none();
                    let name = format!("{label} of {}", title(&node));
                    view! {
                        <span class="port open" class:loose=open style=place role="img" aria-label=name title=label></span>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <button
            class="node"
            class:problem=move || problem.with(Option::is_some)
            class:bad=move || problem.with(|p| p.as_ref().is_some_and(|(s, _)| *s == Severity::Error))
            class:target=move || target.get()
            type="button"
            aria-pressed=move || if selected.get() { "true" } else { "false" }
            style=place
            on:click=move |event| if event.detail() == 0 { id.with_value(|id| board.select(id)) }
        >
            {card} {mark} {count}
        </button>
        {ports}
    }
}
