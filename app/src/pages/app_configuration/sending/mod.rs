//! Stopping what is sent to an app, seeing that it is stopped, and going on.

mod api;

use heliograph_model::access::Permission;
use heliograph_model::app_config::{Stop, WhyStopped};
use heliograph_model::ids::AppId;
use leptos::prelude::*;

use crate::components::{
    Button, ButtonKind, ButtonSize, Dialog, DialogButton, DialogFoot, FullTime, IconName, Notice, Tone,
    close_dialog, counted, grouped, use_toasts,
};
use crate::error::AppError;
use crate::session::use_may;

/// Asks before sending to an app is stopped.
#[component]
pub(crate) fn StopDialog(
    /// Its id.
    #[prop(into)]
    id: String,
    /// Which app.
    app: AppId,
    /// Its name.
    #[prop(into)]
    name: Signal<String>,
    /// Is told once it is stopped.
    changed: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let failure = RwSignal::new(None::<AppError>);
    let open = id.clone();
    let stop = Action::new(move |(): &()| {
        let open = open.clone();
        async move {
            match api::stop_sending(app).await {
                Ok(()) => {
                    close_dialog(&open);
                    toasts.done("Sending is stopped");
                    changed.try_run(());
                }
                Err(error) => {
                    failure.try_set(Some(error));
                }
            }
        }
    });
    let title = Signal::derive(move || format!("Stop sending to {}?", name.get()));
    view! {
        <Dialog id title>
            <div class="body">
                <p>"Nothing more goes out to this app, within a second. What is queued waits, and so does what comes, until its time to live ends."</p>
                <p>"You can send again at any time, or drop what is queued."</p>
                <Failure failure/>
            </div>
            <DialogFoot>
                <Button kind=ButtonKind::DangerPrimary pending=stop.pending() on_click=move |_| { stop.dispatch(()); }>"Stop sending"</Button>
            </DialogFoot>
        </Dialog>
    }
}

#[component]
fn Failure(failure: RwSignal<Option<AppError>>) -> impl IntoView {
    move || {
        failure
            .get()
            .map(|error| view! { <Notice tone=Tone::Bad>{error.to_string()}</Notice> })
    }
}

/// Says that nothing is sent to an app, since when and why, with the ways on.
#[component]
pub(crate) fn StopNotice(
    /// Which app.
    app: AppId,
    /// Its name.
    name: String,
    /// Why.
    stop: Stop,
    /// Is told once something was done.
    changed: Callback<()>,
) -> impl IntoView {
    let may = use_may(Permission::Administer);
    let (tone, title) = title_of(&stop.why, &name);
    let named = title.clone();
    let since = stop.since;
    let words = match stop.why {
        WhyStopped::Person { name } => view! {
            {format!("Stopped by {name}, ")} <FullTime at=since/>
            ". What is queued waits, and so does what comes, until its time to live ends."
        }
        .into_any(),
        WhyStopped::ManyNotValid { until, .. } => view! {
            "So nothing more is sent to it, since " <FullTime at=since/>
            ", and no phone was retired. Probably the credential is of another project or environment than the app, or the bundle id is wrong. Check both, and the “sandbox” setting of the property, then send again. It is tried again by itself "
            <FullTime at=until/> "."
        }
        .into_any(),
    };
    let dialog = format!("drop-queued-{app}");
    let opened = dialog.clone();
    view! {
        <section class="stack" aria-label=named>
            <Notice tone title>{words}</Notice>
            <Show when=move || may.get()>
                <div class="row wrap">
                    <SendAgain app changed/>
                    <DialogButton dialog=opened.clone() kind=ButtonKind::Danger size=ButtonSize::Small icon=IconName::Trash>"Drop what is queued"</DialogButton>
                </div>
            </Show>
            <DropDialog id=dialog app name changed/>
        </section>
    }
}

/// What it is called on every page that says so: how bad it is, and what happened.
pub(crate) fn title_of(why: &WhyStopped, app: &str) -> (Tone, String) {
    match why {
        WhyStopped::Person { .. } => (Tone::Warn, format!("Sending to {app} is stopped")),
        WhyStopped::ManyNotValid { refused, answers, .. } => (
            Tone::Bad,
            format!(
                "{} of {} phones of {app} were refused within a minute",
                grouped(*refused),
                grouped(*answers)
            ),
        ),
    }
}

#[component]
fn SendAgain(app: AppId, changed: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let again = Action::new(move |(): &()| async move {
        match api::send_again(app).await {
            Ok(()) => toasts.done("Pushes go out again"),
            Err(error) => toasts.failed(error.to_string()),
        }
        changed.try_run(());
    });
    view! {
        <Button size=ButtonSize::Small icon=IconName::Send pending=again.pending() on_click=move |_| { again.dispatch(()); }>"Send again"</Button>
    }
}

/// Asks before all that waits for an app is dropped.
#[component]
fn DropDialog(id: String, app: AppId, name: String, changed: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let failure = RwSignal::new(None::<AppError>);
    let open = id.clone();
    let drop = Action::new(move |(): &()| {
        let open = open.clone();
        async move {
            match api::drop_queued(app).await {
                Ok(dropped) => {
                    close_dialog(&open);
                    toasts.done(match dropped {
                        0 => "Nothing was left to drop".to_owned(),
                        _ => counted(dropped, "push dropped", "pushes dropped"),
                    });
                    changed.try_run(());
                }
                Err(error) => {
                    failure.try_set(Some(error));
                }
            }
        }
    });
    let words = format!(
        "All that is queued for {name} now will not be sent, whatever it waits for. This can't be undone. Reports count it \
         as excluded. Sending stays stopped."
    );
    view! {
        <Dialog id title=format!("Drop what is queued for {name}?")>
            <div class="body">
                <p>{words}</p>
                <Failure failure/>
            </div>
            <DialogFoot>
                <Button kind=ButtonKind::DangerPrimary pending=drop.pending() on_click=move |_| { drop.dispatch(()); }>"Drop pushes"</Button>
            </DialogFoot>
        </Dialog>
    }
}
