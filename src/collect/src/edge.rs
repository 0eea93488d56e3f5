//! `/ee/…`: the Edge Network protocol.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Query, State},
    response::Response,
    routing::{any, get},
};
use heliograph_model::{
    collection::{Datastream, DatastreamStatus, Verdict},
    ids::DatastreamId,
};
use heliograph_store::events::Refusal;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;

use crate::{
    Error, Service,
    answer::{Answer, Framing},
    limit, sdk,
    submission::{self, Context, Item, Read, Submission},
    writer::Outcome,
};

/// How long an app has for sending its body.
const BODY_TIME: Duration = Duration::from_secs(10);

/// How long we have for answering. The SDK gives up after 5 seconds and sends the event again; being told to come back
/// is kinder.
const ANSWER_TIME: Duration = Duration::from_secs(4);

/// Longest `requestId` that is echoed, in bytes.
const REQUEST_ID_MAX: usize = 200;

/// Requests for datastreams that do not exist which are noted, in a second, so that a developer can see them.
const STRANGERS: u32 = 5;

/// The routes of the collection API: `/ee/…`, `/ee-pre-prd/…` and `/sdk/…`. Whom a request comes from is read from its
/// [`ConnectInfo<SocketAddr>`]; without one, clients are not told apart.
pub fn routes(service: Service) -> Router {
    Router::new()
        .route("/ee", any(edge))
        .route("/ee/", any(edge))
        .route("/ee/{*path}", any(edge))
        .route("/ee-pre-prd/{*path}", any(edge))
        .route("/sdk/{environment}/config.json", get(sdk::configuration))
        .route("/sdk/{environment}/rules.zip", get(sdk::rules))
        .with_state(service)
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Interact,
    SetConsent,
}

impl Operation {
    /// From a path such as `/ee/v1/interact` or `/ee/or2/v1/privacy/set-consent`; the segment before `v1`, a location
    /// hint, is of no account.
    fn of(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').skip(2).collect();
        match segments.as_slice() {
            ["v1", "interact"] | [_, "v1", "interact"] => Some(Self::Interact),
            ["v1", "privacy", "set-consent"] | [_, "v1", "privacy", "set-consent"] => Some(Self::SetConsent),
            _ => None,
        }
    }
}

fn parameters(uri: &Uri) -> HashMap<String, String> {
    Query::try_from_uri(uri).map_or_else(|_| HashMap::new(), |Query(parameters)| parameters)
}

async fn edge(State(service): State<Service>, request: Request<Body>) -> Response {
    let parameters = parameters(request.uri());
    let id = match parameters.get("requestId") {
        Some(id) if !id.is_empty() && id.len() <= REQUEST_ID_MAX => id.clone(),
        _ => service.store.ids().next().to_string(),
    };
    let outcome = match Operation::of(request.uri().path()) {
        None => Err(Error::NotFound),
        Some(_) if request.method() != Method::POST => Err(Error::Method("POST")),
        Some(operation) => take(&service, operation, &parameters, request).await,
    };
    match outcome {
        Ok((answer, framing)) => answer.into_response(&id, framing),
        Err(error) => error.answer(Some(&id)),
    }
}

/// Takes a request in; its answer, once everything in it is on disk.
async fn take(
    service: &Service,
    operation: Operation,
    parameters: &HashMap<String, String>,
    request: Request<Body>,
) -> Result<(Answer, Framing), Error> {
    let received_at = service.store.now();
    let datastream = find_datastream(service, parameters).await?;
    if datastream.status == DatastreamStatus::Disabled {
        return Err(Error::DatastreamDisabled);
    }
    let client = client_of(&request);
    let body = read_body(request, datastream.body_limit).await?;
    let new_id = || service.store.ids().next();
    let context = Context {
        datastream: datastream.id,
        received_at,
        bytes: body.len(),
        new_id: &new_id,
    };
    let read = submission::json(&body).and_then(|body| {
        let framing = Framing::of(&body);
        let read = match operation {
            Operation::Interact => submission::interact(body, context)?,
            Operation::SetConsent => submission::set_consent(&body, context),
        };
        Ok((read, framing))
    });
    let events = read.as_ref().map_or(1, |(read, _)| read.events);
    if let Some(client) = client {
        let rate = service.options.client_events_per_second;
        service
            .clients
            .take(client, rate, events, received_at)
            .map_err(|retry_after| Error::ClientRateLimited { retry_after })?;
    }
    service
        .limits
        .take(datastream.id, datastream.events_per_second, events, received_at)
        .map_err(|retry_after| Error::RateLimited { retry_after })?;
    match read {
        Ok((read, framing)) => Ok((write(service, read, body.len()).await?, framing)),
        Err(error) => {
            note(service, Some(datastream.id), body.len(), &error);
            Err(error)
        }
    }
}

