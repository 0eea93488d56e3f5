//! The queue: what is waiting to be sent, by app and reason.

mod api;
mod row;

use std::time::Duration;

use heliograph_model::delivery::in_order;
use leptos::prelude::*;

use crate::components::{Card, EmptyState, Follow, IconName, Load, Pulse, SectionHead, Table};
use crate::pages::app_configuration::sending::StopNotice;
use crate::pages::lazy_page;
use api::{QueueView, StoppedApp, queue};
use row::Row;

/// How long after one look the next comes, while the page is open and seen.
const EVERY: Duration = Duration::from_secs(3);

/// What stands for the name of an app whose configuration was deleted.
const NO_APP: &str = "Deleted app";

lazy_page! {
    /// What is waiting to be sent.
    Queue in set_up
}

fn view() -> AnyView {
    let found = Resource::new(|| (), |()| queue());
    let latest = RwSignal::new(None::<QueueView>);
    // What has come since the page was opened is laid over what came with it; what fails is tried again.
    let follow = Follow::new(EVERY, move || async move {
        if let Ok(view) = queue().await {
            // The page may have been left meanwhile.
            latest.try_set(Some(view));
        }
    });
    let refresh = Callback::new(move |()| follow.now());
    let checked = Signal::derive(move || latest.with(|latest| latest.as_ref().map(|view| view.at)));
    view! {
        <SectionHead title="Queue" lead="What is waiting to be sent, and for what.">
            <Pulse changed=checked/>
        </SectionHead>
        <Load resource=found let:first>
            {
                let view = Memo::new(move |_| latest.get().unwrap_or_else(|| first.clone()));
                view! { <Groups view refresh/> }
            }
        </Load>
    }
    .into_any()
}

#[component]
fn Groups(view: Memo<QueueView>, refresh: Callback<()>) -> impl IntoView {
    let stopped = Memo::new(move |_| view.with(|view| view.stopped.clone()));
    let notices = move || {
        let one = |StoppedApp { app, name, stop }| view! { <StopNotice app name stop changed=refresh/> };
        stopped.get().into_iter().map(one).collect_view()
    };
    let due = Memo::new(move |_| view.with(|view| view.due.clone()));
    let order = move || {
        due.with(|due| in_order(due))
            .map(|words| view! { <p class="soft">{words}</p> })
    };
    let empty = Memo::new(move |_| view.with(|view| view.groups.is_empty()));
    let nothing = || {
        view! {
            <EmptyState icon=IconName::Send title="Nothing is waiting">
                <p>"A push that can't be sent at once is listed here, with what it waits for."</p>
            </EmptyState>
        }
    };
    // A row stays the same element for as long as its group is there: its menu or dialog may be open.
    view! {
        {notices}
        {order}
        <Show when=move || !empty.get() fallback=nothing>
            <Card flush=true>
                <Table caption="Queue" head=|| view! {
                    <th scope="col">"App"</th>
                    <th scope="col">"Waiting for"</th>
                    <th scope="col" class="num">"How many"</th>
                    <th scope="col" class="later">"Oldest"</th>
                    <th scope="col" class="later">"Next try"</th>
                    <th scope="col" class="act"><span class="unseen">"Actions"</span></th>
                }>
                    <For
                        each=move || view.with(|view| view.groups.clone())
                        key=|group| (group.app, group.pending.clone())
                        let:group
                    >
                        <Row group view refresh/>
                    </For>
                </Table>
            </Card>
        </Show>
    }
}
