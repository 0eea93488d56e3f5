//! Keys of Apple developer teams.

use std::collections::BTreeSet;

use ring::signature::UnparsedPublicKey;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};

use super::AppId;
use crate::error::Error;
use crate::phones::Platform;

/// Which of Apple's environments a key was made for.
///
/// Source: Apple, "Communicate with APNs using authentication tokens" (keys are made for sandbox, production or both).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyEnvironment {
    /// Only `api.sandbox.push.apple.com`.
    Sandbox,
    /// Only `api.push.apple.com`.
    Production,
    /// Both hosts.
    #[default]
    Both,
}

impl KeyEnvironment {
    pub(crate) fn opens(self, platform: Platform) -> bool {
        match self {
            Self::Both => true,
            Self::Sandbox => platform == Platform::ApnsSandbox,
            Self::Production => platform == Platform::Apns,
        }
    }
}

/// The public half of a provider authentication key, and what it may push to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApnsKey {
    /// The ten characters that Apple shows beside the key.
    pub key_id: String,
    /// The ten characters of the developer team.
    pub team_id: String,
    /// The apps of the team that the key may push to.
    pub bundle_ids: BTreeSet<AppId>,
    /// The environments that the key opens.
    pub environment: KeyEnvironment,
    /// The uncompressed P-256 point; none if the key was trusted on first use.
    pub(crate) public_key: Option<Vec<u8>>,
}

impl ApnsKey {
    /// Derives the public half from the `.p8` file that the sender uses (PKCS#8 PEM, P-256).
    ///
    /// The private half is not kept.
    pub fn from_p8(
        p8_pem: &str,
        key_id: impl Into<String>,
        team_id: impl Into<String>,
        bundle_ids: impl IntoIterator<Item = AppId>,
        environment: KeyEnvironment,
    ) -> Result<Self, Error> {
        let unreadable = |problem: String| Error::Key {
            what: "the APNs key (.p8)",
            problem,
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(p8_pem.as_bytes())
            .map_err(|error| unreadable(error.to_string()))?;
        let pair = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            der.secret_pkcs8_der(),
            &ring::rand::SystemRandom::new(),
        )
        .map_err(|error| unreadable(format!("not a P-256 key in PKCS#8: {error}")))?;
        Ok(Self {
            key_id: key_id.into(),
            team_id: team_id.into(),
            bundle_ids: bundle_ids.into_iter().collect(),
            environment,
            public_key: Some(pair.public_key().as_ref().to_vec()),
        })
    }

    /// Whether the raw 64-byte signature over the message was made with this key.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.public_key {
            Some(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature)
                .is_ok(),
            None => signature.len() == 64,
        }
    }
}

/// A set of buttons that an iOS app registers under a name (`UNNotificationCategory`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationCategory {
    /// The name that a payload gives in `aps.category`.
    pub identifier: String,
    /// The buttons, in order.
    pub actions: Vec<CategoryAction>,
    /// Whether the app hears of a dismissal (the `customDismissAction` option).
    pub dismissal: Dismissal,
}

/// One button of a category (`UNNotificationAction`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryAction {
    /// What the app and the tracking event call the button.
    pub identifier: String,
    /// What the person reads.
    pub title: String,
    /// Whether the button brings the app to the front.
    pub opens: Opens,
}

/// Whether an iOS app is told that a notification was swiped away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dismissal {
    /// The category has the `customDismissAction` option.
    Reported,
    /// It has not, as by default.
    #[default]
    Unreported,
}

/// Where a button of an iOS category acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// The action has the `foreground` option: the app opens.
    App,
    /// The app acts in the background.
    Nothing,
}
