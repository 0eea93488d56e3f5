//! Fields that are chosen from.

use leptos::attr::any_attribute::AnyAttribute;
use leptos::attribute_interceptor::AttributeInterceptor;
use leptos::prelude::*;

use super::{FieldIds, Frame, error_of, start_of};
use crate::components::form::FormState;

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
