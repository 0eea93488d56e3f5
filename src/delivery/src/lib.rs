//! The push delivery service: from a queued delivery to the provider's recorded answer.
//!
//! [`Service`] claims deliveries, makes their payload, sends it, and settles what became of it. [`Sealer`] keeps the
//! providers' credentials sealed; [`check_credential`] asks a provider whether it takes one.

mod check;
mod clients;
mod error;
mod prepare;
mod seal;
mod send;
mod service;
mod verdict;

pub use check::{CredentialVerdict, check_credential};
pub use clients::Providers;
pub use error::Error;
pub use seal::{SealError, Sealer};
pub use service::Service;
