//! What to do next in setting up, and what is running.

mod api;
#[cfg(feature = "ssr")]
mod checks;
mod now;
mod set_up;

use std::time::Duration;

use leptos::prelude::*;

use crate::components::{Follow, Load, Page, PageHead, Pulse};
use crate::pages::lazy_page;
use api::{HomeView, home};
use now::{Attentions, Hours, LastDay, RunningNow};
use set_up::SetUp;

/// How long after one look the next comes, while the page is open and seen.
const EVERY: Duration = Duration::from_secs(5);

lazy_page! {
    /// What to do next in setting up, and what is running.
    Home in console
}

fn view() -> AnyView {
    let found = Resource::new(|| (), |()| home());
    let latest = RwSignal::new(None::<HomeView>);
    // What has come since the page was opened is laid over what came with it; what fails is tried again.
    Follow::new(EVERY, move || async move {
        if let Ok(view) = home().await {
            // The page may have been left meanwhile.
            latest.try_set(Some(view));
        }
    });
    view! {
        <Page class="home">
            <Load resource=found let:first>
                {
                    let view = Memo::new(move |_| latest.get().unwrap_or_else(|| first.clone()));
                    view! { <Found view/> }
                }
            </Load>
        </Page>
    }
    .into_any()
}

#[component]
fn Found(view: Memo<HomeView>) -> impl IntoView {
    let ready = Memo::new(move |_| view.with(|view| view.tasks.iter().all(|task| task.done)));
    let checked = Signal::derive(move || Some(view.with(|view| view.at)));
    view! {
        <PageHead title="Home" lead="What is going on, and what is left to set up.">
            <Pulse changed=checked/>
        </PageHead>
        <div class="columns">
            <div class="stack wide">
                <Show when=move || !ready.get()><SetUp view/></Show>
                <RunningNow view/>
                <Hours view/>
            </div>
            <div class="stack wide">
                <LastDay view/>
                <Attentions view/>
                <Show when=move || ready.get()><SetUp view/></Show>
            </div>
        </div>
    }
}