/// Whom the request comes from; none where that is this machine itself, or nobody has said.
fn client_of(request: &Request<Body>) -> Option<IpAddr> {
    let ConnectInfo(address) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    limit::client(address.ip())
}

/// The datastream that the request names.
async fn find_datastream(
    service: &Service,
    parameters: &HashMap<String, String>,
) -> Result<Datastream, Error> {
    let id: Option<DatastreamId> = parameters.get("configId").and_then(|id| id.trim().parse().ok());
    let found = match id {
        Some(id) => service.datastreams.get(&service.store, id).await?,
        None => None,
    };
    found.ok_or_else(|| {
        let stranger = DatastreamId(uuid::Uuid::nil());
        if service
            .limits
            .take(stranger, STRANGERS, 1, service.store.now())
            .is_ok()
        {
            note(service, None, 0, &Error::UnknownDatastream);
        }
        Error::UnknownDatastream
    })
}

/// Notes a request that is refused as a whole, for the developer to see. The answer does not wait for it.
fn note(service: &Service, datastream: Option<DatastreamId>, bytes: usize, error: &Error) {
    let received_at = service.store.now();
    let refusal = Refusal {
        datastream,
        at: received_at,
        verdict: Verdict::Refused,
        event_type: String::new(),
        reason: error.to_string(),
        bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
    };
    let submission = Submission {
        datastream,
        received_at,
        device_map: None,
        items: vec![Item::Refusal(refusal)],
    };
    // Under a load that leaves no room for the note, it is left out.
    if let Ok(outcome) = service.enqueue(submission, 0) {
        // Held until it is answered, or the writer would take it for given up.
        tokio::spawn(outcome);
    }
}

/// Reads the body, and refuses one that says it is too large before it is read.
async fn read_body(request: Request<Body>, limit: u32) -> Result<Vec<u8>, Error> {
    let too_large = || Error::TooLarge { limit };
    let said = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|length| length > u64::from(limit)) {
        return Err(too_large());
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let body = Limited::new(request.into_body(), limit).collect();
    match tokio::time::timeout(BODY_TIME, body).await {
        Err(_) => Err(Error::TooSlow),
        Ok(Ok(body)) => Ok(body.to_bytes().to_vec()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        // The connection broke, so nobody reads this.
        Ok(Err(_)) => Err(Error::TooSlow),
    }
}

/// Has the request written; its answer.
async fn write(service: &Service, read: Read, bytes: usize) -> Result<Answer, Error> {
    let mut answer = Answer {
        errors: read.errors,
        warnings: read.warnings,
        ..Answer::default()
    };
    if read.submission.items.is_empty() {
        return Ok(answer);
    }
    let outcome = service.enqueue(read.submission, bytes)?;
    let outcome = tokio::time::timeout(ANSWER_TIME, outcome)
        .await
        .map_err(|_| Error::Unavailable)?
        // The writer has been stopped.
        .map_err(|_| Error::Overloaded)?;
    let Outcome::Written {
        errors,
        warnings,
        consents,
    } = outcome
    else {
        return Err(Error::Unavailable);
    };
    answer.errors.extend(errors);
    answer.warnings.extend(warnings);
    if let Some(consents) = consents {
        answer.handle.push(json!({
            "type": "consent:preferences",
            "eventIndex": 0,
            "payload": [consents],
        }));
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_hint_is_any_one_segment() {
        for (path, expected) in [
            ("/ee/v1/interact", Some(Operation::Interact)),
            ("/ee/or2/v1/interact", Some(Operation::Interact)),
            ("/ee-pre-prd/v1/interact", Some(Operation::Interact)),
            (
                "/ee-pre-prd/v1/v1/privacy/set-consent",
                Some(Operation::SetConsent),
            ),
            ("/ee/v1/privacy/set-consent", Some(Operation::SetConsent)),
            ("/ee/a/b/v1/interact", None),
            ("/ee/va/v1/sessionstart", None),
            ("/ee/v1/interact/", None),
            ("/ee/interact", None),
            ("/ee", None),
        ] {
            assert_eq!(Operation::of(path), expected, "{path}");
        }
    }
}
