//! Stopping a message, seeing that it is stopped, and sending it again.

use heliograph_model::ids::MessageId;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;

use super::api::Stopped;
use crate::components::{
    Button, ButtonKind, ButtonSize, Dialog, DialogButton, DialogFoot, FullTime, IconName, Notice, Tone,
    close_dialog, counted, use_toasts,
};
use crate::error::AppError;

/// What came of stopping.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// As it is now.
    pub stopped: Stopped,
    /// How many pushes were waiting, and will not be sent.
    pub dropped: u64,
}

/// Asks, and stops what is sent of a message.
#[component]
pub(super) fn StopButton(id: MessageId, stopped: RwSignal<Option<Stopped>>) -> impl IntoView {
    let toasts = use_toasts();
    let failure = RwSignal::new(None::<AppError>);
    let stop = Action::new(move |(): &()| async move {
        failure.try_set(None);
        match stop_message(id).await {
            Ok(Outcome {
                stopped: now,
                dropped,
            }) => {
                close_dialog("stop-message");
                toasts.done(match dropped {
                    0 => "Stopped. Nothing was waiting.".to_owned(),
                    _ => format!("Stopped. {} not sent.", counted(dropped, "push is", "pushes are")),
                });
                stopped.try_set(Some(now));
            }
            Err(error) => {
                failure.try_set(Some(error));
            }
        }
    });
    view! {
        <DialogButton dialog="stop-message" kind=ButtonKind::Danger icon=IconName::Ban>"Stop sending"</DialogButton>
        <Dialog id="stop-message" title="Stop sending this message?">
            <div class="body">
                <p>"What waits of it is not sent, within a second. Reports count it as excluded. That can't be undone."</p>
                <p>"Journeys go on, and skip it until you send it again."</p>
                {move || failure.get().map(|error| view! { <Notice tone=Tone::Bad>{error.to_string()}</Notice> })}
            </div>
            <DialogFoot>
                <Button kind=ButtonKind::DangerPrimary pending=stop.pending() on_click=move |_| { stop.dispatch(()); }>"Stop sending"</Button>
            </DialogFoot>
        </Dialog>
    }
}

/// Says that nothing is sent of the message, with the way on.
#[component]
pub(super) fn StoppedNotice(id: MessageId, stopped: RwSignal<Option<Stopped>>) -> impl IntoView {
    let toasts = use_toasts();
    let again = Action::new(move |(): &()| async move {
        match send_message_again(id).await {
            Ok(()) => {
                stopped.try_set(None);
                toasts.done("Journeys send it again");
            }
            Err(error) => toasts.failed(error.to_string()),
        }
    });
    let since = move |at: Timestamp| view! { <FullTime at/> };
    move || {
        stopped.get().map(|Stopped { since: at, by }| {
            view! {
                <Notice tone=Tone::Warn title="Sending this message is stopped">
                    {format!("Stopped by {by}, ")} {since(at)} ". Journeys go on, and skip it. "
                    <Button size=ButtonSize::Small icon=IconName::Send pending=again.pending() on_click=move |_| { again.dispatch(()); }>"Send again"</Button>
                </Notice>
            }
        })
    }
}

/// Stops a message: what waits of it is not sent, nor what journeys queue of it from now on.
#[server]
pub async fn stop_message(id: MessageId) -> Result<Outcome, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, deliveries, messages};

    let who = crate::session::require(Permission::ManageMessages)?;
    let store = expect_context::<Store>();
    let mut tx = store.begin().await?;
    if messages::stop(&mut tx, id, &who.name).await? {
        let name = messages::get(&mut tx, id).await?.name;
        super::record(&mut tx, &who, "stopped sending", id, &name).await?;
    }
    tx.commit().await?;
    let dropped = deliveries::stop_for_message(&store, id).await?;
    let message = messages::get(&mut store.read().await?, id).await?;
    Ok(Outcome {
        stopped: Stopped {
            since: message.stopped_at.unwrap_or_else(|| store.now()),
            by: message.stopped_by.unwrap_or(who.name),
        },
        dropped,
    })
}

/// Sends a stopped message again, to those who come to its step from now on.
#[server]
pub async fn send_message_again(id: MessageId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, messages};

    let who = crate::session::require(Permission::ManageMessages)?;
    let mut tx = expect_context::<Store>().begin().await?;
    if messages::send_again(&mut tx, id).await? {
        let name = messages::get(&mut tx, id).await?.name;
        super::record(&mut tx, &who, "went on sending", id, &name).await?;
    }
    tx.commit().await?;
    Ok(())
}
