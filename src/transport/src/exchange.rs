use std::future::poll_fn;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::client::ResponseFuture;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::time::{Instant, timeout_at};

use crate::connection::Connection;
use crate::{Config, Error, LossCause, Request};

/// What the provider answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why one try brought no answer.
pub(crate) enum Failure {
    /// The provider surely did not process the request.
    Unprocessed {
        cause: String,
        /// Whether the connection is done for.
        leave: bool,
    },
    /// Sending it again is not for the transport to decide.
    Final {
        error: Error,
        /// Whether a time limit passed, so that the connection may be dead.
        overdue: bool,
    },
}

/// Sends the request on one stream of the connection and reads the whole answer.
pub(crate) async fn exchange(
    connection: &Connection,
    request: &Request,
    config: &Config,
) -> Result<Answer, Failure> {
    let limit = config.answer_timeout;
    let deadline = Instant::now() + limit;
    let mut sender = connection.sender();
    // An error here comes before the stream exists: the connection is closed or closing.
    let (response, mut upload) = sender
        .send_request(head(request, config), request.body.is_empty())
        .map_err(|error| Failure::Unprocessed {
            cause: error.to_string(),
            leave: true,
        })?;
    if !request.body.is_empty() && upload.send_data(request.body.clone(), true).is_err() {
        // The stream was closed meanwhile, and its answer says why.
        tracing::trace!("a stream closed before its body was sent");
    }
    // h2 holds the stream back if the limit fell since the slot was given.
    if timeout_at(deadline, poll_fn(|cx| sender.poll_ready(cx)))
        .await
        .is_err()
    {
        let error = Error::NoStreamInTime {
            endpoint: config.endpoint.clone(),
            waited: limit,
        };
        return Err(Failure::Final { error, overdue: true });
    }
    let mut status = None;
    match timeout_at(deadline, read(response, &mut status, config)).await {
        Ok(Ok(answer)) => {
            connection.note_answer();
            Ok(answer)
        }
        Ok(Err(ReadError::Http2(error))) => Err(sort(error, status, connection, config)),
        Ok(Err(ReadError::TooLarge(status))) => {
            let error = Error::BodyTooLarge {
                endpoint: config.endpoint.clone(),
                status,
                limit: config.max_body,
            };
            Err(Failure::Final {
                error,
                overdue: false,
            })
        }
        Err(_) => Err(overdue(limit, status, config)),
    }
}

fn head(request: &Request, config: &Config) -> http::Request<()> {
    let mut head = http::Request::new(());
    *head.method_mut() = request.method.clone();
    let mut uri = http::uri::Parts::default();
    uri.scheme = Some(config.endpoint.scheme().of_uri());
    uri.authority = Some(config.endpoint.authority().clone());
    uri.path_and_query = Some(request.path.clone());
    // Scheme, authority and path are each valid and all present, which is all that is checked.
    *head.uri_mut() = http::Uri::from_parts(uri).unwrap_or_default();
    *head.headers_mut() = request.headers.clone();
    if !request.body.is_empty() {
        head.headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
    }
    head
}

enum ReadError {
    Http2(h2::Error),
    TooLarge(StatusCode),
}

impl From<h2::Error> for ReadError {
    fn from(error: h2::Error) -> Self {
        Self::Http2(error)
    }
}

/// Reads head and body; `status` is set as soon as the head is there.
async fn read(
    response: ResponseFuture,
    status: &mut Option<StatusCode>,
    config: &Config,
) -> Result<Answer, ReadError> {
    let (head, mut stream) = response.await?.into_parts();
    *status = Some(head.status);
    let mut body = BytesMut::new();
    while let Some(chunk) = stream.data().await {
        let chunk = chunk?;
        if body.len() + chunk.len() > config.max_body {
            return Err(ReadError::TooLarge(head.status));
        }
        body.extend_from_slice(&chunk);
        stream.flow_control().release_capacity(chunk.len())?;
    }
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: body.freeze(),
    })
}

/// Tells what surely was not processed from what may have been.
fn sort(error: h2::Error, status: Option<StatusCode>, connection: &Connection, config: &Config) -> Failure {
    let endpoint = config.endpoint.clone();
    if error.is_reset() && error.is_remote() && error.reason() == Some(h2::Reason::REFUSED_STREAM) {
        return Failure::Unprocessed {
            cause: error.to_string(),
            leave: false,
        };
    }
    // h2 gives a stream the peer's GOAWAY only if its number is above the last one that the peer processed.
    if error.is_go_away() && error.is_remote() && status.is_none() {
        return Failure::Unprocessed {
            cause: error.to_string(),
            leave: true,
        };
    }
    // The very first bytes are no HTTP/2. A peer that speaks it and breaks a frame later may have taken the request.
    if error.is_go_away() && error.is_library() && !connection.has_greeted() && status.is_none() {
        return Failure::Final {
            error: Error::NotHttp2 { endpoint },
            overdue: false,
        };
    }
    let cause = LossCause::Broken(error.to_string());
    Failure::Final {
        error: Error::AnswerLost {
            endpoint,
            status,
            cause,
        },
        overdue: false,
    }
}

fn overdue(limit: Duration, status: Option<StatusCode>, config: &Config) -> Failure {
    let endpoint = config.endpoint.clone();
    let cause = LossCause::TimedOut(limit);
    Failure::Final {
        error: Error::AnswerLost {
            endpoint,
            status,
            cause,
        },
        overdue: true,
    }
}
