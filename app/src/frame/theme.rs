//! Light or dark: chosen here, kept in a cookie, so that the server renders it right from the first byte.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::components::{Icon, IconName};
use crate::error::AppError;
use crate::session::{Theme, Visit};

/// How long the choice is kept, in seconds: a year.
const KEPT: u32 = 365 * 24 * 3600;

/// The choice as a cookie.
fn cookie(theme: Theme) -> String {
    format!(
        "{}={}; Path=/; Max-Age={KEPT}; SameSite=Lax",
        Theme::COOKIE,
        theme.as_str()
    )
}

/// Keeps the choice; called by the form where no script has arrived yet. Anyone may, signed in or not.
///
/// # Errors
///
/// None of its own.
#[server]
pub async fn set_theme(
    /// What was chosen.
    theme: Theme,
) -> Result<(), AppError> {
    use axum::http::{HeaderValue, header::SET_COOKIE};
    if let (Ok(value), Some(response)) = (
        HeaderValue::from_str(&cookie(theme)),
        use_context::<leptos_axum::ResponseOptions>(),
    ) {
        response.append_header(SET_COOKIE, value);
    }
    Ok(())
}

/// Shows the choice at once, and keeps it.
fn choose(visit: RwSignal<Visit>, theme: Theme) {
    visit.update(|visit| visit.theme = theme);
    let document = document();
    if let Some(root) = document.document_element() {
        let _ = match theme.attribute() {
            Some(value) => root.set_attribute("data-theme", value),
            None => root.remove_attribute("data-theme"),
        };
    }
    use leptos::wasm_bindgen::JsCast as _;
    if let Some(document) = document.dyn_ref::<web_sys::HtmlDocument>() {
        // A browser that refuses cookies keeps the theme for this page only.
        let _ = document.set_cookie(&cookie(theme));
    }
}

/// Is the page dark at this moment?
fn is_dark(theme: Theme) -> bool {
    match theme {
        Theme::Dark => true,
        Theme::Light => false,
        Theme::System => window()
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches()),
    }
}

/// Switches between light and dark.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let visit = expect_context::<RwSignal<Visit>>();
    // Before any script has come, the button goes from the system's theme to dark.
    let other = move || {
        if visit.with(|visit| visit.theme) == Theme::Dark {
            Theme::Light
        } else {
            Theme::Dark
        }
    };
    view! {
        <form class="theme" method="post" action=SetTheme::url()>
            <button
                class="button ghost icon-only small"
                name="theme"
                value=move || other().as_str()
                aria-label="Switch theme"
                data-tip="Switch theme"
                data-tip-side="end"
                on:click=move |event| {
                    event.prevent_default();
                    let dark = is_dark(visit.with_untracked(|visit| visit.theme));
                    choose(visit, if dark { Theme::Light } else { Theme::Dark });
                }
            >
                <Icon name=IconName::Sun/>
            </button>
        </form>
    }
}

/// System, light or dark.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let visit = expect_context::<RwSignal<Visit>>();
    let button = move |theme: Theme| {
        view! {
            <button
                name="theme"
                value=theme.as_str()
                aria-pressed=move || (visit.with(|visit| visit.theme) == theme).to_string()
                on:click=move |event| {
                    event.prevent_default();
                    choose(visit, theme);
                }
            >
                {theme.title()}
            </button>
        }
    };
    view! {
        <form class="segmented" method="post" action=SetTheme::url() role="group" aria-label="Theme">
            {Theme::ALL.map(button)}
        </form>
    }
}
