//! The published versions, each of which can become the draft again.

use std::future::Future;

use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::components::{
    Button, ButtonKind, ButtonSize, Dialog, DialogButton, ErrorState, FullTime, IconName, Skeleton,
    close_dialog, use_toasts,
};
use crate::error::AppError;

/// A published version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VersionView<T> {
    /// Its number.
    pub version: i64,
    /// What it says.
    pub content: T,
    /// When it was published.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: String,
}

/// The button and its dialog.
#[component]
pub(in crate::pages) fn History<T, L, A>(
    /// Fetches the versions, newest first.
    load: L,
    /// The newest version: when it changes, the versions are fetched anew.
    version: RwSignal<Option<i64>>,
    /// The draft that a version can become.
    draft: RwSignal<T>,
    /// The line by which a version is told from the others.
    line: fn(&T) -> &str,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    L: Fn() -> A + 'static,
    A: Future<Output = Result<Vec<VersionView<T>>, AppError>> + 'static,
{
    let versions = RwSignal::new(None::<Result<Vec<VersionView<T>>, AppError>>);
    Effect::new(move |_| {
        version.track();
        let answer = load();
        leptos::task::spawn_local(async move {
            let found = answer.await;
            // The page may have been left meanwhile.
            versions.try_set(Some(found));
        });
    });
    let list = move || match versions.get() {
        None => view! { <Skeleton lines=3/> }.into_any(),
        Some(Err(error)) => view! { <ErrorState error/> }.into_any(),
        Some(Ok(versions)) if versions.is_empty() => {
            view! { <p class="quiet">"Nothing has been published yet."</p> }.into_any()
        }
        Some(Ok(versions)) => view! {
            <ul class="version-list">
                {versions
                    .into_iter()
                    .map(|version| view! { <OneVersion version draft line/> })
                    .collect_view()}
            </ul>
        }
        .into_any(),
    };
    view! {
        <DialogButton dialog="history" kind=ButtonKind::Ghost icon=IconName::History>"History"</DialogButton>
        <Dialog id="history" title="Published versions">
            <div class="body">{list}</div>
            <div class="foot">
                <Button on_click=move |_| close_dialog("history")>"Close"</Button>
            </div>
        </Dialog>
    }
}

#[component]
fn OneVersion<T>(version: VersionView<T>, draft: RwSignal<T>, line: fn(&T) -> &str) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let toasts = use_toasts();
    let number = version.version;
    let says = line(&version.content).to_owned();
    let content = version.content.clone();
    let same = {
        let content = content.clone();
        Memo::new(move |_| draft.with(|draft| *draft == content))
    };
    let restore = move |_| {
        let before = draft.get_untracked();
        draft.set(content.clone());
        close_dialog("history");
        toasts.done_with_undo(format!("The draft is version {number} again."), move || {
            draft.set(before.clone());
        });
    };
    view! {
        <li>
            <div>
                <b>"Version " {number}</b>
                <span class="quiet small">{version.published_by} ", " <FullTime at=version.published_at/></span>
                <p class="small">{says}</p>
            </div>
            <Button size=ButtonSize::Small disabled=same on_click=restore>
                {move || if same.get() { "Same as the draft" } else { "Restore into the draft" }}
            </Button>
        </li>
    }
}
