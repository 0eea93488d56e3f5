//! A shop whose events lead to pushes, with the real program and an Apple that counts.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use heliograph_delivery::{Sealer, Upload};
use heliograph_journey::publishing;
use heliograph_model::app_config::{ApnsEnvironment, PayloadStyle, Platform};
use heliograph_model::collection::DatastreamStatus;
use heliograph_model::ids::{AppId, DatastreamId, JourneyId, MessageId, ProfileId};
use heliograph_model::journey::{Activity, Document, Edge, Graph, Node, NodeId, Port, Reentry, Settings};
use heliograph_model::message::Content;
use heliograph_model::profile::{Identity, PushPlatform};
use heliograph_simulator::Counts;
use heliograph_store::audit::Actor;
use heliograph_store::testing::fresh_postgres;
use heliograph_store::{
    Store, apps, datastreams, deliveries, devices, instances, journeys, messages, profiles,
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

const APP: &str = "com.example.shop";
pub(crate) const PEOPLE: usize = 30;
pub(crate) const EVENTS: usize = 300;
/// How many events are on their way at a time.
const SENDERS: usize = 12;
/// Seconds after which others take up what a killed process was sending.
const LEASE: &str = "6";
/// How long each push takes at Apple, so that some are always on their way.
const LATENCY_MS: u32 = 150;
pub(crate) const DEADLINE: Duration = Duration::from_secs(90);

/// Looks again and again, until there is something to see.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    loop {
        ticks.tick().await;
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(start.elapsed() < DEADLINE, "in time: {what}");
    }
}

/// Asks for something over HTTP; status and body. None where the server is not there, or dies meanwhile.
pub(crate) async fn http(address: SocketAddr, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_heliograph"));
    program
        .env("HELIOGRAPH_LOG", "error")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    program
}

/// Apple, played by a process of its own.
pub(crate) struct Apple {
    _process: Child,
    endpoint: String,
    control: SocketAddr,
    ca: PathBuf,
}

