//! Identity resolution, merging and erasing, as people would notice them.

use std::time::Duration;

use heliograph_model::{
    app_config::{PayloadStyle, Platform},
    collection::{AuthenticatedState, EventIdentity, EventKey},
    ids::{DatastreamId, ProfileId},
    message::Content,
    profile::{Identity, PushPlatform},
    time::Timestamp,
};
use serde_json::{Value, json};

use super::*;
use crate::{
    Store, apps,
    counters::Counts,
    deliveries::{self, Purpose, Request},
    devices::{self, Claim, Wanted},
    events::{self, NewEvent},
    messages,
    testing::{START, on_each_engine},
};

fn seen(namespace: &str, value: &str) -> EventIdentity {
    EventIdentity {
        identity: Identity::new(namespace, value).unwrap(),
        state: AuthenticatedState::Authenticated,
        primary: false,
    }
}

fn signed_out(namespace: &str, value: &str) -> EventIdentity {
    EventIdentity {
        state: AuthenticatedState::LoggedOut,
        ..seen(namespace, value)
    }
}

fn after(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

/// Takes in device maps one after the other, each in a transaction of its own; their profiles.
async fn one_by_one(store: &Store, maps: &[(Timestamp, Vec<EventIdentity>)]) -> Vec<ProfileId> {
    let mut profiles = Vec::new();
    for (at, map) in maps {
        let mut tx = store.begin().await.unwrap();
        let sighting = Sighting {
            at: *at,
            device_map: Some(map),
            event_map: &[],
        };
        profiles.push(resolve(&mut tx, &[sighting]).await.unwrap().profiles[0].unwrap());
        tx.commit().await.unwrap();
    }
    profiles
}

/// Takes in device maps in one transaction; their profiles.
async fn at_once(store: &Store, maps: &[(Timestamp, Vec<EventIdentity>)]) -> Vec<ProfileId> {
    let mut tx = store.begin().await.unwrap();
    let sightings: Vec<_> = maps
        .iter()
        .map(|(at, map)| Sighting {
            at: *at,
            device_map: Some(map),
            event_map: &[],
        })
        .collect();
    let profiles = resolve(&mut tx, &sightings).await.unwrap().profiles;
    tx.commit().await.unwrap();
    profiles.into_iter().map(Option::unwrap).collect()
}

async fn owner(store: &Store, namespace: &str, value: &str) -> ProfileId {
    let mut conn = store.read().await.unwrap();
    let identity = Identity::new(namespace, value).unwrap();
    by_identity(&mut conn, &identity).await.unwrap().unwrap()
}

async fn register(store: &Store, profile: ProfileId, ecid: &str, token: &str) {
    let mut tx = store.begin().await.unwrap();
    let claim = Claim {
        profile,
        ecid: Some(ecid.into()),
        app: "com.example.shop".into(),
        platform: PushPlatform::Fcm,
        token: token.into(),
        wanted: Wanted::Yes,
        at: START,
    };
    devices::sync(&mut tx, &[claim]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn active(store: &Store, profile: ProfileId) -> usize {
    let mut conn = store.read().await.unwrap();
    devices::active_of(&mut conn, &[profile]).await.unwrap().len()
}

async fn set(store: &Store, profile: ProfileId, change: Value) {
    let mut tx = store.begin().await.unwrap();
    change_attributes(&mut tx, &[(profile, &change)]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_first_to_sign_in_keeps_what_the_install_did_before() {
    on_each_engine(|store, _| async move {
        let profiles = one_by_one(
            &store,
            &[
                (after(0), vec![seen("ECID", "1")]),
                (
                    after(1),
                    vec![seen("ECID", "1"), seen("Email", "Ada@Example.com")],
                ),
                (
                    after(2),
                    vec![seen("ECID", "1"), seen("email", "ada@example.com")],
                ),
            ],
        )
        .await;
        assert_eq!(profiles[0], profiles[1]);
        assert_eq!(profiles[1], profiles[2]);
        let mut conn = store.read().await.unwrap();
        assert_eq!(count(&mut conn).await.unwrap(), 1);
        let known = identities(&mut conn, &profiles[..1]).await.unwrap();
        assert_eq!(known.len(), 2);
        assert!(known.iter().any(|own| own.identity.value == "Ada@Example.com"));
    })
    .await;
}

#[tokio::test]
async fn an_install_follows_whoever_signs_in_and_its_events_stay() {
    on_each_engine(|store, _| async move {
        let maps = [
            (after(0), vec![seen("ECID", "1"), seen("CRMID", "ada")]),
            (after(1), vec![seen("ECID", "1"), seen("CRMID", "bob")]),
            (after(2), vec![seen("ECID", "1")]),
            (after(3), vec![seen("ECID", "1"), seen("CRMID", "ada")]),
        ];
        let profiles = one_by_one(&store, &maps[..1]).await;
        let ada = profiles[0];
        register(&store, ada, "1", "token").await;
        assert_eq!(active(&store, ada).await, 1);

        let bob = one_by_one(&store, &maps[1..2]).await[0];
        assert_ne!(ada, bob);
        assert_eq!((active(&store, ada).await, active(&store, bob).await), (0, 1));

        let nobody = one_by_one(&store, &maps[2..3]).await[0];
        assert!(nobody != ada && nobody != bob);
        assert_eq!((active(&store, bob).await, active(&store, nobody).await), (0, 1));

        let again = one_by_one(&store, &maps[3..]).await[0];
        assert_eq!(again, ada);
        assert_eq!(active(&store, ada).await, 1);
        // What happened while nobody was signed in belongs to whoever signed in next.
        let mut conn = store.read().await.unwrap();
        assert_eq!(find(&mut conn, nobody).await.unwrap().unwrap().id, ada);
    })
    .await;
}

#[tokio::test]
async fn one_transaction_ends_as_many_do() {
    on_each_engine(|store, _| async move {
        let maps = |n: u32| {
            let ecid = format!("ecid-{n}");
            let (ada, bob) = (format!("ada-{n}"), format!("bob-{n}"));
            vec![
                (after(0), vec![seen("ECID", &ecid)]),
                (after(1), vec![seen("ECID", &ecid), seen("CRMID", &ada)]),
                (after(2), vec![seen("ECID", &ecid), signed_out("CRMID", &ada)]),
                (after(3), vec![seen("ECID", &ecid), seen("CRMID", &bob)]),
                (after(4), vec![seen("CRMID", &ada), seen("Email", &ada)]),
                (after(5), vec![seen("ECID", &ecid)]),
            ]
        };
        // Which of them are the same profile?
        let shape = |profiles: Vec<ProfileId>| -> Vec<usize> {
            profiles
                .iter()
                .map(|one| profiles.iter().position(|other| other == one).unwrap())
                .collect()
        };
        let singly = shape(one_by_one(&store, &maps(1)).await);
        // Bob takes over the profile that the install got when Ada signed out.
        assert_eq!(singly, [0, 0, 2, 2, 0, 5]);
        assert_eq!(shape(at_once(&store, &maps(2)).await), singly);
    })
    .await;
}

#[tokio::test]
async fn an_older_map_says_whose_the_event_is_and_not_whose_the_device_is() {
    on_each_engine(|store, _| async move {
        let profiles = one_by_one(
            &store,
            &[
                (after(10), vec![seen("ECID", "1"), seen("CRMID", "bob")]),
                (after(5), vec![seen("ECID", "1"), seen("CRMID", "ada")]),
                (after(6), vec![seen("ECID", "1")]),
            ],
        )
        .await;
        assert_ne!(profiles[0], profiles[1]);
        assert_eq!(owner(&store, "ECID", "1").await, profiles[0]);
        assert_eq!(profiles[2], profiles[0]);
    })
    .await;
}

#[tokio::test]
async fn a_person_named_by_an_event_alone_is_not_signed_out_by_the_next() {
    on_each_engine(|store, _| async move {
        let (map, event) = ([seen("ECID", "1")], [seen("CRMID", "ada")]);
        let mut tx = store.begin().await.unwrap();
        let named = Sighting {
            at: after(0),
            device_map: Some(&map),
            event_map: &event,
        };
        let silent = Sighting {
            at: after(1),
            event_map: &[],
            ..named
        };
        let found = resolve(&mut tx, &[named]).await.unwrap().profiles[0];
        assert_eq!(resolve(&mut tx, &[silent]).await.unwrap().profiles[0], found);
    })
    .await;
}

#[tokio::test]
async fn a_second_ecid_is_an_alias_that_takes_nothing_from_anyone() {
    on_each_engine(|store, _| async move {
        let profiles = one_by_one(
            &store,
            &[
                (after(0), vec![seen("ECID", "1"), seen("CRMID", "ada")]),
                (after(1), vec![seen("ECID", "2"), seen("ECID", "1")]),
                (after(2), vec![seen("ECID", "2"), seen("ECID", "3")]),
            ],
        )
        .await;
        assert_ne!(profiles[0], profiles[1]);
        assert_eq!(owner(&store, "ECID", "1").await, profiles[0]);
        assert_eq!(owner(&store, "ECID", "3").await, profiles[1]);
    })
    .await;
}

#[tokio::test]
async fn two_persons_in_one_event_become_one_and_the_newer_value_wins() {
    on_each_engine(|store, clock| async move {
        let profiles = one_by_one(
            &store,
            &[
                (
                    after(0),
                    vec![seen("ECID", "1"), seen("Email", "ada@example.com")],
                ),
                (after(1), vec![seen("ECID", "2"), seen("CRMID", "ada")]),
            ],
        )
        .await;
        register(&store, profiles[0], "1", "one").await;
        register(&store, profiles[1], "2", "two").await;
        set(
            &store,
            profiles[1],
            json!({"loyalty": {"tier": "silver", "points": 1}}),
        )
        .await;
        clock.advance(Duration::from_secs(1));
        set(
            &store,
            profiles[0],
            json!({"loyalty": {"tier": "gold"}, "person": {"name": {"firstName": "Ada"}}}),
        )
        .await;

        let both = vec![seen("Email", "ada@example.com"), seen("CRMID", "ada")];
        let merged = one_by_one(&store, &[(after(2), both)]).await[0];
        assert_eq!(merged, profiles[0]);
        assert_eq!(active(&store, merged).await, 2);
        for (namespace, value) in [("ECID", "1"), ("ECID", "2"), ("CRMID", "ada")] {
            assert_eq!(owner(&store, namespace, value).await, merged);
        }
        let mut conn = store.read().await.unwrap();
        let survivor = find(&mut conn, profiles[1]).await.unwrap().unwrap();
        assert_eq!(survivor.id, merged);
        assert_eq!(
            survivor.attributes,
            json!({"loyalty": {"tier": "gold", "points": 1}, "person": {"name": {"firstName": "Ada"}}})
        );
        assert_eq!(load(&mut conn, &profiles).await.unwrap().len(), 1);
        assert_eq!(count(&mut conn).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn who_was_in_a_journey_twice_is_in_it_once_and_keeps_the_deliveries_of_both() {
    on_each_engine(|store, _| async move {
        let maps = [
            (after(0), vec![seen("Email", "ada@example.com")]),
            (after(0), vec![seen("CRMID", "ada")]),
        ];
        let profiles = one_by_one(&store, &maps).await;
        let journey = uuid::Uuid::from_u128(1);
        let mut tx = store.begin().await.unwrap();
        for (id, keys) in [(profiles[0], ["a", "b"]), (profiles[1], ["b", "c"])] {
            for key in keys {
                execute!(
                    &mut tx,
                    "INSERT INTO journey_entry (profile_id, journey_id, key) VALUES ($1, $2, $3)",
                    id,
                    journey,
                    key
                )
                .unwrap();
            }
        }
        let app = apps::NewApp {
            name: "Shop",
            platform: Platform::Android,
            app: "com.example.shop",
            style: PayloadStyle::AdobeMessaging,
        };
        let app = apps::create(&mut tx, &app).await.unwrap();
        let message = messages::create(&mut tx, "Welcome", &Content::default())
            .await
            .unwrap();
        let requests: Vec<_> = profiles
            .iter()
            .map(|profile| Request {
                profile: *profile,
                message,
                version: 1,
                apps: vec![app],
                ttl: Duration::from_secs(60),
                rank: heliograph_model::message::Rank::Normal,
                journey: None,
                cause: "the same".into(),
                context: json!({}),
                purpose: Purpose::Journey,
            })
            .collect();
        deliveries::queue(&mut tx, &requests, &mut Counts::new())
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let both = vec![seen("Email", "ada@example.com"), seen("CRMID", "ada")];
        one_by_one(&store, &[(after(1), both)]).await;
        let mut conn = store.read().await.unwrap();
        let entries: Vec<(ProfileId, String)> = fetch_all!(
            &mut conn,
            (ProfileId, String),
            "SELECT profile_id, key FROM journey_entry ORDER BY key"
        )
        .unwrap();
        let expected: Vec<_> = ["a", "b", "c"].map(|key| (profiles[0], key.to_owned())).into();
        assert_eq!(entries, expected);
        let (deliveries,): (i64,) = fetch_one!(
            &mut conn,
            (i64,),
            "SELECT COUNT(*) FROM delivery WHERE profile_id = $1",
            profiles[0]
        )
        .unwrap();
        assert_eq!(deliveries, 2);
    })
    .await;
}

#[tokio::test]
async fn a_chain_of_merges_leads_to_the_last_survivor() {
    on_each_engine(|store, _| async move {
        let profiles = one_by_one(
            &store,
            &[
                (after(0), vec![seen("A", "1")]),
                (after(0), vec![seen("B", "1")]),
                (after(0), vec![seen("C", "1")]),
            ],
        )
        .await;
        let maps = [
            (after(1), vec![seen("B", "1"), seen("C", "1")]),
            (after(2), vec![seen("A", "1"), seen("C", "1")]),
        ];
        at_once(&store, &maps).await;
        let mut conn = store.read().await.unwrap();
        for id in &profiles {
            assert_eq!(find(&mut conn, *id).await.unwrap().unwrap().id, profiles[0]);
        }
        assert_eq!(owner(&store, "C", "1").await, profiles[0]);
    })
    .await;
}

#[tokio::test]
async fn two_processes_that_meet_a_person_at_once_make_one_profile() {
    on_each_engine(|store, _| async move {
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    let map = [seen("CRMID", "ada"), seen("ECID", &format!("{}", n % 3))];
                    let sighting = Sighting {
                        at: START,
                        device_map: Some(&map),
                        event_map: &[],
                    };
                    for _ in 0..100 {
                        let mut tx = store.begin().await.unwrap();
                        let result = match resolve(&mut tx, &[sighting]).await {
                            Ok(found) => tx.commit().await.map(|()| found.profiles[0].unwrap()),
                            Err(error) => Err(error),
                        };
                        match result {
                            Ok(profile) => return profile,
                            Err(error) => {
                                assert!(error.is_temporary() || matches!(error, crate::Error::Conflict(_)));
                            }
                        }
                    }
                    panic!("never resolved");
                })
            })
            .collect();
        let mut profiles = Vec::new();
        for task in tasks {
            profiles.push(task.await.unwrap());
        }
        let mut conn = store.read().await.unwrap();
        assert_eq!(count(&mut conn).await.unwrap(), 1);
        let one = owner(&store, "CRMID", "ada").await;
        for id in profiles {
            assert_eq!(find(&mut conn, id).await.unwrap().unwrap().id, one);
        }
    })
    .await;
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_an_identity_or_a_name() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let person = |value: &str, first: &str, last: &str| Upsert {
            identities: vec![Identity::new("Email", value).unwrap()],
            attributes: json!({"person": {"name": {"firstName": first, "lastName": last}}}),
        };
        let ids: Vec<_> = upsert(
            &mut tx,
            &[
                person("ada@example.com", "Ada", "Lovelace"),
                person("grace_h@example.com", "Grace", "Hopper"),
                person("graceXh@example.com", "Émilie", "du Châtelet"),
            ],
        )
        .await
        .unwrap()
        .into_iter()
        .map(Option::unwrap)
        .collect();
        set_test(&mut tx, ids[0], true).await.unwrap();
        for (text, expected) in [
            ("ADA@", &ids[..1]),
            ("love", &ids[..1]),
            ("grace_", &ids[1..2]),
            ("ÉMI", &ids[2..]),
            ("châ", &ids[2..]),
            ("ovelace", &[]),
            ("%", &[]),
        ] {
            let search = Search {
                text: text.into(),
                test_only: false,
            };
            let found = list(&mut tx, &search, None, 10).await.unwrap();
            let found: Vec<_> = found.iter().map(|profile| profile.id).collect();
            assert_eq!(found, expected, "{text}");
        }
        let all = list(&mut tx, &Search::default(), None, 2).await.unwrap();
        assert_eq!([all[0].id, all[1].id], [ids[2], ids[1]]);
        let rest = list(&mut tx, &Search::default(), Some(ids[1]), 2).await.unwrap();
        assert_eq!(rest.iter().map(|p| p.id).collect::<Vec<_>>(), [ids[0]]);
        let test = Search {
            text: String::new(),
            test_only: true,
        };
        let test = list(&mut tx, &test, None, 10).await.unwrap();
        assert_eq!(test.iter().map(|p| p.id).collect::<Vec<_>>(), [ids[0]]);
    })
    .await;
}

/// One event of a profile, kept.
async fn keep_event(store: &Store, profile: ProfileId) {
    let mut tx = store.begin().await.unwrap();
    let key = EventKey::new(&format!("{profile}")).unwrap();
    let event = NewEvent {
        key: &key,
        datastream: DatastreamId(uuid::Uuid::nil()),
        profile,
        event_type: "commerce.purchases",
        timestamp: START,
        received_at: START,
        identity: "",
        xdm: &json!({}),
        data: &Value::Null,
        bytes: 2,
    };
    events::insert(&mut tx, &[event]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn erasing_reaches_every_table_that_knows_the_profile() {
    on_each_engine(|store, _| async move {
        let profiles = one_by_one(
            &store,
            &[
                (
                    after(0),
                    vec![seen("ECID", "1"), seen("Email", "ada@example.com")],
                ),
                (after(0), vec![seen("ECID", "2"), seen("CRMID", "ada")]),
                (after(0), vec![seen("CRMID", "bob")]),
            ],
        )
        .await;
        for id in &profiles {
            keep_event(&store, *id).await;
        }
        register(&store, profiles[0], "1", "one").await;
        let both = vec![seen("Email", "ada@example.com"), seen("CRMID", "ada")];
        one_by_one(&store, &[(after(2), both)]).await;

        let mut tx = store.begin().await.unwrap();
        let Erased(erased) = erase(&mut tx, profiles[0]).await.unwrap();
        let of = |table| erased.iter().find(|(name, _)| *name == table).unwrap().1;
        assert_eq!(
            (
                of("identity"),
                of("device"),
                of("experience_event"),
                of("profile")
            ),
            (4, 1, 2, 2)
        );
        assert_eq!(find(&mut tx, profiles[1]).await.unwrap(), None);
        let bobs = events::of_profile(&mut tx, profiles[2], None, 10).await.unwrap();
        assert_eq!(bobs.len(), 1);

        // Whoever adds a table with a profile's rows adds it to the list.
        let query = match store.engine() {
            crate::dialect::Engine::Sqlite => {
                "SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c \
                 WHERE m.type = 'table' AND c.name = 'profile_id' ORDER BY m.name"
            }
            crate::dialect::Engine::Postgres => {
                "SELECT table_name::TEXT FROM information_schema.columns \
                 WHERE table_schema = 'public' AND column_name = 'profile_id' ORDER BY table_name"
            }
        };
        let tables: Vec<(String,)> = fetch_all!(&mut tx, (String,), query).unwrap();
        let mut known: Vec<_> = erase::OWNED.iter().map(|(name, ..)| (*name).to_owned()).collect();
        known.sort_unstable();
        assert_eq!(tables.into_iter().map(|(name,)| name).collect::<Vec<_>>(), known);
    })
    .await;
}

#[tokio::test]
async fn refusing_collection_is_known_at_once() {
    on_each_engine(|store, _| async move {
        let id = one_by_one(&store, &[(after(0), vec![seen("ECID", "1")])]).await[0];
        for (value, expected) in [("n", vec![id]), ("y", vec![])] {
            set(&store, id, json!({"consents": {"collect": {"val": value}}})).await;
            let mut conn = store.read().await.unwrap();
            assert_eq!(refusing_collection(&mut conn, &[id]).await.unwrap(), expected);
        }
    })
    .await;
}
