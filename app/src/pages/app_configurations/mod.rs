//! The mobile apps that can be pushed to.

mod api;
mod register;

use heliograph_model::app_config::{AppConfiguration, CredentialState};
use leptos::prelude::*;

use crate::components::{
    Badge, ButtonKind, Card, DialogButton, EmptyState, IconName, Load, Page, PageHead, RelativeTime, RowLink,
    StatusBadge, Table, Tone,
};
use crate::pages::lazy_page;
pub use api::RegisterApp;
use register::Register;

lazy_page! {
    /// The mobile apps that can be pushed to.
    AppConfigurations in set_up
}

fn view() -> AnyView {
    let list = Resource::new(|| (), |()| api::list());
    view! {
        <Page>
            <PageHead title="App configurations" lead="The mobile apps that you push to, each with its key from Apple or Google.">
                <DialogButton dialog="register-app" kind=ButtonKind::Primary icon=IconName::Plus>"Register app"</DialogButton>
            </PageHead>
            <Load resource=list let:apps>
                {if apps.is_empty() {
                    view! { <Nothing/> }.into_any()
                } else {
                    view! { <Apps apps/> }.into_any()
                }}
            </Load>
            <Register/>
        </Page>
    }
    .into_any()
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState icon=IconName::Phones title="No apps yet">
            <p>
                "Register your iOS app and your Android app, each by its own entry. Then upload the key that Apple or Google gave you, and pushes can go out."
            </p>
        </EmptyState>
    }
}

#[component]
fn Apps(apps: Vec<AppConfiguration>) -> impl IntoView {
    view! {
        <Card flush=true>
            <Table caption="App configurations" head=|| view! {
                <th scope="col">"Name"</th>
                <th scope="col">"Platform"</th>
                <th scope="col" class="later">"Bundle id or package"</th>
                <th scope="col">"Credential"</th>
                <th scope="col" class="later">"Changed"</th>
            }>
                {apps
                    .into_iter()
                    .map(|app| {
                        let (tone, label) = state_in_a_word(&app.state);
                        view! {
                            <tr>
                                <td>
                                    <RowLink href=format!("/app-configurations/{}", app.id)>{app.name}</RowLink>
                                    {app.stop.is_some().then(|| view! { <span class="sub">"Sending is stopped"</span> })}
                                </td>
                                <td><Badge>{app.platform.title()}</Badge></td>
                                <td class="later"><code>{app.app}</code></td>
                                <td><StatusBadge tone label/></td>
                                <td class="later"><RelativeTime at=app.updated_at/></td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </Table>
        </Card>
    }
}

/// The state of a credential in a word or two, and what it means.
pub(super) const fn state_in_a_word(state: &CredentialState) -> (Tone, &'static str) {
    match state {
        CredentialState::Missing => (Tone::Warn, "Missing"),
        CredentialState::Unchecked => (Tone::Neutral, "Not checked"),
        CredentialState::Good { .. } => (Tone::Good, "Works"),
        CredentialState::Refused { .. } => (Tone::Bad, "Refused"),
    }
}
