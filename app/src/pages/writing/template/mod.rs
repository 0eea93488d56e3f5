//! A field whose text is a template: it is coloured, offers fields while one types `{{`, and says what is wrong with it.

mod layer;
mod offers;
mod paint;
mod text;
mod typed;

use heliograph_model::personalize::{self, Completion};
use leptos::html::Textarea;
use leptos::prelude::*;
use web_sys::HtmlTextAreaElement;

use super::words::{Vocabulary, use_vocabulary};
use crate::components::{Findings, Following, Icon, IconName, Remark, following};
use layer::Layer;
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
    /// Is the list to be made anew before the browser draws next?
    due: StoredValue<bool>,
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

    /// Offers what could be typed at the cursor before the browser draws next: the letter itself does not wait for the list.
    fn offer_soon(self) {
        if self.due.get_value() {
            return;
        }
        self.due.set_value(true);
        request_animation_frame(move || {
            if self.due.try_get_value() == Some(true) {
                self.offer();
            }
        });
    }

    /// Makes the list what it is to be by now.
    fn catch_up(self) {
        if self.due.get_value() {
            self.offer();
        }
    }

    /// Takes the list away.
    fn close(self) {
        self.due.set_value(false);
        self.offer_these(Vec::new());
    }

    /// Offers what could be typed at the cursor.
    fn offer(self) {
        self.due.set_value(false);
        let caret = self.caret();
        let Vocabulary { schema, offers, .. } = self.vocabulary;
        let mut offered = self.value.with_untracked(|text| {
            schema.with_value(|schema| {
                offers.with_value(|offers| personalize::complete_with(text, caret, schema, offers))
            })
        });
        offered.truncate(OFFERED);
        self.offer_these(offered);
    }

    fn offer_these(self, offered: Vec<Completion>) {
        // Mostly there is nothing to offer, and nothing was offered before.
        if self.offered.with_untracked(|before| *before != offered) {
            self.offered.set(offered);
        }
        if self.marked.get_untracked() != 0 {
            self.marked.set(0);
        }
    }

    /// Takes a new text with its cursor, as one step that can be undone.
    fn take(self, edited: Edited) {
        let place = text::units_of(&edited.text, edited.caret);
        if let Some(area) = self.area.get_untracked() {
            let before = self.value.get_untracked();
            typed::put(&area, &text::change(&before, &edited.text));
        }
        // The field has told of its new text by now. Where it could not be typed, it is set.
        if self.value.with_untracked(|now| *now != edited.text) {
            self.value.set(edited.text);
        }
        self.close();
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
    /// Tells when its text has been looked at: where something is wrong is then where `problems` says.
    checked: RwSignal<()>,
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
        due: StoredValue::new(false),
    };
    let filled = typing.vocabulary.filled;
    let problems = Memo::new(move |_| {
        let counted = |remark: Remark| {
            let empty = remark.gap().and_then(|part| {
                let path = value
                    .with_untracked(|text| text.get(part)?.strip_prefix("profile.").map(str::to_owned))?;
                filled.with_value(|filled| filled.words(&path))
            });
            match empty {
                Some(sentence) => remark.and(&sentence),
                None => remark,
            }
        };
        problems.get().into_iter().map(counted).collect::<Vec<_>>()
    });
    let following = following(
        Some(value),
        &value.get_untracked(),
        move || typing.area.get(),
        HtmlTextAreaElement::value,
    );
    let layer = Layer::new(typing.area, value, checked, move || {
        problems.with(|problems| problems.iter().filter_map(Remark::mark).collect())
    });
    let failed = move || problems.with(|problems| problems.iter().any(Remark::is_error));
    let below = format!("{id}-below");
    let list = format!("{id}-offers");
    let open = Memo::new(move |_| typing.offered.with(|offered| !offered.is_empty()));
    let made = Memo::new(move |before| before == Some(&true) || open.get());
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
            <div class="painted" class:on=move || layer.there.get()>
                <div class="coloured input" aria-hidden="true" node_ref=layer.element></div>
                <textarea
                    {..Following::attributes(following)}
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
                    on:input=move |event| {
                        value.set(event_target_value(&event));
                        typing.offer_soon();
                    }
                    on:keydown=move |event| pressed(typing, rows, &event)
                    on:blur=move |_| typing.close()
                    on:scroll=move |_| layer.scroll()
                >
                    {value.get_untracked()}
                </textarea>
            </div>
            <Show when=move || made.get()>
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
    // Whoever is quicker than the list means what it would show.
    if matches!(
        event.key().as_str(),
        "ArrowDown" | "ArrowUp" | "Enter" | "Tab" | "Escape"
    ) {
        typing.catch_up();
    }
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
        "Escape" => typing.close(),
        _ => return,
    }
    event.prevent_default();
}
