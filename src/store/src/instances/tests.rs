//! Entries, places and their holders.

use std::time::Duration;

use heliograph_model::profile::Identity;
use serde_json::json;

use super::*;
use crate::{
    Store, journeys, profiles,
    testing::{START, on_each_engine},
};
use heliograph_model::journey::{Document, Status};

fn stay(store: &Store, profile: ProfileId, journey: JourneyId, version: JourneyVersionId) -> Instance {
    Instance {
        profile_id: profile,
        id: InstanceId::new(store.ids()),
        journey_id: journey,
        journey_version_id: version,
        node: "wait".into(),
        step: 1,
        active: true,
        wake_at: START + Duration::from_secs(60),
        context: Json(json!({})),
        entry_key: "current".into(),
        entered_at: START,
        left_at: None,
        left_by: None,
    }
}

async fn profile(tx: &mut Tx, email: &str) -> ProfileId {
    let upsert = profiles::Upsert {
        identities: vec![Identity::new("Email", email).unwrap()],
        attributes: json!({}),
    };
    profiles::upsert(tx, &[upsert]).await.unwrap()[0].unwrap()
}

async fn merge(tx: &mut Tx, emails: [&str; 2]) -> ProfileId {
    let upsert = profiles::Upsert {
        identities: emails
            .map(|email| Identity::new("Email", email).unwrap())
            .to_vec(),
        attributes: json!({}),
    };
    profiles::upsert(tx, &[upsert]).await.unwrap()[0].unwrap()
}

async fn journey(tx: &mut Tx) -> (JourneyId, JourneyVersionId) {
    let id = journeys::create(tx, "Test", &Document::default()).await.unwrap();
    journeys::publish(tx, id, 1, "Marta").await.unwrap();
    let version = journeys::versions(tx, id).await.unwrap().remove(0);
    assert_eq!(version.status, Status::Live);
    (id, version.id)
}

fn entry(profile: ProfileId, journey: JourneyId) -> Entry {
    Entry {
        profile,
        journey,
        key: "current".into(),
    }
}

#[tokio::test]
async fn an_entry_is_had_once_until_its_stay_is_over() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let (journey, version) = journey(&mut tx).await;
        let [ada, bob] = [profile(&mut tx, "ada@x").await, profile(&mut tx, "bob@x").await];
        let wanted = [entry(bob, journey), entry(ada, journey), entry(bob, journey)];
        assert_eq!(enter(&mut tx, &wanted).await.unwrap(), [true, true, false]);
        assert_eq!(enter(&mut tx, &wanted).await.unwrap(), [false; 3]);
        let mut left = stay(&store, bob, journey, version);
        left.active = false;
        save(&mut tx, &[left]).await.unwrap();
        assert_eq!(enter(&mut tx, &wanted).await.unwrap(), [true, false, false]);
    })
    .await;
}

#[tokio::test]
async fn of_two_stays_that_share_an_entry_the_last_one_frees_it() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let (journey, version) = journey(&mut tx).await;
        let ada = profile(&mut tx, "ada@x").await;
        enter(&mut tx, &[entry(ada, journey)]).await.unwrap();
        let mut stays = [
            stay(&store, ada, journey, version),
            stay(&store, ada, journey, version),
        ];
        save(&mut tx, &stays).await.unwrap();
        for (which, free) in [(0, false), (1, true)] {
            stays[which].active = false;
            save(&mut tx, &stays[which..=which]).await.unwrap();
            assert_eq!(enter(&mut tx, &[entry(ada, journey)]).await.unwrap(), [free]);
        }
    })
    .await;
}

#[tokio::test]
async fn those_at_a_step_are_listed_page_by_page() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let (journey, version) = journey(&mut tx).await;
        let mut stays = Vec::new();
        for i in 0..5 {
            let profile = profile(&mut tx, &format!("{i}@x")).await;
            stays.push(stay(&store, profile, journey, version));
        }
        stays[1].node = "elsewhere".into();
        stays[3].active = false;
        save(&mut tx, &stays).await.unwrap();
        let wait = NodeId("wait".into());
        let first = at_node(&mut tx, journey, &wait, None, 2).await.unwrap();
        let ids = |page: &[Instance]| page.iter().map(|stay| stay.id).collect::<Vec<_>>();
        assert_eq!(ids(&first), [stays[0].id, stays[2].id]);
        let rest = at_node(&mut tx, journey, &wait, Some(first[1].id), 2)
            .await
            .unwrap();
        assert_eq!(ids(&rest), [stays[4].id]);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_held_is_told_from_those_who_were_merged_or_erased() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let ada = profile(&mut tx, "ada@x").await;
        let also_ada = profile(&mut tx, "ada@y").await;
        let bob = profile(&mut tx, "bob@x").await;
        let survivor = merge(&mut tx, ["ada@x", "ada@y"]).await;
        profiles::erase(&mut tx, bob).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = store.begin().await.unwrap();
        let held = hold(&mut tx, [ada, also_ada, bob]).await.unwrap();
        assert_eq!(held[&ada], Holder::Is(survivor));
        assert_eq!(held[&also_ada], Holder::Is(survivor));
        assert_eq!(held[&bob], Holder::Gone);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_being_changed_by_someone_else_is_not_waited_for() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let ada = profile(&mut tx, "ada@x").await;
        let bob = profile(&mut tx, "bob@x").await;
        tx.commit().await.unwrap();
        if store.engine() == Engine::Sqlite {
            // There is one writer, so nobody else changes anything meanwhile.
            return;
        }
        let mut other = store.begin().await.unwrap();
        profiles::change_attributes(&mut other, &[(ada, &json!({ "a": 1 }))])
            .await
            .unwrap();
        let mut tx = store.begin().await.unwrap();
        let held = hold(&mut tx, [ada, bob]).await.unwrap();
        assert_eq!((held[&ada], held[&bob]), (Holder::Busy, Holder::Is(bob)));
    })
    .await;
}

