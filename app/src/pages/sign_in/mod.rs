//! Signing in; and, on a server that nobody has signed in to yet, making the first admin.

pub mod api;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::{Button, ButtonAction, ButtonKind, Form, Load, Mark, PageTitle, TextField};
use crate::pages::lazy_page;
use api::{MakeFirstAdmin, SignIn as SignInAction};

lazy_page! {
    /// The sign-in page.
    SignIn in sign_in
}

fn view() -> AnyView {
    let empty = Resource::new(|| (), |()| api::is_empty());
    view! {
        <main class="sign-in" id="main">
            <div class="brand"><Mark/> {crate::app::PRODUCT}</div>
            <Load resource=empty lines=3 let:empty>
                {if empty { view! { <FirstAdmin/> }.into_any() } else { view! { <Known/> }.into_any() }}
            </Load>
        </main>
    }
    .into_any()
}

/// The usual form. The browser loads the next page anew, as everything on it depends on who is signed in.
#[component]
fn Known() -> impl IntoView {
    let action = ServerAction::<SignInAction>::new();
    let next = use_query_map().with_untracked(|query| query.get("next"));
    view! {
        <PageTitle text="Sign in"/>
        <h1>"Sign in"</h1>
        <Form action reload=true>
            <input type="hidden" name="next" value=next.unwrap_or_default()/>
            <TextField label="Email" name="email" kind="email" autocomplete="username" attr:autofocus=true/>
            <TextField label="Password" name="password" kind="password" autocomplete="current-password"/>
            <Button kind=ButtonKind::Primary action=ButtonAction::Submit>"Sign in"</Button>
        </Form>
    }
}

/// The form for whoever comes first.
#[component]
fn FirstAdmin() -> impl IntoView {
    let action = ServerAction::<MakeFirstAdmin>::new();
    view! {
        <PageTitle text="Make the first admin"/>
        <h1>"Make the first admin"</h1>
        <p>"Nobody can sign in to this server yet. You will be its admin, and can invite the others."</p>
        <Form action reload=true>
            <TextField label="Name" name="name" autocomplete="name" attr:autofocus=true/>
            <TextField label="Email" name="email" kind="email" autocomplete="username"/>
            <TextField
                label="Password"
                name="password"
                kind="password"
                autocomplete="new-password"
                hint="At least 10 characters"
            />
            <Button kind=ButtonKind::Primary action=ButtonAction::Submit>"Make the first admin"</Button>
        </Form>
    }
}
