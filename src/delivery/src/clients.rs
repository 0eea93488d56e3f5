//! The clients of the apps' credentials.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use heliograph_apns::{Config as ApnsConfig, Environment};
use heliograph_fcm::Config as FcmConfig;
use heliograph_model::{
    app_config::{ApnsEnvironment, CredentialSummary},
    ids::AppId,
};
use heliograph_store::{
    Store,
    apps::{self, SealedCredential},
};

use crate::{
    Accounts, Sealer,
    upload::{identifiers, service_account, signing_key},
};

/// How often one send may wait, at most: for a turn in Google's quota, then for a stream and for an answer, twice to sign in
/// with Google and twice to send; or three times with Apple.
const WAITS: u32 = 9;
/// Of these, how many one send to Apple takes at most.
const APPLE_WAITS: u32 = 6;

/// Where the providers are reached. The default is Apple's and Google's own services.
#[derive(Debug, Clone, Default)]
pub struct Providers {
    /// In place of Apple's production service: `https://HOST:PORT`.
    pub apns: Option<String>,
    /// In place of Apple's sandbox, likewise.
    pub apns_sandbox: Option<String>,
    /// In place of Google's service, likewise.
    pub fcm: Option<String>,
    /// Where to sign in for it, in place of the `token_uri` in each service account's file: a whole web address.
    pub fcm_sign_in: Option<String>,
    /// Certificate authorities trusted besides the public ones, as PEM.
    pub ca_pem: Option<String>,
    /// What the clients of one account share.
    pub accounts: Accounts,
}

impl Providers {
    /// Puts the configured address and authorities in place of the usual ones, and has the transport wait no longer than
    /// `patience` for a stream, and as long for the answer.
    fn configure(
        &self,
        address: Option<&String>,
        patience: Duration,
        transport: &mut heliograph_apns::TransportConfig,
    ) -> Result<(), NoClient> {
        transport.wait_timeout = transport.wait_timeout.min(patience);
        transport.answer_timeout = transport.answer_timeout.min(patience);
        if let Some(address) = address {
            transport.endpoint = address
                .parse()
                .map_err(|error: heliograph_apns::EndpointError| NoClient::Provider(error.to_string()))?;
        }
        if let Some(pem) = &self.ca_pem {
            transport.roots = heliograph_apns::ExtraRoots::from_pem(pem)
                .map_err(|error| NoClient::Provider(error.to_string()))?;
        }
        Ok(())
    }
}

/// A client for one credential.
#[derive(Debug, Clone)]
pub(crate) enum Client {
    /// Apple's two services with one key.
    Apns {
        production: heliograph_apns::Client,
        sandbox: heliograph_apns::Client,
        /// Which of the two the key is for.
        environment: ApnsEnvironment,
        /// How long a push may have taken in one of them to be tried in the other within the limit of a send.
        half_time: Duration,
    },
    /// Google's service.
    Fcm(heliograph_fcm::Client),
}

/// Why there is no client for a credential.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoClient {
    /// The app has no credential.
    #[error("the app configuration has no credential")]
    Missing,
    /// It can't be opened, or no client can be made of it.
    #[error("{0}")]
    Unreadable(String),
    /// The configured address of the provider, or the authorities to trust for it, can't be used.
    #[error("the provider's address or certificate authority can't be used: {0}")]
    Provider(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] heliograph_store::Error),
}

/// The clients of all apps: made when first needed, and anew when the credential is replaced.
#[derive(Debug)]
pub(crate) struct Clients {
    sealer: Arc<Sealer>,
    providers: Providers,
    /// How long a client waits for a stream, and as long for an answer.
    patience: Duration,
    known: Mutex<HashMap<AppId, (i64, Client)>>,
}

impl Clients {
    /// Clients of the providers, with credentials opened by the sealer. Each send ends within the limit, of itself: from
    /// outside nobody could tell whether it was on the wire.
    pub(crate) fn new(sealer: Arc<Sealer>, providers: Providers, send_limit: Duration) -> Self {
        Self {
            sealer,
            providers,
            patience: send_limit / WAITS,
            known: Mutex::default(),
        }
    }

    /// What the clients of one account share.
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.providers.accounts
    }

    /// The client for the app's credential of this revision, or a newer one; with the revision that it is for.
    pub(crate) async fn of(
        &self,
        store: &Store,
        app: AppId,
        revision: i64,
    ) -> Result<(i64, Client), NoClient> {
        match self.find(app, revision) {
            Some(found) => Ok(found),
            // Boxed, for it is needed once for a credential, and would make each push's task several times as large.
            None => Box::pin(self.make(store, app)).await,
        }
    }

    async fn make(&self, store: &Store, app: AppId) -> Result<(i64, Client), NoClient> {
        let mut conn = store.read().await?;
        let sealed = apps::sealed(&mut conn, app).await?.ok_or(NoClient::Missing)?;
        // Another task may have been quicker; its connections are as good as new ones.
        if let Some(found) = self.find(app, sealed.revision) {
            return Ok(found);
        }
        let client = connect(&self.sealer, &self.providers, self.patience, app, &sealed)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known
            .entry(app)
            .and_modify(|entry| {
                if entry.0 < sealed.revision {
                    *entry = (sealed.revision, client.clone());
                }
            })
            .or_insert((sealed.revision, client));
        Ok(entry.clone())
    }

    fn find(&self, app: AppId, revision: i64) -> Option<(i64, Client)> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&app)
            .filter(|(known, _)| *known >= revision)
            .cloned()
    }
}

/// Opens a credential and makes a client of it.
pub(crate) fn connect(
    sealer: &Sealer,
    providers: &Providers,
    patience: Duration,
    app: AppId,
    sealed: &SealedCredential,
) -> Result<Client, NoClient> {
    let secret = sealer
        .open(app, sealed.revision, &sealed.sealed)
        .map_err(|error| NoClient::Unreadable(error.to_string()))?;
    match &sealed.summary.0 {
        CredentialSummary::Apns {
            key_id,
            team_id,
            environment,
        } => {
            let key = signing_key(&secret).map_err(NoClient::Unreadable)?;
            let (key_id, team_id) = identifiers(key_id, team_id).map_err(NoClient::Unreadable)?;
            let tokens = providers.accounts.tokens(key, key_id, team_id);
            let client = |environment, address: &Option<String>| {
                let mut config = ApnsConfig::new(environment, tokens.clone());
                providers.configure(address.as_ref(), patience, &mut config.transport)?;
                heliograph_apns::Client::new(config).map_err(|error| NoClient::Provider(error.to_string()))
            };
            Ok(Client::Apns {
                production: client(Environment::Production, &providers.apns)?,
                sandbox: client(Environment::Sandbox, &providers.apns_sandbox)?,
                environment: *environment,
                half_time: patience * (WAITS - APPLE_WAITS),
            })
        }
        CredentialSummary::Fcm { project_id, .. } => {
            let mut account = service_account(&secret).map_err(NoClient::Unreadable)?;
            if let Some(address) = &providers.fcm_sign_in {
                account = account
                    .with_token_uri(address)
                    .map_err(|error| NoClient::Provider(error.to_string()))?;
            }
            let mut config = FcmConfig::new(account);
            config.quota = providers.accounts.quota(project_id);
            providers.configure(providers.fcm.as_ref(), patience, &mut config.transport)?;
            heliograph_fcm::Client::new(config)
                .map(Client::Fcm)
                .map_err(|error| NoClient::Provider(error.to_string()))
        }
    }
}
