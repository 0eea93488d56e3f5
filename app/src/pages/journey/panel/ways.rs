//! Where a step leads: the way to connect steps without dragging.

use std::collections::BTreeSet;

use heliograph_model::canvas::{Command, EdgeRef, targets};
use heliograph_model::journey::{NodeId, ports};
use leptos::prelude::*;

use crate::pages::journey::board::use_board;
use crate::pages::journey::words::title;

/// Each port with the step that it leads to.
#[component]
pub(super) fn Ways(id: NodeId) -> impl IntoView {
    let board = use_board();
    let id = StoredValue::new(id);
    let ways = Memo::new(move |_| {
        id.with_value(|id| board.node(id))
            .map(|node| ports(&node.activity))
            .unwrap_or_default()
    });
    view! {
        <Show when=move || ways.with(|ways| !ways.is_empty())>
            <section class="ways" aria-label="Where it leads">
                <h3>"Where it leads"</h3>
                <For each=move || ways.get() key=|(port, label)| (port.key(), label.clone()) let((port, label))>
                    {
                        let port = StoredValue::new(port);
                        let field = format!("way-{}", port.with_value(|port| port.key()).replace(':', "-"));
                        let chosen = move || id.with_value(|id| port.with_value(|port| board.next(id, port)));
                        let options = move || {
                            let now = chosen();
                            let allowed = id.with_value(|id| port.with_value(|port| {
                                board.document(|document| targets(&document.graph, id, port))
                            }));
                            board.document(|document| {
                                document
                                    .graph
                                    .nodes
                                    .iter()
                                    .filter(|node| allowed.contains(&node.id) || now.as_ref() == Some(&node.id))
                                    .map(|node| {
                                        let selected = now.as_ref() == Some(&node.id);
                                        view! { <option value=node.id.0.clone() selected=selected>{title(node)}</option> }
                                    })
                                    .collect_view()
                            })
                        };
                        let change = move |event| {
                            let to = event_target_value(&event);
                            let from = EdgeRef { from: id.get_value(), port: port.get_value() };
                            if to.is_empty() {
                                board.apply(Command::Delete { nodes: BTreeSet::new(), edges: [from].into() });
                            } else {
                                board.apply(Command::Connect { from, to: NodeId(to) });
                            }
                        };
                        view! {
                            <div class="field">
                                <label for=field.clone()>{label}</label>
                                <select class="input" id=field.clone() on:change=change>
                                    <option value="" selected=move || chosen().is_none()>"Nowhere: the journey ends here"</option>
                                    {options}
                                </select>
                            </div>
                        }
                    }
                </For>
            </section>
        </Show>
    }
}
