mod app_stop;
mod backlog;
mod claims;
mod doubt;
mod refusals;

use std::{collections::HashMap, sync::Arc, time::Duration};

use heliograph_model::{
    app_config::{ApnsEnvironment, CredentialState, CredentialSummary, PayloadStyle, Platform},
    delivery::{Exclusion, HopKind, HowMany, Interaction, Outcome, State},
    ids::{AppId, DeliveryId, DeviceId, InstanceId, JourneyId, JourneyVersionId, MessageId, ProfileId},
    journey::NodeId,
    message::Content,
    profile::{DeviceStatus, Identity, PushPlatform},
    time::Timestamp,
};
use serde_json::json;

use super::*;
use crate::{
    Store, apps,
    counters::Counts,
    devices, messages, profiles,
    testing::{START, on_each_engine},
};

const LEASE: Duration = Duration::from_secs(120);

/// A shop with an app on both systems, one published message, and people with a phone each.
struct Shop {
    store: Store,
    ios: AppId,
    android: AppId,
    message: MessageId,
    journey: JourneyPlace,
}

impl Shop {
    async fn new(store: &Store) -> Self {
        let mut tx = store.begin().await.unwrap();
        let mut app = async |platform| {
            let new = apps::NewApp {
                name: "Shop",
                platform,
                app: "com.example.shop",
                style: PayloadStyle::AdobeMessaging,
            };
            apps::create(&mut tx, &new).await.unwrap()
        };
        let (ios, android) = (app(Platform::Ios).await, app(Platform::Android).await);
        let content = Content {
            apps: vec![ios, android],
            title: "Hello".into(),
            ..Content::default()
        };
        let message = messages::create(&mut tx, "Welcome", &content).await.unwrap();
        messages::publish(&mut tx, message, 1, "Ada").await.unwrap();
        let ids = store.ids();
        let journey = JourneyPlace {
            journey: JourneyId::new(ids),
            version: JourneyVersionId::new(ids),
            instance: InstanceId::new(ids),
            node: NodeId("m1".into()),
        };
        tx.commit().await.unwrap();
        Self {
            store: store.clone(),
            ios,
            android,
            message,
            journey,
        }
    }

    /// A person with an Android phone for each of the tokens.
    async fn person(&self, name: &str, tokens: &[&str]) -> ProfileId {
        let mut tx = self.store.begin().await.unwrap();
        let upsert = profiles::Upsert {
            identities: vec![Identity::new("CRMID", name).unwrap()],
            attributes: json!({}),
        };
        let profile = profiles::upsert(&mut tx, &[upsert]).await.unwrap()[0].unwrap();
        let claims: Vec<_> = tokens
            .iter()
            .map(|token| devices::Claim {
                profile,
                ecid: Some(format!("{name}-{token}")),
                app: "com.example.shop".into(),
                platform: PushPlatform::Fcm,
                token: (*token).to_owned(),
                wanted: devices::Wanted::Yes,
                at: START,
            })
            .collect();
        devices::sync(&mut tx, &claims).await.unwrap();
        tx.commit().await.unwrap();
        profile
    }

    fn request(&self, profile: ProfileId, cause: &str) -> Request {
        Request {
            profile,
            message: self.message,
            version: 1,
            apps: vec![self.ios, self.android],
            ttl: Duration::from_secs(3600),
            rank: heliograph_model::message::Rank::Normal,
            journey: Some(self.journey.clone()),
            cause: cause.to_owned(),
            context: json!({"journey": {"events": {}}}),
            purpose: Purpose::Journey,
        }
    }

