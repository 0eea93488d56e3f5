//! Asking the provider whether it accepts an app's credential.

use std::time::Duration;

use heliograph_apns::{DeviceToken, Lane, Notification, PushType, Topic};
use heliograph_fcm::{Message, Mode};
use heliograph_model::{
    app_config::{ApnsEnvironment, AppConfiguration, CredentialState, Platform},
    delivery::{Class, Outcome, Retry},
    ids::AppId,
};
use heliograph_store::{Store, apps};

use crate::{
    Error, Providers, Sealer,
    answer::{self, Answer},
    clients::{Client, NoClient, connect},
};

/// What the provider says of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialVerdict {
    /// It is accepted.
    Good {
        /// How that was seen, in plain words.
        words: String,
    },
    /// It is not accepted.
    Refused {
        /// Why, and what to do.
        words: String,
    },
    /// The provider could not be asked, or answered what says nothing of the credential, so nothing is known.
    NotAsked {
        /// Why not.
        words: String,
    },
}

/// How long a connection, and the answer, is waited for: a person looks on.
const PATIENCE: Duration = Duration::from_secs(10);

/// An address of Apple's form that no phone has.
const NO_DEVICE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Asks the provider whether it accepts the app's credential, with a push to nobody: it says so by refusing the address and
/// not the credential. The answer is kept with the app configuration.
///
/// # Errors
/// Where there is no such app, it has no credential, or the database fails.
pub async fn check_credential(
    store: &Store,
    sealer: &Sealer,
    providers: &Providers,
    app: AppId,
) -> Result<CredentialVerdict, Error> {
    let mut conn = store.read().await?;
    let configuration = apps::get(&mut conn, app).await?;
    let kept = apps::sealed(&mut conn, app).await?.ok_or(Error::NoCredential)?;
    drop(conn);
    let (outcome, verdict) = match connect(sealer, providers, PATIENCE, app, &kept) {
        Ok(client) => {
            let answer = ask(&client, &configuration).await;
            (answer.outcome, judge(configuration.platform, answer))
        }
        Err(NoClient::Unreadable(words)) => {
            let outcome = Outcome::CredentialUnreadable;
            let words = format!("{} ({words}) {}", outcome.words(), outcome.advice());
            (outcome, CredentialVerdict::Refused { words })
        }
        Err(NoClient::Provider(words)) => return Err(Error::Provider(words)),
        Err(NoClient::Missing) => return Err(Error::NoCredential),
        Err(NoClient::Store(error)) => return Err(error.into()),
    };
    let since = store.now();
    let state = match &verdict {
        CredentialVerdict::Good { .. } => CredentialState::Good { since },
        CredentialVerdict::Refused { words } => CredentialState::Refused {
            since,
            reason: words.clone(),
            outcome: Some(outcome),
        },
        CredentialVerdict::NotAsked { .. } => return Ok(verdict),
    };
    let mut tx = store.begin().await?;
    apps::set_state(&mut tx, app, kept.revision, &state).await?;
    tx.commit().await?;
    Ok(verdict)
}

async fn ask(client: &Client, app: &AppConfiguration) -> Answer {
    match client {
        Client::Apns {
            production,
            sandbox,
            environment,
            ..
        } => {
            let client = match environment {
                ApnsEnvironment::Production | ApnsEnvironment::Both => production,
                ApnsEnvironment::Sandbox => sandbox,
            };
            let made = DeviceToken::new(NO_DEVICE).and_then(|token| {
                let topic = Topic::of_app(&app.app, PushType::Alert)?;
                let body = r#"{"aps":{"alert":"Heliograph checks its key"}}"#;
                Ok(Notification::alert(uuid::Uuid::now_v7(), token, topic, body))
            });
            match made {
                Ok(notification) => answer::of_apns(client.send(Lane::Probe, &notification).await),
                Err(error) => Answer::of(Outcome::AppNotAllowed, error.to_string()),
            }
        }
        Client::Fcm(client) => {
            let token = format!("heliograph-check:{}", "0".repeat(140));
            let message = Message::new(heliograph_fcm::Target::Token(token));
            answer::of_fcm(client.send(&message, Mode::ValidateOnly).await)
        }
    }
}

fn judge(platform: Platform, answer: Answer) -> CredentialVerdict {
    let outcome = answer.outcome;
    let said = answer.words.unwrap_or_default();
    match (outcome.class(), outcome.retry()) {
        // Whatever answers so need not be the provider.
        _ if outcome == Outcome::Other => CredentialVerdict::NotAsked {
            words: format!("{} ({said})", outcome.words()),
        },
        (Class::Accepted | Class::Retire | Class::Payload, _) => CredentialVerdict::Good {
            words: match platform {
                Platform::Ios => "Apple accepts the key: it refused only the made-up push that was tried.",
                Platform::Android => {
                    "Google accepts the service account: it refused only the made-up push that was tried."
                }
            }
            .to_owned(),
        },
        (Class::Configuration, _) | (_, Retry::WhenCredentialWorks) => CredentialVerdict::Refused {
            words: format!("{} ({said}) {}", outcome.words(), outcome.advice()),
        },
        _ => CredentialVerdict::NotAsked {
            words: format!("{} ({said})", outcome.words()),
        },
    }
}
