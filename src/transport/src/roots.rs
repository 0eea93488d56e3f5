use std::fmt;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Certificate authorities that are trusted besides the public ones, for a provider of one's own.
#[derive(Clone, Default)]
pub struct ExtraRoots(Vec<CertificateDer<'static>>);

/// Why a text gives no [`ExtraRoots`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RootsError {
    /// Not one certificate in it.
    #[error("there is no certificate in the text; it must hold PEM blocks that begin with BEGIN CERTIFICATE")]
    NoCertificate,
    /// A block that cannot be decoded.
    #[error("certificate {position} is damaged: {cause}")]
    Damaged {
        /// Place in the text, from 1.
        position: usize,
        /// What the decoder says.
        cause: String,
    },
    /// A certificate that cannot serve as an authority.
    #[error("certificate {position} cannot be used as an authority: {cause}")]
    Unusable {
        /// Place in the text, from 1.
        position: usize,
        /// What the verifier says.
        cause: String,
    },
}

impl ExtraRoots {
    /// Only the public authorities.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads one or more certificates in PEM, each checked to be usable.
    pub fn from_pem(pem: &str) -> Result<Self, RootsError> {
        let mut certificates = Vec::new();
        let mut trial = RootCertStore::empty();
        for (index, section) in CertificateDer::pem_slice_iter(pem.as_bytes()).enumerate() {
            let position = index + 1;
            let certificate = section.map_err(|error| RootsError::Damaged {
                position,
                cause: error.to_string(),
            })?;
            trial
                .add(certificate.clone())
                .map_err(|error| RootsError::Unusable {
                    position,
                    cause: error.to_string(),
                })?;
            certificates.push(certificate);
        }
        if certificates.is_empty() {
            return Err(RootsError::NoCertificate);
        }
        Ok(Self(certificates))
    }

    /// The public authorities and these.
    pub(crate) fn store(&self) -> RootCertStore {
        let mut store = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        // Each was accepted by `from_pem`, so none is left out here.
        store.add_parsable_certificates(self.0.iter().cloned());
        store
    }
}

impl fmt::Debug for ExtraRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExtraRoots({} certificates)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_certificate() {
        assert_eq!(
            ExtraRoots::from_pem("hello").unwrap_err(),
            RootsError::NoCertificate
        );
        let damaged = "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            ExtraRoots::from_pem(damaged),
            Err(RootsError::Damaged { position: 1, .. })
        ));
        let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            ExtraRoots::from_pem(empty),
            Err(RootsError::Unusable { position: 1, .. })
        ));
    }
}
