//! Administration: people, the audit log, rules, the queue and settings.

pub mod audit;
pub mod queue;
pub mod rule_set;
pub mod rules;
pub mod settings;
pub mod users;

use leptos::prelude::*;
use leptos_router::components::Outlet;

use crate::components::{Page, PageHead, TabLink, Tabs};

/// What its pages have in common: the heading and the tabs.
#[component]
pub fn Administration() -> impl IntoView {
    view! {
        <Page>
            <PageHead title="Administration"/>
            <Tabs label="Administration">
                <TabLink href="/administration/users">"People"</TabLink>
                <TabLink href="/administration/audit">"Audit log"</TabLink>
                <TabLink href="/administration/rules">"Rules"</TabLink>
                <TabLink href="/administration/queue">"Queue"</TabLink>
                <TabLink href="/administration/settings">"Settings"</TabLink>
            </Tabs>
            <Outlet/>
        </Page>
    }
}