impl Apple {
    async fn start(folder: &Path) -> Self {
        let mut command = program();
        command.arg("simulator").arg("--data-dir").arg(folder);
        for listener in ["--apns", "--apns-sandbox", "--fcm", "--control"] {
            command.args([listener, "127.0.0.1:0"]);
        }
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = async |what: &str| loop {
            let line = lines.next_line().await.unwrap().expect("the simulator starts");
            if let Some(rest) = line.strip_prefix(what) {
                return rest.trim().to_owned();
            }
        };
        let endpoint = said("Apple, production").await.replace("127.0.0.1", "localhost");
        let control = said("Control API").await;
        let ca = said("Trust this authority:").await;
        let apple = Self {
            _process: process,
            endpoint,
            control: control.trim_start_matches("http://").parse().unwrap(),
            ca: ca.into(),
        };
        let latency = json!({ "apns": { "latency": { "kind": "fixed", "ms": LATENCY_MS } } });
        apple.ask("PUT", "/faults", &latency).await;
        apple
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> String {
        let answer = http(self.control, method, path, &body.to_string()).await;
        let (status, body) = answer.expect("the simulator answers");
        assert!((200..300).contains(&status), "{status} {body}");
        body
    }

    /// The token of a new phone.
    async fn phone(&self) -> String {
        let phone = self
            .ask("POST", "/devices", &json!({ "platform": "apns", "app": APP }))
            .await;
        let phone: Value = serde_json::from_str(&phone).unwrap();
        phone["token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn counts(&self) -> Counts {
        serde_json::from_str(&self.ask("GET", "/counts", &json!({})).await).unwrap()
    }
}

/// A shop whose every event leads to one push.
pub(crate) struct Shop {
    folder: tempfile::TempDir,
    database: String,
    pub(crate) store: Store,
    pub(crate) apple: Apple,
    datastream: DatastreamId,
    pub(crate) journey: JourneyId,
    pub(crate) people: Vec<ProfileId>,
    pub(crate) taken: Arc<AtomicUsize>,
}

impl Shop {
    /// In a database of its own, in a file or at the PostgreSQL server at this address.
    pub(crate) async fn open(postgres: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = match postgres {
            Some(server) => fresh_postgres(server).await,
            None => format!("sqlite:{}", folder.path().join("shop.db").display()),
        };
        // The console is not run, but its files are looked for.
        std::fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        std::fs::write(folder.path().join("site/pkg/current"), "none").unwrap();
        let apple = Apple::start(&folder.path().join("apple")).await;
        let store = Store::open(&database, Default::default()).await.unwrap();
        let app = register_app(&store, &folder.path().join("key")).await;
        let mut tx = store.begin().await.unwrap();
        let datastream = datastreams::Settings {
            name: "Shop".to_owned(),
            status: DatastreamStatus::Active,
            events_per_second: 10_000,
            body_limit: 1 << 20,
        };
        let datastream = datastreams::create(&mut tx, &datastream).await.unwrap();
        let mut people = Vec::new();
        for n in 0..PEOPLE {
            people.push(profiles::Upsert {
                identities: vec![Identity::new("CRMID", &format!("person-{n}")).unwrap()],
                attributes: json!({}),
            });
        }
        let people: Vec<ProfileId> = profiles::upsert(&mut tx, &people)
            .await
            .unwrap()
            .into_iter()
            .flatten()
            .collect();
        let mut claims = Vec::new();
        for profile in &people {
            claims.push(devices::Claim {
                profile: *profile,
                ecid: None,
                app: APP.to_owned(),
                platform: PushPlatform::Apns,
                token: apple.phone().await,
                wanted: devices::Wanted::Yes,
                at: store.now(),
            });
        }
        devices::sync(&mut tx, &claims).await.unwrap();
        let content = Content {
            apps: vec![app],
            title: "Your basket".to_owned(),
            body: "{{context.journey.events.basket._id}}".to_owned(),
            ..Content::default()
        };
        let message = messages::create(&mut tx, "Basket", &content).await.unwrap();
        messages::publish(&mut tx, message, 1, "Marta").await.unwrap();
        let journey = journeys::create(&mut tx, "Basket", &document(message))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        publishing::publish(&store, journey, 1, &Actor::system())
            .await
            .unwrap();
        Self {
            folder,
            database,
            store,
            apple,
            datastream,
            journey,
            people,
            taken: Arc::default(),
        }
    }

    /// Starts a server that does the work of these roles.
    pub(crate) fn serve(&self, address: SocketAddr, roles: &str) -> Child {
        let path = |name| self.folder.path().join(name);
        program()
            .args(["serve", "--roles", roles])
            .args(["--delivery-lease", LEASE])
            .args(["--listen", &address.to_string()])
            .args(["--database-url", &self.database])
            .args(["--apns-endpoint", &self.apple.endpoint])
            .arg("--site-dir")
            .arg(path("site"))
            .arg("--key-file")
            .arg(path("key"))
            .arg("--provider-ca")
            .arg(&self.apple.ca)
            .spawn()
            .unwrap()
    }

    /// Sends all events, each again until a server says that it has it, as an app does.
    pub(crate) fn send_events(&self, servers: &[SocketAddr]) -> JoinSet<()> {
        let mut senders = JoinSet::new();
        for first in 0..SENDERS {
            let (servers, taken) = (servers.to_vec(), Arc::clone(&self.taken));
            let path = format!("/ee/v1/interact?configId={}", self.datastream);
            senders.spawn(async move {
                for n in (first..EVENTS).step_by(SENDERS) {
                    let body = json!({ "events": [{ "xdm": {
                        "_id": event_id(n),
                        "eventType": "basket",
                        "identityMap": { "CRMID": [{ "id": format!("person-{}", n % PEOPLE) }] },
                    } }] });
                    let body = body.to_string();
                    let start = Instant::now();
                    let mut ticks = tokio::time::interval(Duration::from_millis(10));
                    for server in servers.iter().cycle().skip(n) {
                        ticks.tick().await;
                        match http(*server, "POST", &path, &body).await {
                            Some((200, _)) => break,
                            None | Some((503, _)) => {
                                assert!(start.elapsed() < DEADLINE, "event {n} is not taken")
                            }
                            Some(other) => panic!("{other:?}"),
                        }
                    }
                    taken.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        senders
    }

    /// How many deliveries are in somebody's hands.
    pub(crate) async fn in_flight(&self) -> u64 {
        let mut conn = self.store.read().await.unwrap();
        let depths = deliveries::depths(&mut conn).await.unwrap();
        depths.iter().map(|depth| depth.sending).sum()
    }

    /// Is anything still to be done?
    pub(crate) async fn is_at_rest(&self) -> bool {
        let mut conn = self.store.read().await.unwrap();
        !instances::has_events(&mut conn).await.unwrap()
            && instances::next_due(&mut conn).await.unwrap().is_none()
            && deliveries::next_due(&mut conn).await.unwrap().first().is_none()
    }
}

pub(crate) fn event_id(n: usize) -> String {
    format!("event-{n}")
}

async fn register_app(store: &Store, key_file: &Path) -> AppId {
    let sealer = Sealer::open_or_create(key_file).unwrap();
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let upload = Upload::Apns {
        file: zeroize::Zeroizing::new(key.serialize_pem().into_bytes()),
        key_id: "ABCDE12345".to_owned(),
        team_id: "ABCDE67890".to_owned(),
        environment: ApnsEnvironment::Production,
    };
    let new = apps::NewApp {
        name: "Shop",
        platform: Platform::Ios,
        app: APP,
        style: PayloadStyle::AdobeMessaging,
    };
    let mut tx = store.begin().await.unwrap();
    let app = apps::create(&mut tx, &new).await.unwrap();
    upload.keep(&mut tx, &sealer, app).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    app
}

/// An event, a message, the end; as often as there are events.
fn document(message: MessageId) -> Document {
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
        event_type: "basket".to_owned(),
        conditions: vec![],
        name: "basket".to_owned(),
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
