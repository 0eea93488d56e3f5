//! Menus, and explanations: what unfolds at a button. Native popovers, so that they work before any script has come.

use leptos::prelude::*;

use super::{Icon, IconName};

/// A button with a menu of links and buttons of the class `menu-item`.
#[component]
pub fn Menu(
    /// Its id; unlike any other on the page.
    #[prop(into)]
    id: String,
    /// What the menu is for.
    #[prop(into)]
    label: Signal<String>,
    /// The button's icon.
    #[prop(default = IconName::Ellipsis)]
    icon: IconName,
    /// The entries.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class="button ghost icon-only small"
            type="button"
            popovertarget=id.clone()
            aria-label=label
            aria-haspopup="menu"
        >
            <Icon name=icon/>
        </button>
        <div class="popover menu-list" id=id popover="auto" on:click=hide>
            {children()}
        </div>
    }
}

/// Hides the menu once one of its entries was chosen.
fn hide(event: leptos::ev::MouseEvent) {
    use leptos::wasm_bindgen::JsCast as _;
    let chosen: web_sys::Element = event_target(&event);
    if chosen.closest(".menu-item").is_ok_and(|item| item.is_some())
        && let Ok(Some(menu)) = chosen.closest("[popover]")
    {
        // It is an error to hide what is not shown: nothing to do then.
        let _ = menu.unchecked_ref::<web_sys::HtmlElement>().hide_popover();
    }
}

/// A sign that tells, on a press or a tap, how a number is counted or what a word means.
#[component]
pub fn Explain(
    /// Its id; unlike any other on the page.
    #[prop(into)]
    id: String,
    /// What is explained: "Accepted".
    #[prop(into)]
    what: Signal<String>,
    /// The explanation, a sentence or two.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class="explain"
            type="button"
            popovertarget=id.clone()
            aria-label=move || format!("About {}", what.get())
        >
            <Icon name=IconName::Help/>
        </button>
        <div class="popover explanation" id=id popover="auto">
            <p>{children()}</p>
        </div>
    }
}
