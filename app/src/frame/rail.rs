//! The rail: where one can go. On a phone it is a sheet that the menu button opens.

use leptos::html::Nav;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::places::{Group, PLACES, Place, marked_place};
use crate::components::{Icon, Mark};
use crate::session::Visit;

/// The id of the rail, by which the menu button opens it.
pub(super) const RAIL: &str = "rail";

/// The rail.
#[component]
pub(super) fn Rail() -> impl IntoView {
    let visit = expect_context::<RwSignal<Visit>>();
    let pathname = use_location().pathname;
    let rail = NodeRef::<Nav>::new();
    // The sheet has done its work once another page has come.
    Effect::new(move |_| {
        pathname.track();
        if let Some(rail) = rail.get() {
            // It is an error to hide what is not shown, which is the case beside a wide page: nothing to do then.
            let _ = rail.hide_popover();
        }
    });
    let group = move |group: Group| {
        visit.with(|visit| {
            PLACES
                .iter()
                .filter(|place| place.group == group && place.is_open_to(visit))
                .copied()
                .collect::<Vec<_>>()
        })
    };
    let install = move || visit.with(|visit| visit.install.clone());
    view! {
        <nav class="rail" id=RAIL popover="auto" aria-label="Main" node_ref=rail>
            <a class="workspace" href="/" aria-label=move || format!("{}, Home", install())>
                <Mark/>
                <span>{install}</span>
            </a>
            <Items places=Signal::derive(move || group(Group::Work))/>
            <Section title="Set-up" places=Signal::derive(move || group(Group::SetUp))/>
            <Section title="Demo" places=Signal::derive(move || group(Group::Demo))/>
        </nav>
    }
}

/// Places under a rule and a word, if there are any.
#[component]
fn Section(title: &'static str, places: Signal<Vec<Place>>) -> impl IntoView {
    view! {
        <Show when=move || !places.with(Vec::is_empty)>
            <div class="section">
                <h2>{title}</h2>
                <Items places/>
            </div>
        </Show>
    }
}

#[component]
fn Items(places: Signal<Vec<Place>>) -> impl IntoView {
    let pathname = use_location().pathname;
    // Who points at a place is likely to open it.
    let fetch_ahead = |place: Place| leptos::task::spawn_local(crate::app::fetch_ahead(place.path));
    view! {
        <ul>
            <For each=move || places.get() key=|place| place.path let:place>
                <li>
                    <a
                        class="item"
                        href=place.path
                        data-tip=place.title
                        data-tip-side="right"
                        on:pointerenter=move |_| fetch_ahead(place)
                        on:focus=move |_| fetch_ahead(place)
                        aria-current=move || pathname.with(|path| marked_place(path) == Some(place.path)).then_some("page")
                    >
                        <Icon name=place.icon/>
                        <span>{place.title}</span>
                    </a>
                </li>
            </For>
        </ul>
    }
}
