//! A field whose text is a template: it offers fields while one types `{{`, and says what is wrong with it.

mod offers;
mod text;

use heliograph_model::personalize::{self, Completion};
use leptos::html::Textarea;
use leptos::prelude::*;

use super::words::{Vocabulary, use_vocabulary};
use crate::components::{Findings, Icon, IconName, Remark};
use offers::{Offers, Picker};
use text::Edited;

/// Most that the list offers.
const OFFERED: usize = 8;

/// What the parts of one field share.
#[derive(Debug, Clone, Copy)]
struct Typing {
    vocabulary: Vocabulary,
    value: RwSignal<String>,
    area: NodeRef<Textarea>,
    offered: RwSignal<Vec<Completion>>,
    marked: RwSignal<usize>,
    picking: RwSignal<bool>,
}

impl Typing {
    /// Where the cursor stands, in bytes; at the end where the field has never been entered.
    fn caret(self) -> usize {
        let text = self.value.get_untracked();
        let units = self
            .area
            .get_untracked()
            .and_then(|area| area.selection_end().ok().flatten());
        units.map_or(text.len(), |units| text::bytes_of(&text, units as usize))
    }

    /// Offers what could be typed at the cursor.
    fn offer(self) {
        let caret = self.caret();
        let Vocabulary { schema, offers, .. } = self.vocabulary;
        let mut offered = self.value.with_untracked(|text| {
            schema.with_value(|schema| {
                offers.with_value(|offers| personalize::complete_with(text, caret, schema, offers))
            })
        });
        offered.truncate(OFFERED);
        self.marked.set(0);
        self.offered.set(offered);
    }

    /// Takes a new text with its cursor.
    fn take(self, edited: Edited) {
        let place = text::units_of(&edited.text, edited.caret);
        self.value.set(edited.text);
        self.offered.set(Vec::new());
        let area = self.area;
        // The text is in the field after the effects have run.
        request_animation_frame(move || {
            if let Some(area) = area.get_untracked() {
                let _ = area.focus();
                // It fails only for inputs without text.
                let _ = area.set_selection_range(place, place);
            }
        });
    }

    /// Takes what was chosen of the list, and goes on offering where it has fields of its own.
    fn choose(self, completion: &Completion) {
        let edited = self
            .value
            .with_untracked(|text| text::complete(text, self.caret(), completion));
        let more = edited.text[..edited.caret].ends_with('.');
        self.take(edited);
        if more {
            request_animation_frame(move || request_animation_frame(move || self.offer()));
        }
    }
}

/// A field whose text is a template.
#[component]
pub(in crate::pages) fn TemplateInput(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Its id, unlike any other on the page.
    #[prop(into)]
    id: String,
    /// What is wrong or unwise in it.
    #[prop(into)]
    problems: Signal<Vec<Remark>>,
    /// Its text.
    value: RwSignal<String>,
    /// How many lines it shows; with one, Enter starts no new line.
    #[prop(default = 1)]
    rows: u32,
    /// What stands beside the label, such as "optional".
    #[prop(optional)]
    note: &'static str,
    /// An example.
    #[prop(optional)]
    placeholder: &'static str,
) -> impl IntoView {
    let typing = Typing {
        vocabulary: use_vocabulary(),
        value,
        area: NodeRef::new(),
        offered: RwSignal::new(Vec::new()),
        marked: RwSignal::new(0),
        picking: RwSignal::new(false),
    };
    let failed = move || problems.with(|problems| problems.iter().any(Remark::is_error));
    let below = format!("{id}-below");
    let list = format!("{id}-offers");
    let open = Memo::new(move |_| typing.offered.with(|offered| !offered.is_empty()));
    let active = {
        let list = list.clone();
        move || open.get().then(|| format!("{list}-{}", typing.marked.get()))
    };
    let fix = Callback::new(move |fix| {
        if let Some(edited) = value.with_untracked(|text| text::mend(text, &fix)) {
            typing.take(edited);
        }
    });
    view! {
        <div class="field template" class:invalid=failed>
            <span class="label">
                <label for=id.clone()>{label}</label>
                {(!note.is_empty()).then(|| view! { <span class="optional">{note}</span> })}
                <button
                    class="link-button small push"
                    type="button"
                    aria-expanded=move || typing.picking.get().to_string()
                    on:click=move |_| typing.picking.update(|open| *open = !*open)
                >
                    <Icon name=IconName::Braces/>"Insert field"
                </button>
            </span>
            <textarea
                class="input"
                class:line=rows == 1
                id=id.clone()
                rows=rows
                node_ref=typing.area
                placeholder=placeholder
                autocomplete="off"
                aria-describedby=below.clone()
                aria-invalid=move || failed().then_some("true")
                aria-autocomplete="list"
                aria-controls={
                    let list = list.clone();
                    move || open.get().then(|| list.clone())
                }
                aria-activedescendant=active
                prop:value=move || value.get()
                on:input=move |event| {
                    value.set(event_target_value(&event));
                    typing.offer();
                }
                on:keydown=move |event| pressed(typing, rows, &event)
                on:blur=move |_| typing.offered.set(Vec::new())
            >
                {value.get_untracked()}
            </textarea>
            <Show when=move || open.get()>
                <Offers typing list=list.clone()/>
            </Show>
            <Show when=move || typing.picking.get()>
                <Picker typing/>
            </Show>
            <Findings id=below problems fix/>
        </div>
    }
}

/// The keys of the list, while it is open.
fn pressed(typing: Typing, rows: u32, event: &leptos::ev::KeyboardEvent) {
    let count = typing.offered.with_untracked(Vec::len);
    if count == 0 {
        if rows == 1 && event.key() == "Enter" {
            event.prevent_default();
        }
        return;
    }
    match event.key().as_str() {
        "ArrowDown" => typing.marked.update(|marked| *marked = (*marked + 1) % count),
        "ArrowUp" => typing
            .marked
            .update(|marked| *marked = (*marked + count - 1) % count),
        "Enter" | "Tab" => {
            let marked = typing.marked.get_untracked();
            let chosen = typing
                .offered
                .with_untracked(|offered| offered.get(marked).cloned());
            if let Some(chosen) = chosen {
                typing.choose(&chosen);
            }
        }
        "Escape" => typing.offered.set(Vec::new()),
        _ => return,
    }
    event.prevent_default();
}
