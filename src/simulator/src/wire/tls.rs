//! The simulator's own certificate authority, and the server certificate it signs.

use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::error::Error;
use crate::files::{self, Access};

const CA_KEY_FILE: &str = "ca.key";
const CA_FILE: &str = "ca.pem";

/// A server certificate for this machine, signed by an authority that a client can be told to trust.
pub(crate) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivatePkcs8KeyDer<'static>,
    ca_pem: String,
}

impl Identity {
    /// Takes the authority from the data directory, or makes one (and keeps it there), and signs a fresh certificate
    /// for `localhost`, `127.0.0.1`, `::1` and the further host names.
    pub(crate) fn load(data_dir: Option<&Path>, host_names: &[String]) -> Result<Self, Error> {
        let make = || Ok(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?.serialize_pem());
        let ca_key = KeyPair::from_pem(&files::load_or_make(data_dir, CA_KEY_FILE, Access::Secret, make)?)?;
        let ca_params = authority();
        let make = || Ok(ca_params.self_signed(&ca_key)?.pem());
        let ca_pem = files::load_or_make(data_dir, CA_FILE, Access::Public, make)?;

        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut params = CertificateParams::new([&names, host_names].concat())?;
        params.distinguished_name = name("Heliograph simulator");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.signed_by(&key, &Issuer::from_params(&ca_params, &ca_key))?;
        Ok(Self {
            chain: vec![certificate.der().clone()],
            key: key.serialize_der().into(),
            ca_pem,
        })
    }

    /// The authority's certificate, for clients to trust.
    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The set-up of a server that offers these protocols by ALPN.
    pub(crate) fn server(&self, alpn: &[&[u8]]) -> Result<Arc<ServerConfig>, Error> {
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_single_cert(self.chain.clone(), PrivateKeyDer::Pkcs8(self.key.clone_key()))?;
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Arc::new(config))
    }
}

/// Always the same but for the key, so that the authority on disk is also the issuer of today's certificate.
fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("Heliograph simulator authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}
