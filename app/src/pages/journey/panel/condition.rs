//! The paths of a condition.

use heliograph_model::audience::Rule;
use heliograph_model::journey::{Activity, ConditionPath, NodeId};
use leptos::prelude::*;

use crate::components::rule_editor::{RuleEditor, RuleScope};
use crate::components::{Button, ButtonSize, IconButton, IconName};
use crate::pages::journey::board::use_board;

/// One path while it is edited.
#[derive(Debug, Clone, Copy)]
struct Path {
    key: usize,
    id: StoredValue<String>,
    name: RwSignal<String>,
    rule: RwSignal<Rule>,
}

impl Path {
    fn new(key: usize, path: ConditionPath) -> Self {
        Self {
            key,
            id: StoredValue::new(path.id),
            name: RwSignal::new(path.name),
            rule: RwSignal::new(path.rule),
        }
    }

    fn value(self) -> ConditionPath {
        ConditionPath {
            id: self.id.get_value(),
            name: self.name.get(),
            rule: self.rule.get(),
        }
    }
}

/// The paths, tried in their order.
#[component]
pub(super) fn ConditionFields(id: NodeId, paths: Vec<ConditionPath>) -> impl IntoView {
    let board = use_board();
    let paths: Vec<Path> = paths
        .into_iter()
        .enumerate()
        .map(|(key, path)| Path::new(key, path))
        .collect();
    let next = StoredValue::new(paths.len());
    let paths = RwSignal::new(paths);
    Effect::watch(
        move || paths.get().into_iter().map(Path::value).collect::<Vec<_>>(),
        move |paths, _, _| board.set_activity(&id, Activity::Condition { paths: paths.clone() }),
        false,
    );
    let add = move |_| {
        let key = next.get_value();
        next.set_value(key + 1);
        paths.update(|paths| {
            let taken: Vec<String> = paths.iter().map(|path| path.id.get_value()).collect();
            let id = (1..)
                .map(|n| format!("p{n}"))
                .find(|id| !taken.contains(id))
                .unwrap_or_default();
            let name = format!("Path {}", paths.len() + 1);
            paths.push(Path::new(
                key,
                ConditionPath {
                    id,
                    name,
                    rule: Rule::default(),
                },
            ));
        });
    };
    let audiences = Signal::derive(move || {
        board.known.with(|known| {
            known
                .audiences
                .iter()
                .map(|(id, name)| (*id, name.clone()))
                .collect::<Vec<_>>()
        })
    });
    view! {
        <div class="field">
            <span class="label">"Paths" <span class="push small quiet">"the first that fits is taken"</span></span>
            <For each=move || paths.get() key=|path| path.key let:path>
                <div class="path">
                    <div class="row between">
                        <input
                            class="input bare"
                            aria-label="Name of the path"
                            prop:value=move || path.name.get()
                            value=path.name.get_untracked()
                            on:input=move |event| path.name.set(event_target_value(&event))
                        />
                        <Show when=move || paths.with(|paths| paths.len() > 1)>
                            <IconButton
                                icon=IconName::Trash
                                label=Signal::derive(move || format!("Remove path {}", path.name.get()))
                                on_click=move |_| paths.update(|paths| paths.retain(|other| other.key != path.key))
                            />
                        </Show>
                    </div>
                    <RuleEditor rule=path.rule scope=RuleScope::Condition audiences/>
                </div>
            </For>
            <div class="path"><b class="medium">"Otherwise"</b><p class="small quiet">"Everyone who takes none of the paths above."</p></div>
            <div><Button size=ButtonSize::Small icon=IconName::Plus on_click=add>"Add path"</Button></div>
        </div>
    }
}
