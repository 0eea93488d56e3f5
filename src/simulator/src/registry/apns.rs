//! Keys of Apple developer teams.

use std::collections::BTreeSet;

use ring::signature::UnparsedPublicKey;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
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

/// Which apps of its team a key may push to.
///
/// Source: Apple, "Communicate with APNs using authentication tokens" (keys are team-scoped or topic-specific).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    /// All of them; those that were pushed to are listed with the key.
    Team,
    /// Those that are listed with the key.
    #[default]
    Topics,
}

/// How a public P-256 key begins in DER, up to its point (RFC 5480, section 2).
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// Length of an uncompressed point of P-256, in bytes.
const P256_POINT: usize = 65;

/// The public half of a provider authentication key, and what it may push to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApnsKey {
    /// The ten characters that Apple shows beside the key.
    pub key_id: String,
    /// The ten characters of the developer team.
    pub team_id: String,
    /// Whether it may push to every app of the team.
    pub scope: KeyScope,
    /// The apps of the team that the key may push to.
    pub bundle_ids: BTreeSet<AppId>,
    /// The environments that the key opens.
    pub environment: KeyEnvironment,
    /// The uncompressed P-256 point; none if the key was trusted on first use.
    pub(crate) public_key: Option<Vec<u8>>,
}

impl ApnsKey {
    /// Takes the public half of a P-256 key in PEM: from the `.p8` file that the sender uses (PKCS#8), whose private half
    /// is not kept, or from a public key (SubjectPublicKeyInfo). Without bundle ids it is a key for the whole team.
    ///
    /// # Errors
    /// Where the text is neither.
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
        let bundle_ids: BTreeSet<AppId> = bundle_ids.into_iter().collect();
        Ok(Self {
            key_id: key_id.into(),
            team_id: team_id.into(),
            scope: if bundle_ids.is_empty() {
                KeyScope::Team
            } else {
                KeyScope::Topics
            },
            bundle_ids,
            environment,
            public_key: Some(public_point(p8_pem).map_err(unreadable)?),
        })
    }

    /// Whether a connection whose first push was signed with this key takes tokens of the other one too.
    ///
    /// A connection is of one team, and of its team-scoped keys or of one topic-specific key with the one that is related
    /// to it. Which two are related is set in Apple's console; here it is those for the same topics. Source: Apple,
    /// "Establishing a token-based connection to APNs", and `UnrelatedKeyIdInToken` in "Handling notification responses
    /// from APNs".
    pub(crate) fn is_related_to(&self, other: &Self) -> bool {
        let same_topics = self.scope == KeyScope::Team || self.bundle_ids == other.bundle_ids;
        self.key_id == other.key_id
            || self.team_id == other.team_id && self.scope == other.scope && same_topics
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

fn public_point(pem: &str) -> Result<Vec<u8>, String> {
    match SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()) {
        Ok(public) => public
            .strip_prefix(&P256_SPKI)
            .filter(|point| point.len() == P256_POINT)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| "not a public P-256 key".to_owned()),
        Err(pem::Error::NoItemsFound) => {
            let der =
                PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| error.to_string())?;
            EcdsaKeyPair::from_pkcs8(
                &ECDSA_P256_SHA256_FIXED_SIGNING,
                der.secret_pkcs8_der(),
                &ring::rand::SystemRandom::new(),
            )
            .map(|pair| pair.public_key().as_ref().to_vec())
            .map_err(|error| format!("not a P-256 key in PKCS#8: {error}"))
        }
        Err(error) => Err(error.to_string()),
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

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};

    use super::*;

    #[test]
    fn either_half_of_a_key_will_do_and_no_other_kind_of_key() {
        let read = |pem: &str| ApnsKey::from_p8(pem, "KEY", "TEAM", [], KeyEnvironment::Both);
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let (private, public) = (pair.serialize_pem(), pair.public_key_pem());
        assert_eq!(read(&private).unwrap(), read(&public).unwrap());
        let other = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        for wrong in [other.serialize_pem(), other.public_key_pem(), "no key".to_owned()] {
            let error = read(&wrong).unwrap_err().to_string();
            assert!(
                error.starts_with("the APNs key (.p8) cannot be read: "),
                "{error}"
            );
        }
    }
}
