//! Payloads, keys and commands, with a button that copies them.

use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{IconButton, IconName};

/// How long the button shows that it has copied.
const SHOWN: std::time::Duration = std::time::Duration::from_secs(2);

/// Text in a monospaced face, and a button that copies it.
#[component]
pub fn CodeBlock(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, for screen readers: "Payload for iOS".
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    view! {
        <figure class="code-block" aria-label=label>
            <pre tabindex="0"><code>{text}</code></pre>
            <CopyButton text/>
        </figure>
    }
}

/// A short text in a line, such as an id, and a button that copies it.
#[component]
pub fn Copyable(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
    /// What the button says it does, where "Copy" says too little.
    #[prop(default = "Copy")]
    label: &'static str,
) -> impl IntoView {
    view! {
        <span class="copyable">
            <code>{text}</code>
            <CopyButton text label/>
        </span>
    }
}

/// Copies a text to the clipboard, and shows that it has.
#[component]
pub fn CopyButton(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
    /// What it says it does, where "Copy" says too little.
    #[prop(default = "Copy")]
    label: &'static str,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let promise = window().navigator().clipboard().write_text(&text.get_untracked());
        leptos::task::spawn_local(async move {
            if JsFuture::from(promise).await.is_ok() {
                copied.set(true);
                set_timeout(move || copied.set(false), SHOWN);
            }
        });
    };
    let icon = Signal::derive(move || {
        if copied.get() {
            IconName::Check
        } else {
            IconName::Copy
        }
    });
    let label = Signal::derive(move || if copied.get() { "Copied" } else { label }.to_owned());
    view! { <IconButton icon label size=super::ButtonSize::Small on_click=copy/> }
}
