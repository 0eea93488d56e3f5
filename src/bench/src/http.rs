//! Requests, over connections that are kept.

use anyhow::Result;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A client.
#[derive(Clone)]
pub(crate) struct Http(Client<HttpConnector, Full<Bytes>>);

impl Http {
    /// A client without a connection yet.
    pub(crate) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(Client::builder(TokioExecutor::new()).build(connector))
    }

    /// The status and the body at an address.
    pub(crate) async fn get(&self, url: &str) -> Result<(u16, Bytes)> {
        self.ask(Request::get(url).body(Full::default())?).await
    }

    /// The status and the body of the answer to a JSON document.
    pub(crate) async fn post(&self, url: &str, body: &Value) -> Result<(u16, Bytes)> {
        let request = Request::post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        self.ask(request).await
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<(u16, Bytes)> {
        let answer = self.0.request(request).await?;
        let status = answer.status().as_u16();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}

/// The body of an `interact` request with one event, as the SDK writes it.
pub(crate) fn interact(ecid: &str, event_type: &str, at: &str) -> Value {
    serde_json::json!({
        "xdm": { "identityMap": { "ECID": [{ "id": ecid, "authenticatedState": "ambiguous", "primary": false }] } },
        "events": [{ "xdm": {
            "_id": uuid::Uuid::new_v4().to_string(),
            "timestamp": at,
            "eventType": event_type,
            "productListItems": [{ "SKU": "B-1", "name": "Ridge boots", "quantity": 1, "priceTotal": 129.0 }],
        } }],
    })
}
