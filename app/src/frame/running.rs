//! What is running now, in the top bar.

use leptos::prelude::*;

use super::find::{LiveJourney, list_running};
use crate::components::{Follow, Icon, IconName};

/// The id of the list, by which the top bar's button opens it.
const RUNNING: &str = "running";
/// How long after one answer the list is asked for again.
const TICK: std::time::Duration = std::time::Duration::from_secs(30);

/// How many journeys are live, and which.
#[component]
pub(super) fn RunningNow() -> impl IntoView {
    let live = Resource::new(|| (), |()| list_running());
    let latest = RwSignal::new(None::<Vec<LiveJourney>>);
    Follow::new(TICK, move || async move {
        if let Ok(running) = list_running().await {
            latest.try_set(Some(running));
        }
    });
    // What did not change stays the same element: its list may be open.
    let latest = Memo::new(move |_| latest.get());
    // Whoever may not see it, or has nothing to see, sees nothing; what fails shows on the pages.
    let shown = move || {
        let latest = latest.get();
        Suspend::new(async move {
            let first = live.await.ok();
            latest
                .or(first)
                .filter(|live| !live.is_empty())
                .map(|live| view! { <List live/> })
        })
    };
    view! { <Transition>{shown}</Transition> }
}

#[component]
fn List(live: Vec<LiveJourney>) -> impl IntoView {
    let count = live.len();
    view! {
        <button
            class="running"
            type="button"
            popovertarget=RUNNING
            aria-label=format!("{count} running now")
        >
            <span class="live-dot"></span>
            {count}
            <span class="word">" running"</span>
        </button>
        <div class="popover menu-list" id=RUNNING popover="auto" role="dialog" aria-label="Running now">
            {live
                .into_iter()
                .map(|journey| {
                    view! {
                        <a class="menu-item" href=journey.href>
                            <Icon name=IconName::Journey/>
                            {journey.name}
                        </a>
                    }
                })
                .collect_view()}
        </div>
    }
}
