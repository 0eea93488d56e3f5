//! Who is signed in, their theme, and the way out.

use leptos::prelude::*;

use super::ThemeChoice;
use crate::components::{Icon, IconName};
use crate::session::use_current_user;

/// The id of the menu, by which the top bar's button opens it.
pub(super) const ACCOUNT_MENU: &str = "account-menu";

/// The menu.
#[component]
pub(super) fn AccountMenu() -> impl IntoView {
    let user = use_current_user();
    view! {
        <div class="popover account-menu" id=ACCOUNT_MENU popover="auto" role="dialog" aria-label="Account">
            <div class="who">
                <b>{move || user.get().map(|user| user.name)}</b>
                <small>{move || user.get().map(|user| format!("{}, {}", user.email, user.role.title()))}</small>
            </div>
            <ThemeChoice/>
            <a class="menu-item" href="/account"><Icon name=IconName::Settings/>"Your account"</a>
        </div>
    }
}
