//! Own name, password, sessions and theme.

pub mod api;

use leptos::prelude::*;

use crate::components::{
    Badge, Button, ButtonAction, ButtonSize, Card, Form, FullTime, Load, Page, PageHead, RelativeTime, Table,
    TextField, Tone, use_toasts,
};
use crate::frame::ThemeChoice;
use crate::pages::lazy_page;
use crate::session::{Visit, use_current_user};
use api::{ChangePassword, EndSession, OwnSession, RenameSelf};

lazy_page! {
    /// Own name, password, sessions and theme.
    Account in console
}

fn view() -> AnyView {
    let end = ServerAction::<EndSession>::new();
    let password = ServerAction::<ChangePassword>::new();
    // Both end sessions.
    let changes = move || (end.version().get(), password.version().get());
    let sessions = Resource::new(changes, |_| api::own_sessions());
    let user = use_current_user();
    let lead = move || {
        user.get()
            .map(|user| format!("{}, {}", user.email, user.role.title()))
    };
    view! {
        <Page class="account">
            <PageHead title="Your account" lead=Signal::derive(move || lead().unwrap_or_default())/>
            <div class="columns even">
                <div class="stack wide">
                    <Name/>
                    <Card title="Theme">
                        <div><ThemeChoice/></div>
                    </Card>
                </div>
                <Password action=password/>
            </div>
            <Card title="Sessions" flush=true>
                <Load resource=sessions lines=3 let:list>
                    <Sessions list action=end/>
                </Load>
            </Card>
        </Page>
    }
    .into_any()
}

#[component]
fn Name() -> impl IntoView {
    let visit = expect_context::<RwSignal<Visit>>();
    let toasts = use_toasts();
    let action = ServerAction::<RenameSelf>::new();
    let name = visit
        .with_untracked(|visit| visit.user.as_ref().map(|user| user.name.clone()))
        .unwrap_or_default();
    Effect::new(move |_| {
        if let Some(Ok(name)) = action.value().get() {
            visit.update(|visit| {
                if let Some(user) = &mut visit.user {
                    user.name = name;
                }
            });
            toasts.done("Name saved");
        }
    });
    view! {
        <Card title="Name">
            <Form action>
                <TextField label="Name" name="name" value=name autocomplete="name"/>
                <div class="actions">
                    <Button action=ButtonAction::Submit pending=action.pending()>"Save name"</Button>
                </div>
            </Form>
        </Card>
    }
}

#[component]
fn Password(action: ServerAction<ChangePassword>) -> impl IntoView {
    let toasts = use_toasts();
    Effect::new(move |_| {
        if action.value().with(|value| matches!(value, Some(Ok(())))) {
            toasts.done("Password changed. Your other sessions have ended.");
        }
    });
    view! {
        <Card title="Password">
            <Form action>
                <TextField
                    label="Current password"
                    name="old_password"
                    kind="password"
                    autocomplete="current-password"
                />
                <TextField
                    label="New password"
                    name="new_password"
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 10 characters. Your other sessions end."
                />
                <div class="actions">
                    <Button action=ButtonAction::Submit pending=action.pending()>"Change password"</Button>
                </div>
            </Form>
        </Card>
    }
}

#[component]
fn Sessions(list: Vec<OwnSession>, action: ServerAction<EndSession>) -> impl IntoView {
    let row = move |session: OwnSession| {
        let last = if session.current {
            view! { <Badge tone=Tone::Accent>"This one"</Badge> }.into_any()
        } else {
            view! {
                <Form action>
                    <input type="hidden" name="key" value=session.key/>
                    <Button size=ButtonSize::Small action=ButtonAction::Submit>"End session"</Button>
                </Form>
            }
            .into_any()
        };
        view! {
            <tr>
                <td><RelativeTime at=session.began/></td>
                <td class="later"><FullTime at=session.ends/></td>
                <td class="act">{last}</td>
            </tr>
        }
    };
    view! {
        <Table
            caption="Your sessions"
            head=|| {
                view! {
                    <th scope="col">"Began"</th>
                    <th scope="col" class="later">"Ends, if not used"</th>
                    <th scope="col"><span class="unseen">"Action"</span></th>
                }
            }
        >
            {list.into_iter().map(row).collect_view()}
        </Table>
    }
}
