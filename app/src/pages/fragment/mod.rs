//! One fragment: its text, what it says, and what calls it.

mod api;
mod editing;
mod manage;
mod preview;
mod publish;
mod used;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::{Load, Notice, PageTitle, Remark, TextField, autosave};
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::pages::lazy_page;
use crate::pages::writing::{TemplateInput, Viewer};
use api::FragmentView;
use editing::{Editing, Start};
use manage::{DeleteDialog, RenameDialog};
use preview::Preview;
use publish::Actions;
use used::{Behind, Calling, UsedByCard};

lazy_page! {
    /// One fragment: its text, what it says, and what calls it.
    Fragment in composer
}

fn view() -> AnyView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let fragment = Resource::new(id, api::load);
    view! { <Load resource=fragment let:view><Page view/></Load> }.into_any()
}

/// The page, once the fragment is there.
#[component]
fn Page(view: FragmentView) -> impl IntoView {
    let id = view.id;
    Viewer::provide(view.testers, &view.words.entries, view.now);
    let start = Start {
        id,
        name: view.name,
        draft: view.draft,
        version: view.version,
        used_by: view.used_by,
    };
    let editing = Editing::provide(start, &view.words);
    let saved = autosave(view.revision, editing.draft.into(), move |revision, draft| {
        api::save(id, revision, draft)
    });
    let text = editing.part(|draft| draft.text.clone(), |draft, text| draft.text = text);
    let description = editing.part(
        |draft| draft.description.clone(),
        |draft, text| draft.description = text,
    );
    let problems = Signal::derive(move || {
        let findings = editing.findings.get().into_iter();
        findings.map(Remark::from).collect::<Vec<_>>()
    });
    let name = editing.name;
    view! {
        <PageTitle text=name/>
        <div class="composer fragment">
            <div class="editor-head">
                <h1 class="name"><span class="unseen">"Fragment: "</span>{name}</h1>
                <Actions saved/>
            </div>
            {view
                .archived
                .then(|| {
                    view! { <Notice>"This fragment is archived: it is not offered any more, and what uses it goes on working. Restore it from the list of archived fragments."</Notice> }
                })}
            <Behind/>
            <div class="composer-body">
                <div class="write">
                    <TemplateInput
                        label="Text"
                        id="text"
                        problems
                        checked=editing.settled
                        value=text
                        rows=6
                        placeholder="Don't miss our latest {{sport}} collection!"
                    />
                    <TextField
                        label="Description"
                        name="description"
                        bind=description
                        optional=true
                        hint="What it is for, to be read by those who choose it."
                        attr:maxlength="300"
                    />
                    <Calling/>
                    <UsedByCard/>
                </div>
                <aside class="see" aria-label="Preview"><Preview app=view.app/></aside>
            </div>
        </div>
        <RenameDialog/>
        <DeleteDialog/>
    }
}

/// A fragment's name, if it can have it.
#[cfg(feature = "ssr")]
pub(super) fn checked_name(name: &str) -> Result<&str, AppError> {
    heliograph_model::fragment::checked_name(name).map_err(|fault| AppError::field("name", fault.to_string()))
}

/// Says of a name that is taken that it is.
#[cfg(feature = "ssr")]
pub(super) fn name_taken(error: heliograph_store::Error, name: &str) -> AppError {
    if error.breaks(heliograph_store::fragments::NAME_INDEX) {
        return AppError::field(
            "name",
            format!("There is a fragment “{name}” already, perhaps archived. Choose another name."),
        );
    }
    error.into()
}

/// Writes a change of a fragment to the audit log.
#[cfg(feature = "ssr")]
pub(super) async fn record(
    tx: &mut heliograph_store::Tx,
    who: &crate::session::CurrentUser,
    action: &str,
    id: heliograph_model::ids::FragmentId,
    name: &str,
) -> Result<(), AppError> {
    record_with(tx, who, action, (id, name), serde_json::json!({})).await
}

/// As [`record`], with what else there is to tell of it.
#[cfg(feature = "ssr")]
async fn record_with(
    tx: &mut heliograph_store::Tx,
    who: &crate::session::CurrentUser,
    action: &str,
    (id, name): (heliograph_model::ids::FragmentId, &str),
    detail: serde_json::Value,
) -> Result<(), AppError> {
    use heliograph_store::audit::{self, Change};

    let change = Change {
        action,
        object_kind: "fragment",
        object: Some(id.0),
        name,
        detail,
    };
    Ok(audit::record(tx, &who.actor(), change).await?)
}
