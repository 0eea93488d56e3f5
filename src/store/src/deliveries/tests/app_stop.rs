//! Stopping all that is sent to an app, going on, and dropping what waits.

use heliograph_model::{
    app_config::WhyStopped,
    delivery::Pending,
    rules::{Cap, Reach, RuleSet, Rules, Span, Unit},
};

use super::*;
use crate::rule_sets;

impl Shop {
    async fn stop_app(&self) -> bool {
        let mut tx = self.store.begin().await.unwrap();
        let stopped = stop_app(&mut tx, self.android, "Ada").await.unwrap();
        tx.commit().await.unwrap();
        stopped
    }

    async fn send_again(&self) -> bool {
        let mut tx = self.store.begin().await.unwrap();
        let again = send_again(&mut tx, self.android).await.unwrap();
        tx.commit().await.unwrap();
        again
    }

    async fn release_held(&self) -> u64 {
        let mut tx = self.store.begin().await.unwrap();
        let released = release_held(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        released
    }

    async fn next_due(&self) -> Option<Timestamp> {
        next_due(&mut self.store.read().await.unwrap())
            .await
            .unwrap()
            .first()
    }

    /// Has all that is due put to wait, as the service does while the app is stopped.
    async fn hold(&self) {
        let claimed = self.claim(100).await;
        let outcome = claimed[0].app.as_ref().unwrap().stop.as_ref().unwrap().outcome();
        let now = self.store.now();
        let held: Vec<_> = claimed
            .iter()
            .map(|one| ended(one, now, End::Held { outcome }))
            .collect();
        self.settle(&held).await;
    }
}

async fn queue_some(shop: &Shop, count: usize, cause: &str) {
    for number in 0..count {
        let name = format!("p{number}");
        let profile = shop.person(&name, &[&name]).await;
        shop.queue(&[shop.request(profile, cause)]).await;
    }
}

#[tokio::test]
async fn what_is_stopped_waits_and_is_let_go_when_sending_goes_on() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        queue_some(&shop, 4, "one").await;
        assert!(shop.stop_app().await);
        assert!(!shop.stop_app().await);
        let app = apps::get(&mut store.read().await.unwrap(), shop.android)
            .await
            .unwrap();
        assert_eq!(app.stop.unwrap().why, WhyStopped::Person { name: "Ada".into() });
        shop.hold().await;
        let expires = START + Duration::from_secs(3600);
        assert_eq!(shop.next_due().await, Some(expires));
        assert_eq!(shop.release_held().await, 0);

        // A credential that works, or is put in place, changes nothing of that.
        let summary = CredentialSummary::Fcm {
            project_id: "p".into(),
            client_email: "e".into(),
        };
        let mut tx = store.begin().await.unwrap();
        let revision = apps::replace_credential(&mut tx, shop.android, &summary, |_| b"sealed".to_vec())
            .await
            .unwrap();
        let good = CredentialState::Good { since: store.now() };
        apps::set_state(&mut tx, shop.android, revision, &good)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(shop.next_due().await, Some(expires));
        assert_eq!((shop.claim(10).await.len(), shop.release_held().await), (0, 0));
        // Nor is a refused one tried.
        let refused = CredentialState::Refused {
            since: store.now(),
            reason: "no".into(),
            outcome: None,
        };
        let mut tx = store.begin().await.unwrap();
        apps::set_state(&mut tx, shop.android, revision, &refused)
            .await
            .unwrap();
        execute!(&mut tx, "UPDATE credential SET probe_at = 0").unwrap();
        assert_eq!(apps::take_probes(&mut tx, store.now()).await.unwrap(), []);
        apps::set_state(&mut tx, shop.android, revision, &good)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        assert!(shop.send_again().await);
        assert!(!shop.send_again().await);
        assert!(shop.next_due().await.unwrap() <= store.now());
        assert_eq!(shop.release_held().await, 4);
        let claimed = shop.claim(10).await;
        assert_eq!(claimed.len(), 4);
        assert_eq!(claimed[0].app.as_ref().unwrap().stop, None);
    })
    .await;
}

