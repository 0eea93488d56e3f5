//! What a delivery goes through, on both engines.

use std::{sync::Arc, time::Duration};

use heliograph_model::{
    delivery::{Exclusion, Interaction},
    message::Content,
    profile::PushPlatform,
    time::ManualClock,
};
use serde_json::json;

use super::*;
use crate::{
    Database, Store, Tx,
    devices::{self, Claim},
    messages,
    testing::on_each_engine,
};

const LEASE: Duration = Duration::from_secs(60);

struct World {
    app: AppId,
    message: MessageId,
    reachable: ProfileId,
    without_device: ProfileId,
    refusing: ProfileId,
}

async fn world(tx: &mut Tx) -> World {
    let now = tx.store().now();
    let app = AppId::new(tx.store().ids());
    execute!(
        tx,
        "INSERT INTO app (id, name, platform, app, style, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
        app,
        "Shop",
        "ios",
        "com.example.shop",
        "adobe_messaging",
        now,
    )
    .unwrap();
    let message = messages::create(tx, "Hello", &Content::default()).await.unwrap();
    let mut profiles = Vec::new();
    for consent in ["y", "y", "n"] {
        let id = ProfileId::new(tx.store().ids());
        execute!(
            tx,
            "INSERT INTO profile (id, attributes, test, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
            id,
            Json(json!({ "consents": { "marketing": { "push": { "val": consent } } } })),
            false,
            now,
        )
        .unwrap();
        profiles.push(id);
    }
    let world = World {
        app,
        message,
        reachable: profiles[0],
        without_device: profiles[1],
        refusing: profiles[2],
    };
    let claims: Vec<Claim> = [(world.reachable, "AA"), (world.refusing, "BB")]
        .into_iter()
        .map(|(profile, token)| Claim {
            profile,
            ecid: None,
            app: "com.example.shop".into(),
            platform: PushPlatform::Apns,
            token: token.into(),
            wanted: devices::Wanted::Yes,
            at: now,
        })
        .collect();
    devices::sync(tx, &claims).await.unwrap();
    world
}

impl World {
    fn request(&self, profile: ProfileId, cause: &str) -> Request {
        Request {
            profile,
            message: self.message,
            version: 1,
            apps: vec![self.app],
            ttl: Duration::from_secs(3600),
            journey: None,
            cause: cause.into(),
            context: json!({}),
            purpose: Purpose::Journey,
        }
    }
}

async fn figures(db: &mut impl Database) -> Vec<(String, String, i64)> {
    fetch_all!(
        db,
        (String, String, i64),
        "SELECT figure, reason, CAST(SUM(n) AS BIGINT) FROM counter WHERE grain = 'day' \
         GROUP BY figure, reason ORDER BY figure, reason"
    )
    .unwrap()
}

fn figure(name: &str, reason: &str, n: i64) -> (String, String, i64) {
    (name.into(), reason.into(), n)
}

