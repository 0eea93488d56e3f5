use std::fmt;
use std::sync::Weak;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::pool::{ConnectionId, Pool};

/// Which connections a request may use.
///
/// Apple cuts a connection down to one stream after a rejected notification until the next accepted one, so
/// requests that are likely to be rejected go over connections of their own. Apple's pages do not say so; it was seen by its
/// users (OpenRadar 27870881; <https://github.com/jchambers/pushy/issues/732>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// For requests that are expected to be accepted.
    Main,
    /// For requests to addresses that were never accepted or not seen for long.
    Probe,
}

/// For how many headers there is room from the start: as many as a push has.
const HEADERS: usize = 10;

/// A request to a provider.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: PathAndQuery,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no [`Request`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot be the path of a request; it must begin with / and hold no spaces")]
pub struct RequestError(String);

impl Request {
    /// A request with any method. `path` begins with `/` and may have a query.
    pub fn new(method: Method, path: &str) -> Result<Self, RequestError> {
        let parsed: PathAndQuery = path.parse().map_err(|_| RequestError(path.to_owned()))?;
        if !path.starts_with('/') {
            return Err(RequestError(path.to_owned()));
        }
        Ok(Self {
            method,
            path: parsed,
            headers: HeaderMap::with_capacity(HEADERS),
            body: Bytes::new(),
        })
    }

    /// A `POST` request.
    pub fn post(path: &str) -> Result<Self, RequestError> {
        Self::new(Method::POST, path)
    }

    /// Sets a header, in place of one with the same name.
    ///
    /// A value marked sensitive stays out of the shared header table and out of every log.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The headers set so far.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Sets the body; its `content-length` is sent along.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

/// Leaves out the path and the body, which hold the recipient's address and the message.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The whole answer of a provider.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status of the answer.
    pub status: StatusCode,
    /// Headers of the answer.
    pub headers: HeaderMap,
    /// Body of the answer, read to its end.
    pub body: Bytes,
    /// The connection that brought the answer.
    pub connection: ConnectionRef,
}

/// Names the connection that brought an answer, to take it out of use if the answer says so.
#[derive(Clone)]
pub struct ConnectionRef {
    pub(crate) id: ConnectionId,
    pub(crate) pool: Weak<Pool>,
}

impl ConnectionRef {
    /// Starts no more requests on the connection; it closes when those under way are done.
    pub fn retire(&self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.retire(self.id);
        }
    }

    /// Starts no more requests on the connection for a while, but keeps it open.
    pub fn park(&self, pause: Duration) {
        if let Some(pool) = self.pool.upgrade() {
            pool.park(self.id, pause);
        }
    }
}

impl fmt::Debug for ConnectionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConnectionRef").field(&self.id).finish()
    }
}