    async fn queue(&self, requests: &[Request]) -> Vec<Queued> {
        let mut tx = self.store.begin().await.unwrap();
        let mut counts = Counts::new();
        let queued = queue(&mut tx, requests, &mut counts).await.unwrap();
        counts.write(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        queued
    }

    async fn claim(&self, limit: u32) -> Vec<Claimed> {
        let mut tx = self.store.begin().await.unwrap();
        let taken = claim(&mut tx, self.store.now(), Room::of(limit), LEASE)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        load(&mut self.store.read().await.unwrap(), &taken).await.unwrap()
    }

    async fn settle(&self, settlements: &[Settlement]) -> usize {
        let mut tx = self.store.begin().await.unwrap();
        let mut counts = Counts::new();
        let settled = settle(&mut tx, settlements, &mut counts).await.unwrap();
        counts.write(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        settled
    }

    /// What was counted, by the day: figure and reason with their number.
    async fn counted(&self) -> HashMap<(String, String), i64> {
        let mut conn = self.store.read().await.unwrap();
        let rows: Vec<(String, String, i64)> = fetch_all!(
            &mut conn,
            (String, String, i64),
            "SELECT figure, reason, CAST(SUM(n) AS BIGINT) FROM counter WHERE grain = 'day' GROUP BY figure, reason"
        )
        .unwrap();
        rows.into_iter()
            .map(|(figure, reason, n)| ((figure, reason), n))
            .collect()
    }

    async fn story(&self, id: DeliveryId) -> heliograph_model::delivery::DeliveryStory {
        let mut conn = self.store.read().await.unwrap();
        get(&mut conn, id).await.unwrap().unwrap()
    }
}

fn ended(claimed: &Claimed, at: Timestamp, end: End) -> Settlement {
    Settlement {
        place: Arc::clone(&claimed.place),
        attempts: claimed.attempts,
        expires_at: claimed.expires_at,
        lease_until: claimed.lease_until,
        at,
        end,
        detail: None,
        sent_at: Some(at),
        milliseconds: Some(12),
        payload: Some("{}".into()),
        device: None,
    }
}

fn accepted(claimed: &Claimed, at: Timestamp) -> Settlement {
    let end = End::Accepted {
        outcome: Outcome::AcceptedByGoogle,
        provider_id: Some("projects/p/messages/1".into()),
    };
    ended(claimed, at, end)
}

fn n(counted: &HashMap<(String, String), i64>, figure: &str) -> i64 {
    counted
        .iter()
        .filter(|((name, _), _)| name == figure)
        .map(|(_, n)| n)
        .sum()
}

#[tokio::test]
async fn each_device_gets_one_delivery_and_asking_again_does_nothing() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        let ada = shop.person("ada", &["a1", "a2"]).await;
        let bob = shop.person("bob", &[]).await;
        let requests = [shop.request(ada, "one"), shop.request(bob, "one")];
        let first = shop.queue(&requests).await;
        let Queued::Deliveries(ids) = &first[0] else {
            panic!("{first:?}")
        };
        assert_eq!(ids.len(), 2);
        assert_eq!(first[1], Queued::Excluded(Exclusion::NoDevice));
        assert_eq!(shop.queue(&requests).await, first);
        let counted = shop.counted().await;
        assert_eq!(counted[&("targeted".into(), String::new())], 3);
        assert_eq!(counted[&("excluded".into(), "no_device".into())], 1);
        assert_eq!(shop.claim(10).await.len(), 2);
        assert_eq!(shop.claim(10).await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn nobody_who_refused_is_sent_anything_and_an_erased_person_leaves_no_trace() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        let ada = shop.person("ada", &["a1"]).await;
        let mut tx = store.begin().await.unwrap();
        let no = json!({"consents": {"marketing": {"push": {"val": "n"}}}});
        profiles::change_attributes(&mut tx, &[(ada, &no)]).await.unwrap();
        tx.commit().await.unwrap();
        let gone = ProfileId::new(store.ids());
        let queued = shop
            .queue(&[shop.request(ada, "one"), shop.request(gone, "one")])
            .await;
        assert_eq!(queued[0], Queued::Excluded(Exclusion::ConsentRefused));
        assert_eq!(queued[1], Queued::Excluded(Exclusion::NoDevice));
        let mut conn = store.read().await.unwrap();
        assert_eq!(of_profile(&mut conn, gone, None, 10).await.unwrap(), []);
        let of_ada = of_profile(&mut conn, ada, None, 10).await.unwrap();
        assert_eq!(of_ada[0].explained().unwrap().0, "Push refused by the person");
        let story = get(&mut conn, of_ada[0].id).await.unwrap().unwrap();
        assert_eq!(story.hops[0].kind, HopKind::Excluded);
    })
    .await;
}

