//! One HTTP/1.1 connection, which Google's side takes too.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Call, MAX_BODY, Reply, Service};

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the request could not be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    #[error("a fault closes the connection")]
    Fault,
}

impl From<Infallible> for Ended {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Serves the connection until either side closes it.
///
/// HTTP/1.1 knows no refused stream and no GOAWAY: the connection is closed without an answer instead.
pub(super) async fn serve<S, T>(service: Arc<S>, io: T) -> Result<(), hyper::Error>
where
    S: Service,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (session, _) = service.open();
    let session = Arc::new(session);
    let answer = service_fn(move |request: Request<Incoming>| {
        let (service, session) = (Arc::clone(&service), Arc::clone(&session));
        async move {
            let (head, body) = request.into_parts();
            let body = Limited::new(body, MAX_BODY)
                .collect()
                .await
                .map_err(Ended::Body)?
                .to_bytes();
            match service.answer(&session, Call { head, body }).await {
                Reply::Answer(answer) => {
                    let mut response = Response::new(Full::<Bytes>::new(answer.body));
                    *response.status_mut() = answer.status;
                    *response.headers_mut() = answer.headers;
                    Ok(response)
                }
                Reply::Silence => pending().await,
                Reply::Refuse | Reply::GoAway => Err(Ended::Fault),
            }
        }
    });
    hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(io), answer)
        .await
}
