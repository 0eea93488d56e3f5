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
    Anew, Button, ButtonAction, ButtonKind, Card, Choice, Form, FullTime, IconName, Notice, SelectField,
    StatusBadge, TextField, Tone, so_many_of, use_toasts,
};
use crate::pages::app_configurations::state_in_a_word;

/// The card of the credential. What is known of it changes by itself; the form is drawn anew once its own credential is kept.
#[component]
pub(super) fn Credential(shown: Shown) -> impl IntoView {
    let (id, platform) = shown.view.with_untracked(|view| (view.app.id, view.app.platform));
    let state = shown.part(|view| view.app.state.clone());
    let summary = shown.part(|view| view.app.credential.clone());
    let known = shown.part(|view| view.app.credential.is_some());
    let at_first = known.get_untracked();
    let times_kept = RwSignal::new(0_u32);
    let kept = Callback::new(move |()| {
        times_kept.update(|times| *times += 1);
        shown.refresh();
    });
    // While nothing is sent to the app, what waits waits for that.
    let waiting = shown.part(|view| view.app.stop.is_none().then(|| waiting(view.queue.held)));
    let badge = move || {
        let (tone, label) = state_in_a_word(&state.get());
        view! { <StatusBadge tone label/> }
    };
    let upload = move || match platform {
        Platform::Ios => view! { <AppleKey id kept/> }.into_any(),
        Platform::Android => view! { <GoogleAccount id kept/> }.into_any(),
    };
    view! {
        <Card title="Credential" aside=move || badge>
            <Show when=move || known.get()>
                {move || view! { <State state=state.get() waiting/> }}
                {move || summary.get().map(|summary| view! { <Summary summary/> })}
                <CheckButton id shown/>
            </Show>
            <Anew of=move || times_kept.get() let:times>
                {if at_first || times > 0 {
                    view! {
                        <details class="replace">
                            <summary>"Replace credential"</summary>
                            <p class="soft">"The new one takes its place at once. What waits for a working credential is then sent."</p>
                            {upload()}
                        </details>
                    }
                    .into_any()
                } else {
                    upload()
                }}
            </Anew>
        </Card>
    }
}

/// What the provider last said, where there is something to do or to know.
#[component]
fn State(state: CredentialState, waiting: Memo<Option<String>>) -> impl IntoView {
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
fn AppleKey(id: AppId, kept: Callback<()>) -> impl IntoView {
    let action = ServerAction::<SaveAppleKey>::new();
    let (secret, key_id) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let done = Signal::derive(move || action.value().with(|value| matches!(value, Some(Ok(())))));
    saved(done, kept);
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
fn GoogleAccount(id: AppId, kept: Callback<()>) -> impl IntoView {
    let action = ServerAction::<SaveGoogleAccount>::new();
    let secret = RwSignal::new(String::new());
    let done = Signal::derive(move || action.value().with(|value| matches!(value, Some(Ok(())))));
    saved(done, kept);
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

/// Says that a credential is kept, once it is, and has what is known of it shown. The form goes, with the key in it.
fn saved(done: Signal<bool>, kept: Callback<()>) {
    let toasts = use_toasts();
    Effect::new(move |_| {
        if done.get() {
            toasts.done("Credential saved");
            kept.run(());
        }
    });
}
