//! What a provider refuses: credentials and tokens.

use super::*;

#[tokio::test]
async fn a_refused_credential_holds_its_deliveries_and_a_new_one_lets_them_go() {
    on_each_engine(|store, clock| async move {
        let shop = Shop::new(&store).await;
        let ada = shop.person("ada", &["a1"]).await;
        let summary = CredentialSummary::Fcm {
            project_id: "p".into(),
            client_email: "e".into(),
        };
        let mut tx = store.begin().await.unwrap();
        apps::replace_credential(&mut tx, shop.android, &summary, |_| b"sealed".to_vec())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        shop.queue(&[shop.request(ada, "one")]).await;
        let claimed = shop.claim(10).await.remove(0);
        let held = ended(
            &claimed,
            store.now(),
            End::Held {
                outcome: Outcome::GoogleSignInRejected,
            },
        );
        shop.settle(&[held]).await;
        let mut tx = store.begin().await.unwrap();
        let refused = |reason: &str| CredentialState::Refused {
            since: START,
            reason: reason.into(),
            outcome: None,
        };
        assert!(
            apps::set_state(&mut tx, shop.android, 1, &refused("a"))
                .await
                .unwrap()
        );
        assert!(
            !apps::set_state(&mut tx, shop.android, 1, &refused("a"))
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();

        // Nothing is due but the try of a minute later, which takes one.
        let mut conn = store.read().await.unwrap();
        assert_eq!(
            next_due(&mut conn).await.unwrap().first(),
            Some(START + apps::PROBE_EVERY)
        );
        let depth = depths(&mut conn).await.unwrap();
        let none = HowMany::NONE;
        assert_eq!((depth[0].held, depth[0].stopped), (HowMany::Exactly(1), none));
        assert_eq!((depth[0].waiting, depth[0].sending), (none, none));
        drop(conn);
        clock.advance(apps::PROBE_EVERY);
        assert!(shop.claim(10).await.is_empty());
        let mut tx = store.begin().await.unwrap();
        assert_eq!(
            apps::take_probes(&mut tx, store.now()).await.unwrap(),
            [shop.android]
        );
        assert_eq!(apps::take_probes(&mut tx, store.now()).await.unwrap(), []);
        let taken = claim_probe(&mut tx, shop.android, store.now(), 1, LEASE)
            .await
            .unwrap();
        let probe = load(&mut tx, &taken).await.unwrap().remove(0);
        assert_eq!(probe.place.id, claimed.place.id);
        tx.commit().await.unwrap();
        let again = ended(
            &probe,
            store.now(),
            End::Held {
                outcome: Outcome::GoogleSignInRejected,
            },
        );
        shop.settle(&[again]).await;

        let mut tx = store.begin().await.unwrap();
        apps::replace_credential(&mut tx, shop.android, &summary, |_| b"sealed".to_vec())
            .await
            .unwrap();
        // What is said of the old one does not count any more.
        assert!(
            !apps::set_state(&mut tx, shop.android, 1, &refused("a"))
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert_eq!(shop.claim(10).await.len(), 1);
        let mut conn = store.read().await.unwrap();
        let app = apps::get(&mut conn, shop.android).await.unwrap();
        assert_eq!(app.state, CredentialState::Unchecked);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_retired_unless_it_came_again() {
    on_each_engine(|store, clock| async move {
        let shop = Shop::new(&store).await;
        let ada = shop.person("ada", &["a1"]).await;
        clock.advance(Duration::from_secs(60));
        for (cause, dead, expected) in [
            ("1", START - Duration::from_secs(1), DeviceStatus::Active),
            ("2", store.now(), DeviceStatus::Retired),
        ] {
            shop.queue(&[shop.request(ada, cause)]).await;
            let claimed = shop.claim(1).await.remove(0);
            let outcome = Outcome::AppRemovedAndroid;
            let mut settlement = ended(&claimed, store.now(), End::Failed { outcome });
            let device = claimed.device.as_ref().unwrap().id;
            settlement.device = Some((device, DeviceChange::Retired(dead)));
            shop.settle(&[settlement]).await;
            let mut conn = store.read().await.unwrap();
            assert_eq!(
                devices::load(&mut conn, &[device]).await.unwrap()[0].status,
                expected
            );
        }
    })
    .await;
}
