//! What is waiting to be sent, having it tried at once, and keeping it back.

use heliograph_model::delivery::{Backlog, Pending};

use super::*;
use crate::{
    Topic,
    deliveries::backlog::{BringForward, Group},
};

const MINUTE: Duration = Duration::from_secs(60);

fn waiting(outcome: Outcome) -> Pending {
    Pending::Waiting(outcome.as_str().into())
}

fn held(outcome: Outcome) -> Pending {
    Pending::Held(outcome.as_str().into())
}

impl Shop {
    /// Queues as many pushes, to a person each.
    async fn queue_many(&self, name: &str, count: usize) {
        let mut requests = Vec::new();
        for number in 0..count {
            let name = format!("{name}{number}");
            let profile = self.person(&name, &[&name]).await;
            requests.push(self.request(profile, "one"));
        }
        self.queue(&requests).await;
    }

    /// Has as many attempted, to the same end.
    async fn attempt(&self, count: usize, end: End) {
        let claimed = self.claim(u32::try_from(count).unwrap()).await;
        assert_eq!(claimed.len(), count);
        let now = self.store.now();
        let settlements: Vec<_> = claimed.iter().map(|one| ended(one, now, end.clone())).collect();
        assert_eq!(self.settle(&settlements).await, count);
    }

    async fn backlog(&self) -> Vec<Backlog> {
        backlog(&mut self.store.read().await.unwrap()).await.unwrap()
    }

    /// What is waited for, with the number of deliveries.
    async fn groups(&self) -> Vec<(Pending, u64)> {
        let groups = self.backlog().await;
        groups
            .into_iter()
            .map(|group| (group.pending, group.count.at_least()))
            .collect()
    }

    async fn retry_now(&self, app: Option<AppId>, pending: &Pending) -> u64 {
        retry_now(&self.store, app, pending).await.unwrap()
    }

    async fn drop_waiting(&self, app: Option<AppId>, pending: &Pending) -> u64 {
        drop_waiting(&self.store, app, pending).await.unwrap()
    }

