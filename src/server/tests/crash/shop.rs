//! A shop whose events lead to pushes, with the real program.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use heliograph_model::collection::DatastreamStatus;
use heliograph_model::delivery::{Delivery, State};
use heliograph_model::ids::{DatastreamId, DeliveryId, JourneyId, ProfileId};
use heliograph_model::message::WhenUnknown;
use heliograph_model::report::{Figure, Scope};
use heliograph_store::reports::{self, Range};
use heliograph_store::testing::fresh_postgres;
use heliograph_store::{Store, datastreams, deliveries, instances};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::task::JoinSet;

use crate::moments::Moment;
use crate::providers::{Providers, program};
use crate::seed;

pub(crate) const APP: &str = "com.example.shop";
pub(crate) const PEOPLE: usize = 30;
pub(crate) const EVENTS: usize = 300;
/// How many events are on their way at a time.
const SENDERS: usize = 12;
/// Seconds after which others take up what a killed process was sending.
const LEASE: &str = "6";
const DEADLINE: Duration = Duration::from_secs(90);

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

/// A journey that an event starts, with its message.
pub(crate) struct Line {
    when_unknown: WhenUnknown,
    pub(crate) journey: JourneyId,
}

/// What starts which journey, and what becomes of a push of it whose answer is lost.
const LINES: [(&str, WhenUnknown); 2] = [
    ("basket", WhenUnknown::RatherTwice),
    ("offer", WhenUnknown::RatherNever),
];

/// A shop whose every event leads to one push. Half of its people have iPhones, half have Android; to each of them half of
/// the pushes may rather come twice, and half rather never.
pub(crate) struct Shop {
    folder: tempfile::TempDir,
    database: String,
    pub(crate) store: Store,
    pub(crate) providers: Providers,
    datastream: DatastreamId,
    pub(crate) lines: Vec<Line>,
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
        let providers = Providers::start(&folder.path().join("providers")).await;
        let store = Store::open(&database, Default::default()).await.unwrap();
        let apps = seed::register_apps(&store, &folder.path().join("key"), &providers).await;
        let mut tx = store.begin().await.unwrap();
        let datastream = datastreams::Settings {
            name: "Shop".to_owned(),
            status: DatastreamStatus::Active,
            events_per_second: 10_000,
            body_limit: 1 << 20,
        };
        let datastream = datastreams::create(&mut tx, &datastream).await.unwrap();
        tx.commit().await.unwrap();
        let people = seed::invite(&store, &providers).await;
        let mut lines = Vec::new();
        for (event_type, when_unknown) in LINES {
            lines.push(Line {
                when_unknown,
                journey: seed::open_line(&store, &apps, event_type, when_unknown).await,
            });
        }
        Self {
            folder,
            database,
            store,
            providers,
            datastream,
            lines,
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
            .args(["--apns-endpoint", &self.providers.apns])
            .args(["--fcm-endpoint", &self.providers.fcm])
            .arg("--site-dir")
            .arg(path("site"))
            .arg("--key-file")
            .arg(path("key"))
            .arg("--provider-ca")
            .arg(&self.providers.ca)
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
                        "eventType": LINES[n / PEOPLE % LINES.len()].0,
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

    /// The deliveries that are in somebody's hands.
    pub(crate) async fn in_hand(&self) -> Vec<DeliveryId> {
        let mut conn = self.store.read().await.unwrap();
        let mut in_hand = Vec::new();
        for profile in &self.people {
            let sent = deliveries::of_profile(&mut conn, *profile, None, 100)
                .await
                .unwrap();
            let sending = sent.iter().filter(|one| one.state == State::Sending);
            in_hand.extend(sending.map(|one| one.id));
        }
        in_hand
    }

    /// What becomes of a delivery whose answer is lost.
    pub(crate) fn when_unknown(&self, delivery: &Delivery) -> WhenUnknown {
        let line = self
            .lines
            .iter()
            .find(|line| delivery.journey == Some(line.journey));
        line.expect("each delivery is of a journey").when_unknown
    }

    /// Waits for a moment, and then until something is on its way, if there still comes anything.
    pub(crate) async fn until(&self, moment: Moment) {
        eventually(&format!("{moment:?}"), async || {
            let due = match moment {
                Moment::Taken(events) => self.taken.load(Ordering::Relaxed) >= events,
                Moment::Ended(pushes) => self.ended().await >= pushes,
            };
            (due && (self.is_sending().await || self.is_at_rest().await)).then_some(())
        })
        .await;
    }

    /// How many pushes have ended.
    async fn ended(&self) -> usize {
        let mut conn = self.store.read().await.unwrap();
        let mut ended = 0;
        for line in &self.lines {
            let scope = Scope::Journey { id: line.journey };
            let totals = reports::totals(&mut conn, scope, Range::EVER).await.unwrap();
            ended += totals.n(Figure::Accepted) + totals.n(Figure::Unknown);
        }
        usize::try_from(ended).unwrap()
    }

    async fn is_sending(&self) -> bool {
        let mut conn = self.store.read().await.unwrap();
        let depths = deliveries::depths(&mut conn).await.unwrap();
        depths.iter().any(|depth| !depth.sending.is_none())
    }

    /// Is nothing left to be done?
    pub(crate) async fn is_at_rest(&self) -> bool {
        if self.taken.load(Ordering::Relaxed) < EVENTS {
            return false;
        }
        let mut conn = self.store.read().await.unwrap();
        !instances::has_events(&mut conn).await.unwrap()
            && instances::next_due(&mut conn).await.unwrap().is_none()
            && deliveries::next_due(&mut conn).await.unwrap().first().is_none()
    }
}

pub(crate) fn event_id(n: usize) -> String {
    format!("event-{n}")
}
