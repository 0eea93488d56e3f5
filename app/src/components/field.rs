//! Fields of forms: a label above, a hint below, and what is wrong in place of the hint.

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute as _};
use leptos::attribute_interceptor::AttributeInterceptor;
use leptos::html::{Input, Textarea};
use leptos::prelude::*;
use leptos::tachys::html::property::prop;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};

use super::form::FormState;
use super::{Icon, IconName};

/// What all fields have in common: label, hint and error around the control. The control takes its attributes from
/// the [`FieldIds`] that it is given.
#[component]
fn Frame<V: IntoView + 'static>(
    label: Signal<String>,
    ids: FieldIds,
    hint: MaybeProp<String>,
    optional: bool,
    error: Signal<Option<String>>,
    control: V,
) -> impl IntoView {
    view! {
        <div class="field" class:invalid=move || error.with(Option::is_some)>
            <label for=ids.control.clone()>
                {label} {optional.then(|| view! { <span class="optional">"optional"</span> })}
            </label>
            {control}
            <Below ids hint error/>
        </div>
    }
}

/// The hint, or what is wrong in its place.
#[component]
fn Below(ids: FieldIds, hint: MaybeProp<String>, error: Signal<Option<String>>) -> impl IntoView {
    move || {
        let id = ids.below.clone();
        match (error.get(), hint.get()) {
            (Some(error), _) => view! {
                <span class="error" id=id>
                    <Icon name=IconName::Bad/>
                    {error}
                </span>
            }
            .into_any(),
            (None, Some(hint)) => view! { <span class="hint" id=id>{hint}</span> }.into_any(),
            (None, None) => ().into_any(),
        }
    }
}

/// The ids by which label, control and hint refer to each other.
#[derive(Debug, Clone)]
struct FieldIds {
    control: String,
    below: String,
}

impl FieldIds {
    fn new(name: &str, id: Option<String>) -> Self {
        let control = id.unwrap_or_else(|| format!("field-{name}"));
        Self {
            below: format!("{control}-below"),
            control,
        }
    }
}

/// What is wrong with a field: what the page says, else what the form around it says.
fn error_of(name: &str, own: MaybeProp<String>) -> Signal<Option<String>> {
    let form = use_context::<FormState>();
    let name = name.to_owned();
    Signal::derive(move || own.get().or_else(|| form.and_then(|form| form.error_of(&name))))
}

/// What a field starts with: what was typed before the form came back, else what the page says.
fn start_of(name: &str, bind: Option<RwSignal<String>>, value: MaybeProp<String>) -> String {
    let typed = use_context::<FormState>().and_then(|form| form.typed(name));
    if let (Some(bind), Some(typed)) = (bind, &typed) {
        bind.set(typed.clone());
    }
    typed
        .or_else(|| bind.map(|bind| bind.get_untracked()))
        .or_else(|| value.get_untracked())
        .unwrap_or_default()
}

/// Keeps a control at its signal. What was typed before the page came to life is taken over, not wiped out.
fn following<E: 'static>(
    bind: Option<RwSignal<String>>,
    start: &str,
    control: impl Fn() -> Option<E> + 'static,
    value: fn(&E) -> String,
) -> Option<Following> {
    let bind = bind?;
    let alive = RwSignal::new(crate::is_alive());
    let start = start.to_owned();
    Effect::new(move |_| {
        if let Some(control) = control().filter(|_| !alive.get_untracked()) {
            if bind.get_untracked() == start {
                bind.set(value(&control));
            }
            alive.set(true);
        }
    });
    Some(Following { bind, alive })
}

/// A control that shows a signal, once the page has come to life.
#[derive(Debug, Clone, Copy)]
struct Following {
    bind: RwSignal<String>,
    alive: RwSignal<bool>,
}

impl Following {
    /// The attributes that a control has for it. There are none where nothing is followed.
    fn attributes(following: Option<Self>) -> Vec<AnyAttribute> {
        following
            .map(|Self { bind, alive }| {
                prop("value", move || alive.get().then(|| bind.get())).into_any_attr()
            })
            .into_iter()
            .collect()
    }
}

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

