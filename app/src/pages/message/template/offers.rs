//! What a template field offers: the list while one types, and the picker for those who do not.

use heliograph_model::personalize::{Completion, CompletionKind, FieldType};
use leptos::html::Input;
use leptos::prelude::*;

use super::{Typing, text};
use crate::components::{Icon, IconName, PERSONALISATION, ReferenceLink};

/// Most that the picker shows; a word of the field's name finds the others.
const PICKED: usize = 60;

/// The list while one types. The focus stays in the text.
#[component]
pub(super) fn Offers(typing: Typing, list: String) -> impl IntoView {
    let about = move || {
        typing.offered.with(|offered| {
            let one = offered.get(typing.marked.get())?;
            let entry = one.entry().map(|entry| view! { <ReferenceLink entry/> });
            Some(view! { <span>{one.documentation.clone()}" "{entry}</span> })
        })
    };
    let option = move |index: ReadSignal<usize>, completion: Completion, list: &str| {
        let chosen = completion.clone();
        let list = list.to_owned();
        view! {
            <div
                role="option"
                id=move || format!("{list}-{}", index.get())
                aria-selected=move || (typing.marked.get() == index.get()).to_string()
                // The press must not take the focus out of the text.
                on:pointerdown=move |event| {
                    event.prevent_default();
                    typing.choose(&chosen);
                }
            >
                <Icon name=kind_icon(completion.kind)/>
                <span class="name"><b>{completion.label}</b></span>
                <span class="value">{completion.detail}</span>
            </div>
        }
    };
    let options = {
        let list = list.clone();
        // Typing on narrows the list down: what stays in it is not drawn anew.
        view! {
            <ForEnumerate
                each=move || typing.offered.get()
                key=|completion| (completion.kind, completion.label.clone(), completion.replace_from)
                children=move |index, completion| option(index, completion, &list)
            />
        }
    };
    view! {
        <div class="complete">
            <div role="listbox" id=list aria-label="Fields and functions">{options}</div>
            // The press on its link must not take the focus out of the text, which would close the list.
            <div class="about" on:mousedown=move |event| event.prevent_default()>
                {about}
                <span class="push row"><kbd>"Tab"</kbd></span>
            </div>
        </div>
    }
}

const fn kind_icon(kind: CompletionKind) -> IconName {
    match kind {
        CompletionKind::Variable => IconName::Braces,
        CompletionKind::Field => IconName::Tag,
        CompletionKind::Root => IconName::Layers,
        CompletionKind::Block => IconName::Condition,
        CompletionKind::Function | CompletionKind::Word => IconName::Code,
    }
}

/// Every field that can be put in, found by title or path.
#[component]
pub(super) fn Picker(typing: Typing) -> impl IntoView {
    let words = RwSignal::new(String::new());
    let input = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let fields = StoredValue::new(typing.schema.with_value(|schema| {
        schema
            .leaves()
            .into_iter()
            .filter(|(_, field)| field.field_type != FieldType::Object)
            .map(|(path, field)| (path.replace("[]", "[0]"), field.title.clone()))
            .collect::<Vec<_>>()
    }));
    let insert = move |path: &str| {
        let edited = typing
            .value
            .with_untracked(|text| text::insert_field(text, typing.caret(), path));
        typing.picking.set(false);
        typing.take(edited);
    };
    let found = move || {
        let wanted = words.get().trim().to_lowercase();
        fields.with_value(|fields| {
            fields
                .iter()
                .filter(|(path, title)| {
                    path.to_lowercase().contains(&wanted) || title.to_lowercase().contains(&wanted)
                })
                .take(PICKED)
                .map(|(path, title)| {
                    let chosen = path.clone();
                    view! {
                        <button class="menu-item" type="button" on:click=move |_| insert(&chosen)>
                            <b>{title.clone()}</b>
                            <code>{path.clone()}</code>
                        </button>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <div
            class="complete picker"
            role="group"
            aria-label="Fields"
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    typing.picking.set(false);
                    if let Some(area) = typing.area.get_untracked() {
                        let _ = area.focus();
                    }
                }
            }
        >
            <input
                class="input"
                type="search"
                aria-label="Find a field"
                placeholder="Find a field"
                autocomplete="off"
                node_ref=input
                on:input=move |event| words.set(event_target_value(&event))
            />
            <div class="menu-list">{found}</div>
            <p class="small">
                <a class="link" href=PERSONALISATION target="_blank" rel="noopener">
                    "What else a text can do"<span class="unseen">" (opens in a new tab)"</span>
                </a>
            </p>
        </div>
    }
}