#[tokio::test]
async fn a_delivery_that_ended_as_this_version_has_no_word_for_is_told_all_the_same() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        let ada = shop.person("ada", &["a1"]).await;
        shop.queue(&[shop.request(ada, "one")]).await;
        let one = shop.claim(10).await.remove(0);
        shop.settle(&[accepted(&one, store.now())]).await;
        let mut tx = store.begin().await.unwrap();
        execute!(&mut tx, "UPDATE delivery SET reason = 'already_sent'").unwrap();
        tx.commit().await.unwrap();
        let story = shop.story(one.place.id).await;
        assert_eq!(
            (story.delivery.state, story.delivery.explained()),
            (State::Accepted, None)
        );
        assert_eq!(story.delivery.reason.as_deref(), Some("already_sent"));
        assert_eq!(story.hops.last().unwrap().kind, HopKind::Accepted);
        let mut conn = store.read().await.unwrap();
        assert_eq!(of_profile(&mut conn, ada, None, 10).await.unwrap().len(), 1);
    })
    .await;
}

fn clock_now(store: &Store) -> Timestamp {
    store.now()
}

#[tokio::test]
async fn what_is_targeted_is_always_the_sum_of_its_ends_and_of_what_is_under_way() {
    on_each_engine(|store, clock| async move {
        let shop = Shop::new(&store).await;
        let mut requests = Vec::new();
        for number in 0..40 {
            let name = format!("p{number}");
            let tokens: &[&str] = if number % 5 == 0 { &[] } else { &[name.as_str()] };
            let profile = shop.person(&name, tokens).await;
            requests.push(shop.request(profile, "one"));
        }
        shop.queue(&requests).await;
        // Always the same course, which touches every end in changing order.
        let mut dice: u64 = 7;
        for round in 0..12 {
            let claimed = shop.claim(9).await;
            let now = store.now();
            let settlements: Vec<Settlement> = claimed
                .iter()
                .map(|one| {
                    dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let outcome = Outcome::GoogleBusy;
                    match (dice >> 33) % 6 {
                        0 => accepted(one, now),
                        1 => ended(
                            one,
                            now,
                            End::Failed {
                                outcome: Outcome::TooLarge,
                            },
                        ),
                        2 => ended(one, now, End::Excluded(Exclusion::TooLate)),
                        3 => ended(
                            one,
                            now,
                            End::Unknown {
                                outcome: Outcome::AnswerLost,
                            },
                        ),
                        4 => ended(
                            one,
                            now,
                            End::Held {
                                outcome: Outcome::CredentialMissing,
                            },
                        ),
                        _ => ended(
                            one,
                            now,
                            End::Waiting {
                                until: now + Duration::from_secs(10),
                                outcome,
                            },
                        ),
                    }
                })
                .collect();
            shop.settle(&settlements).await;
            clock.advance(Duration::from_secs(15));
            if round == 8 {
                stop_for_journey(&store, shop.journey.journey).await.unwrap();
            }
            let counted = shop.counted().await;
            let mut conn = store.read().await.unwrap();
            let states: Vec<(String, i64)> = fetch_all!(
                &mut conn,
                (String, i64),
                "SELECT state, COUNT(*) FROM delivery GROUP BY state"
            )
            .unwrap();
            let mut under_way = 0;
            for (state, rows) in states {
                match state.as_str() {
                    "queued" | "waiting" | "sending" => under_way += rows,
                    ended => assert_eq!(n(&counted, ended), rows, "{ended} in round {round}"),
                }
            }
            let ends: i64 = ["excluded", "accepted", "failed", "unknown"]
                .iter()
                .map(|figure| n(&counted, figure))
                .sum();
            assert_eq!(n(&counted, "targeted"), ends + under_way, "round {round}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_phone_tells_is_counted_once_in_its_own_minute() {
    on_each_engine(|store, clock| async move {
        let shop = Shop::new(&store).await;
        let ada = shop.person("ada", &["a1"]).await;
        shop.queue(&[shop.request(ada, "one")]).await;
        let claimed = shop.claim(1).await.remove(0);
        shop.settle(&[accepted(&claimed, store.now())]).await;
        let at = START + Duration::from_secs(90);
        clock.advance(Duration::from_secs(600));
        let tell = async |interaction: Interaction| {
            let mut tx = store.begin().await.unwrap();
            let mut counts = Counts::new();
            let told = interacted(&mut tx, claimed.place.id, &interaction, at, &mut counts)
                .await
                .unwrap();
            counts.write(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
            told
        };
        let click = Interaction::Clicked {
            button: "Buy".into(),
            opened: true,
        };
        assert_eq!(tell(Interaction::Displayed).await, Some(Told::First));
        assert_eq!(tell(Interaction::Displayed).await, Some(Told::Again));
        assert_eq!(tell(click.clone()).await, Some(Told::First));
        assert_eq!(tell(click).await, Some(Told::Again));
        assert_eq!(tell(Interaction::Opened).await, Some(Told::Again));
        let counted = shop.counted().await;
        assert_eq!((n(&counted, "displayed"), n(&counted, "opened")), (1, 1));
        assert_eq!(counted[&("clicked".into(), "Buy".into())], 1);
        let mut conn = store.read().await.unwrap();
        let (minute,): (Timestamp,) = fetch_one!(
            &mut conn,
            (Timestamp,),
            "SELECT at FROM counter WHERE grain = 'minute' AND figure = 'opened'"
        )
        .unwrap();
        assert_eq!(minute, at.minute());
        let story = shop.story(claimed.place.id).await;
        assert_eq!(story.delivery.clicked.as_deref(), Some("Buy"));
        assert_eq!(story.hops.len(), 5);
        let mut tx = store.begin().await.unwrap();
        let nobody = DeliveryId::new(store.ids());
        let told = interacted(&mut tx, nobody, &Interaction::Opened, at, &mut Counts::new()).await;
        assert_eq!(told.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_proof_is_sent_and_never_counted() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        let ada = shop.person("ada", &["a1", "a2"]).await;
        let mut conn = store.read().await.unwrap();
        let device = devices::of_profile(&mut conn, ada).await.unwrap()[0].id;
        drop(conn);
        let content = Content {
            title: "Draft".into(),
            ..Content::default()
        };
        let proof = Request {
            version: 0,
            journey: None,
            purpose: Purpose::Proof(Box::new(Proof {
                content,
                device: Some(device),
            })),
            ..shop.request(ada, "proof")
        };
        shop.queue(&[proof]).await;
        let claimed = shop.claim(10).await;
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].content.as_ref().unwrap().title, "Draft");
        shop.settle(&[accepted(&claimed[0], store.now())]).await;
        assert!(shop.counted().await.is_empty());
        let delivery = shop.story(claimed[0].place.id).await.delivery;
        assert!(delivery.proof);
        let mut conn = store.read().await.unwrap();
        let said = super::content(&mut conn, &delivery).await.unwrap().unwrap();
        assert_eq!(said.title, "Draft");
    })
    .await;
}

#[tokio::test]
async fn an_app_exists_once_and_stays_while_a_journey_needs_it() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        let mut tx = store.begin().await.unwrap();
        let new = apps::NewApp {
            name: "Shop again",
            platform: Platform::Ios,
            app: "com.example.shop",
            style: PayloadStyle::Standard,
        };
        let error = apps::create(&mut tx, &new).await.unwrap_err();
        assert!(apps::is_taken(&error), "{error}");
        drop(tx);

        let mut tx = store.begin().await.unwrap();
        let summary = CredentialSummary::Apns {
            key_id: "ABC123DEFG".into(),
            team_id: "DEF123GHIJ".into(),
            environment: ApnsEnvironment::Production,
        };
        apps::replace_credential(&mut tx, shop.ios, &summary, |_| b"sealed".to_vec()).await.unwrap();
        let app = apps::get(&mut tx, shop.ios).await.unwrap();
        assert_eq!(app.credential, Some(summary));
        assert_eq!(apps::sealed(&mut tx, shop.ios).await.unwrap().unwrap().sealed, b"sealed");

        let document = json!({"graph": {"nodes": [{"message": shop.message}], "edges": []}});
        execute!(
            &mut tx,
            "INSERT INTO journey (id, name, draft, revision, status, created_at, updated_at) \
             VALUES ($1, 'Hello', $2, 1, 'live', 0, 0)",
            shop.journey.journey,
            sqlx::types::Json(&document),
        )
        .unwrap();
        execute!(
            &mut tx,
            "INSERT INTO journey_version (id, journey_id, version, document, status, published_at, published_by) \
             VALUES ($1, $2, 1, $3, 'live', 0, '')",
            shop.journey.version,
            shop.journey.journey,
            sqlx::types::Json(&document),
        )
        .unwrap();
        let error = apps::delete(&mut tx, shop.ios).await.unwrap_err().to_string();
        assert!(error.contains("“Welcome” in the journey “Hello”"), "{error}");
        execute!(&mut tx, "UPDATE journey_version SET status = 'stopped'").unwrap();
        apps::delete(&mut tx, shop.ios).await.unwrap();
        assert_eq!(apps::list(&mut tx).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_sent_of_a_stopped_message_until_it_is_sent_again() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        let ada = shop.person("ada", &["t1"]).await;
        shop.queue(&[shop.request(ada, "before")]).await;
        let claimed = shop.queue(&[shop.request(ada, "on its way")]).await;
        let Queued::Deliveries(on_its_way) = &claimed[0] else {
            panic!("{claimed:?}");
        };
        let now = store.now();
        let mut tx = store.begin().await.unwrap();
        let taken = claim(&mut tx, now, Room::of(10), LEASE).await.unwrap();
        assert_eq!(taken.len(), 2);
        assert!(messages::stop(&mut tx, shop.message, "Ada").await.unwrap());
        assert!(!messages::stop(&mut tx, shop.message, "Bo").await.unwrap());
        tx.commit().await.unwrap();
        // What somebody has in hand is told, what comes is left out, and what waits is dropped.
        let loaded = load(&mut store.read().await.unwrap(), &taken).await.unwrap();
        assert!(loaded.iter().all(|one| one.stopped));
        let waiting = End::Waiting {
            until: now,
            outcome: Outcome::GoogleQuota,
        };
        shop.settle(&[
            ended(&loaded[0], now, waiting.clone()),
            ended(&loaded[1], now, waiting),
        ])
        .await;
        let queued = shop.queue(&[shop.request(ada, "after")]).await;
        assert_eq!(queued, [Queued::Excluded(Exclusion::Stopped)]);
        assert_eq!(stop_for_message(&store, shop.message).await.unwrap(), 2);
        let story = shop.story(on_its_way[0]).await;
        assert_eq!(story.delivery.reason.as_deref(), Some(Exclusion::Stopped.code()));

        let mut tx = store.begin().await.unwrap();
        assert!(messages::send_again(&mut tx, shop.message).await.unwrap());
        tx.commit().await.unwrap();
        let queued = shop.queue(&[shop.request(ada, "again")]).await;
        assert!(matches!(&queued[0], Queued::Deliveries(ids) if ids.len() == 1));
    })
    .await;
}
