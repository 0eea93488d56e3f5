//! What the tests share.

use std::{sync::Arc, time::Duration};

use heliograph_journey::{Engine, Work, publishing};
use heliograph_model::{
    audience::{Comparison, EventTest, Rule, Window},
    collection::EventKey,
    ids::{AudienceId, DatastreamId, JourneyId, MessageId, ProfileId},
    journey::{
        Activity, ConditionPath, Document, Edge, Graph, Node, NodeId, Port, Reentry, Settings, WaitUnit,
    },
    message::Content,
    profile::{Identity, PushPlatform},
    report::Figure,
    time::ManualClock,
};
use heliograph_store::{
    Store, apps, audiences,
    audit::Actor,
    deliveries, devices, events, instances, journeys, messages, profiles,
    reports::{self, Range},
};
use serde_json::{Value, json};

/// A shop with one app, one published message and one profile that has a device.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) profile: ProfileId,
    pub(crate) message: MessageId,
}

impl World {
    pub(crate) async fn new(store: Store, clock: Arc<ManualClock>) -> Self {
        let mut tx = store.begin().await.unwrap();
        let new = apps::NewApp {
            name: "Shop",
            platform: heliograph_model::app_config::Platform::Ios,
            app: "com.example.shop",
            style: heliograph_model::app_config::PayloadStyle::AdobeMessaging,
        };
        let app = apps::create(&mut tx, &new).await.unwrap();
        let content = Content {
            apps: vec![app],
            title: "Hello".into(),
            ..Content::default()
        };
        let message = messages::create(&mut tx, "Hello", &content).await.unwrap();
        messages::publish(&mut tx, message, 1, "Marta").await.unwrap();
        tx.commit().await.unwrap();
        let profile = profile(
            &store,
            "anna@example.com",
            json!({ "loyalty": { "tier": "gold" } }),
            true,
        )
        .await;
        Self {
            engine: Engine::new(store.clone()),
            store,
            clock,
            profile,
            message,
        }
    }

    pub(crate) async fn publish(&self, document: Document) -> JourneyId {
        let mut tx = self.store.begin().await.unwrap();
        let id = journeys::create(&mut tx, "Test", &document).await.unwrap();
        tx.commit().await.unwrap();
        publishing::publish(&self.store, id, 1, &Actor::system())
            .await
            .unwrap();
        id
    }

    pub(crate) async fn audience(&self, rule: Rule) -> AudienceId {
        let mut tx = self.store.begin().await.unwrap();
        let audience = audiences::create(&mut tx, &named(rule)).await.unwrap();
        tx.commit().await.unwrap();
        audience.id
    }

    pub(crate) async fn event(&self, profile: ProfileId, key: &str, event_type: &str, xdm: Value) {
        let mut tx = self.store.begin().await.unwrap();
        let now = self.store.now();
        let event = events::NewEvent {
            key: &EventKey::new(key).unwrap(),
            datastream: DatastreamId(uuid::Uuid::nil()),
            profile,
            event_type,
            timestamp: now,
            received_at: now,
            identity: "anna",
            xdm: &xdm,
            data: &Value::Null,
            bytes: 100,
        };
        events::insert(&mut tx, &[event]).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn settle(&self) {
        while self.engine.turn().await.unwrap() == Work::Done {}
    }

    pub(crate) async fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.settle().await;
    }

    /// How often each figure was counted, over all journeys: the sum of its reasons.
    pub(crate) async fn figure(&self, wanted: Figure) -> i64 {
        let mut conn = self.store.read().await.unwrap();
        let totals = reports::totals(&mut conn, heliograph_model::report::Scope::All, Range::EVER)
            .await
            .unwrap();
        totals.n(wanted)
    }

    /// The nodes that the profile's newest stay has been at, and the ports that it took.
    pub(crate) async fn path(&self) -> Vec<(String, Option<String>)> {
        let mut conn = self.store.read().await.unwrap();
        let stay = instances::of_profile(&mut conn, self.profile)
            .await
            .unwrap()
            .remove(0);
        let steps = instances::steps(&mut conn, self.profile, stay.id).await.unwrap();
        steps.into_iter().map(|step| (step.node, step.port)).collect()
    }