    /// Gives the app a credential, and has the provider refuse it.
    async fn refuse_credential(&self) {
        let summary = CredentialSummary::Fcm {
            project_id: "p".into(),
            client_email: "e".into(),
        };
        let state = CredentialState::Refused {
            since: self.store.now(),
            reason: "no".into(),
            outcome: None,
        };
        let mut tx = self.store.begin().await.unwrap();
        let revision = apps::replace_credential(&mut tx, self.android, &summary, |_| b"sealed".to_vec())
            .await
            .unwrap();
        apps::set_state(&mut tx, self.android, revision, &state)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_waiting_is_counted_by_what_it_waits_for() {
    on_each_engine(|store, clock| async move {
        let shop = Shop::new(&store).await;
        assert_eq!(shop.backlog().await, []);
        shop.queue_many("old", 8).await;
        clock.advance(MINUTE);
        let soon = store.now() + MINUTE;
        let busy = |until| End::Waiting {
            until,
            outcome: Outcome::GoogleBusy,
        };
        shop.attempt(1, busy(soon + MINUTE)).await;
        shop.attempt(1, busy(soon)).await;
        let outcome = Outcome::GoogleQuota;
        shop.attempt(1, End::Waiting { until: soon, outcome }).await;
        let outcome = Outcome::GoogleSignInRejected;
        shop.attempt(2, End::Held { outcome }).await;
        shop.attempt(
            1,
            End::Failed {
                outcome: Outcome::TooLarge,
            },
        )
        .await;
        shop.claim(1).await;

        let groups = shop.backlog().await;
        let found: Vec<_> = groups
            .iter()
            .map(|group| (group.pending.clone(), group.count.at_least(), group.next))
            .collect();
        let expected = [
            (Pending::Queued, 1, Some(START)),
            (Pending::Sending, 1, None),
            (waiting(Outcome::GoogleBusy), 2, Some(soon)),
            (waiting(Outcome::GoogleQuota), 1, Some(soon)),
            (held(Outcome::GoogleSignInRejected), 2, None),
        ];
        assert_eq!(found, expected);
        for group in &groups {
            assert_eq!((group.app, group.oldest), (Some(shop.android), START));
            assert_eq!(group.app_name.as_deref(), Some("Shop"));
            assert_eq!(group.platform, Some(Platform::Android));
        }

        // What is held is tried when its credential is.
        shop.refuse_credential().await;
        shop.attempt(1, End::Held { outcome }).await;
        let groups = shop.backlog().await;
        let next = |pending: Pending| {
            groups
                .iter()
                .find(|group| group.pending == pending)
                .and_then(|group| group.next)
        };
        assert_eq!(next(held(outcome)), Some(store.now() + apps::PROBE_EVERY));

        // An app that is gone leaves its deliveries behind.
        let mut tx = store.begin().await.unwrap();
        execute!(&mut tx, "DELETE FROM app WHERE id = $1", shop.android).unwrap();
        tx.commit().await.unwrap();
        for group in shop.backlog().await {
            assert_eq!(
                (group.app, group.app_name, group.platform),
                (Some(shop.android), None, None)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_counted_to_its_end_is_told_from_what_is() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        shop.queue_many("p", 4).await;
        shop.claim(1).await;
        for (bound, queued) in [(2, HowMany::MoreThan(2)), (3, HowMany::Exactly(3))] {
            let found = crate::deliveries::backlog::bounded(&mut store.read().await.unwrap(), bound)
                .await
                .unwrap();
            let found: Vec<_> = found.into_iter().map(|group| group.count).collect();
            assert_eq!(found, [queued, HowMany::Exactly(1)]);
        }
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_the_credential_is_told_from_what_waits_for_a_stop_to_end() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        shop.queue_many("p", 3).await;
        let outcome = Outcome::GoogleSignInRejected;
        shop.attempt(1, End::Held { outcome }).await;
        let outcome = Outcome::SendingStopped;
        shop.attempt(2, End::Held { outcome }).await;
        let depths = depths(&mut store.read().await.unwrap()).await.unwrap();
        assert_eq!(depths.len(), 1);
        assert_eq!(
            (depths[0].held, depths[0].stopped),
            (HowMany::Exactly(1), HowMany::Exactly(2))
        );
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_due_at_once_where_it_is_retried_now() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        shop.queue_many("p", 4).await;
        let until = store.now() + MINUTE;
        let (busy, quota) = (Outcome::GoogleBusy, Outcome::GoogleQuota);
        shop.attempt(2, End::Waiting { until, outcome: busy }).await;
        shop.attempt(
            1,
            End::Waiting {
                until,
                outcome: quota,
            },
        )
        .await;
        shop.claim(1).await;
        assert_eq!(shop.claim(10).await.len(), 0);

        let mut heard = store.signals().listen(Topic::Deliveries);
        assert_eq!(shop.retry_now(Some(shop.ios), &waiting(busy)).await, 0);
        assert_eq!(shop.retry_now(None, &waiting(busy)).await, 0);
        assert_eq!(shop.retry_now(Some(shop.android), &Pending::Sending).await, 0);
        assert_eq!(shop.retry_now(Some(shop.android), &waiting(busy)).await, 2);
        tokio::time::timeout(Duration::from_secs(5), heard.changed())
            .await
            .expect("whoever sends is told");
        // What is due already is not put behind the others.
        assert_eq!(shop.retry_now(Some(shop.android), &waiting(busy)).await, 0);
        let due = shop.claim(10).await;
        assert_eq!(due.len(), 2);
        for one in due {
            assert_eq!(
                shop.story(one.place.id).await.delivery.reason.as_deref(),
                Some(busy.as_str())
            );
        }
        assert_eq!(shop.groups().await, [(Pending::Sending, 3), (waiting(quota), 1)]);
    })
    .await;
}

#[tokio::test]
async fn of_many_that_are_retried_now_each_comes_up_once_and_the_first_before_the_last() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        shop.queue_many("p", 20).await;
        let (until, outcome) = (store.now() + MINUTE, Outcome::GoogleBusy);
        let again = End::Waiting { until, outcome };
        shop.attempt(20, again.clone()).await;
        let group = Group {
            app: Some(shop.android),
            held: false,
            reason: Some(outcome.as_str().to_owned()),
        };
        let mut forward = BringForward::new(&store, &group);
        assert_eq!(forward.some(&store).await.unwrap(), Some(7));
        // The first are tried, and wait again, before the others have come up.
        shop.attempt(7, again).await;
        assert_eq!(shop.claim(20).await.len(), 0);
        for some in [Some(7), Some(6), None] {
            assert_eq!(forward.some(&store).await.unwrap(), some);
        }
        assert_eq!(shop.claim(20).await.len(), 13);
        // Asked once more, it brings forward what waits again.
        assert_eq!(shop.retry_now(Some(shop.android), &waiting(outcome)).await, 7);
    })
    .await;
}

#[tokio::test]
async fn what_is_held_follows_the_one_that_tries_the_credential() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        let outcome = Outcome::GoogleSignInRejected;
        shop.queue_many("p", 3).await;
        shop.attempt(3, End::Held { outcome }).await;
        // Without a credential there is nothing to try.
        assert_eq!(shop.retry_now(Some(shop.android), &held(outcome)).await, 0);
        assert_eq!(shop.retry_now(None, &held(outcome)).await, 0);

