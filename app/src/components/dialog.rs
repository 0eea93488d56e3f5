//! Dialogs: native, modal, opened and closed by buttons that need no script of ours.

use leptos::attr::custom::custom_attribute;
use leptos::context::Provider;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;

use super::{ButtonKind, ButtonSize, Icon, IconName};

/// A button that opens a [`Dialog`].
#[component]
pub fn DialogButton(
    /// The id of the dialog.
    #[prop(into)]
    dialog: String,
    /// What it is among the others.
    #[prop(optional)]
    kind: ButtonKind,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    let opened = dialog.clone();
    let (kind, size) = (kind.class(), size.class());
    view! {
        <button
            class=format!("button {kind} {size}")
            type="button"
            {..custom_attribute("commandfor", dialog)}
            {..custom_attribute("command", "show-modal")}
            on:click=move |event| open_where_unsupported(&event, &opened)
        >
            {icon.map(|name| view! { <Icon name/> })}
            {children()}
        </button>
    }
}

/// An entry of a [`super::Menu`] that opens a [`Dialog`].
#[component]
pub fn DialogItem(
    /// The id of the dialog.
    #[prop(into)]
    dialog: String,
    /// The icon before the words.
    icon: IconName,
    /// Its words.
    children: Children,
) -> impl IntoView {
    let opened = dialog.clone();
    view! {
        <button
            class="menu-item"
            type="button"
            {..custom_attribute("commandfor", dialog)}
            {..custom_attribute("command", "show-modal")}
            on:click=move |event| open_where_unsupported(&event, &opened)
        >
            <Icon name=icon/>
            {children()}
        </button>
    }
}

fn dialog_of(id: &str) -> Option<web_sys::HtmlDialogElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Opens the dialog where the browser does not know the button's `command` yet (before 2025 or so).
fn open_where_unsupported(event: &leptos::ev::MouseEvent, id: &str) {
    let knows = event
        .current_target()
        .is_some_and(|button| js_sys::Reflect::has(&button, &"commandForElement".into()).unwrap_or(false));
    if !knows {
        open_dialog(id);
    }
}

/// Opens the dialog with this id, where it is not open.
pub fn open_dialog(id: &str) {
    if let Some(dialog) = dialog_of(id).filter(|dialog| !dialog.open()) {
        // It fails only for a dialog that has left the document meanwhile.
        let _ = dialog.show_modal();
    }
}

/// Closes the dialog with this id, as after its form was accepted.
pub fn close_dialog(id: &str) {
    if let Some(dialog) = dialog_of(id) {
        dialog.close();
    }
}

/// The id of the dialog around, for the button that closes it.
#[derive(Clone)]
struct Around(String);

/// A dialog. Says what will happen, to how many; the button in its foot repeats the verb.
#[component]
pub fn Dialog(
    /// Its id, by which a [`DialogButton`] opens it.
    #[prop(into)]
    id: String,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// What is in it; a form brings its own foot with [`DialogFoot`].
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    let labelled = heading.clone();
    let around = Around(id.clone());
    view! {
        <dialog class="dialog" id=id aria-labelledby=labelled>
            <div class="dialog-head"><h2 id=heading>{title}</h2></div>
            <Provider value=around>{children()}</Provider>
        </dialog>
    }
}

/// The foot of a dialog: the way out at the left of the main action.
#[component]
pub fn DialogFoot(
    /// The word of the way out.
    #[prop(default = "Cancel")]
    cancel: &'static str,
    /// The main action.
    children: Children,
) -> impl IntoView {
    // No button that sends: the first one of a form is what Enter presses.
    let dialog = use_context::<Around>().map(|around| around.0).unwrap_or_default();
    view! {
        <div class="foot">
            <button
                class="button"
                type="button"
                {..custom_attribute("commandfor", dialog)}
                {..custom_attribute("command", "close")}
                on:click=close_around
            >
                {cancel}
            </button>
            {children()}
        </div>
    }
}

/// Closes the dialog that the pressed button is in, without sending the form.
fn close_around(event: leptos::ev::MouseEvent) {
    let button: web_sys::Element = event_target(&event);
    if let Ok(Some(dialog)) = button.closest("dialog")
        && let Ok(dialog) = dialog.dyn_into::<web_sys::HtmlDialogElement>()
    {
        dialog.close();
    }
}
