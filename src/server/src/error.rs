//! Why the server did not start or had to stop.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the server did not start or had to stop.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The browser's files are not where they should be.
    #[error(
        "the console's files are missing: there is no {}. Run `cargo xtask build`, or name their folder with --site-dir",
        looked_for.display()
    )]
    SiteMissing {
        /// The file that tells which build is current.
        looked_for: PathBuf,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}. Free the address or choose another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that an option names can't be read.
    #[error("{} can't be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key that seals credentials can't be used.
    #[error(transparent)]
    Seal(#[from] heliograph_delivery::SealError),
    /// The simulator could not start.
    #[error(transparent)]
    Simulator(#[from] heliograph_simulator::Error),
    /// What was asked for can't be done.
    #[error("{0}")]
    Refused(String),
    /// The sample data could not be made.
    #[error("the sample data could not be made: {0}")]
    Sample(String),
    /// The database can't be used.
    #[error(transparent)]
    Store(#[from] heliograph_store::Error),
    /// A part that works in the background panicked.
    #[error(
        "a part of the server failed, as the lines before this one say; the server stopped, to be started anew"
    )]
    PartFailed,
    /// The runtime or the listener failed.
    #[error("the server stopped: {0}")]
    Io(#[from] std::io::Error),
}
