//! Files.

use leptos::prelude::*;

use super::{FieldIds, Frame, error_of};
use crate::components::{Icon, IconName};

/// A file, chosen or dropped. The input covers the whole area, so that a drop works without any script.
#[component]
pub fn FileDrop(
    /// What file it is.
    #[prop(into)]
    label: Signal<String>,
    /// Its name in the form.
    name: &'static str,
    /// The kinds of file, as in the input's `accept`.
    accept: &'static str,
    /// One sentence below it.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Is told the file, once one was chosen.
    #[prop(optional)]
    on_file: Option<Callback<web_sys::File>>,
) -> impl IntoView {
    let ids = FieldIds::new(name, None);
    let error = error_of(name, error);
    let chosen = RwSignal::new(None::<String>);
    let changed = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let file = input.files().and_then(|files| files.get(0));
        chosen.set(file.as_ref().map(web_sys::File::name));
        if let (Some(file), Some(on_file)) = (file, on_file) {
            on_file.run(file);
        }
    };
    let control = view! {
        <div class="file-drop">
            <Icon name=IconName::Upload/>
            <span>
                {move || chosen.get().unwrap_or_else(|| "Drop the file here, or choose it".to_owned())}
            </span>
            <input
                type="file"
                id=ids.control.clone()
                name=name
                accept=accept
                aria-describedby=ids.below.clone()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:change=changed
            />
        </div>
    };
    view! { <Frame label ids hint optional=false error control/> }
}
