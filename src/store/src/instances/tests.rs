//! Entries, places and their holders.

use std::time::Duration;

use heliograph_model::{
    ids::AuditId,
    journey::{Document, Status},
    profile::Identity,
    report::{Figure, Scope},
};
use serde_json::json;

use super::*;
use crate::{
    Store,
    audit::{self, Actor, Change},
    counters::Counts,
    journeys, profiles, reports,
    testing::{START, on_each_engine},
};

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

        let mut leaving = store.begin().await.unwrap();
        let inside = claim_inside(&mut leaving, version, 9).await.unwrap();
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
        leave_stopped(&mut leaving, inside, &mut Counts::new())
            .await
            .unwrap();
        leaving.commit().await.unwrap();
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

/// Stops the journey; the entry in the audit log.
async fn stop(tx: &mut Tx, journey: JourneyId) -> AuditId {
    let change = Change {
        action: "stopped",
        object_kind: "journey",
        object: Some(journey.0),
        name: "Test",
        detail: json!({}),
    };
    let entry = audit::record_begun(tx, &Actor::system(), change).await.unwrap();
    journeys::stop(tx, journey, entry).await.unwrap();
    entry
}

/// What the audit log says of the stop.
async fn said(store: &Store, entry: AuditId) -> Value {
    let mut conn = store.read().await.unwrap();
    let (Json(detail),) = fetch_one!(
        &mut conn,
        (Json<Value>,),
        "SELECT detail FROM audit WHERE id = $1",
        entry
    )
    .unwrap();
    detail
}

/// How many left for each reason, over all time.
async fn left(store: &Store, journey: JourneyId) -> Vec<(String, i64)> {
    let mut conn = store.read().await.unwrap();
    let totals = reports::totals(&mut conn, Scope::Journey { id: journey }, reports::Range::EVER)
        .await
        .unwrap();
    let reasons = totals.reasons(Figure::Left).into_iter();
    reasons.map(|reason| (reason.code, reason.n)).collect()
}

#[tokio::test]
async fn a_stop_takes_people_out_of_all_versions_some_at_a_time_and_counts_each_once() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let (journey, first) = journey(&mut tx).await;
        journeys::publish(&mut tx, journey, 1, "Marta").await.unwrap();
        let second = journeys::versions(&mut tx, journey).await.unwrap().remove(0).id;
        let mut stays = Vec::new();
        for i in 0..20 {
            let profile = profile(&mut tx, &format!("{i}@x")).await;
            enter(&mut tx, &[entry(profile, journey)]).await.unwrap();
            let version = if i < 17 { first } else { second };
            stays.push(stay(&store, profile, journey, version));
        }
        // One has left before.
        stays[0].active = false;
        save(&mut tx, &stays).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = store.begin().await.unwrap();
        let entered = stop(&mut tx, journey).await;
        tx.commit().await.unwrap();
        let mut inside = Vec::new();
        loop {
            let mut conn = store.read().await.unwrap();
            let (n,): (i64,) =
                fetch_one!(&mut conn, (i64,), "SELECT COUNT(*) FROM instance WHERE active").unwrap();
            inside.push(n);
            let mut more = false;
            for version in stopping(&mut conn).await.unwrap() {
                more = more || take_out(&store, version).await.unwrap();
            }
            if !more {
                break;
            }
            // Until all are out, nobody says how many they were.
            let done = stopping(&mut conn).await.unwrap().is_empty();
            assert_eq!(said(&store, entered).await == json!({}), !done);
        }
        assert_eq!(inside, [19, 12, 5, 3, 0]);
        assert_eq!(said(&store, entered).await, json!({ "inside": 19 }));
        assert_eq!(left(&store, journey).await, [("stopped".to_owned(), 19)]);
        let mut tx = store.begin().await.unwrap();
        let again = stays.iter().map(|stay| entry(stay.profile_id, journey));
        let again: Vec<Entry> = again.collect();
        assert_eq!(
            enter(&mut tx, &again).await.unwrap(),
            [true; 20],
            "nobody is in the journey any more"
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_is_being_moved_while_a_journey_stops_is_taken_out_afterwards() {
    on_each_engine(|store, _| async move {
        if store.engine() == Engine::Sqlite {
            // There is one writer, so nobody else moves anyone meanwhile.
            return;
        }
        let mut tx = store.begin().await.unwrap();
        let (journey, version) = journey(&mut tx).await;
        let ada = profile(&mut tx, "ada@x").await;
        save(&mut tx, &[stay(&store, ada, journey, version)])
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let mut walking = store.begin().await.unwrap();
        let mut held = claim_inside(&mut walking, version, 9).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let entered = stop(&mut tx, journey).await;
        tx.commit().await.unwrap();
        assert!(!take_out(&store, version).await.unwrap(), "it waits for nobody");
        assert_eq!(said(&store, entered).await, json!({}), "she is not out yet");
        held[0].node = "elsewhere".into();
        save(&mut walking, &held).await.unwrap();
        walking.commit().await.unwrap();
        assert!(take_out(&store, version).await.unwrap());
        assert!(!take_out(&store, version).await.unwrap());
        assert_eq!(said(&store, entered).await, json!({ "inside": 1 }));
    })
    .await;
}

#[tokio::test]
async fn those_inside_are_found_without_reading_others() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let Some(plan) = crate::sql::explain(&mut tx, INSIDE).await else {
            return;
        };
        assert!(
            plan.iter().any(|step| step.contains("instance_inside")) && plan.len() == 1,
            "{plan:?}"
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
