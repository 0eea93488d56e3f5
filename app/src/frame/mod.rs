//! What stands around every page: rail, top bar, command palette.

mod account_menu;
pub mod find;
mod palette;
pub mod places;
mod rail;
mod running;
mod theme;
mod topbar;

use leptos::prelude::*;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::use_location;

use crate::components::{EmptyState, IconName, PageTitle, ToastRegion, Toasts};
use crate::session::Visit;
use account_menu::AccountMenu;
use palette::Palette;
use rail::Rail;
use topbar::TopBar;

pub use theme::{ThemeButton, ThemeChoice};

/// What the page tells the frame about itself.
#[derive(Debug, Clone, Copy)]
pub struct PageState {
    /// The name of the object that the page shows; the last step of the breadcrumb.
    pub leaf: RwSignal<Option<String>>,
    /// What a screen reader is told when another page has come.
    pub announcement: RwSignal<String>,
    /// The address whose page a screen reader knows of: of the first, from the browser itself.
    pub announced: StoredValue<String>,
}

/// The frame around every page of someone who is signed in; leads everyone else to the sign-in page.
#[component]
pub fn Frame() -> impl IntoView {
    let visit = expect_context::<RwSignal<Visit>>();
    let location = use_location();
    let state = PageState {
        leaf: RwSignal::new(None),
        announcement: RwSignal::new(String::new()),
        announced: StoredValue::new(location.pathname.get_untracked()),
    };
    provide_context(state);
    Toasts::provide();

    if visit.with_untracked(|visit| visit.user.is_none()) {
        let next = format!(
            "{}{}",
            location.pathname.get_untracked(),
            query_of(&location.search.get_untracked())
        );
        let path = format!("/sign-in?next={}", leptos_router::location::Url::escape(&next));
        return view! { <Redirect path/> }.into_any();
    }

    let pathname = location.pathname;
    let open = Memo::new(move |_| {
        visit.with(|visit| {
            pathname.with(|path| places::place_of(path).is_none_or(|place| place.is_open_to(visit)))
        })
    });
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="app" class:narrow=move || pathname.with(|path| places::is_canvas(path))>
            <Rail/>
            <TopBar/>
            <main id="main" tabindex="-1">
                {move || if open.get() { view! { <Outlet/> }.into_any() } else { view! { <Closed/> }.into_any() }}
            </main>
        </div>
        <div class="unseen" role="status" aria-live="polite">{move || state.announcement.get()}</div>
        <ToastRegion/>
        <Palette/>
        <AccountMenu/>
    }
    .into_any()
}

fn query_of(search: &str) -> String {
    let search = search.trim_start_matches('?');
    if search.is_empty() {
        String::new()
    } else {
        format!("?{search}")
    }
}

/// Instead of a page that the person's role may not open.
#[component]
fn Closed() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::FORBIDDEN);
    }
    view! {
        <PageTitle text="Not open to your role"/>
        <EmptyState icon=IconName::Lock title="This page is not open to your role" heading=true>
            <p>"An admin can change what you may do, under Administration, People."</p>
            <div class="row"><a class="button" href="/">"Go to Home"</a></div>
        </EmptyState>
    }
}
