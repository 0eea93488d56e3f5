//! The top bar: where one is, search and commands, theme, account.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::account_menu::ACCOUNT_MENU;
use super::palette::PALETTE;
use super::places::place_of;
use super::rail::RAIL;
use super::running::RunningNow;
use super::{PageState, ThemeButton};
use crate::components::{Icon, IconName};
use crate::session::use_current_user;

/// The top bar.
#[component]
pub(super) fn TopBar() -> impl IntoView {
    let user = use_current_user();
    let initials = move || user.get().map(|user| user.initials());
    // Whoever names a button by what it shows finds it too (WCAG 2.5.3).
    let label = move || {
        user.get()
            .map(|user| format!("Account of {}, {}", user.name, user.initials()))
    };
    view! {
        <header class="topbar">
            <button
                class="button ghost icon-only menu"
                type="button"
                popovertarget=RAIL
                aria-label="Open navigation"
            >
                <Icon name=IconName::Menu/>
            </button>
            <Crumbs/>
            <button class="command" type="button" popovertarget=PALETTE aria-label="Search or go to, Ctrl K">
                <Icon name=IconName::Search/>
                <span>"Search or go to"</span>
                " "
                <kbd>"Ctrl K"</kbd>
            </button>
            <RunningNow/>
            <ThemeButton/>
            <button class="account" type="button" popovertarget=ACCOUNT_MENU aria-label=label>
                <span class="avatar self">{initials}</span>
            </button>
        </header>
    }
}

/// The way from the rail to what the page shows.
#[component]
fn Crumbs() -> impl IntoView {
    let pathname = use_location().pathname;
    let leaf = expect_context::<PageState>().leaf;
    let place = Memo::new(move |_| pathname.with(|path| place_of(path).copied()));
    // A page inside a place names its object; the place itself has no further step.
    let inside = move || {
        place
            .get()
            .filter(|place| pathname.with(|path| path != place.path))
            .and(leaf.get())
    };
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            {move || {
                let place = place.get()?;
                Some(
                    match inside() {
                        None => view! { <a href=place.path aria-current="page">{place.title}</a> }.into_any(),
                        Some(leaf) => {
                            view! {
                                <a href=place.path>{place.title}</a>
                                <Icon name=IconName::Right/>
                                <span aria-current="page">{leaf}</span>
                            }
                                .into_any()
                        }
                    },
                )
            }}
        </nav>
    }
}
