//! The message's state, and publishing it after the check.

use heliograph_model::ids::MessageId;
use heliograph_model::message::Content;
use heliograph_model::payload::{ContentField, ContentProblem};
use leptos::prelude::*;

use super::api::{self, Stopped};
use super::draft::use_draft;
use super::stop::StopButton;
use crate::components::{
    Button, ButtonKind, DialogButton, Icon, IconName, Saved, SavedState, close_dialog, sign, use_toasts,
};
use crate::error::AppError;
use crate::pages::writing::{FindingBadges, History, LifeBadge, PublishDialog};

/// The state of the message, and what can be done now.
#[component]
pub(super) fn Actions(
    id: MessageId,
    version: RwSignal<Option<i64>>,
    behind: RwSignal<Vec<String>>,
    stopped: RwSignal<Option<Stopped>>,
    saved: Saved,
) -> impl IntoView {
    let draft = use_draft();
    let toasts = use_toasts();
    let failure = RwSignal::new(None::<AppError>);
    let publish = Action::new(move |(): &()| async move {
        failure.set(None);
        match api::publish(id, saved.revision.get_untracked()).await {
            Ok(published) => {
                version.set(Some(published));
                behind.set(Vec::new());
                close_dialog("publish");
                toasts.done(format!("Published version {published}."));
            }
            Err(error) => failure.set(Some(error)),
        }
    });
    let counts = Memo::new(move |_| draft.counts());
    let unsaved = saved.behind();
    view! {
        <LifeBadge version/>
        <SavedState saved/>
        <span class="push row">
            <span class="later row"><FindingBadges counts/></span>
            <History load=move || api::versions(id) version draft=draft.content line=told_by/>
            <Show when=move || version.get().is_some() && stopped.with(Option::is_none)>
                <StopButton id stopped/>
            </Show>
            <DialogButton dialog="publish" kind=ButtonKind::Primary>"Publish message"</DialogButton>
        </span>
        <PublishDialog
            what="message"
            follows="Journeys send this version from now on, to those who come to its step."
            counts
            unsaved
            publish
            failure
        >
            <CheckList/>
        </PublishDialog>
    }
}

/// The line by which a version is told from the others.
fn told_by(content: &Content) -> &str {
    if content.title.is_empty() {
        &content.body
    } else {
        &content.title
    }
}

/// Everything that is wrong or unwise, each leading to its field.
#[component]
fn CheckList() -> impl IntoView {
    let draft = use_draft();
    let item = |problem: ContentProblem| {
        let (class, icon) = sign(problem.severity);
        let field = problem.field;
        view! {
            <li>
                <Icon name=icon class=class/>
                <div><b>{field.to_string()}</b><p>{problem.message}</p></div>
                <Button on_click=move |_| go_to(field)>"Show"</Button>
            </li>
        }
    };
    move || {
        let problems = draft.problems.get();
        if problems.is_empty() {
            return view! { <p class="row good"><Icon name=IconName::Ok/>"Nothing to look at."</p> }
                .into_any();
        }
        view! { <ul class="problem-list">{problems.into_iter().map(item).collect_view()}</ul> }.into_any()
    }
}

/// Leads to a field, out of the dialog.
fn go_to(field: ContentField) {
    let id = match field {
        ContentField::Apps => "apps-below".to_owned(),
        ContentField::Title => "title".to_owned(),
        ContentField::Subtitle => "subtitle".to_owned(),
        ContentField::Body => "body".to_owned(),
        ContentField::Image => "picture".to_owned(),
        ContentField::Tap => "tap-address".to_owned(),
        ContentField::Buttons => "buttons-below".to_owned(),
        ContentField::ButtonLabel(index) => format!("button-{index}"),
        ContentField::ButtonAction(index) => format!("button-{index}-action-address"),
        ContentField::Category => "field-category".to_owned(),
        ContentField::DataKey(index) => format!("data-key-{index}"),
        ContentField::DataValue(index) => format!("data-value-{index}"),
        ContentField::Ttl => "field-ttl".to_owned(),
        ContentField::CollapseKey => "collapse-key".to_owned(),
        ContentField::Badge => "badge".to_owned(),
        ContentField::Timing => "field-timing".to_owned(),
    };
    close_dialog("publish");
    if let Some(element) = document().get_element_by_id(&id) {
        use leptos::wasm_bindgen::JsCast as _;
        if let Ok(Some(folded)) = element.closest("details") {
            // It fails only for an attribute without a name.
            let _ = folded.set_attribute("open", "");
        }
        element.scroll_into_view();
        let _ = element.unchecked_ref::<web_sys::HtmlElement>().focus();
    }
}
