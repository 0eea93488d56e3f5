//! What a template field offers: the list while one types, and the picker for those who do not.

use heliograph_model::personalize::{self, Completion, CompletionKind, FieldType, Need};
use leptos::html::Input;
use leptos::prelude::*;
use serde_json::Value;

use super::{OFFERED, Typing, Vocabulary, text};
use crate::components::{Icon, IconName, PERSONALISATION, ReferenceLink};
use crate::pages::writing::{Viewer, words::use_vocabulary};

/// Most that the picker shows; a word of the field's name finds the others.
const PICKED: usize = 60;

/// The list while one types. The focus stays in the text. Once made it stays on the page, hidden while there is nothing to
/// offer: what each key changes is what its rows say.
#[component]
pub(super) fn Offers(typing: Typing, list: String) -> impl IntoView {
    let count = Memo::new(move |_| typing.offered.with(Vec::len));
    let shown = move |row: usize| row < count.get();
    let about = move || {
        typing.offered.with(|offered| {
            let one = offered.get(typing.marked.get())?;
            let entry = one.entry().map(|entry| view! { <ReferenceLink entry/> });
            let attribute = typing
                .value
                .with_untracked(|text| text::attribute(text, one))
                .map(|path| view! { <Attribute path/> });
            Some(view! { <span>{one.documentation.clone()}" "{entry} {attribute}</span> })
        })
    };
    let rows = list.clone();
    let option = move |index: usize| {
        // A row that is not needed now keeps what it says: the next list is often the same.
        let one = Memo::new(move |before: Option<&Option<Completion>>| {
            let now = typing.offered.with(|offered| offered.get(index).cloned());
            now.or_else(|| before.cloned().flatten())
        });
        let said = move |of: fn(&Completion) -> &str| {
            move || one.with(|one| one.as_ref().map(|one| of(one).to_owned()))
        };
        let kind = Memo::new(move |_| one.with(|one| one.as_ref().map(|one| one.kind)));
        view! {
            <div
                role="option"
                id=format!("{rows}-{index}")
                hidden=move || !shown(index)
                aria-selected=move || (typing.marked.get() == index).to_string()
                // The press must not take the focus out of the text.
                on:pointerdown=move |event| {
                    event.prevent_default();
                    typing.catch_up();
                    let chosen = typing.offered.with_untracked(|offered| offered.get(index).cloned());
                    if let Some(chosen) = chosen {
                        typing.choose(&chosen);
                    }
                }
            >
                {move || kind.get().map(|kind| view! { <Icon name=kind_icon(kind)/> })}
                <span class="name"><b>{said(|one| &one.label)}</b></span>
                <span class="value">{said(|one| &one.detail)}</span>
            </div>
        }
    };
    let options = (0..OFFERED).map(option).collect_view();
    view! {
        <div class="complete" hidden=move || !shown(0)>
            <div role="listbox" id=list aria-label="Fields, functions and fragments">{options}</div>
            // The press on its link must not take the focus out of the text, which would close the list.
            <div class="about" on:mousedown=move |event| event.prevent_default()>
                {about}
                <span class="push row"><kbd>"Tab"</kbd></span>
            </div>
        </div>
    }
}

/// What an attribute of the profile holds: for whoever the preview is for, and how often nothing.
#[component]
fn Attribute(path: String) -> impl IntoView {
    /// Most letters of an example.
    const LETTERS: usize = 40;
    let filled = use_vocabulary().filled.with_value(|filled| filled.words(&path));
    let example = use_context::<Viewer>().and_then(|viewer| {
        let attributes = untrack(|| viewer.attributes());
        let value = path
            .split('.')
            .try_fold(&attributes, |value, name| value.get(name))?;
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        let short: String = text.chars().take(LETTERS).collect();
        let more = if short.len() < text.len() { "…" } else { "" };
        (!text.is_empty()).then(|| format!("In the preview: “{short}{more}”. "))
    });
    view! { <span class="quiet">{example} {filled}</span> }
}

const fn kind_icon(kind: CompletionKind) -> IconName {
    match kind {
        CompletionKind::Variable => IconName::Braces,
        CompletionKind::Field => IconName::Tag,
        CompletionKind::Root => IconName::Layers,
        CompletionKind::Block => IconName::Condition,
        CompletionKind::Function | CompletionKind::Word => IconName::Code,
        CompletionKind::Fragment => IconName::FileText,
        CompletionKind::Argument => IconName::Pencil,
    }
}

/// What the picker puts in: a tag, under the name by which it is found.
#[derive(Debug, Clone)]
struct Pick {
    title: String,
    code: String,
    tag: String,
}

/// Every field and fragment that can be put in, found by title or path.
#[component]
pub(super) fn Picker(typing: Typing) -> impl IntoView {
    let words = RwSignal::new(String::new());
    let input = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let picks = StoredValue::new(picks(typing.vocabulary));
    let insert = move |tag: &str| {
        let edited = typing
            .value
            .with_untracked(|text| text::insert(text, typing.caret(), tag));
        typing.picking.set(false);
        typing.take(edited);
    };
    let found = move || {
        let wanted = words.get().trim().to_lowercase();
        picks.with_value(|picks| {
            picks
                .iter()
                .filter(|pick| {
                    pick.code.to_lowercase().contains(&wanted) || pick.title.to_lowercase().contains(&wanted)
                })
                .take(PICKED)
                .map(|pick| {
                    let Pick { title, code, tag } = pick.clone();
                    view! {
                        <button class="menu-item" type="button" on:click=move |_| insert(&tag)>
                            <b>{title}</b>
                            <code>{code}</code>
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
            aria-label="Fields and fragments"
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
                aria-label="Find a field or fragment"
                placeholder="Find a field or fragment"
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

/// The fragments, then the fields that have a value of their own.
fn picks(vocabulary: Vocabulary) -> Vec<Pick> {
    let fields = vocabulary.schema.with_value(|schema| {
        schema
            .leaves()
            .into_iter()
            .filter(|(_, field)| field.field_type != FieldType::Object)
            .map(|(path, field)| {
                let code = path.replace("[]", "[0]");
                Pick {
                    title: field.title.clone(),
                    tag: format!("{{{{{code}}}}}"),
                    code,
                }
            })
            .collect::<Vec<_>>()
    });
    let fragments = vocabulary.offers.with_value(|offers| {
        offers
            .iter()
            .map(|fragment| {
                let wanted = fragment.arguments.iter().filter(|one| one.need == Need::Required);
                Pick {
                    title: format!("Fragment {}", fragment.name),
                    code: fragment.description.clone(),
                    tag: personalize::call(&fragment.name, wanted.map(|one| (one.name.as_str(), ""))),
                }
            })
            .collect::<Vec<_>>()
    });
    fragments.into_iter().chain(fields).collect()
}
