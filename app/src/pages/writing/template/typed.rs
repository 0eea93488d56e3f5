//! Changing a field's text as if somebody typed, so that the browser's undo takes it back.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use web_sys::{HtmlDocument, HtmlTextAreaElement};

use super::text::Change;

/// Makes the change in a field, which then tells of its new text as after a key.
///
/// Setting a field's value is no step of its undo history, and the steps before it are lost. `execCommand("insertText")` is one,
/// in Firefox since version 89 (<https://gitlab.com/gitlab-org/gitlab/-/merge_requests/84900>). It is called deprecated, and has
/// no successor that does this (<https://developer.mozilla.org/en-US/docs/Web/API/Document/execCommand>).
pub(super) fn put(area: &HtmlTextAreaElement, change: &Change<'_>) {
    if change.part.is_empty() && change.insert.is_empty() {
        return;
    }
    let _ = area.focus();
    if area
        .set_selection_range(change.part.start, change.part.end)
        .is_err()
    {
        return;
    }
    let page: HtmlDocument = document().unchecked_into();
    let command = if change.insert.is_empty() {
        "delete"
    } else {
        "insertText"
    };
    // Whoever calls sees by the text whether it was done.
    let _ = page.exec_command_with_show_ui_and_value(command, false, change.insert);
}
