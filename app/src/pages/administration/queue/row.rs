//! Pushes to one app that wait for the same, and what can be done with them.

use heliograph_model::delivery::{Backlog, Pending};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;

use super::NO_APP;
use super::api::{self, QueueView};
use crate::components::{
    Button, ButtonKind, Dialog, DialogFoot, DialogItem, Icon, IconName, Menu, Notice, RelativeTime, Tone,
    close_dialog, counted, so_many, so_many_of, use_toasts,
};
use crate::error::AppError;
use crate::pages::app_configuration::sending::StopDialog;

/// One group, as it was when it was first seen and as it is now.
#[component]
pub(super) fn Row(group: Backlog, view: Memo<QueueView>, refresh: Callback<()>) -> impl IntoView {
    let (title, advice) = group.pending.in_words();
    let app = match &group.app_name {
        Some(name) => view! { <b class="medium">{name.clone()}</b> }.into_any(),
        None => view! { <span class="quiet">{NO_APP}</span> }.into_any(),
    };
    let platform = group
        .platform
        .map(|platform| view! { <span class="sub">{platform.title()}</span> });
    let first = group.clone();
    let now = Memo::new(move |_| {
        view.with(|view| {
            view.groups
                .iter()
                .find(|group| (group.app, &group.pending) == (first.app, &first.pending))
                .unwrap_or(&first)
                .clone()
        })
    });
    let count = Memo::new(move |_| now.with(|group| group.count));
    let oldest = Memo::new(move |_| now.with(|group| group.oldest));
    let next = Memo::new(move |_| next_try(now.with(|group| group.next), view.with(|view| view.at)));
    let next = move || match next.get() {
        Next::Unknown => view! { <span class="quiet">"–"</span> }.into_any(),
        Next::Now => "Now".into_any(),
        Next::At(at) => view! { <RelativeTime at/> }.into_any(),
    };
    let actions = group
        .pending
        .can_be_dropped()
        .then(|| view! { <Actions group now view refresh/> });
    view! {
        <tr>
            <td>{app}{platform}</td>
            <td>{title}<span class="sub">{advice}</span></td>
            <td class="num">{move || so_many(count.get())}</td>
            <td class="later"><RelativeTime at=oldest/></td>
            <td class="later">{next}</td>
            <td class="act">{actions}</td>
        </tr>
    }
}

/// When a group is tried next, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Unknown,
    Now,
    At(Timestamp),
}

/// What is overdue is tried now; by the server's clock, so that the page says the same wherever it is drawn.
fn next_try(next: Option<Timestamp>, now: Timestamp) -> Next {
    match next {
        None => Next::Unknown,
        Some(at) if at <= now => Next::Now,
        Some(at) => Next::At(at),
    }
}

#[component]
fn Actions(
    group: Backlog,
    now: Memo<Backlog>,
    view: Memo<QueueView>,
    refresh: Callback<()>,
) -> impl IntoView {
    let app = group.app_name.clone().unwrap_or_else(|| NO_APP.to_owned());
    let key = key_of(&group);
    let dialog = format!("drop-{key}");
    let opened = dialog.clone();
    // What belongs to an app that is gone would be kept back at its next try.
    let retry = (group.app_name.is_some() && group.pending.can_be_retried())
        .then(|| view! { <Retry group=group.clone() refresh/> });
    // An app that is gone has nothing to stop.
    let stop = group.app.filter(|_| group.app_name.is_some());
    let stop_dialog = format!("stop-{key}");
    let stop_opened = stop_dialog.clone();
    let may_stop = move || {
        view.with(|view| stop.is_some_and(|stop| view.stopped.iter().all(|stopped| stopped.app != stop)))
    };
    let name = app.clone();
    view! {
        <Menu id=format!("menu-{key}") label=format!("Actions for {app}: {}", group.pending.in_words().0)>
            {retry}
            <DialogItem dialog=opened icon=IconName::Trash>"Drop…"</DialogItem>
            <Show when=may_stop>
                <DialogItem dialog=stop_opened.clone() icon=IconName::Lock>"Stop sending to this app…"</DialogItem>
            </Show>
        </Menu>
        <ConfirmDrop group app dialog now refresh/>
        {stop.map(|app| view! { <StopDialog id=stop_dialog app name changed=refresh/> })}
    }
}

