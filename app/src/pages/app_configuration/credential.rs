//! The credential of an app: what is known of it, whether the provider takes it, and putting another in its place.

use heliograph_model::app_config::credential::{
    ServiceAccountSummary, check_key, check_service_account, key_id_from_file_name,
};
use heliograph_model::app_config::{ApnsEnvironment, CredentialState, CredentialSummary, Platform};
use heliograph_model::delivery::HowMany;
use heliograph_model::ids::AppId;
use leptos::prelude::*;

use super::Shown;
use super::api::{self, Answer, SaveAppleKey, SaveGoogleAccount};
use super::key_file::KeyFile;
use crate::components::{
    Button, ButtonAction, ButtonKind, Card, Choice, Form, FullTime, IconName, Notice, SelectField,
    StatusBadge, TextField, Tone, so_many_of, use_toasts,
};
use crate::pages::app_configurations::state_in_a_word;

/// The card of the credential.
#[component]
pub(super) fn Credential(shown: Shown) -> impl IntoView {
    // A change of the app's name must not take away a file that was just chosen.
    let known = Memo::new(move |_| {
        shown
            .view
            .with(|view| (view.app.credential.clone(), view.app.state.clone()))
    });
    move || {
        let (credential, state) = known.get();
        view! { <Known credential state shown/> }
    }
}

/// The card, for what is known now.
#[component]
fn Known(credential: Option<CredentialSummary>, state: CredentialState, shown: Shown) -> impl IntoView {
    let (id, platform) = shown.view.with_untracked(|view| (view.app.id, view.app.platform));
    let (tone, label) = state_in_a_word(&state);
    let upload = move || match platform {
        Platform::Ios => view! { <AppleKey id shown/> }.into_any(),
        Platform::Android => view! { <GoogleAccount id shown/> }.into_any(),
    };
    // While nothing is sent to the app, what waits waits for that.
    let waiting = Signal::derive(move || {
        shown
            .view
            .with(|view| view.app.stop.is_none().then(|| waiting(view.queue.held)))
    });
    let content = match credential {
        Some(summary) => view! {
            <State state waiting/>
            <Summary summary/>
            <CheckButton id shown/>
            <details class="replace">
                <summary>"Replace credential"</summary>
                <p class="soft">"The new one takes its place at once. What waits for a working credential is then sent."</p>
                {upload()}
            </details>
        }
        .into_any(),
        None => upload().into_any(),
    };
    view! {
        <Card title="Credential" aside=move || view! { <StatusBadge tone label/> }>{content}</Card>
    }
}

/// What the provider last said, where there is something to do or to know.
#[component]
fn State(state: CredentialState, waiting: Signal<Option<String>>) -> impl IntoView {
    match state {
        CredentialState::Missing => ().into_any(),
        CredentialState::Unchecked => view! {
            <Notice>"The provider has not been asked yet. Check it now, or the first push will."</Notice>
        }
        .into_any(),
        CredentialState::Good { since } => view! {
            <Notice tone=Tone::Good>"The provider takes it, seen " <FullTime at=since/> "."</Notice>
        }
        .into_any(),
        CredentialState::Refused { since, reason, .. } => view! {
            <Notice tone=Tone::Bad title="The provider refuses it">
                {reason} " Refused since " <FullTime at=since/> ". "
                {waiting}
            </Notice>
        }
        .into_any(),
    }
}

/// How many wait for the credential to work.
fn waiting(held: HowMany) -> String {
    if held.is_none() {
        return "Nothing waits for it.".to_owned();
    }
    format!(
        "{} for it.",
        so_many_of(held, "delivery waits", "deliveries wait")
    )
}

/// What may be shown of a credential.
#[component]
fn Summary(summary: CredentialSummary) -> impl IntoView {
    let facts: Vec<(&str, String)> = match summary {
        CredentialSummary::Apns {
            key_id,
            team_id,
            environment,
        } => vec![
            ("Key id", key_id),
            ("Team id", team_id),
            ("Environment", title_of(environment).to_owned()),
        ],
        CredentialSummary::Fcm {
            project_id,
            client_email,
        } => vec![("Project", project_id), ("Service account", client_email)],
    };
    view! {
        <dl class="facts">
            {facts
                .into_iter()
                .map(|(name, value)| view! { <dt>{name}</dt><dd><code>{value}</code></dd> })
                .collect_view()}
        </dl>
    }
}

