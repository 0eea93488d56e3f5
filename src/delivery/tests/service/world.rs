//! What the tests begin with.

use std::{sync::Arc, time::Duration};

use heliograph_delivery::{Accounts, Options, Providers, Sealer, Service, Upload, explain};
use heliograph_model::{
    app_config::{ApnsEnvironment, CredentialState, PayloadStyle, Platform},
    delivery::{DeliveryStory, State},
    ids::{AppId, DeliveryId, MessageId, ProfileId},
    message::Content,
    payload::{ContentField, Told},
    profile::DeviceStatus,
    time::{Clock, ManualClock, SystemClock},
};
use heliograph_simulator as simulator;
use heliograph_store::{
    Store, Topic, apps,
    counters::Counts,
    deliveries::{self, Purpose, Queued, Request},
    devices, messages,
    testing::on_each_engine,
};
use serde_json::json;
use simulator::Outcome as Fault;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

pub(crate) const APP: &str = "com.example.shop";

/// A store, the stand-ins of both providers, and what a service needs.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) simulator: simulator::Running,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) providers: Providers,
    pub(crate) ios: AppId,
    pub(crate) android: AppId,
    _folder: tempfile::TempDir,
}

/// A running service; stopped and waited for by `stop`.
pub(crate) struct Running {
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: tokio::task::JoinHandle<()>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}

/// Runs a test on each engine, in a world where both apps have their credentials.
pub(crate) async fn in_each_world<F, Fut>(test: F)
where
    F: Fn(World) -> Fut,
    Fut: Future<Output = ()>,
{
    let test = &test;
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.upload_both().await;
        test(world).await;
    })
    .await;
}

impl World {
    pub(crate) async fn new(store: Store, clock: Arc<ManualClock>) -> Self {
        // The stand-ins live by the machine's clock, and refuse what is out of date by it.
        clock.set(SystemClock.now());
        let app = || vec![simulator::AppId::new(APP)];
        let simulator = simulator::start(simulator::Config {
            demo: Some(simulator::DemoApps {
                bundle_ids: app(),
                packages: app(),
                project_id: "shop-1".into(),
            }),
            ..simulator::Config::default()
        })
        .await
        .unwrap();
        let at = |address: std::net::SocketAddr| Some(format!("https://localhost:{}", address.port()));
        let providers = Providers {
            apns: at(simulator.apns),
            apns_sandbox: at(simulator.apns_sandbox),
            fcm: at(simulator.fcm),
            fcm_sign_in: None,
            ca_pem: Some(simulator.ca_pem.clone()),
            accounts: Accounts::default(),
        };
        let folder = tempfile::tempdir().unwrap();
        let sealer = Sealer::open_or_create(&folder.path().join("key")).unwrap();
        let mut tx = store.begin().await.unwrap();
        let mut app = async |platform| {
            let new = apps::NewApp {
                name: "Shop",
                platform,
                app: APP,
                style: PayloadStyle::AdobeMessaging,
            };
            apps::create(&mut tx, &new).await.unwrap()
        };
        let (ios, android) = (app(Platform::Ios).await, app(Platform::Android).await);
        tx.commit().await.unwrap();
        Self {
            store,
            clock,
            simulator,
            sealer: Arc::new(sealer),
            providers,
            ios,
            android,
            _folder: folder,
        }
    }

    pub(crate) fn apple_key(&self) -> Upload {
        self.apple_key_called(&self.simulator.demo.as_ref().unwrap().apns_key_id)
    }

    /// The key under an identifier that may be wrong.
    pub(crate) fn apple_key_called(&self, key_id: &str) -> Upload {
        let demo = self.simulator.demo.as_ref().unwrap();
        Upload::Apns {
            file: Zeroizing::new(demo.apns_p8.clone().into_bytes()),
            key_id: key_id.to_owned(),
            team_id: demo.apns_team_id.clone(),
            environment: ApnsEnvironment::Production,
        }
    }

