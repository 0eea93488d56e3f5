use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::Endpoint;

/// Why a request got no answer.
///
/// All but [`Error::AnswerLost`] and [`Error::BodyTooLarge`] mean that the provider did not act on the request,
/// so it may be sent again without a second push.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The host's name could not be looked up.
    #[error("the name {:?} could not be looked up: {cause}; check the address and this machine's name service", endpoint.host())]
    NameNotFound {
        /// Where the request was to go.
        endpoint: Endpoint,
        /// What the system says.
        cause: Arc<io::Error>,
    },
    /// No TCP connection could be made, or it broke before TLS was done.
    #[error("{endpoint} could not be reached: {cause}; check the address and the firewall")]
    Connect {
        /// Where the request was to go.
        endpoint: Endpoint,
        /// What the system says.
        cause: Arc<io::Error>,
    },
    /// TLS was refused, most often because the certificate is not trusted.
    #[error("no secure connection to {endpoint}: {cause}")]
    Tls {
        /// Where the request was to go.
        endpoint: Endpoint,
        /// What is wrong with the certificate or the handshake.
        cause: Arc<rustls::Error>,
    },
    /// The server does not speak HTTP/2.
    #[error(
        "{endpoint} does not speak HTTP/2; push providers do, so check the address or the proxy before it"
    )]
    NotHttp2 {
        /// Where the request was to go.
        endpoint: Endpoint,
    },
    /// No stream became free in time; nothing was sent.
    #[error("no stream to {endpoint} became free within {waited:?}; the request was not sent")]
    NoStreamInTime {
        /// Where the request was to go.
        endpoint: Endpoint,
        /// How long the request waited.
        waited: Duration,
    },
    /// The caller called the request off before it was put on a stream, or on another one.
    #[error("the request was called off before it was sent")]
    CalledOff,
    /// The provider refused to process the request each time it was sent.
    #[error("{endpoint} refused the request unprocessed {tries} times, lastly with: {cause}")]
    Refused {
        /// Where the request was to go.
        endpoint: Endpoint,
        /// How often the request was sent.
        tries: u32,
        /// What HTTP/2 says.
        cause: String,
    },
    /// The request was written and its answer did not come: the provider may or may not have acted on it.
    #[error("the answer of {endpoint} was lost after the request had been sent: {cause}")]
    AnswerLost {
        /// Where the request went.
        endpoint: Endpoint,
        /// The status, if the answer broke off after its head.
        status: Option<StatusCode>,
        /// What happened to the answer.
        cause: LossCause,
    },
    /// The answer's body is longer than is read.
    #[error("the answer of {endpoint} (status {status}) is longer than {limit} bytes")]
    BodyTooLarge {
        /// Where the request went.
        endpoint: Endpoint,
        /// Status of the answer.
        status: StatusCode,
        /// Longest body that is read, in bytes.
        limit: usize,
    },
}

/// What happened to an answer that did not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LossCause {
    /// The time limit passed.
    #[error("none came within {0:?}")]
    TimedOut(Duration),
    /// The stream or the connection broke.
    #[error("{0}")]
    Broken(String),
}

impl Error {
    /// Whether nobody can say if the provider acted on the request.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::AnswerLost { .. } | Self::BodyTooLarge { .. })
    }

    /// The status of an answer whose head came, though its body did not come whole.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::AnswerLost { status, .. } => *status,
            Self::BodyTooLarge { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether another try at the same endpoint cannot help until somebody changes a setting.
    pub fn is_lasting(&self) -> bool {
        matches!(self, Self::Tls { .. } | Self::NotHttp2 { .. })
    }
}