#[tokio::test]
async fn what_is_stopped_is_let_go_without_a_credential_too() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        queue_some(&shop, 2, "one").await;
        shop.stop_app().await;
        shop.hold().await;
        shop.send_again().await;
        assert_eq!(shop.release_held().await, 2);
        assert_eq!(shop.claim(10).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn all_that_waits_for_an_app_is_dropped_and_what_comes_later_is_not() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        queue_some(&shop, 6, "one").await;
        let until = store.now() + Duration::from_secs(60);
        let claimed = shop.claim(3).await;
        let now = store.now();
        let outcome = Outcome::GoogleBusy;
        shop.settle(&[ended(&claimed[0], now, End::Waiting { until, outcome })])
            .await;
        let outcome = Outcome::SendingStopped;
        shop.settle(&[ended(&claimed[1], now, End::Held { outcome })])
            .await;
        assert_eq!(drop_of_app(&store, shop.ios).await.unwrap(), 0);
        assert_eq!(drop_of_app(&store, shop.android).await.unwrap(), 5);
        let left = backlog(&mut store.read().await.unwrap()).await.unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(
            (&left[0].pending, left[0].count),
            (&Pending::Sending, HowMany::Exactly(1))
        );
        assert_eq!(
            shop.counted().await[&("excluded".into(), Exclusion::Stopped.code().into())],
            5
        );
    })
    .await;
}

/// Two a day for everybody.
async fn two_a_day(store: &Store) -> RuleSet {
    let draft = rule_sets::Draft {
        name: "Gentle".into(),
        description: String::new(),
        reach: Reach::Marketing,
        rules: Rules {
            caps: vec![Cap {
                most: 2,
                span: Span::Rolling {
                    length: 1,
                    unit: Unit::Day,
                },
            }],
            ..Rules::default()
        },
    };
    let mut tx = store.begin().await.unwrap();
    let id = rule_sets::create(&mut tx, &draft).await.unwrap();
    let set = rule_sets::get(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    set
}

impl Shop {
    async fn reserve(&self, claimed: &[Claimed], set: &RuleSet) {
        let sets = [set];
        let asks: Vec<Ask<'_>> = claimed
            .iter()
            .map(|one| Ask {
                delivery: one.place.id,
                expires_at: one.expires_at,
                profile: one.profile.as_ref().unwrap().id,
                cause: &one.cause,
                time_zone: None,
                rank: heliograph_model::message::Rank::Normal,
                sets: &sets,
                slot: None,
            })
            .collect();
        let mut tx = self.store.begin().await.unwrap();
        let leaves = reserve(&mut tx, &asks).await.expect("its locks cross no others");
        assert!(leaves.iter().all(|leave| *leave == Leave::Now), "{leaves:?}");
        tx.commit().await.unwrap();
    }

    /// How many uses of caps are kept.
    async fn uses(&self) -> i64 {
        let mut conn = self.store.read().await.unwrap();
        fetch_one!(&mut conn, (i64,), "SELECT COUNT(*) FROM cap_use")
            .unwrap()
            .0
    }
}

#[tokio::test]
async fn dropping_gives_back_caps_while_others_ask_for_the_same_people() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        let set = two_a_day(&store).await;
        queue_some(&shop, 60, "dropped").await;
        let dropped = shop.claim(60).await;
        shop.reserve(&dropped, &set).await;
        let (until, outcome) = (store.now() + Duration::from_secs(60), Outcome::GoogleBusy);
        let waiting: Vec<_> = dropped
            .iter()
            .map(|one| ended(one, store.now(), End::Waiting { until, outcome }))
            .collect();
        shop.settle(&waiting).await;
        queue_some(&shop, 60, "sent").await;
        let sent = shop.claim(60).await;
        assert_eq!(shop.uses().await, 60);

        let asking = async {
            for _ in 0..12 {
                shop.reserve(&sent, &set).await;
            }
        };
        let pending = Pending::Waiting(outcome.as_str().into());
        let (dropped, ()) = tokio::join!(drop_waiting(&store, Some(shop.android), &pending), asking);
        assert_eq!(dropped.expect("its locks cross no others"), 60);
        assert_eq!(shop.uses().await, 60);
    })
    .await;
}