/// What tells a group from the others in the ids of its elements.
fn key_of(group: &Backlog) -> String {
    let app = group.app.map_or_else(|| "none".to_owned(), |app| app.to_string());
    format!("{app}-{}", group.pending.to_string().replace(':', "-"))
}

#[component]
fn Retry(group: Backlog, refresh: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let retry = Action::new(move |(): &()| {
        let (app, pending) = (group.app, group.pending.clone());
        async move {
            match api::retry_now(app, pending.clone()).await {
                Ok(tried) => toasts.done(said_of_retry(&pending, tried)),
                Err(error) => toasts.failed(error.to_string()),
            }
            refresh.try_run(());
        }
    });
    view! {
        <button class="menu-item" type="button" on:click=move |_| { retry.dispatch(()); }>
            <Icon name=IconName::Refresh/>
            "Retry now"
        </button>
    }
}

/// What is said once a group is tried.
fn said_of_retry(pending: &Pending, tried: u64) -> String {
    match tried {
        0 => "Nothing was left to try".to_owned(),
        _ if pending.is_held() => format!(
            "One push tries the credential now. If it works, {} for it.",
            counted(tried, "push no longer waits", "pushes no longer wait")
        ),
        _ => counted(tried, "push is tried now", "pushes are tried now"),
    }
}

#[component]
fn ConfirmDrop(
    group: Backlog,
    app: String,
    dialog: String,
    now: Memo<Backlog>,
    refresh: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let failure = RwSignal::new(None::<AppError>);
    let waiting_for = group.pending.in_words().0;
    let open = dialog.clone();
    // What was done is said from here, not by the row: it may be gone before the answer has come.
    let drop = Action::new(move |(): &()| {
        let (app, pending, open) = (group.app, group.pending.clone(), open.clone());
        async move {
            match api::drop_waiting(app, pending).await {
                Ok(dropped) => {
                    close_dialog(&open);
                    toasts.done(said_of_drop(dropped));
                    refresh.try_run(());
                }
                Err(error) => {
                    failure.try_set(Some(error));
                }
            }
        }
    });
    let title = Signal::derive(move || format!("Drop {}?", now.with(how_many)));
    let words = move || {
        let pushes = now.with(how_many);
        format!(
            "{pushes} to {app} will not be sent ({waiting_for}). This can't be undone. Reports count them as excluded."
        )
    };
    view! {
        <Dialog id=dialog title>
            <div class="body">
                <p>{words}</p>
                {move || failure.get().map(|error| view! { <Notice tone=Tone::Bad>{error.to_string()}</Notice> })}
            </div>
            <DialogFoot>
                <Button kind=ButtonKind::DangerPrimary pending=drop.pending() on_click=move |_| { drop.dispatch(()); }>"Drop pushes"</Button>
            </DialogFoot>
        </Dialog>
    }
}

/// How many pushes a group has, as far as they are counted.
fn how_many(group: &Backlog) -> String {
    so_many_of(group.count, "push", "pushes")
}

/// What is said once a group is dropped.
fn said_of_drop(dropped: u64) -> String {
    match dropped {
        0 => "Nothing was left to drop".to_owned(),
        _ => counted(dropped, "push dropped", "pushes dropped"),
    }
}

#[cfg(test)]
mod tests {
    use heliograph_model::delivery::Outcome;

    use super::*;

    #[test]
    fn what_is_said_of_a_retry_tells_how_many_it_concerns() {
        let busy = Pending::Waiting(Outcome::AppleBusy.as_str().into());
        let held = Pending::Held(Outcome::AppleKeyRejected.as_str().into());
        assert_eq!(said_of_retry(&busy, 0), "Nothing was left to try");
        assert_eq!(said_of_retry(&busy, 1), "1 push is tried now");
        assert_eq!(said_of_retry(&busy, 1_204), "1,204 pushes are tried now");
        assert_eq!(
            said_of_retry(&held, 2),
            "One push tries the credential now. If it works, 2 pushes no longer wait for it."
        );
    }

    #[test]
    fn what_is_overdue_is_tried_now() {
        let now = Timestamp::from_millis(1_000);
        assert_eq!(next_try(None, now), Next::Unknown);
        assert_eq!(next_try(Some(now), now), Next::Now);
        let later = Timestamp::from_millis(1_001);
        assert_eq!(next_try(Some(later), now), Next::At(later));
    }
}
