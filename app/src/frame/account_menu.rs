//! Who is signed in, their theme, and the way out.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::ThemeChoice;
use crate::components::{Icon, IconName};
use crate::pages::sign_in::api::SignOut;
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
            <form method="post" action=SignOut::url()>
                <button class="menu-item"><Icon name=IconName::SignOut/>"Sign out"</button>
            </form>
        </div>
    }
}