    pub(crate) async fn upload(&self, app: AppId, upload: &Upload) {
        let mut tx = self.store.begin().await.unwrap();
        upload.keep(&mut tx, &self.sealer, app).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn upload_both(&self) {
        self.upload(self.ios, &self.apple_key()).await;
        self.upload(self.android, &self.google_account()).await;
    }

    pub(crate) fn google_account(&self) -> Upload {
        let account = self.simulator.demo.as_ref().unwrap().service_account_json.clone();
        let file = Zeroizing::new(account.into_bytes());
        Upload::Fcm { file }
    }

    pub(crate) fn start(&self) -> Running {
        self.start_with(Options::default())
    }

    pub(crate) fn start_with(&self, options: Options) -> Running {
        self.start_over(self.store.clone(), options)
    }

    /// A service in the process that uses `self.providers` for other things as well.
    pub(crate) fn start_here(&self) -> Running {
        self.run(self.store.clone(), self.providers.clone(), Options::default())
    }

    /// A service over the same database as another process has it, with its own clock and accounts.
    pub(crate) fn start_over(&self, store: Store, options: Options) -> Running {
        let providers = Providers {
            accounts: Accounts::default(),
            ..self.providers.clone()
        };
        self.run(store, providers, options)
    }

    fn run(&self, store: Store, providers: Providers, options: Options) -> Running {
        let options = Options {
            spread: Arc::new(|| 0.0),
            ..options
        };
        let service = Service::with_options(store, Arc::clone(&self.sealer), providers, options);
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(service.run(shutdown.clone()));
        Running { shutdown, task }
    }

    pub(crate) fn content(&self) -> Content {
        Content {
            apps: vec![self.ios, self.android],
            title: "Hi {{profile.person.name.firstName}}".into(),
            body: "You bought {{context.journey.events.buy.product}}".into(),
            ttl: 7200,
            ..Content::default()
        }
    }

    pub(crate) async fn message(&self, content: &Content) -> MessageId {
        let mut tx = self.store.begin().await.unwrap();
        let id = messages::create(&mut tx, "Thanks", content).await.unwrap();
        messages::publish(&mut tx, id, 1, "Ada").await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Queues the message for each person; one delivery each.
    pub(crate) async fn queue(&self, content: &Content, profiles: &[ProfileId]) -> Vec<DeliveryId> {
        let context = json!({"journey": {"events": {"buy": {"product": "tea"}}}});
        self.queue_with(content, profiles, &context).await
    }

    /// As [`Self::queue`], with what a journey tells the message.
    pub(crate) async fn queue_with(
        &self,
        content: &Content,
        profiles: &[ProfileId],
        context: &serde_json::Value,
    ) -> Vec<DeliveryId> {
        let message = self.message(content).await;
        let requests: Vec<Request> = profiles
            .iter()
            .map(|profile| Request {
                profile: *profile,
                message,
                version: 1,
                apps: content.apps.clone(),
                ttl: Duration::from_secs(content.ttl.into()),
                rank: content.rank,
                journey: None,
                cause: format!("{message}-{profile}"),
                context: context.clone(),
                purpose: Purpose::Journey,
            })
            .collect();
        let mut tx = self.store.begin().await.unwrap();
        let mut counts = Counts::new();
        let queued = deliveries::queue(&mut tx, &requests, &mut counts).await.unwrap();
        counts.write(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        queued
            .into_iter()
            .flat_map(|queued| match queued {
                Queued::Deliveries(ids) => ids,
                Queued::Excluded(why) => panic!("{why:?}"),
            })
            .collect()
    }

    pub(crate) async fn story(&self, id: DeliveryId) -> DeliveryStory {
        let mut conn = self.store.read().await.unwrap();
        deliveries::get(&mut conn, id).await.unwrap().unwrap()
    }

    /// Waits until the delivery is so.
    pub(crate) async fn until(&self, id: DeliveryId, so: impl Fn(&DeliveryStory) -> bool) -> DeliveryStory {
        let mut deliveries = self.store.signals().listen(Topic::Deliveries);
        let mut counters = self.store.signals().listen(Topic::Counters);
        let wait = async {
            loop {
                let story = self.story(id).await;
                if so(&story) {
                    return story;
                }
                tokio::select! {
                    () = deliveries.changed() => {}
                    () = counters.changed() => {}
                }
            }
        };
        match tokio::time::timeout(Duration::from_secs(30), wait).await {
            Ok(story) => story,
            Err(_) => panic!("it stays so: {:#?}", self.story(id).await),
        }
    }

    pub(crate) async fn ended(&self, id: DeliveryId) -> DeliveryStory {
        self.until(id, |story| story.delivery.ended_at.is_some()).await
    }

    /// Why the delivery's texts are what they are: each field with its text.
    pub(crate) async fn told(&self, story: &DeliveryStory) -> Vec<(ContentField, String)> {
        let mut conn = self.store.read().await.unwrap();
        let content = deliveries::content(&mut conn, &story.delivery)
            .await
            .unwrap()
            .unwrap();
        let told = explain(&mut conn, story, content, self.store.now())
            .await
            .unwrap()
            .unwrap();
        told.into_iter()
            .map(|one| match one.told {
                Told::Text(text) => (one.field, text.rendered.text),
                Told::Fault(fault) => panic!("{fault}"),
            })
            .collect()
    }

    pub(crate) async fn waiting(&self, id: DeliveryId) -> DeliveryStory {
        self.until(id, |story| story.delivery.state == State::Waiting)
            .await
    }

    /// Moves the clock on, and wakes whoever waits for it.
    pub(crate) fn later(&self, by: Duration) {
        self.clock.advance(by);
        self.store.signals().raise(Topic::Deliveries);
    }

    pub(crate) fn fault(&self, token: &str, times: Option<u64>, outcome: Fault) {
        let rule = simulator::Rule {
            provider: None,
            token_prefix: token.to_owned(),
            one_in: None,
            times,
            outcome,
        };
        self.simulator.set_faults(simulator::Faults {
            rules: vec![rule],
            ..simulator::Faults::default()
        });
    }

    pub(crate) fn shown(&self, token: &str) -> Vec<(String, String)> {
        let phone = self
            .simulator
            .phones()
            .get(&simulator::Token::from_text(token))
            .unwrap();
        phone
            .received
            .iter()
            .map(|one| (one.view.title.clone(), one.view.body.clone()))
            .collect()
    }

    pub(crate) async fn status(&self, profile: ProfileId) -> DeviceStatus {
        let mut conn = self.store.read().await.unwrap();
        devices::of_profile(&mut conn, profile).await.unwrap()[0].status
    }

    pub(crate) async fn state(&self, app: AppId) -> CredentialState {
        let mut conn = self.store.read().await.unwrap();
        apps::get(&mut conn, app).await.unwrap().state
    }

    /// Lets the minute pass after which addresses are judged, and waits until they are.
    pub(crate) async fn judged(&self) {
        self.later(Duration::from_secs(61));
        let judged = async || {
            let mut conn = self.store.read().await.unwrap();
            deliveries::next_judgement(&mut conn).await.unwrap().is_none()
        };
        self.until_so("addresses are not judged", judged).await;
    }

    /// Waits until something is so.
    pub(crate) async fn until_so(&self, otherwise: &str, so: impl AsyncFn() -> bool) {
        let wait = async {
            while !so().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait)
            .await
            .expect(otherwise);
    }
}
