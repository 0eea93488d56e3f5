//! Taking deliveries to send them, and what becomes of those whose worker is gone.

use super::*;

#[tokio::test]
async fn a_claim_brings_all_that_is_needed_to_send() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        let ada = shop.person("ada", &["a1"]).await;
        shop.queue(&[shop.request(ada, "one")]).await;
        let claimed = shop.claim(10).await;
        let one = &claimed[0];
        assert_eq!(one.content.as_ref().unwrap().title, "Hello");
        assert_eq!(one.device.as_ref().unwrap().token, "a1");
        assert_eq!(one.app.as_ref().unwrap().id, shop.android);
        assert_eq!(one.profile.as_ref().unwrap().id, ada);
        assert_eq!(one.context["journey"]["events"], json!({}));
        assert!(!one.interrupted && !one.stopped && !one.place.proof);
    })
    .await;
}

#[tokio::test]
async fn two_workers_never_get_the_same() {
    on_each_engine(|store, _| async move {
        let shop = Shop::new(&store).await;
        let mut requests = Vec::new();
        for number in 0..60 {
            let name = format!("p{number}");
            let profile = shop.person(&name, &[&name]).await;
            requests.push(shop.request(profile, "one"));
        }
        shop.queue(&requests).await;
        let worker = || async {
            let mut got = Vec::new();
            loop {
                let claimed = shop.claim(7).await;
                if claimed.is_empty() {
                    return got;
                }
                got.extend(claimed.into_iter().map(|one| one.place.id));
            }
        };
        let (one, two, three) = tokio::join!(worker(), worker(), worker());
        let mut all = [one, two, three].concat();
        assert_eq!(all.len(), 60);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 60);
    })
    .await;
}

#[tokio::test]
async fn what_a_crashed_worker_had_comes_back_and_its_late_word_is_not_heard() {
    on_each_engine(|store, clock| async move {
        let shop = Shop::new(&store).await;
        let ada = shop.person("ada", &["a1"]).await;
        shop.queue(&[shop.request(ada, "one")]).await;
        let first = shop.claim(10).await.remove(0);
        assert!(shop.claim(10).await.is_empty());
        clock.advance(LEASE);
        let second = shop.claim(10).await.remove(0);
        assert!(second.interrupted);
        for lease in [first.lease_until, second.lease_until] {
            let mut tx = store.begin().await.unwrap();
            note_lost(&mut tx, &[second.place.id], lease, "it crashed")
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(shop.settle(&[accepted(&first, clock_now(&store))]).await, 0);
        assert_eq!(shop.settle(&[accepted(&second, clock_now(&store))]).await, 1);
        assert_eq!(shop.settle(&[accepted(&second, clock_now(&store))]).await, 0);
        assert_eq!(n(&shop.counted().await, "accepted"), 1);
        let story = shop.story(first.place.id).await;
        assert_eq!(story.delivery.state, State::Accepted);
        assert_eq!(story.provider_id.as_deref(), Some("projects/p/messages/1"));
        assert_eq!(
            story.hops.iter().map(|hop| hop.kind).collect::<Vec<_>>(),
            [HopKind::Queued, HopKind::Waiting, HopKind::Accepted],
            "the one that has it says so, and nobody else"
        );
        assert_eq!(story.delivery.attempts, 2);
    })
    .await;
}
