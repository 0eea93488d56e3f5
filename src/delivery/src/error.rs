//! What can go wrong with a credential or a provider's address.

use crate::seal::SealError;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] heliograph_store::Error),
    /// The app has no credential.
    #[error("the app configuration has no credential; upload one")]
    NoCredential,
    /// The credential can't be opened.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The credential is not what its summary says.
    #[error("the credential can't be used: {0}; upload it again")]
    Unusable(String),
    /// The configured address of a provider, or the certificate authority to trust for it, can't be used.
    #[error("the provider's address or certificate authority can't be used: {0}")]
    Endpoint(String),
}