    /// What the profile's messages are told, of the newest first.
    pub(crate) async fn contexts(&self) -> Vec<Value> {
        let mut conn = self.store.read().await.unwrap();
        let found = deliveries::of_profile(&mut conn, self.profile, None, 100)
            .await
            .unwrap();
        let mut contexts = Vec::new();
        for delivery in found {
            let story = deliveries::get(&mut conn, delivery.id).await.unwrap().unwrap();
            contexts.push(story.context);
        }
        contexts
    }

    pub(crate) async fn deliveries(&self) -> usize {
        let mut conn = self.store.read().await.unwrap();
        deliveries::of_profile(&mut conn, self.profile, None, 100)
            .await
            .unwrap()
            .len()
    }
}

pub(crate) fn named(rule: Rule) -> audiences::Draft {
    audiences::Draft {
        name: "Somebody".into(),
        description: String::new(),
        rule,
    }
}

pub(crate) async fn profile(store: &Store, email: &str, attributes: Value, with_device: bool) -> ProfileId {
    let mut tx = store.begin().await.unwrap();
    let upsert = profiles::Upsert {
        identities: vec![Identity::new("Email", email).unwrap()],
        attributes,
    };
    let id = profiles::upsert(&mut tx, &[upsert]).await.unwrap()[0].unwrap();
    if with_device {
        let claim = devices::Claim {
            profile: id,
            ecid: None,
            app: "com.example.shop".into(),
            platform: PushPlatform::Apns,
            token: format!("AA{email}"),
            wanted: devices::Wanted::Yes,
            at: store.now(),
        };
        devices::sync(&mut tx, &[claim]).await.unwrap();
    }
    tx.commit().await.unwrap();
    id
}

pub(crate) fn node(id: &str, activity: Activity) -> Node {
    Node {
        id: NodeId(id.into()),
        label: String::new(),
        x: 0.0,
        y: 0.0,
        activity,
    }
}

pub(crate) fn edge(from: &str, port: Port, to: &str) -> Edge {
    Edge {
        from: NodeId(from.into()),
        port,
        to: NodeId(to.into()),
    }
}

pub(crate) fn start() -> Node {
    node(
        "start",
        Activity::Event {
            event_type: "basket".into(),
            conditions: vec![],
            name: "basket".into(),
        },
    )
}

pub(crate) fn bought_lately() -> Rule {
    Rule::All {
        rules: vec![Rule::Event(EventTest {
            event_type: "order".into(),
            conditions: vec![],
            comparison: Comparison::AtLeast,
            count: 1,
            window: Window::Hours { n: 2 },
        })],
    }
}

/// start -> wait an hour -> bought? yes: end; otherwise: message -> end.
pub(crate) fn basket(message: MessageId, reentry: Reentry) -> Document {
    let path = ConditionPath {
        id: "yes".into(),
        name: "Yes".into(),
        rule: bought_lately(),
    };
    Document {
        graph: Graph {
            nodes: vec![
                start(),
                node(
                    "wait",
                    Activity::Wait {
                        amount: 1,
                        unit: WaitUnit::Hours,
                    },
                ),
                node("bought", Activity::Condition { paths: vec![path] }),
                node(
                    "message",
                    Activity::Message {
                        message: Some(message),
                    },
                ),
                node("end", Activity::End {}),
                node("lost", Activity::End {}),
            ],
            edges: vec![
                edge("start", Port::Next, "wait"),
                edge("wait", Port::Next, "bought"),
                edge("bought", Port::Path { id: "yes".into() }, "end"),
                edge("bought", Port::Otherwise, "message"),
                edge("message", Port::Next, "end"),
                edge("message", Port::CouldNotSend, "lost"),
            ],
        },
        settings: Settings {
            reentry,
            ..Settings::default()
        },
    }
}
