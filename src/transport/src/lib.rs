//! HTTP/2 connections to a push provider.
//!
//! A [`Channel`] leads to one provider for one credential. It keeps a few connections open, gives every request
//! one stream of one of them, and waits when the provider allows no more (back-pressure instead of a queue).
//! It follows what Apple and Google ask of their callers:
//!
//! - one stream on a new connection until its first authenticated answer, then as many as the *current* SETTINGS
//!   of the provider allow;
//! - names are looked up anew for each connection, connections stay open, and an idle one is pinged each hour;
//! - what the provider surely did not process (`REFUSED_STREAM`, a stream above the last one named in `GOAWAY`,
//!   a connection that could not be made) is sent again elsewhere at once;
//! - an answer that was lost after the request had been written is told apart, as [`Error::AnswerLost`]: neither
//!   provider can say whether it acted on it.
//!
//! Requests whose answers may slow a connection down travel in a [`Lane`] of their own.
//!
//! ```no_run
//! use heliograph_transport::{Channel, Config, Endpoint, Lane, Request};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let channel = Channel::new(Config::new(Endpoint::parse("https://api.push.apple.com")?))?;
//! let request = Request::post("/3/device/00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0")?
//!     .body(r#"{"aps":{"alert":"The gates open at eight"}}"#);
//! let response = channel.send(Lane::Main, &request).await?;
//! assert_eq!(response.status, 200);
//! # Ok(())
//! # }
//! ```

mod channel;
mod clock;
mod config;
mod connect;
mod connection;
mod endpoint;
mod error;
mod exchange;
mod greeting;
mod message;
mod pool;
mod retry_after;
mod roots;
#[cfg(feature = "testing")]
pub mod testing;

pub use channel::{Channel, ConnectionStats, Stats};
pub use clock::Clock;
pub use config::Config;
pub use endpoint::{Endpoint, EndpointError, Scheme};
pub use error::{Error, LossCause};
pub use message::{ConnectionRef, Lane, Request, RequestError, Response};
pub use retry_after::retry_after;
pub use roots::{ExtraRoots, RootsError};

/// The HTTP types that appear in this crate's interface.
pub use http;
