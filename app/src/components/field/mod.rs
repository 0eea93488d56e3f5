//! Fields of forms: a label above, a hint below, and what is wrong in place of the hint.

mod choice;
mod file;
mod text;

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute as _};
use leptos::prelude::*;
use leptos::tachys::html::property::prop;

use super::form::FormState;
use super::{Icon, IconName};
pub use choice::{Checkbox, Choice, Segmented, SelectField};
pub use file::FileDrop;
pub use text::{TextArea, TextField};

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
pub fn following<E: 'static>(
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
pub struct Following {
    bind: RwSignal<String>,
    alive: RwSignal<bool>,
}

impl Following {
    /// The attributes that a control has for it. There are none where nothing is followed.
    pub fn attributes(following: Option<Self>) -> Vec<AnyAttribute> {
        following
            .map(|Self { bind, alive }| {
                prop("value", move || alive.get().then(|| bind.get())).into_any_attr()
            })
            .into_iter()
            .collect()
    }
}
