//! Publishing what is written, after a look at what is wrong with it.

use leptos::prelude::*;

use crate::components::{Badge, Button, ButtonKind, Dialog, DialogFoot, Notice, StatusBadge, Tone, counted};
use crate::error::AppError;

/// Where it is in its life.
#[component]
pub(in crate::pages) fn LifeBadge(
    /// Has it been put away?
    #[prop(optional)]
    archived: bool,
    /// The newest published version.
    #[prop(into)]
    version: Signal<Option<i64>>,
) -> impl IntoView {
    let tone = Signal::derive(move || match version.get() {
        Some(_) if !archived => Tone::Good,
        _ => Tone::Neutral,
    });
    let label = Signal::derive(move || match version.get() {
        _ if archived => "Archived".to_owned(),
        Some(version) => format!("Published, version {version}"),
        None => "Draft".to_owned(),
    });
    view! { <StatusBadge tone label/> }
}

/// How many errors and how many warnings there are; nothing where there are none.
#[component]
pub(in crate::pages) fn FindingBadges(
    /// Errors, and warnings.
    counts: Memo<(usize, usize)>,
) -> impl IntoView {
    move || {
        let (errors, warnings) = counts.get();
        view! {
            {(errors > 0).then(|| view! { <Badge tone=Tone::Bad>{counted(errors as u64, "error", "errors")}</Badge> })}
            {(warnings > 0).then(|| view! { <Badge tone=Tone::Warn>{counted(warnings as u64, "warning", "warnings")}</Badge> })}
        }
    }
}

/// The dialog `publish`: what is wrong, what publishing means, and the button.
#[component]
pub(in crate::pages) fn PublishDialog(
    /// "message".
    what: &'static str,
    /// What follows from publishing, where no error stands in the way.
    follows: &'static str,
    /// Errors, and warnings.
    counts: Memo<(usize, usize)>,
    /// Is something typed that is not saved yet?
    #[prop(into)]
    unsaved: Signal<bool>,
    /// Publishes it.
    publish: Action<(), ()>,
    /// Why that failed.
    failure: RwSignal<Option<AppError>>,
    /// The list of what is wrong.
    children: Children,
) -> impl IntoView {
    let title = Signal::derive(move || match counts.get().0 {
        0 => format!("Publish this {what}?"),
        1 => format!("1 error keeps this {what} from being published"),
        errors => format!("{errors} errors keep this {what} from being published"),
    });
    view! {
        <Dialog id="publish" title>
            <div class="body">
                {move || (counts.get().0 == 0).then(|| view! { <p>{follows}</p> })}
                {children()}
                {move || failure.get().map(|error| view! { <Notice tone=Tone::Bad>{error.to_string()}</Notice> })}
            </div>
            <DialogFoot>
                <Button
                    kind=ButtonKind::Primary
                    pending=publish.pending()
                    disabled=Signal::derive(move || counts.get().0 > 0 || unsaved.get())
                    on_click=move |_| { publish.dispatch(()); }
                >
                    "Publish"
                </Button>
            </DialogFoot>
        </Dialog>
    }
}