        shop.refuse_credential().await;
        shop.attempt(3, End::Held { outcome }).await;
        let probes = async || {
            let mut tx = store.begin().await.unwrap();
            let apps = apps::take_probes(&mut tx, store.now()).await.unwrap();
            tx.commit().await.unwrap();
            apps
        };
        assert_eq!(probes().await, []);
        assert_eq!(shop.retry_now(Some(shop.android), &held(outcome)).await, 3);
        let mut conn = store.read().await.unwrap();
        assert_eq!(next_due(&mut conn).await.unwrap().first(), Some(store.now()));
        drop(conn);
        assert_eq!(shop.claim(10).await.len(), 0);
        assert_eq!(probes().await, [shop.android]);
        assert_eq!(shop.groups().await, [(held(outcome), 3)]);

        // It works: the rest follow, and a credential that works is not tried by itself.
        let mut tx = store.begin().await.unwrap();
        let good = CredentialState::Good { since: store.now() };
        apps::set_state(&mut tx, shop.android, 1, &good).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(shop.retry_now(Some(shop.android), &held(outcome)).await, 0);
        assert_eq!(probes().await, []);
        assert_eq!(shop.claim(10).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn what_is_dropped_is_excluded_and_counted_and_what_is_being_sent_stays() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        shop.queue_many("p", 7).await;
        let until = store.now() + MINUTE;
        let (busy, refused) = (Outcome::GoogleBusy, Outcome::GoogleSignInRejected);
        shop.attempt(2, End::Waiting { until, outcome: busy }).await;
        shop.attempt(2, End::Held { outcome: refused }).await;
        let sent = shop.claim(1).await.remove(0);
        let app = Some(shop.android);

        assert_eq!(shop.drop_waiting(Some(shop.ios), &waiting(busy)).await, 0);
        assert_eq!(shop.drop_waiting(None, &waiting(busy)).await, 0);
        assert_eq!(shop.drop_waiting(app, &held(busy)).await, 0);
        assert_eq!(shop.drop_waiting(app, &Pending::Sending).await, 0);
        assert_eq!(n(&shop.counted().await, "excluded"), 0);
        assert_eq!(shop.drop_waiting(app, &waiting(busy)).await, 2);
        assert_eq!(
            shop.groups().await,
            [(Pending::Queued, 2), (Pending::Sending, 1), (held(refused), 2)]
        );
        assert_eq!(shop.drop_waiting(app, &held(refused)).await, 2);
        assert_eq!(shop.drop_waiting(app, &Pending::Queued).await, 2);
        assert_eq!(shop.groups().await, [(Pending::Sending, 1)]);
        let counted = shop.counted().await;
        assert_eq!(counted[&("excluded".into(), Exclusion::Stopped.code().into())], 6);

        assert_eq!(shop.settle(&[accepted(&sent, store.now())]).await, 1);
        assert_eq!(shop.backlog().await, []);
        let counted = shop.counted().await;
        assert_eq!(
            n(&counted, "targeted"),
            n(&counted, "excluded") + n(&counted, "accepted")
        );
        let mut conn = store.read().await.unwrap();
        let excluded = of_message(&mut conn, shop.message, Some(State::Excluded), None, 10)
            .await
            .unwrap();
        assert_eq!(excluded.len(), 6);
        let story = shop.story(excluded[0].id).await;
        assert_eq!(story.hops.last().unwrap().kind, HopKind::Excluded);
        assert_eq!(story.delivery.reason.as_deref(), Some(Exclusion::Stopped.code()));
    })
    .await;
}

#[tokio::test]
async fn what_belongs_to_no_app_can_be_retried_and_dropped() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        shop.queue_many("p", 3).await;
        let (until, outcome) = (store.now() + MINUTE, Outcome::GoogleBusy);
        shop.attempt(2, End::Waiting { until, outcome }).await;
        let mut tx = store.begin().await.unwrap();
        execute!(&mut tx, "UPDATE delivery SET app_id = NULL").unwrap();
        tx.commit().await.unwrap();
        let groups = shop.backlog().await;
        assert!(
            groups
                .iter()
                .all(|group| (group.app, &group.app_name) == (None, &None))
        );
        assert_eq!(shop.retry_now(None, &waiting(outcome)).await, 2);
        assert_eq!(shop.drop_waiting(None, &waiting(outcome)).await, 2);
        assert_eq!(shop.drop_waiting(None, &Pending::Queued).await, 1);
        assert_eq!(shop.backlog().await, []);
    })
    .await;
}
