//! The published versions, each of which can become the draft again.

use heliograph_model::ids::MessageId;
use leptos::prelude::*;

use super::api::{self, VersionView};
use super::draft::use_draft;
use crate::components::{
    Button, ButtonKind, ButtonSize, Dialog, DialogButton, ErrorState, FullTime, IconName, Skeleton,
    close_dialog, use_toasts,
};
use crate::error::AppError;

/// The button and its dialog.
#[component]
pub(super) fn History(id: MessageId, version: RwSignal<Option<i64>>) -> impl IntoView {
    let versions = RwSignal::new(None::<Result<Vec<VersionView>, AppError>>);
    Effect::new(move |_| {
        version.track();
        leptos::task::spawn_local(async move {
            let found = api::versions(id).await;
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
                {versions.into_iter().map(|version| view! { <OneVersion version/> }).collect_view()}
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
fn OneVersion(version: VersionView) -> impl IntoView {
    let draft = use_draft();
    let toasts = use_toasts();
    let number = version.version;
    let content = version.content.clone();
    let same = {
        let content = content.clone();
        Memo::new(move |_| draft.content.with(|draft| *draft == content))
    };
    let restore = move |_| {
        let before = draft.content.get_untracked();
        draft.content.set(content.clone());
        close_dialog("history");
        toasts.done_with_undo(format!("The draft is version {number} again."), move || {
            draft.content.set(before.clone());
        });
    };
    view! {
        <li>
            <div>
                <b>"Version " {number}</b>
                <span class="quiet small">{version.published_by} ", " <FullTime at=version.published_at/></span>
                <p class="small">{if version.content.title.is_empty() { version.content.body } else { version.content.title }}</p>
            </div>
            <Button size=ButtonSize::Small disabled=same on_click=restore>
                {move || if same.get() { "Same as the draft" } else { "Restore into the draft" }}
            </Button>
        </li>
    }
}