#[tokio::test]
async fn a_read_goes_on_where_it_was_and_for_one_at_a_time() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let (_, version) = journey(&mut tx).await;
        let ada = profile(&mut tx, "ada@x").await;
        execute!(
            &mut tx,
            "INSERT INTO audience_read (journey_version_id, node, audience_id, due_at) VALUES ($1, $2, $1, $3)",
            version,
            "start",
            START
        )
        .unwrap();
        assert!(due_read(&mut tx, START - Duration::from_secs(1)).await.unwrap().is_none());
        let read = due_read(&mut tx, START).await.unwrap().unwrap();
        assert!(claim_read(&mut tx, &read).await.unwrap());
        progress_read(&mut tx, &read, &ReadProgress::UpTo(ada)).await.unwrap();
        assert!(!claim_read(&mut tx, &read).await.unwrap(), "someone has gone on with it");
        let read = due_read(&mut tx, START).await.unwrap().unwrap();
        assert_eq!(read.after_profile, Some(ada));
        progress_read(&mut tx, &read, &ReadProgress::Finished).await.unwrap();
        assert_eq!(next_read(&mut tx).await.unwrap(), None);
    })
    .await;
}

/// Waits until another transaction waits for what this one has locked. SQLite has one writer, so there nobody gets as far.
async fn until_someone_waits(store: &Store) {
    if store.engine() == Engine::Sqlite {
        return;
    }
    let end = std::time::Instant::now() + Duration::from_secs(20);
    let mut conn = store.read().await.unwrap();
    loop {
        let (waiting,): (i64,) = fetch_one!(
            &mut conn,
            (i64,),
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        .unwrap();
        if waiting > 0 {
            return;
        }
        assert!(std::time::Instant::now() < end, "nobody waits");
    }
}

#[tokio::test]
async fn stopping_a_journey_and_merging_two_who_are_in_it_do_not_wait_for_each_other() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let (journey, version) = journey(&mut tx).await;
        let [ada, bob] = [profile(&mut tx, "ada@x").await, profile(&mut tx, "bob@x").await];
        enter(&mut tx, &[entry(ada, journey), entry(bob, journey)])
            .await
            .unwrap();
        let stays = [ada, bob].map(|who| stay(&store, who, journey, version));
        save(&mut tx, &stays).await.unwrap();
        tx.commit().await.unwrap();

        let mut stopping = store.begin().await.unwrap();
        execute!(&mut stopping, "UPDATE instance SET active = $1", false).unwrap();
        let merging = tokio::spawn({
            let store = store.clone();
            async move {
                let mut tx = store.begin().await.unwrap();
                let survivor = merge(&mut tx, ["ada@x", "bob@x"]).await;
                tx.commit().await.unwrap();
                survivor
            }
        });
        until_someone_waits(&store).await;
        stop(&mut stopping, journey, &mut Counts::new()).await.unwrap();
        stopping.commit().await.unwrap();
        let survivor = merging.await.unwrap();
        let mut tx = store.begin().await.unwrap();
        assert_eq!(of_profile(&mut tx, survivor).await.unwrap().len(), 2);
        assert_eq!(
            enter(&mut tx, &[entry(survivor, journey)]).await.unwrap(),
            [true],
            "nobody is in the journey any more"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_written_while_someone_is_erased_is_erased_too() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let (journey, version) = journey(&mut tx).await;
        let ada = profile(&mut tx, "ada@x").await;
        tx.commit().await.unwrap();

        let mut walking = store.begin().await.unwrap();
        let held = hold(&mut walking, [ada]).await.unwrap();
        assert_eq!(held[&ada], Holder::Is(ada));
        let erasing = tokio::spawn({
            let store = store.clone();
            async move {
                let mut tx = store.begin().await.unwrap();
                profiles::erase(&mut tx, ada).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
        until_someone_waits(&store).await;
        enter(&mut walking, &[entry(ada, journey)]).await.unwrap();
        let mut left = stay(&store, ada, journey, version);
        left.active = false;
        save(&mut walking, &[left]).await.unwrap();
        walking.commit().await.unwrap();
        erasing.await.unwrap();
        let mut conn = store.read().await.unwrap();
        assert!(of_profile(&mut conn, ada).await.unwrap().is_empty());
    })
    .await;
}