/// One choice of a list: its value in the form, and how it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its value in the form.
    pub value: String,
    /// How it is shown.
    pub title: String,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            title: title.into(),
        }
    }
}

/// One of a list that unfolds.
#[component]
pub fn SelectField(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Its name in the form.
    name: &'static str,
    /// What there is to choose from.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// The value that it starts with.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// A signal that it shows and writes.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// One sentence below it.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// What is wrong with it, where the page knows.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// May it stay at nothing? Then a first choice with an empty value belongs in the list.
    #[prop(optional)]
    optional: bool,
    /// Its id, where two forms of a page have a field of the same name.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView {
    let ids = FieldIds::new(name, id);
    let error = error_of(name, error);
    let start = start_of(name, bind, value);
    let options = move || {
        let chosen = bind.map_or_else(|| start.clone(), |bind| bind.get());
        choices
            .get()
            .into_iter()
            .map(|choice| {
                let selected = choice.value == chosen;
                view! { <option value=choice.value selected=selected>{choice.title}</option> }
            })
            .collect_view()
    };
    let shown = ids.clone();
    let control = move |attributes: AnyAttribute| {
        view! {
            <select
                {..attributes}
                class="input"
                id=ids.control.clone()
                name=name
                required=!optional
                aria-describedby=ids.below.clone()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:change=move |event| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&event));
                    }
                }
            >
                {options.clone()}
            </select>
        }
    };
    view! {
        <AttributeInterceptor let:attributes>
            <Frame label ids=shown.clone() hint optional error control=control(attributes)/>
        </AttributeInterceptor>
    }
}

/// A box to tick. In the form it is `true` where it is ticked and missing where it is not, so that the argument of the
/// server function is a `bool` with `#[server(default)]`, or an `Option<bool>`.
#[component]
pub fn Checkbox(
    /// What ticking it means, as a sentence.
    #[prop(into)]
    label: Signal<String>,
    /// Its name in the form.
    name: &'static str,
    /// Is it ticked to start with?
    #[prop(optional)]
    checked: bool,
    /// A signal that it shows and writes.
    #[prop(optional)]
    bind: Option<RwSignal<bool>>,
    /// Does it look like a switch? For what takes effect at once.
    #[prop(optional)]
    switch: bool,
    /// One sentence below it.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
) -> impl IntoView {
    let form = use_context::<FormState>();
    let start = form.and_then(|form| form.typed(name)).map_or_else(
        || bind.map_or(checked, |bind| bind.get_untracked()),
        |typed| typed == "true",
    );
    let hint_id = format!("field-{name}-below");
    let described = hint_id.clone();
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox"
                    class=if switch { "switch" } else { "" }
                    role=switch.then_some("switch")
                    name=name
                    value="true"
                    checked=start
                    prop:checked=move || bind.map_or(start, |bind| bind.get())
                    aria-describedby=described
                    on:change=move |event| {
                        if let Some(bind) = bind {
                            bind.set(event_target_checked(&event));
                        }
                    }
                />
                <span>{label}</span>
            </label>
            {move || hint.get().map(|hint| view! { <span class="hint" id=hint_id.clone()>{hint}</span> })}
        </div>
    }
}

/// One of a few, all of them in view.
#[component]
pub fn Segmented(
    /// What is chosen, for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// Its name in the form, and of the group.
    name: &'static str,
    /// What there is to choose from.
    choices: Vec<Choice>,
    /// A signal that it shows and writes.
    bind: RwSignal<String>,
) -> impl IntoView {
    view! {
        <div class="segmented" role="radiogroup" aria-label=label>
            {choices
                .into_iter()
                .map(|choice| {
                    let value = choice.value.clone();
                    let start = bind.get_untracked() == value;
                    view! {
                        <label>
                            <input
                                type="radio"
                                name=name
                                value=choice.value.clone()
                                checked=start
                                prop:checked=move || bind.with(|chosen| *chosen == value)
                                on:change=move |event| bind.set(event_target_value(&event))
                            />
                            {choice.title}
                        </label>
                    }
                })
                .collect_view()}
        </div>
    }
}

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
