//! Search and commands: Ctrl K or Cmd K, a few letters, Enter.

use leptos::ev;
use leptos::html::{Div, Input};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos_router::hooks::use_location;

use super::find::{Found, find};
use super::places::{Group, PLACES, Place};
use crate::components::{Icon, IconName};
use crate::session::Visit;

/// How long typing pauses before objects are looked for.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(150);

/// The id of the palette, by which the top bar's button opens it.
pub(super) const PALETTE: &str = "palette";

/// Does a name have all of these words?
fn has_all(name: &str, words: &str) -> bool {
    let (name, words) = (name.to_lowercase(), words.to_lowercase());
    words.split_whitespace().all(|word| name.contains(word))
}

/// The places that the words match, those first whose name starts with them.
fn matching(visit: &Visit, words: &str) -> Vec<Place> {
    let words = words.trim().to_lowercase();
    let mut found: Vec<Place> = PLACES
        .iter()
        .filter(|place| place.group != Group::Unlisted && place.is_open_to(visit))
        .filter(|place| has_all(place.title, &words))
        .copied()
        .collect();
    found.sort_by_key(|place| !place.title.to_lowercase().starts_with(&words));
    found
}

/// One line of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    icon: IconName,
    name: String,
    /// What kind of object it is; a place says it by its name.
    kind: &'static str,
    href: String,
}

impl From<Place> for Entry {
    fn from(place: Place) -> Self {
        Self {
            icon: place.icon,
            name: place.title.to_owned(),
            kind: "",
            href: place.path.to_owned(),
        }
    }
}

impl From<Found> for Entry {
    fn from(found: Found) -> Self {
        Self {
            icon: found.kind.icon(),
            kind: found.kind.title(),
            href: found.href(),
            name: found.name,
        }
    }
}

/// The palette: a popover, so that it opens and its links work before any script has come.
#[component]
pub(super) fn Palette() -> impl IntoView {
    let visit = expect_context::<RwSignal<Visit>>();
    let pathname = use_location().pathname;
    let popover = NodeRef::<Div>::new();
    let input = NodeRef::<Input>::new();
    let words = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let look = Action::new(|words: &String| {
        let words = words.clone();
        async move { find(words.clone()).await.map(|found| (words, found)) }
    });
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let found = Memo::new(move |_| {
        let mut entries: Vec<Entry> = visit
            .with(|visit| words.with(|words| matching(visit, words)))
            .into_iter()
            .map(Entry::from)
            .collect();
        let words = words.get();
        if !words.trim().is_empty()
            && let Some(Ok((asked, objects))) = look.value().get()
        {
            // Until the answer to these words is there, Enter must not open what only the earlier ones found.
            let fits = |object: &Found| asked == words || has_all(&object.name, &words);
            entries.extend(objects.into_iter().filter(fits).map(Entry::from));
        }
        entries
    });

    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |event| {
            if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
                event.prevent_default();
                if let Some(popover) = popover.get_untracked() {
                    let _ = popover.toggle_popover();
                }
            }
        });
        on_cleanup(move || handle.remove());
    });
    let close = move || {
        if let Some(popover) = popover.get_untracked() {
            // It is an error to hide what is not shown: nothing to do then.
            let _ = popover.hide_popover();
        }
    };
    Effect::new(move |_| {
        pathname.track();
        close();
    });
    let opened = move |_: ev::CustomEvent| {
        words.set(String::new());
        chosen.set(0);
        if let Some(input) = input.get_untracked() {
            input.set_value("");
        }
    };
    let typed = move |event| {
        words.set(event_target_value(&event));
        chosen.set(0);
        if let Some(earlier) = waiting.get_value() {
            earlier.clear();
        }
        let then = move || {
            look.dispatch(words.get_untracked());
        };
        waiting.set_value(set_timeout_with_handle(then, PAUSE).ok());
    };
    let key = move |event: ev::KeyboardEvent| {
        let count = found.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|chosen| *chosen = (*chosen + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|chosen| *chosen = (*chosen + count - 1) % count),
            "Enter" => {
                // As if it had been clicked, so that whatever looks out for links sees this too.
                let option = document().get_element_by_id(&format!("palette-{}", chosen.get_untracked()));
                close();
                if let Some(option) = option {
                    option.unchecked_ref::<web_sys::HtmlElement>().click();
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let option = move |(index, entry): (usize, Entry)| {
        view! {
            <a
                class="menu-item"
                role="option"
                tabindex="-1"
                id=format!("palette-{index}")
                href=entry.href
                aria-selected=move || (chosen.get() == index).to_string()
                on:pointermove=move |_| chosen.set(index)
            >
                <Icon name=entry.icon/>
                {entry.name}
                <small>{entry.kind}</small>
            </a>
        }
    };
    view! {
        <div
            class="popover palette"
            id=PALETTE
            popover="auto"
            role="dialog"
            aria-label="Search and commands"
            node_ref=popover
            on:beforetoggle=opened
        >
            <div class="input-group">
                <Icon name=IconName::Search/>
                <input
                    class="input"
                    type="search"
                    role="combobox"
                    autofocus=true
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="Search or go to"
                    aria-label="Search and commands"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-activedescendant=move || format!("palette-{}", chosen.get())
                    node_ref=input
                    on:input=typed
                    on:keydown=key
                />
            </div>
            <div class="options" id="palette-list" role="listbox" aria-label="Found">
                {move || found.get().into_iter().enumerate().map(option).collect_view()}
            </div>
            <Show when=move || found.with(Vec::is_empty)>
                <p class="quiet none">"Nothing has that name."</p>
            </Show>
        </div>
    }
}
