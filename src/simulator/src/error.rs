//! What can go wrong when the simulator starts or a phone is used.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::phones::{NotificationId, Token};
use crate::registry::AppId;

/// The reason why the simulator could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An address is taken or not ours.
    #[error(
        "could not listen on {address} for {service}: {source}. Choose another port, or 0 for any free one"
    )]
    Listen {
        /// Which of the simulator's services wanted the address.
        service: &'static str,
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file of the data directory cannot be read or written.
    #[error("could not use {}: {source}. Check that the data directory is writable", path.display())]
    DataFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The certificate authority or the server certificate could not be made.
    #[error(
        "could not make the simulator's certificate: {0}. If the data directory holds a damaged ca.key, remove it"
    )]
    Certificate(#[from] rcgen::Error),
    /// The TLS set-up was refused.
    #[error("could not set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// A key to register cannot be read.
    #[error("{what} cannot be read: {problem}")]
    Key {
        /// Which key.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Two registered things claim the same name.
    #[error("{0}")]
    Registry(String),
    /// What was sent along is not the JSON that is asked for.
    #[error("{0}; README.md shows what each request takes")]
    BadRequest(String),
    /// No phone has this token.
    #[error("no phone has the token {0}; GET /devices lists those there are")]
    UnknownPhone(Token),
    /// The token is not in the form that the provider gives out.
    #[error("the token is not in the form of the platform: {0}")]
    BadToken(String),
    /// Another phone has the token already.
    #[error("another phone already has the token {0}")]
    TokenTaken(Token),
    /// No registered app has this id on this platform.
    #[error("no registered app is called {0} on this platform; GET /apps lists those there are")]
    UnknownApp(AppId),
    /// The phone shows no such notification.
    #[error("the phone does not show the notification {0}")]
    UnknownNotification(NotificationId),
    /// The phone shows nothing that could be tapped or dismissed.
    #[error("the phone shows no notification")]
    NothingShown,
    /// The notification has fewer buttons.
    #[error("the notification has {buttons} button(s); button {asked} does not exist (the first is 0)")]
    NoSuchButton {
        /// How many there are.
        buttons: usize,
        /// Which one was asked for.
        asked: usize,
    },
    /// The app is not on the phone, so nothing can be done with it.
    #[error("the app was removed from the phone {0}; reinstall it first")]
    AppRemoved(Token),
    /// Nobody told the phone's app where its collection server is.
    #[error("no collection server is set for the app {0}, so its phones cannot report")]
    NoEdge(AppId),
    /// The collection server did not take a report.
    #[error("the report did not arrive: {0}")]
    NotReported(String),
}