const fn title_of(environment: ApnsEnvironment) -> &'static str {
    match environment {
        ApnsEnvironment::Production => "Production",
        ApnsEnvironment::Sandbox => "Sandbox",
        ApnsEnvironment::Both => "Production and sandbox",
    }
}

/// Asks the provider now.
#[component]
fn CheckButton(id: AppId, shown: Shown) -> impl IntoView {
    let toasts = use_toasts();
    let check = Action::new(move |(): &()| async move {
        match api::check_credential(id).await {
            Ok(Answer::Good(words)) => toasts.done(words),
            Ok(Answer::Refused(words)) => toasts.failed(words),
            Ok(Answer::NotAsked(words)) => toasts.failed(format!("The provider could not be asked. {words}")),
            Err(error) => toasts.failed(error.to_string()),
        }
        shown.refresh();
    });
    view! {
        <div class="row">
            <Button icon=IconName::Shield pending=check.pending() on_click=move |_| { check.dispatch(()); }>"Check credential"</Button>
        </div>
    }
}

/// Takes a signing key of Apple's.
#[component]
fn AppleKey(id: AppId, shown: Shown) -> impl IntoView {
    let action = ServerAction::<SaveAppleKey>::new();
    let (secret, key_id) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let kept = Signal::derive(move || action.value().with(|value| matches!(value, Some(Ok(())))));
    saved(kept, secret, shown);
    let named = Callback::new(move |name: String| {
        if let Some(found) = key_id_from_file_name(&name) {
            key_id.set(found.to_owned());
        }
    });
    let environments = [
        ApnsEnvironment::Production,
        ApnsEnvironment::Sandbox,
        ApnsEnvironment::Both,
    ]
    .map(|environment| Choice::new(environment.as_str(), title_of(environment)))
    .to_vec();
    view! {
        <Form action>
            <input type="hidden" name="id" value=id.to_string()/>
            <KeyFile
                label="Key file (.p8)"
                accept=".p8,.pem,.txt"
                hint="From Apple's developer account, under Keys: AuthKey_….p8. It stays sealed, and nobody can read it here."
                check=|file| check_key(file).err().map(|fault| fault.to_string())
                secret
                on_name=named
            />
            <div class="two">
                <TextField label="Key id" name="key_id" bind=key_id mono=true placeholder="ABC123DEFG" hint="Taken from the file's name."/>
                <TextField label="Team id" name="team_id" mono=true placeholder="DEF123GHIJ" hint="Under Membership."/>
            </div>
            <SelectField
                label="Environment"
                name="environment"
                choices=environments
                value=ApnsEnvironment::Production.as_str()
                hint="As the key was made at Apple. Production is for apps from the App Store and TestFlight, sandbox for builds from Xcode."
            />
            <div class="actions">
                <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Save credential"</Button>
            </div>
        </Form>
    }
}

/// Takes a service account of Google's.
#[component]
fn GoogleAccount(id: AppId, shown: Shown) -> impl IntoView {
    let action = ServerAction::<SaveGoogleAccount>::new();
    let secret = RwSignal::new(String::new());
    let kept = Signal::derive(move || action.value().with(|value| matches!(value, Some(Ok(())))));
    saved(kept, secret, shown);
    let found = move || secret.with(|text| check_service_account(text.as_bytes()).ok());
    view! {
        <Form action>
            <input type="hidden" name="id" value=id.to_string()/>
            <KeyFile
                label="Service account (JSON)"
                accept=".json,application/json"
                hint="From the Firebase console, under Project settings, Service accounts. It stays sealed, and nobody can read it here."
                check=|file| check_service_account(file).err().map(|fault| fault.to_string())
                secret
            />
            {move || {
                found().map(|ServiceAccountSummary { project_id, client_email }| {
                    view! { <Summary summary=CredentialSummary::Fcm { project_id, client_email }/> }
                })
            }}
            <div class="actions">
                <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Save credential"</Button>
            </div>
        </Form>
    }
}

/// Once a credential is kept: forgets its text, says so, and shows what is known of it now.
fn saved(kept: Signal<bool>, secret: RwSignal<String>, shown: Shown) {
    let toasts = use_toasts();
    Effect::new(move |_| {
        if kept.get() {
            secret.set(String::new());
            toasts.done("Credential saved");
            shown.refresh();
        }
    });
}
