//! Data collection: what the apps send, and by which doors it comes in.

pub mod datastreams;
pub mod events;
pub mod properties;
pub mod property;
pub mod schemas;

use leptos::prelude::*;
use leptos_router::components::Outlet;

use crate::components::{Page, PageHead, TabLink, Tabs};

/// What its pages have in common: the heading and the tabs.
#[component]
pub fn DataCollection() -> impl IntoView {
    view! {
        <Page>
            <PageHead title="Data collection"/>
            <Tabs label="Data collection">
                <TabLink href="/data-collection/datastreams">"Datastreams"</TabLink>
                <TabLink href="/data-collection/properties">"Properties"</TabLink>
                <TabLink href="/data-collection/schemas">"Schemas"</TabLink>
                <TabLink href="/data-collection/events">"Events"</TabLink>
            </Tabs>
            <Outlet/>
        </Page>
    }
}
