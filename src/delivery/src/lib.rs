//! The push delivery service.
//!
//! A [`Service`] claims deliveries from the store, personalises each on the spot, sends it through the client of its app's
//! credential, and writes how it ended: batches of what has ended, never waiting for the slowest. Any number of services, in
//! any number of processes, share one database by leases on rows.
//!
//! Credentials are kept sealed ([`Sealer`]); [`Upload`] checks and seals one, [`check_credential`] asks the provider.

mod accounts;
mod answer;
mod apple;
mod asked;
mod attempt;
mod check;
mod claiming;
mod clients;
mod error;
mod explain;
mod forecast;
mod guard;
mod interrupted;
mod loading;
mod pace;
mod proof;
mod refused;
mod resting;
mod rules;
mod seal;
mod service;
mod settling;
mod timing;
mod upload;

pub use accounts::Accounts;
pub use apple::apple_headers;
pub use check::{CredentialVerdict, check_credential};
pub use clients::Providers;
pub use error::Error;
pub use explain::explain;
pub use forecast::{Forecast, Later, Never, Paced, People, Question, forecast};
pub use proof::{ProofRequest, send_proof};
pub use seal::{SealError, Sealer};
pub use service::{Options, Service};
pub use upload::{Upload, UploadFault};
