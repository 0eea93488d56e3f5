//! A server on loopback with a store behind it, and a client that sees each byte.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Extension, extract::ConnectInfo};
use heliograph_collect::{Service, routes};
use heliograph_model::{
    collection::DatastreamStatus,
    ids::{DatastreamId, ProfileId},
    profile::{Device, Identity},
    time::ManualClock,
};
use heliograph_store::{
    Store, datastreams, devices,
    events::{self, Arrival, Filter},
    profiles,
    testing::on_each_engine,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

/// The identifier that every request of the tests has.
pub const REQUEST: &str = "6d0b8a1e-1111-4222-8333-444455556666";

/// What is there for a test.
pub struct Edge {
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub address: SocketAddr,
    pub datastream: DatastreamId,
    writing: CancellationToken,
}

/// Runs a test against a server, on each engine.
pub async fn on_each<F, Fut>(test: F)
where
    F: Fn(Arc<Edge>) -> Fut,
    Fut: Future<Output = ()>,
{
    on_each_engine(|store, clock| async {
        let mut tx = store.begin().await.unwrap();
        let datastream = datastreams::create(&mut tx, &settings()).await.unwrap();
        tx.commit().await.unwrap();
        let (service, writer) = Service::new(store.clone());
        let shutdown = CancellationToken::new();
        let writing = CancellationToken::new();
        let writer = tokio::spawn(writer.run(writing.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = shutdown.clone();
        let server = tokio::spawn(async move {
            axum::serve(listener, routes(service))
                .with_graceful_shutdown(async move { stop.cancelled().await })
                .await
        });
        let edge = Arc::new(Edge {
            store,
            clock,
            address,
            datastream,
            writing: writing.clone(),
        });
        test(edge).await;
        shutdown.cancel();
        server.await.unwrap().unwrap();
        writing.cancel();
        writer.await.unwrap();
    })
    .await;
}

/// The datastream of the tests.
pub fn settings() -> datastreams::Settings {
    datastreams::Settings {
        name: "Shop".to_owned(),
        status: DatastreamStatus::Active,
        events_per_second: 5000,
        body_limit: 1 << 20,
    }
}

/// An answer, byte by byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The one record of a streamed answer.
    pub fn record(&self) -> Value {
        let text = std::str::from_utf8(&self.body).unwrap();
        let record = text.strip_prefix('\0').expect("a record begins with NUL");
        let record = record.strip_suffix('\n').expect("a record ends with LF");
        assert!(!record.contains(['\n', '\0']), "{record}");
        serde_json::from_str(record).unwrap()
    }

    /// The plain object of an answer that is no stream.
    pub fn object(&self) -> Value {
        assert_eq!(self.body.first(), Some(&b'{'));
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Edge {
    /// The same store behind another service, as a client with this address reaches it.
    pub async fn seen_by(&self, service: &Service, client: &str) -> Self {
        let client = SocketAddr::new(client.parse().unwrap(), 4711);
        let routes = routes(service.clone()).layer(Extension(ConnectInfo(client)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            store: self.store.clone(),
            clock: self.clock.clone(),
            address,
            datastream: self.datastream,
            writing: self.writing.clone(),
        }
    }

    /// Tells the writer to stop, and leaves the server running.
    pub fn stop_writing(&self) {
        self.writing.cancel();
    }

    /// Sends bytes and reads the answer to its end.
    pub async fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer))
            .await
            .expect("the server answers")
            .unwrap();
        let end = answer
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("the answer has a head");
        let head = std::str::from_utf8(&answer[..end]).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        Answer {
            status,
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: answer[end + 4..].to_vec(),
        }
    }

    pub async fn request(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: edge\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.raw(&request).await
    }

    /// Posts to a path of the Edge Network protocol, as the SDK does.
    pub async fn post(&self, path: &str, body: &[u8]) -> Answer {
        let path = format!("{path}?configId={}&requestId={REQUEST}", self.datastream);
        let headers = "content-type: application/json\r\naccept: application/json\r\n";
        self.request("POST", &path, headers, body).await
    }

    /// Posts events with the device's identities.
    pub async fn interact(&self, identities: Value, events: Value) -> Answer {
        let body = json!({
            "xdm": {
                "identityMap": identities,
                "implementationDetails": {"environment": "app", "name": ANDROID, "version": "3.0.0+3.0.2"},
            },
            "events": events,
            "meta": {"konductorConfig": {"streaming": {"enabled": true, "recordSeparator": "\0", "lineFeed": "\n"}}},
        });
        self.post("/ee/v1/interact", body.to_string().as_bytes()).await
    }

    /// Posts events that must all be kept.
    pub async fn keep(&self, identities: Value, events: Value) {
        let answer = self.interact(identities, events).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.record(), json!({"requestId": REQUEST, "handle": []}));
    }

    pub async fn arrivals(&self) -> Vec<Arrival> {
        let mut conn = self.store.read().await.unwrap();
        events::recent(&mut conn, &Filter::default(), None, 10_000)
            .await
            .unwrap()
    }

    /// What has arrived, once it is as much as this: for what is written after the answer.
    pub async fn arrivals_of(&self, n: usize) -> Vec<Arrival> {
        let mut changes = self.store.signals().listen(heliograph_store::Topic::Collected);
        loop {
            let arrivals = self.arrivals().await;
            if arrivals.len() >= n {
                return arrivals;
            }
            tokio::time::timeout(Duration::from_secs(20), changes.changed())
                .await
                .expect("more arrives");
        }
    }

    pub async fn profile(&self, namespace: &str, value: &str) -> ProfileId {
        let mut conn = self.store.read().await.unwrap();
        let identity = Identity::new(namespace, value).unwrap();
        profiles::by_identity(&mut conn, &identity)
            .await
            .unwrap()
            .expect("the profile is there")
    }

    pub async fn attributes(&self, namespace: &str, value: &str) -> Value {
        let id = self.profile(namespace, value).await;
        let mut conn = self.store.read().await.unwrap();
        profiles::find(&mut conn, id).await.unwrap().unwrap().attributes
    }

    pub async fn devices(&self, namespace: &str, value: &str) -> Vec<Device> {
        let id = self.profile(namespace, value).await;
        let mut conn = self.store.read().await.unwrap();
        devices::of_profile(&mut conn, id).await.unwrap()
    }
}

const ANDROID: &str = "https://ns.adobe.com/experience/mobilesdk/android";

/// An ECID as the SDK makes it.
pub fn ecid(n: u32) -> String {
    format!("{n:038}")
}

/// The identity map of an install where nobody is signed in.
pub fn install(n: u32) -> Value {
    json!({"ECID": [{"id": ecid(n), "authenticatedState": "ambiguous", "primary": false}]})
}

/// The identity map of an install where someone is signed in.
pub fn signed_in(n: u32, person: &str) -> Value {
    json!({
        "ECID": [{"id": ecid(n), "authenticatedState": "ambiguous", "primary": false}],
        "CRMID": [{"id": person, "authenticatedState": "authenticated", "primary": true}],
    })
}

pub fn event(id: &str, event_type: &str) -> Value {
    json!({"xdm": {"_id": id, "timestamp": "2026-01-15T10:20:30.000Z", "eventType": event_type}})
}

/// A token event as the Messaging extension sends it, some seconds after the start.
pub fn token_event(id: &str, second: u32, n: u32, token: &str, platform: &str) -> Value {
    json!({
        "xdm": {"_id": id, "timestamp": format!("2026-01-15T10:20:{second:02}.000Z")},
        "data": {"pushNotificationDetails": [{
            "appID": "com.example.shop",
            "token": token,
            "platform": platform,
            "denylisted": false,
            "identity": {"namespace": {"code": "ECID"}, "id": ecid(n)},
        }]},
    })
}
