//! The composer of one message, with its phones.

mod api;
mod behind;
mod buttons;
mod content;
mod delivery;
mod draft;
mod field;
mod outlook;
mod phones;
mod proof;
mod publish;
mod rules;
mod stop;
mod timing;
mod why;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::{Load, Notice, PageTitle, autosave};
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::pages::app_configuration::HeldApps;
use crate::pages::lazy_page;
use crate::pages::writing::Viewer;
use api::MessageView;
pub use api::Save;
use behind::BehindNotice;
use content::ContentFields;
use delivery::DeliveryFields;
use draft::Draft;
use phones::Phones;
use publish::Actions;
use stop::StoppedNotice;

lazy_page! {
    /// The composer of one message, with its phones.
    Message in composer
}

fn view() -> AnyView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let message = Resource::new(id, api::load);
    view! { <Load resource=message let:view><Composer view/></Load> }.into_any()
}

/// The composer, once the message is there.
#[component]
fn Composer(view: MessageView) -> impl IntoView {
    let id = view.id;
    let name = RwSignal::new(view.name);
    let version = RwSignal::new(view.version);
    let stopped = RwSignal::new(view.stopped);
    let behind = RwSignal::new(view.behind);
    Viewer::provide(view.testers, &view.known.words.entries, view.now);
    let draft = Draft::provide(view.draft, view.known);
    let apps = Memo::new(move |_| draft.content.with(|content| content.apps.clone()));
    let whole = Signal::derive(move || (name.get(), draft.content.get()));
    let saved = autosave(view.revision, whole, move |revision, (name, content)| {
        api::save(id, revision, name, content)
    });
    view! {
        <PageTitle text=name/>
        <div class="composer">
            <div class="editor-head">
                <h1 class="unseen">"Message: " {move || name.get()}</h1>
                <input
                    class="name"
                    aria-label="Name of the message"
                    autocomplete="off"
                    value=name.get_untracked()
                    prop:value=move || name.get()
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <Actions id version behind stopped saved/>
            </div>
            <StoppedNotice id stopped/>
            <BehindNotice behind/>
            <HeldApps of=apps/>
            {view
                .archived
                .then(|| {
                    view! { <Notice>"This message is archived: journeys can't choose it. Restore it from the list of archived messages."</Notice> }
                })}
            <div class="composer-body">
                <div class="write">
                    <ContentFields/>
                    <DeliveryFields/>
                </div>
                <aside class="see" aria-label="Preview"><Phones id/></aside>
            </div>
        </div>
    }
}

/// A message's name, without blanks around it.
#[cfg(feature = "ssr")]
pub(super) fn checked_name(name: &str) -> Result<&str, AppError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(AppError::field(
            "name",
            "Give the message a name of 1 to 200 characters.",
        ));
    }
    Ok(name)
}

/// Writes a change of a message to the audit log.
#[cfg(feature = "ssr")]
pub(super) async fn record(
    tx: &mut heliograph_store::Tx,
    who: &crate::session::CurrentUser,
    action: &str,
    id: heliograph_model::ids::MessageId,
    name: &str,
) -> Result<(), AppError> {
    use heliograph_store::audit::{self, Change};

    let change = Change {
        action,
        object_kind: "message",
        object: Some(id.0),
        name,
        detail: serde_json::json!({}),
    };
    Ok(audit::record(tx, &who.actor(), change).await?)
}
