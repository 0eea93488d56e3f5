//! The fragment's state, and publishing it.

use heliograph_model::fragment::FragmentDraft;
use heliograph_model::personalize::Finding;
use leptos::prelude::*;

use super::api;
use super::editing::use_editing;
use crate::components::{
    ButtonKind, DialogButton, DialogItem, Icon, IconName, Menu, Saved, SavedState, close_dialog, sign,
    use_toasts,
};
use crate::error::AppError;
use crate::pages::writing::{FindingBadges, History, LifeBadge, PublishDialog};

/// The state of the fragment, and what can be done now.
#[component]
pub(super) fn Actions(saved: Saved) -> impl IntoView {
    let editing = use_editing();
    let toasts = use_toasts();
    let (id, version) = (editing.id, editing.version);
    let failure = RwSignal::new(None::<AppError>);
    let publish = Action::new(move |(): &()| async move {
        failure.set(None);
        match api::publish(id, saved.revision.get_untracked()).await {
            Ok(published) => {
                version.set(Some(published.version));
                editing.used_by.set(published.used_by);
                close_dialog("publish");
                toasts.done(format!("Published version {}.", published.version));
            }
            Err(error) => failure.set(Some(error)),
        }
    });
    let counts = Memo::new(move |_| editing.counts());
    let behind = saved.behind();
    view! {
        <LifeBadge version/>
        <SavedState saved/>
        <span class="push row">
            <span class="later row"><FindingBadges counts/></span>
            <History load=move || api::versions(id) version draft=editing.draft line=text_of/>
            <Menu id="fragment-menu" label="More actions">
                <DialogItem dialog="rename-fragment" icon=IconName::Pencil>"Rename"</DialogItem>
                <DialogItem dialog="delete-fragment" icon=IconName::Trash>"Delete"</DialogItem>
            </Menu>
            <DialogButton dialog="publish" kind=ButtonKind::Primary>"Publish fragment"</DialogButton>
        </span>
        <PublishDialog
            what="fragment"
            follows="Messages that are published from now on take up this text. Those that are published already keep theirs until they are published anew."
            counts
            unsaved=behind
            publish
            failure
        >
            <CheckList/>
        </PublishDialog>
    }
}

/// The line by which a version is told from the others.
fn text_of(draft: &FragmentDraft) -> &str {
    &draft.text
}

/// Everything that is wrong or unwise in the text.
#[component]
fn CheckList() -> impl IntoView {
    let editing = use_editing();
    let item = |finding: Finding| {
        let (class, icon) = sign(finding.severity);
        view! { <li><Icon name=icon class=class/><div><p>{finding.message}</p></div></li> }
    };
    move || {
        let findings = editing.findings.get();
        if findings.is_empty() {
            return view! { <p class="row good"><Icon name=IconName::Ok/>"Nothing to look at."</p> }
                .into_any();
        }
        let items = findings.into_iter().map(item);
        view! { <ul class="problem-list">{items.collect_view()}</ul> }.into_any()
    }
}
