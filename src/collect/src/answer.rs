//! What the SDK is told of a request that was taken.

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// How the answer's body is framed, as the request's `meta.konductorConfig.streaming` asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Each record is U+0000, one line of JSON, and a line feed. Android throws the first byte of a record away without
    /// looking at it, so it is there whatever separator the request names.
    Stream,
    /// JSON and nothing else.
    Plain,
}

impl Framing {
    /// What a request's body asks for.
    pub(crate) fn of(body: &Value) -> Self {
        match body.pointer("/meta/konductorConfig/streaming/enabled") {
            Some(Value::Bool(true)) => Self::Stream,
            _ => Self::Plain,
        }
    }
}

/// The answer to a request that was taken, in whole or in part.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answer {
    /// What the SDK is to take in.
    pub(crate) handle: Vec<Value>,
    /// Events that are lost.
    pub(crate) errors: Vec<Value>,
    /// What the developer should know.
    pub(crate) warnings: Vec<Value>,
}

/// One item of `errors` or `warnings`. `status` is an integer: iOS drops the whole answer where it is not.
pub(crate) fn report(kind: &str, title: &str, event: u32) -> Value {
    json!({
        "type": format!("urn:heliograph:collect:{kind}"),
        "status": StatusCode::UNPROCESSABLE_ENTITY.as_u16(),
        "title": title,
        "report": { "eventIndex": event },
    })
}

impl Answer {
    pub(crate) fn into_response(self, request: &str, framing: Framing) -> Response {
        let status = if self.errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::MULTI_STATUS
        };
        let mut record = json!({ "requestId": request, "handle": self.handle });
        if let Some(record) = record.as_object_mut() {
            for (name, list) in [("errors", self.errors), ("warnings", self.warnings)] {
                if !list.is_empty() {
                    record.insert(name.to_owned(), Value::Array(list));
                }
            }
        }
        let body = match framing {
            Framing::Stream => format!("\0{record}\n"),
            Framing::Plain => record.to_string(),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}
