//! A text of the message.

use heliograph_model::payload::ContentField;
use leptos::prelude::*;

use super::draft::use_draft;
use crate::components::Remark;
use crate::pages::writing::TemplateInput;

/// A field of the message whose text is a template.
#[component]
pub(super) fn TemplateField(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Its id, unlike any other on the page.
    #[prop(into)]
    id: String,
    /// Which part of the draft it is.
    field: ContentField,
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
    let draft = use_draft();
    let problems = draft.problems_of(field);
    let problems = Signal::derive(move || problems.get().into_iter().map(Remark::from).collect::<Vec<_>>());
    view! { <TemplateInput label id problems checked=draft.settled value rows note placeholder/> }
}
