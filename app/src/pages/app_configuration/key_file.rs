//! A file with a secret: dropped, chosen or pasted, and judged before it is sent anywhere.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

use crate::components::{FileDrop, TextArea};

/// The largest file that is taken, in bytes. Apple's and Google's have less than 4 KiB.
pub(super) const LARGEST: usize = 64 * 1024;
/// The name of the file's field, at which its faults are shown.
pub(super) const FIELD: &str = "secret_file";

/// What is wrong with a file of this many bytes, where it is too large.
pub(super) fn too_large(bytes: usize) -> Option<String> {
    (bytes > LARGEST).then(|| {
        format!(
            "The file has more than {} KiB, which no key has. Choose the right file.",
            LARGEST / 1024
        )
    })
}

/// Says what is wrong with a file's bytes, if anything.
pub(super) type Check = fn(&[u8]) -> Option<String>;

/// The file, or its text pasted. The text is in `secret`, as long as it is not sent.
#[component]
pub(super) fn KeyFile(
    /// What file it is.
    #[prop(into)]
    label: Signal<String>,
    /// The kinds of file, as in the input's `accept`.
    accept: &'static str,
    /// One sentence below it.
    #[prop(into)]
    hint: MaybeProp<String>,
    /// What is wrong with a file.
    check: Check,
    /// Its text.
    secret: RwSignal<String>,
    /// Is told the file's name.
    #[prop(optional)]
    on_name: Option<Callback<String>>,
) -> impl IntoView {
    let unreadable = RwSignal::new(None::<String>);
    let error = Signal::derive(move || {
        secret.with(|text| {
            if text.trim().is_empty() {
                unreadable.get()
            } else {
                too_large(text.len()).or_else(|| check(text.as_bytes()))
            }
        })
    });
    let take = Callback::new(move |file: web_sys::File| {
        secret.set(String::new());
        unreadable.set(too_large(file.size() as usize));
        if unreadable.with_untracked(Option::is_some) {
            return;
        }
        if let Some(on_name) = on_name {
            on_name.run(file.name());
        }
        leptos::task::spawn_local(async move {
            let Ok(buffer) = JsFuture::from(file.array_buffer()).await else {
                unreadable.set(Some("The file could not be read. Choose it again.".to_owned()));
                return;
            };
            let bytes = js_sys::Uint8Array::new(buffer.unchecked_ref()).to_vec();
            match String::from_utf8(bytes) {
                Ok(text) => {
                    unreadable.set(check(text.as_bytes()));
                    secret.set(text);
                }
                Err(error) => unreadable.set(check(error.as_bytes())),
            }
        });
    });
    view! {
        <FileDrop label name=FIELD accept hint error on_file=take/>
        <details class="paste">
            <summary>"Paste it instead"</summary>
            <TextArea label="Text of the file" name="secret" bind=secret optional=true mono=true rows=5/>
        </details>
    }
}
