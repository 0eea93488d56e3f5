//! What is being fetched: its shape while it is on its way, what went wrong if it does not come.

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Button, Icon, IconName};
use crate::error::AppError;

/// Shows what a resource brings; until then a skeleton, and where it fails the error with a way to try again.
/// While it is fetched anew, what is there stays.
#[component]
pub fn Load<T, V, F>(
    /// The resource.
    resource: Resource<Result<T, AppError>>,
    /// How many lines the skeleton has.
    #[prop(default = 6)]
    lines: usize,
    /// Shows what came.
    children: F,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Fn(T) -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let content = move || {
        let children = children.clone();
        Suspend::new(async move {
            match resource.await {
                Ok(value) => children(value).into_any(),
                Err(error) => {
                    let retry = Callback::new(move |()| resource.refetch());
                    view! { <ErrorState error retry/> }.into_any()
                }
            }
        })
    };
    view! { <Transition fallback=move || view! { <Skeleton lines/> }>{content}</Transition> }
}

/// The shape of what comes.
#[component]
pub fn Skeleton(
    /// How many lines it has.
    #[prop(default = 6)]
    lines: usize,
) -> impl IntoView {
    const WIDTHS: [&str; 4] = ["72%", "88%", "64%", "80%"];
    view! {
        <div class="loading" role="status" aria-label="Loading">
            {WIDTHS
                .into_iter()
                .cycle()
                .take(lines)
                .map(|width| view! { <span class="skeleton" style=format!("width: {width}")></span> })
                .collect_view()}
        </div>
    }
}

/// What went wrong, to what, and what to do next.
#[component]
pub fn ErrorState(
    /// What went wrong.
    error: AppError,
    /// Tries again.
    #[prop(optional)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        use axum::http::StatusCode;
        response.set_status(match &error {
            AppError::SignedOut => StatusCode::UNAUTHORIZED,
            AppError::Forbidden { .. } => StatusCode::FORBIDDEN,
            AppError::NotFound { .. } => StatusCode::NOT_FOUND,
            AppError::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            AppError::Conflict { .. } => StatusCode::CONFLICT,
            AppError::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            AppError::Internal { .. } | AppError::Unreachable => StatusCode::INTERNAL_SERVER_ERROR,
        });
    }
    let (icon, title) = match &error {
        AppError::SignedOut => (IconName::SignIn, "You are signed out"),
        AppError::Forbidden { .. } => (IconName::Lock, "This is not open to your role"),
        AppError::NotFound { .. } => (IconName::Search, "It is not there"),
        _ => (IconName::Warn, "This could not be shown"),
    };
    let step = match &error {
        AppError::SignedOut => {
            view! { <a class="button primary" rel="external" href="/sign-in">"Sign in"</a> }.into_any()
        }
        AppError::Internal { .. } | AppError::Unreachable | AppError::TooManyAttempts { .. } => retry
            .map(|retry| view! { <Button icon=IconName::Refresh on_click=move |_| retry.run(())>"Try again"</Button> })
            .into_any(),
        _ => ().into_any(),
    };
    view! {
        <div class="empty-state" role="alert">
            <span class="sign"><Icon name=icon/></span>
            <h2>{title}</h2>
            <p>{error.to_string()}</p>
            <div class="row">{step}</div>
        </div>
    }
}
