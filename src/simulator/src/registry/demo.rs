//! Credentials for a demo: they look like the real ones and open nothing but the simulator.

use std::net::SocketAddr;
use std::path::Path;

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::json;

use super::{ApnsKey, AppId, FcmProject, KeyEnvironment, Registry};
use crate::error::Error;
use crate::files;

const KEY_ID: &str = "DEMOKEY001";
const TEAM_ID: &str = "DEMOTEAM01";
/// The RSA key of the demo service account, the same in every installation: it only opens the simulator.
const SERVICE_ACCOUNT_KEY: &str = include_str!("../../keys/demo-service-account.pem");

/// The apps for which the simulator makes demo credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoApps {
    /// The iOS apps.
    pub bundle_ids: Vec<AppId>,
    /// The Android apps.
    pub packages: Vec<AppId>,
    /// The id of the Firebase project.
    pub project_id: String,
}

/// What a person would upload in the console to push to the demo apps.
#[derive(Clone, PartialEq, Eq)]
pub struct DemoCredentials {
    /// The `.p8` file of the APNs key (P-256, PKCS#8 PEM).
    pub apns_p8: String,
    /// Its key id.
    pub apns_key_id: String,
    /// Its team id.
    pub apns_team_id: String,
    /// The service account file, with `token_uri` pointing at the simulator.
    pub service_account_json: String,
}

impl std::fmt::Debug for DemoCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoCredentials")
            .field("apns_key_id", &self.apns_key_id)
            .field("apns_team_id", &self.apns_team_id)
            .finish_non_exhaustive()
    }
}

/// The demo apps with their keys, before the address of the token endpoint is known.
pub(crate) struct Demo {
    apps: DemoApps,
    apns_p8: String,
}

impl Demo {
    /// Takes the APNs key from the data directory, or makes one (and keeps it there).
    pub(crate) fn load(apps: DemoApps, data_dir: Option<&Path>) -> Result<Self, Error> {
        let make = || Ok(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?.serialize_pem());
        let apns_p8 = files::load_or_make(
            data_dir,
            &format!("AuthKey_{KEY_ID}.p8"),
            files::Access::Secret,
            make,
        )?;
        Ok(Self { apps, apns_p8 })
    }

    pub(crate) fn register(&self, registry: &mut Registry) -> Result<(), Error> {
        registry.add_apns_key(ApnsKey::from_p8(
            &self.apns_p8,
            KEY_ID,
            TEAM_ID,
            self.apps.bundle_ids.clone(),
            KeyEnvironment::Both,
        )?);
        let account = self.service_account("");
        registry.add_fcm_project(FcmProject::from_service_account(
            &account,
            self.apps.packages.clone(),
        )?)
    }

    /// The credentials for a simulator whose FCM stand-in listens on this address.
    pub(crate) fn credentials(&self, fcm: SocketAddr) -> DemoCredentials {
        DemoCredentials {
            apns_p8: self.apns_p8.clone(),
            apns_key_id: KEY_ID.into(),
            apns_team_id: TEAM_ID.into(),
            service_account_json: self.service_account(&format!("https://localhost:{}/token", fcm.port())),
        }
    }

    fn service_account(&self, token_uri: &str) -> String {
        let start = SERVICE_ACCOUNT_KEY.find("-----BEGIN").unwrap_or(0);
        let account = json!({
            "type": "service_account",
            "project_id": self.apps.project_id,
            "private_key_id": "0000000000000000000000000000000000000de0",
            "private_key": &SERVICE_ACCOUNT_KEY[start..],
            "client_email": format!("simulator@{}.iam.gserviceaccount.com", self.apps.project_id),
            "client_id": "100000000000000000000",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
        });
        // `{:#}` of a JSON value is its indented text, and cannot fail.
        format!("{account:#}")
    }
}
