use crate::SealError;

/// Why delivery could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database failed, or does not have what was asked for.
    #[error(transparent)]
    Store(#[from] heliograph_store::Error),
    /// The app has no credential.
    #[error("the app configuration has no credential; upload one")]
    NoCredential,
    /// The configured address of a provider, or the certificate authority to trust for it, can't be used.
    #[error("the provider's address or certificate authority can't be used: {0}")]
    Provider(String),
    /// A credential can't be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
}
