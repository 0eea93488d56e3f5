//! What the shop begins with: people with phones, apps, messages and journeys.

use std::path::Path;

use heliograph_delivery::{Sealer, Upload};
use heliograph_journey::publishing;
use heliograph_model::app_config::{ApnsEnvironment, PayloadStyle};
use heliograph_model::ids::{AppId, JourneyId, MessageId, ProfileId};
use heliograph_model::journey::{Activity, Document, Edge, Graph, Node, NodeId, Port, Reentry, Settings};
use heliograph_model::message::{Content, WhenUnknown};
use heliograph_model::profile::{Identity, PushPlatform};
use heliograph_store::audit::Actor;
use heliograph_store::{Store, apps, devices, journeys, messages, profiles};
use serde_json::json;

use crate::providers::Providers;
use crate::shop::{APP, PEOPLE};

/// The shop's people, each with a phone.
pub(crate) async fn invite(store: &Store, providers: &Providers) -> Vec<ProfileId> {
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(profiles::Upsert {
            identities: vec![Identity::new("CRMID", &format!("person-{n}")).unwrap()],
            attributes: json!({}),
        });
    }
    let mut tx = store.begin().await.unwrap();
    let people = profiles::upsert(&mut tx, &people).await.unwrap();
    let people: Vec<ProfileId> = people.into_iter().flatten().collect();
    let mut claims = Vec::new();
    for (n, profile) in people.iter().enumerate() {
        let (platform, name) = [(PushPlatform::Apns, "apns"), (PushPlatform::Fcm, "fcm")][n % 2];
        claims.push(devices::Claim {
            profile: *profile,
            ecid: None,
            app: APP.to_owned(),
            platform,
            token: providers.phone(name).await,
            wanted: devices::Wanted::Yes,
            at: store.now(),
        });
    }
    devices::sync(&mut tx, &claims).await.unwrap();
    tx.commit().await.unwrap();
    people
}

/// Publishes a journey that sends one message for each of these events.
pub(crate) async fn open_line(
    store: &Store,
    apps: &[AppId],
    event_type: &str,
    when_unknown: WhenUnknown,
) -> JourneyId {
    let content = Content {
        apps: apps.to_vec(),
        title: "Your basket".to_owned(),
        body: "{{context.journey.events.buy._id}}".to_owned(),
        when_unknown,
        ..Content::default()
    };
    let mut tx = store.begin().await.unwrap();
    let message = messages::create(&mut tx, event_type, &content).await.unwrap();
    messages::publish(&mut tx, message, 1, "Marta").await.unwrap();
    let document = document(event_type, message);
    let journey = journeys::create(&mut tx, event_type, &document).await.unwrap();
    tx.commit().await.unwrap();
    publishing::publish(store, journey, 1, &Actor::system())
        .await
        .unwrap();
    journey
}

/// The shop's app on both platforms, with a credential for each.
pub(crate) async fn register_apps(store: &Store, key_file: &Path, providers: &Providers) -> Vec<AppId> {
    let sealer = Sealer::open_or_create(key_file).unwrap();
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let apple = Upload::Apns {
        file: key.serialize_pem().into_bytes().into(),
        key_id: "ABCDE12345".to_owned(),
        team_id: "ABCDE67890".to_owned(),
        environment: ApnsEnvironment::Production,
    };
    let google = Upload::Fcm {
        file: providers.service_account().into(),
    };
    let mut tx = store.begin().await.unwrap();
    let mut apps_made = Vec::new();
    for upload in [apple, google] {
        let new = apps::NewApp {
            name: "Shop",
            platform: upload.platform(),
            app: APP,
            style: PayloadStyle::AdobeMessaging,
        };
        let app = apps::create(&mut tx, &new).await.unwrap();
        upload.keep(&mut tx, &sealer, app).await.unwrap().unwrap();
        apps_made.push(app);
    }
    tx.commit().await.unwrap();
    apps_made
}

/// An event, a message, the end; as often as there are events.
fn document(event_type: &str, message: MessageId) -> Document {
    let node = |id: &str, activity| Node {
        id: NodeId(id.to_owned()),
        label: String::new(),
        x: 0.0,
        y: 0.0,
        activity,
    };
    let edge = |from: &str, port, to: &str| Edge {
        from: NodeId(from.to_owned()),
        port,
        to: NodeId(to.to_owned()),
    };
    let start = Activity::Event {
        event_type: event_type.to_owned(),
        conditions: vec![],
        name: "buy".to_owned(),
    };
    let message = Activity::Message {
        message: Some(message),
    };
    Document {
        graph: Graph {
            nodes: vec![
                node("start", start),
                node("message", message),
                node("end", Activity::End {}),
                node("unsent", Activity::End {}),
            ],
            edges: vec![
                edge("start", Port::Next, "message"),
                edge("message", Port::Next, "end"),
                edge("message", Port::CouldNotSend, "unsent"),
            ],
        },
        settings: Settings {
            reentry: Reentry::Always,
            ..Settings::default()
        },
    }
}
