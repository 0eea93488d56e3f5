//! The clients of the providers: one for each credential, kept while it is in use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use heliograph_apns::{Environment, KeyId, SigningKey, TeamId};
use heliograph_fcm::ServiceAccount;
use heliograph_model::app_config::CredentialSummary;
use heliograph_model::ids::AppId;
use heliograph_model::profile::PushPlatform;
use heliograph_store::{Database, apps};

use crate::{Error, Sealer};

/// Where the providers are reached.
#[derive(Debug, Clone, Default)]
pub struct Providers {
    /// Apple's production service, where it is not Apple's own: `https://HOST:PORT`.
    pub apns: Option<String>,
    /// Apple's sandbox, likewise.
    pub apns_sandbox: Option<String>,
    /// Google's service, likewise. The address for signing in is in each service account's file.
    pub fcm: Option<String>,
    /// A certificate authority to trust beside the usual ones, as PEM.
    pub ca_pem: Option<String>,
}

/// A client that sends for one app.
#[derive(Clone)]
pub(crate) enum Client {
    Apns(heliograph_apns::Client),
    Fcm(heliograph_fcm::Client),
}

/// What a client is for: an app, the revision of its credential, and its push service.
type Key = (AppId, i64, PushPlatform);

/// The clients in use.
pub(crate) struct Clients {
    sealer: Arc<Sealer>,
    providers: Providers,
    kept: Mutex<HashMap<Key, Client>>,
}

impl Clients {
    pub(crate) fn new(sealer: Arc<Sealer>, providers: Providers) -> Self {
        Self {
            sealer,
            providers,
            kept: Mutex::default(),
        }
    }

    /// The client for an app's devices of one push service.
    pub(crate) async fn get(
        &self,
        db: &mut impl Database,
        app: AppId,
        revision: i64,
        platform: PushPlatform,
    ) -> Result<Client, Error> {
        let key = (app, revision, platform);
        if let Some(client) = self.kept().get(&key) {
            return Ok(client.clone());
        }
        let sealed = apps::sealed(db, app).await?.ok_or(Error::NoCredential)?;
        let secret = self.sealer.open(app, sealed.revision, &sealed.sealed)?;
        let secret = String::from_utf8(secret).map_err(|_| Error::Unusable("it is no text".into()))?;
        let client = connect(&self.providers, &sealed.summary.0, &secret, platform)?;
        let mut kept = self.kept();
        // Clients of credentials that were replaced are of no use any more.
        kept.retain(|(other, revision, _), _| *other != app || *revision == sealed.revision);
        kept.insert((app, sealed.revision, platform), client.clone());
        Ok(client)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Client>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a client from a credential.
pub(crate) fn connect(
    providers: &Providers,
    summary: &CredentialSummary,
    secret: &str,
    platform: PushPlatform,
) -> Result<Client, Error> {
    let unusable = |error: &dyn std::fmt::Display| Error::Unusable(error.to_string());
    let endpoint = |error: &dyn std::fmt::Display| Error::Endpoint(error.to_string());
    match summary {
        CredentialSummary::Apns { key_id, team_id, .. } => {
            let (environment, address) = match platform {
                PushPlatform::ApnsSandbox => (Environment::Sandbox, &providers.apns_sandbox),
                PushPlatform::Apns | PushPlatform::Fcm => (Environment::Production, &providers.apns),
            };
            let key = SigningKey::from_pem(secret).map_err(|error| unusable(&error))?;
            let key_id = KeyId::new(key_id).map_err(|error| unusable(&error))?;
            let team_id = TeamId::new(team_id).map_err(|error| unusable(&error))?;
            let mut config = heliograph_apns::Config::new(environment, key, key_id, team_id);
            if let Some(address) = address {
                config.transport.endpoint =
                    heliograph_apns::Endpoint::parse(address).map_err(|error| endpoint(&error))?;
            }
            if let Some(pem) = &providers.ca_pem {
                config.transport.roots =
                    heliograph_apns::ExtraRoots::from_pem(pem).map_err(|error| endpoint(&error))?;
            }
            Ok(Client::Apns(
                heliograph_apns::Client::new(config).map_err(|error| endpoint(&error))?,
            ))
        }
        CredentialSummary::Fcm { .. } => {
            let account = ServiceAccount::from_json(secret).map_err(|error| unusable(&error))?;
            let mut config = heliograph_fcm::Config::new(account);
            if let Some(address) = &providers.fcm {
                config.transport.endpoint =
                    heliograph_fcm::Endpoint::parse(address).map_err(|error| endpoint(&error))?;
            }
            if let Some(pem) = &providers.ca_pem {
                config.transport.roots =
                    heliograph_fcm::ExtraRoots::from_pem(pem).map_err(|error| endpoint(&error))?;
            }
            Ok(Client::Fcm(
                heliograph_fcm::Client::new(config).map_err(|error| endpoint(&error))?,
            ))
        }
    }
}
