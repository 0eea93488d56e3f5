//! Fields that are typed into.

use leptos::attr::any_attribute::AnyAttribute;
use leptos::attribute_interceptor::AttributeInterceptor;
use leptos::html::{Input, Textarea};
use leptos::prelude::*;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};

use super::{FieldIds, Following, Frame, error_of, following, start_of};

/// One line of text: names, addresses, passwords, numbers. Further attributes of the input go on the component:
/// `<TextField … attr:pattern="[a-z]+" attr:min="1"/>`.
#[component]
pub fn TextField(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Its name in the form.
    name: &'static str,
    /// The input's type: `text`, `email`, `password`, `number`, `url`, `time`, `date`, `datetime-local`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What it starts with.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// A signal that it shows and writes, for what has to follow the keystroke.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// One sentence below it.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// What is wrong with it, where the page knows; what the server says it finds itself.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// May it stay empty?
    #[prop(optional)]
    optional: bool,
    /// For the browser's memory: `email`, `current-password`, `new-password`, `name`, `off`.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// An example.
    #[prop(optional)]
    placeholder: &'static str,
    /// For identifiers and payloads.
    #[prop(optional)]
    mono: bool,
    /// Its id, where two forms of a page have a field of the same name.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView {
    let ids = FieldIds::new(name, id);
    let error = error_of(name, error);
    let start = if kind == "password" {
        String::new()
    } else {
        start_of(name, bind, value)
    };
    let input = NodeRef::<Input>::new();
    let following = following(bind, &start, move || input.get(), HtmlInputElement::value);
    let shown = ids.clone();
    let control = move |attributes: AnyAttribute| {
        view! {
            <input
                {..attributes}
                {..Following::attributes(following)}
                class="input"
                class:mono=mono
                id=ids.control.clone()
                name=name
                type=kind
                value=start.clone()
                node_ref=input
                required=!optional
                autocomplete=autocomplete
                placeholder=placeholder
                aria-describedby=ids.below.clone()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:input=move |event| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&event));
                    }
                }
            />
        }
    };
    view! {
        <AttributeInterceptor let:attributes>
            <Frame label ids=shown.clone() hint optional error control=control(attributes)/>
        </AttributeInterceptor>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Its name in the form.
    name: &'static str,
    /// What it starts with.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// A signal that it shows and writes, for what has to follow the keystroke.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// One sentence below it.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// What is wrong with it, where the page knows.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// May it stay empty?
    #[prop(optional)]
    optional: bool,
    /// How many lines it shows.
    #[prop(default = 4)]
    rows: u32,
    /// An example.
    #[prop(optional)]
    placeholder: &'static str,
    /// For payloads.
    #[prop(optional)]
    mono: bool,
    /// Its id, where two forms of a page have a field of the same name.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView {
    let ids = FieldIds::new(name, id);
    let error = error_of(name, error);
    let start = start_of(name, bind, value);
    let area = NodeRef::<Textarea>::new();
    let following = following(bind, &start, move || area.get(), HtmlTextAreaElement::value);
    let shown = ids.clone();
    let control = move |attributes: AnyAttribute| {
        view! {
            <textarea
                {..attributes}
                {..Following::attributes(following)}
                class="input"
                class:mono=mono
                id=ids.control.clone()
                name=name
                rows=rows
                node_ref=area
                required=!optional
                placeholder=placeholder
                spellcheck=if mono { "false" } else { "true" }
                aria-describedby=ids.below.clone()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:input=move |event| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&event));
                    }
                }
            >
                {start.clone()}
            </textarea>
        }
    };
    view! {
        <AttributeInterceptor let:attributes>
            <Frame label ids=shown.clone() hint optional error control=control(attributes)/>
        </AttributeInterceptor>
    }
}
