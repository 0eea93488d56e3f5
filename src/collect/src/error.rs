//! Why a request is not taken, and how the SDK is told.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// Why a request is not taken.
///
/// The SDK keeps an event and tries again on 408, 429 and 503 (with `Retry-After` in whole seconds); after any other
/// refusal the event is gone. So what may pass by itself is one of the first, and what never will is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No datastream has this identifier.
    #[error("Invalid datastream ID")]
    UnknownDatastream,
    /// The datastream is switched off.
    #[error("The datastream is switched off; try again later")]
    DatastreamDisabled,
    /// The body is larger than the datastream takes.
    #[error("The body is larger than the {limit} bytes that this datastream takes")]
    TooLarge {
        /// In bytes.
        limit: u32,
    },
    /// The body did not come in time.
    #[error("The body did not arrive in time")]
    TooSlow,
    /// More events than the datastream takes in a second.
    #[error("More events than this datastream takes; try again later")]
    RateLimited {
        /// When it will take some again, in seconds.
        retry_after: u64,
    },
    /// More events than are taken from one client in a second.
    #[error("More events than are taken from one address; try again later")]
    ClientRateLimited {
        /// When some will be taken again, in seconds.
        retry_after: u64,
    },
    /// More than can be written is waiting.
    #[error("The server is busy; try again later")]
    Overloaded,
    /// The database can't be reached.
    #[error("The server can't keep events now; try again later")]
    Unavailable,
    /// The body is not a JSON object.
    #[error("The body is not a JSON object: {0}")]
    NotJson(String),
    /// There is nothing in it to keep.
    #[error("{0}")]
    Invalid(String),
    /// There is no such address.
    #[error("There is no such address")]
    NotFound,
    /// The address takes another method.
    #[error("Use {0} here")]
    Method(&'static str),
    /// Something that should not happen did; the log has more.
    #[error("The server could not answer")]
    Internal,
}

impl Error {
    /// The answer's status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::UnknownDatastream | Self::NotJson(_) => StatusCode::BAD_REQUEST,
            Self::DatastreamDisabled | Self::Overloaded | Self::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::RateLimited { .. } | Self::ClientRateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The kind of problem, as a URI. The Edge Network's own where it is known
    /// (<https://experienceleague.adobe.com/en/docs/experience-platform/edge/troubleshooting>).
    const fn kind(&self) -> &'static str {
        match self {
            Self::UnknownDatastream => "https://ns.adobe.com/aep/errors/EXEG-0003-400",
            Self::DatastreamDisabled => "urn:heliograph:collect:datastream-disabled",
            Self::TooLarge { .. } => "urn:heliograph:collect:too-large",
            Self::TooSlow => "urn:heliograph:collect:too-slow",
            Self::RateLimited { .. } => "urn:heliograph:collect:rate-limited",
            Self::ClientRateLimited { .. } => "urn:heliograph:collect:client-rate-limited",
            Self::Overloaded | Self::Unavailable => "urn:heliograph:collect:unavailable",
            Self::NotJson(_) => "urn:heliograph:collect:not-json",
            Self::Invalid(_) => "urn:heliograph:collect:invalid",
            Self::NotFound => "urn:heliograph:collect:not-found",
            Self::Method(_) => "urn:heliograph:collect:method",
            Self::Internal => "urn:heliograph:collect:internal",
        }
    }

    const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after } | Self::ClientRateLimited { retry_after } => Some(*retry_after),
            Self::DatastreamDisabled => Some(30),
            Self::Unavailable => Some(5),
            Self::Overloaded | Self::TooSlow => Some(1),
            _ => None,
        }
    }

    /// The answer: one plain JSON object (RFC 9457), never a record of a stream.
    pub(crate) fn answer(&self, request: Option<&str>) -> Response {
        let mut body = json!({
            "type": self.kind(),
            "status": self.status().as_u16(),
            "title": self.to_string(),
        });
        if let (Some(request), Some(object)) = (request, body.as_object_mut()) {
            object.insert("report".to_owned(), json!({ "requestId": request }));
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Self::Method(allowed) = self {
            headers.insert(header::ALLOW, HeaderValue::from_static(allowed));
        }
        response
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.answer(None)
    }
}

impl From<heliograph_store::Error> for Error {
    fn from(error: heliograph_store::Error) -> Self {
        tracing::warn!(%error, "the database failed a request of the collection API");
        Self::Unavailable
    }
}
