//! Firebase projects.

use std::collections::BTreeSet;

use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;

use super::AppId;
use crate::error::Error;

/// A Firebase project: who may send in its name, and its Android apps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FcmProject {
    /// The project id in the send address.
    pub project_id: String,
    /// The service account that may send.
    pub client_email: String,
    /// The Android apps of the project; any, where none is listed.
    pub packages: BTreeSet<AppId>,
    /// The public key as PKCS#1 DER; none if the account was trusted on first use.
    pub(crate) public_key: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct ServiceAccountFile {
    project_id: String,
    client_email: String,
    private_key: String,
}

impl FcmProject {
    /// Reads project, account and public key from the service account file that the sender uses.
    ///
    /// The private half is not kept.
    pub fn from_service_account(
        json: &str,
        packages: impl IntoIterator<Item = AppId>,
    ) -> Result<Self, Error> {
        let unreadable = |problem: String| Error::Key {
            what: "the service account file",
            problem,
        };
        let file: ServiceAccountFile =
            serde_json::from_str(json).map_err(|error| unreadable(error.to_string()))?;
        Ok(Self {
            project_id: file.project_id,
            client_email: file.client_email,
            packages: packages.into_iter().collect(),
            public_key: Some(public_half(&file.private_key).map_err(unreadable)?),
        })
    }

    /// Whether the RS256 signature over the message was made with this account's key.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.public_key {
            Some(key) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
                .verify(message, signature)
                .is_ok(),
            None => signature.len() >= 256,
        }
    }
}

fn public_half(private_key_pem: &str) -> Result<Vec<u8>, String> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(private_key_pem.as_bytes())
        .map_err(|error| format!("private_key: {error}"))?;
    let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())
        .map_err(|error| format!("private_key is not an RSA key in PKCS#8: {error}"))?;
    Ok(pair.public_key().as_ref().to_vec())
}
