//! Connections: TLS, HTTP/2 with full control over SETTINGS and GOAWAY, and HTTP/1.1 where a provider takes it.

mod frames;
mod http1;
mod http2;
mod listener;
mod tap;
mod tls;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

pub(crate) use listener::{Protocols, listen};
pub use tap::{Tap, TapHandle, tap};
pub(crate) use tls::Identity;

/// The most of a request body that is read; both providers refuse far smaller ones.
const MAX_BODY: usize = 256 * 1024;

/// A request, read whole.
pub(crate) struct Call {
    pub(crate) head: http::request::Parts,
    pub(crate) body: Bytes,
}

/// What becomes of a stream.
pub(crate) enum Reply {
    /// It is answered.
    Answer(Answer),
    /// It is refused, unprocessed.
    Refuse,
    /// It stays open without an answer until the client gives up.
    Silence,
    /// The connection says GOAWAY and leaves this stream and all later ones unprocessed.
    GoAway,
}

/// An answer to a request.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The number of streams that the connection allows from now on, if it changes.
    pub(crate) streams: Option<u32>,
}

impl Answer {
    pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json; charset=UTF-8"),
        );
        Self {
            status,
            headers,
            body: body.to_string().into(),
            streams: None,
        }
    }
}

/// How a connection behaves, decided when it opens.
pub(crate) struct ConnectionRules {
    /// The streams it allows at first.
    pub(crate) first_streams: u32,
    /// The most streams it will ever allow.
    pub(crate) most_streams: u32,
    /// How long its SETTINGS are held back.
    pub(crate) settings_delay: Duration,
    /// After how many streams it says GOAWAY.
    pub(crate) go_away_after: Option<u32>,
}

/// A provider's stand-in, as the connections see it.
pub(crate) trait Service: Send + Sync + 'static {
    /// What a connection remembers from one request to the next.
    type Session: Send + Sync + 'static;

    /// Called when a connection opens.
    fn open(&self) -> (Self::Session, ConnectionRules);

    /// Called when a stream was refused before it was read, because the connection allows no more of them.
    fn refused_stream(&self);

    /// Answers one request.
    fn answer(&self, session: &Self::Session, call: Call) -> impl Future<Output = Reply> + Send;
}
