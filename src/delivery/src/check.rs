//! Does the provider take a credential? It is asked for real.

use heliograph_apns::{DeviceToken, Notification, PushType, Reason, Topic};
use heliograph_fcm::ErrorCode;
use heliograph_model::app_config::{ApnsEnvironment, CredentialState, CredentialSummary};
use heliograph_model::delivery::{Class, Outcome};
use heliograph_model::ids::AppId;
use heliograph_model::profile::PushPlatform;
use heliograph_store::{Store, apps};
use serde_json::json;

use crate::clients::{Client, Providers, connect};
use crate::verdict::{of_apns, of_fcm};
use crate::{Error, Sealer};

/// A device token that can't exist: Apple must refuse it for the token, and not for the key.
const NO_DEVICE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a provider says of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialVerdict {
    /// It takes it.
    Good {
        /// How that was seen.
        words: String,
    },
    /// It does not.
    Refused {
        /// What is wrong and what to do.
        words: String,
    },
    /// It could not be asked.
    NotAsked {
        /// Why.
        words: String,
    },
}

/// Asks the provider whether it takes the app's credential, and keeps what it says.
///
/// # Errors
/// Where there is no credential, it can't be opened, or the database fails.
pub async fn check_credential(
    store: &Store,
    sealer: &Sealer,
    providers: &Providers,
    id: AppId,
) -> Result<CredentialVerdict, Error> {
    let (app, sealed) = {
        let mut conn = store.read().await?;
        (
            apps::get(&mut conn, id).await?,
            apps::sealed(&mut conn, id).await?.ok_or(Error::NoCredential)?,
        )
    };
    let secret = sealer.open(id, sealed.revision, &sealed.sealed)?;
    let secret = String::from_utf8(secret).map_err(|_| Error::Unusable("it is no text".into()))?;
    let platform = match &sealed.summary.0 {
        CredentialSummary::Apns {
            environment: ApnsEnvironment::Sandbox,
            ..
        } => PushPlatform::ApnsSandbox,
        CredentialSummary::Apns { .. } => PushPlatform::Apns,
        CredentialSummary::Fcm { .. } => PushPlatform::Fcm,
    };
    let verdict = match connect(providers, &sealed.summary.0, &secret, platform)? {
        Client::Apns(client) => ask_apple(&client, &app.app, store).await,
        Client::Fcm(client) => ask_google(&client, store).await,
    };
    let state = match &verdict {
        CredentialVerdict::Good { .. } => CredentialState::Good { since: store.now() },
        CredentialVerdict::Refused { words } => CredentialState::Refused {
            since: store.now(),
            reason: words.clone(),
        },
        CredentialVerdict::NotAsked { .. } => return Ok(verdict),
    };
    let mut tx = store.begin().await?;
    apps::set_state(&mut tx, id, sealed.revision, &state).await?;
    tx.commit().await?;
    Ok(verdict)
}

async fn ask_apple(client: &heliograph_apns::Client, bundle: &str, store: &Store) -> CredentialVerdict {
    let parts =
        DeviceToken::new(NO_DEVICE).and_then(|token| Ok((token, Topic::of_app(bundle, PushType::Alert)?)));
    let (token, topic) = match parts {
        Ok(parts) => parts,
        Err(error) => {
            return CredentialVerdict::Refused {
                words: error.to_string(),
            };
        }
    };
    let payload = json!({ "aps": { "alert": "Heliograph checks the key" } }).to_string();
    let notification = Notification::alert(store.ids().next(), token, topic, payload);
    match client.send(heliograph_apns::Lane::Probe, &notification).await {
        Ok(_) => good("Apple took a push made with the key."),
        Err(heliograph_apns::Error::Refused {
            reason: Reason::BadDeviceToken | Reason::DeviceTokenNotForTopic | Reason::Unregistered,
            ..
        }) => good("Apple knows the key: it refused a push for its made-up address, and not for the key."),
        Err(error) => refused_or_not_asked(of_apns(&error, false, store.now()).outcome, &error.to_string()),
    }
}

async fn ask_google(client: &heliograph_fcm::Client, store: &Store) -> CredentialVerdict {
    if let Err(error) = client.sign_in().await {
        return refused_or_not_asked(of_fcm(&error, false, store.now()).outcome, &error.to_string());
    }
    // Long enough to be taken for a token by its form, and nobody's.
    let token = format!("heliograph-check-0000:APA91b{}", "0".repeat(134));
    let body = json!({ "validate_only": true, "message": { "token": token, "data": { "check": "1" } } });
    match client.send_json(body.to_string()).await {
        Ok(_) => good("Google let the account in and checked a message without sending it."),
        Err(heliograph_fcm::Error::Refused(refusal))
            if matches!(
                refusal.code,
                Some(ErrorCode::InvalidArgument | ErrorCode::Unregistered)
            ) =>
        {
            good(
                "Google let the account in: it refused a message for its made-up address, and not for the account.",
            )
        }
        Err(error) => refused_or_not_asked(of_fcm(&error, false, store.now()).outcome, &error.to_string()),
    }
}

fn good(words: &str) -> CredentialVerdict {
    CredentialVerdict::Good {
        words: words.to_owned(),
    }
}

fn refused_or_not_asked(outcome: Outcome, error: &str) -> CredentialVerdict {
    let words = format!("{} {} (The answer: {error}.)", outcome.words(), outcome.advice());
    match outcome.class() {
        Class::Configuration => CredentialVerdict::Refused { words },
        _ => CredentialVerdict::NotAsked { words },
    }
}
