//! What to do next in setting up, and what is running.

mod api;
#[cfg(feature = "ssr")]
mod checks;
mod now;
mod set_up;

use std::time::Duration;

use leptos::prelude::*;

use crate::components::{Load, Page, PageHead, Pulse};
use crate::pages::lazy_page;
use api::{HomeView, home};
use now::{Attentions, Hours, LastDay, RunningNow};
use set_up::SetUp;

/// How often it is looked at anew while the page is open.
const EVERY: Duration = Duration::from_secs(5);

lazy_page! {
    /// What to do next in setting up, and what is running.
    Home in console
}

fn view() -> AnyView {
    let found = Resource::new(|| (), |()| home());
    let latest = RwSignal::new(None::<HomeView>);
    // What has come since the page was opened is laid over what came with it; what fails is tried again.
    Effect::new(move |_| {
        let ask = move || {
            leptos::task::spawn_local(async move {
                if let Ok(view) = home().await {
                    latest.set(Some(view));
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(ask, EVERY) {
            on_cleanup(move || timer.clear());
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