async fn queue_one(store: &Store) -> (World, DeliveryId) {
    let mut tx = store.begin().await.unwrap();
    let world = world(&mut tx).await;
    let mut counts = Counts::new();
    let queued = queue(&mut tx, &[world.request(world.reachable, "a")], &mut counts)
        .await
        .unwrap();
    counts.write(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let Queued::Deliveries(ids) = &queued[0] else {
        panic!("{queued:?}")
    };
    (world, ids[0])
}

async fn claim_all(store: &Store) -> Vec<Delivery> {
    let mut tx = store.begin().await.unwrap();
    let claimed = claim(&mut tx, store.now(), 10, LEASE).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn settle_as(store: &Store, delivery: Delivery, ending: Ending) -> usize {
    let mut tx = store.begin().await.unwrap();
    let mut counts = Counts::new();
    let settlement = Settlement {
        delivery,
        ending,
        detail: None,
        payload: Some("{}".into()),
        sent_at: Some(store.now()),
    };
    let written = settle(&mut tx, &[settlement], &mut counts).await.unwrap();
    counts.write(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    written.len()
}

#[tokio::test]
async fn each_request_leads_to_deliveries_or_to_one_that_says_why_not_and_only_once() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let world = world(&mut tx).await;
        let requests = [
            world.request(world.reachable, "a"),
            world.request(world.without_device, "a"),
            world.request(world.refusing, "a"),
        ];
        for _ in 0..2 {
            let mut counts = Counts::new();
            let queued = queue(&mut tx, &requests, &mut counts).await.unwrap();
            counts.write(&mut tx).await.unwrap();
            assert!(
                matches!(&queued[0], Queued::Deliveries(ids) if ids.len() == 1),
                "{queued:?}"
            );
            assert_eq!(queued[1], Queued::Excluded(Exclusion::NoDevice));
            assert_eq!(queued[2], Queued::Excluded(Exclusion::ConsentRefused));
        }
        assert_eq!(
            figures(&mut tx).await,
            [
                figure("excluded", "consent_refused", 1),
                figure("excluded", "no_device", 1),
                figure("targeted", "", 3),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_proof_reaches_who_refused_and_counts_nowhere() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let world = world(&mut tx).await;
        let request = Request {
            purpose: Purpose::Proof,
            ..world.request(world.refusing, "p")
        };
        let mut counts = Counts::new();
        let queued = queue(&mut tx, &[request], &mut counts).await.unwrap();
        counts.write(&mut tx).await.unwrap();
        assert!(matches!(queued[0], Queued::Deliveries(_)));
        assert!(figures(&mut tx).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_claimed_delivery_is_one_workers_until_its_lease_ends() {
    on_each_engine(|store, clock: Arc<ManualClock>| async move {
        let (_, id) = queue_one(&store).await;
        let first = claim_all(&store).await;
        assert_eq!((first.len(), first[0].id, first[0].state), (1, id, State::Queued));
        assert!(claim_all(&store).await.is_empty());
        clock.advance(LEASE + Duration::from_secs(1));
        let again = claim_all(&store).await;
        assert_eq!(
            (again.len(), again[0].state, again[0].attempts),
            (1, State::Sending, 2)
        );
        // The first worker comes back late: its answer is not taken for the second one's.
        assert_eq!(
            settle_as(&store, first[0].clone(), Ending::Accepted { provider_id: None }).await,
            0
        );
        assert_eq!(
            settle_as(&store, again[0].clone(), Ending::Accepted { provider_id: None }).await,
            1
        );
        let mut conn = store.read().await.unwrap();
        assert_eq!(
            figures(&mut conn).await,
            [figure("accepted", "", 1), figure("targeted", "", 1)]
        );
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_claimed_when_it_is_due_and_counted_when_it_ends() {
    on_each_engine(|store, clock: Arc<ManualClock>| async move {
        let (_, id) = queue_one(&store).await;
        let until = store.now() + Duration::from_secs(900);
        let claimed = claim_all(&store).await.remove(0);
        settle_as(
            &store,
            claimed,
            Ending::Waiting {
                until,
                reason: "apple_busy".into(),
            },
        )
        .await;
        let mut conn = store.read().await.unwrap();
        assert_eq!(next_due(&mut conn).await.unwrap(), Some(until));
        assert!(claim_all(&store).await.is_empty());
        clock.advance(Duration::from_secs(900));
        let claimed = claim_all(&store).await.remove(0);
        settle_as(
            &store,
            claimed,
            Ending::Failed {
                reason: "app_removed".into(),
            },
        )
        .await;
        assert_eq!(
            figures(&mut conn).await,
            [figure("failed", "app_removed", 1), figure("targeted", "", 1)]
        );
        let delivery = get(&mut conn, id).await.unwrap().unwrap();
        assert_eq!(delivery.state, State::Failed);
        let hops = hops(&mut conn, delivery.profile_id, id).await.unwrap();
        assert_eq!(
            hops.iter().map(|hop| hop.what.as_str()).collect::<Vec<_>>(),
            ["waiting", "failed"]
        );
    })
    .await;
}

#[tokio::test]
async fn an_open_is_counted_once_however_often_it_is_told() {
    on_each_engine(|store, _| async move {
        let (_, id) = queue_one(&store).await;
        let claimed = claim_all(&store).await.remove(0);
        settle_as(
            &store,
            claimed,
            Ending::Accepted {
                provider_id: Some("x".into()),
            },
        )
        .await;
        for _ in 0..2 {
            let mut tx = store.begin().await.unwrap();
            let mut counts = Counts::new();
            let click = Interaction::Clicked {
                button: "Shop now".into(),
                opened: true,
            };
            for interaction in [Interaction::Opened, click] {
                let found = interacted(&mut tx, id, &interaction, store.now(), &mut counts)
                    .await
                    .unwrap();
                assert!(found.is_some());
            }
            counts.write(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut conn = store.read().await.unwrap();
        assert_eq!(
            figures(&mut conn).await,
            [
                figure("accepted", "", 1),
                figure("clicked", "Shop now", 1),
                figure("opened", "", 1),
                figure("targeted", "", 1),
            ]
        );
        let mut tx = store.begin().await.unwrap();
        let stranger = DeliveryId::new(store.ids());
        let none = interacted(
            &mut tx,
            stranger,
            &Interaction::Opened,
            store.now(),
            &mut Counts::new(),
        )
        .await;
        assert!(none.unwrap().is_none());
    })
    .await;
}
