//! Memory, SQLite and PostgreSQL must agree on who a rule holds for, whatever the rule and whatever the data.

use std::{collections::BTreeSet, time::Duration};

use heliograph_model::{
    app_config::Platform,
    audience::{Comparison, EventTest, FieldTest, Operator, Rule, Window, evaluate},
    ids::{AudienceId, ProfileId},
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Draft, create, facts, members};
use crate::{
    Store,
    testing::{START, on_each_engine},
};

const PROFILES: usize = 80;
const WORLDS: u32 = 3;
const RULES: u32 = 150;
const EVENT_TYPES: [&str; 2] = ["commerce.purchases", "commerce.productViews"];
const DAY: u64 = 86_400;

fn text() -> impl Strategy<Value = String> {
    select(vec![
        "",
        "Rome",
        "ROME",
        "rome today",
        "me",
        "É",
        "é",
        "İstanbul",
        "naïve % _ * ?",
        "5",
        "true",
        "don’t 'quote' \"it\"",
        "\\",
        "2026-01-15",
        "2026-01-14",
        "2024-02-29",
        "2026-02-29",
        "2026-02-31",
        "2026-13-01",
        "0000-01-01",
        "1969-12-31",
        "2026-01-15T10:20:30Z",
        "2026-01-15T10:20:30.000Z",
        "2026-01-15T10:20:30.5Z",
        "2026-01-15T11:20:30.001+01:00",
        "2026-01-15T10:20:29.9999-00:00",
        "2026-01-15T10:20:30",
        "2026-01-15T10:20:30.Z",
        "2026-01-15T10:20:30.1234567891Z",
        "2026-01-15T24:00:00Z",
        "2026-01-15T10:20:60Z",
        "2026-01-15T10:20:30+24:00",
        "2026-01-15t10:20:30z",
        "2026-01-15 10:20:30Z",
        "2025-12-16T10:20:30Z",
        "1900-03-01T00:00:00.12-11:59",
        "9999-12-31T23:59:59Z",
        "2026-01-15\n",
    ])
    .prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Value> {
    select(vec![
        json!(0),
        json!(-0.0),
        json!(1),
        json!(1.0),
        json!(1.5),
        json!(-3),
        json!(30),
        json!(7),
        json!(1e300),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(9_007_199_254_740_993_i64),
        json!(0.1),
        json!(5),
    ])
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::Bool),
        4 => number(),
        8 => text().prop_map(Value::String),
    ]
}

fn document() -> impl Strategy<Value = Value> {
    let item = prop_oneof![
        4 => (option::of(scalar()), option::of(vec(scalar(), 0..3))).prop_map(|(n, tags)| json!({"n": n, "tags": tags})),
        1 => scalar(),
    ];
    let list = prop_oneof![vec(scalar(), 0..4), vec(item.clone(), 0..3)].prop_map(Value::Array);
    let value = || {
        prop_oneof![
            6 => scalar(),
            2 => vec(scalar(), 0..4).prop_map(Value::Array),
            1 => Just(json!({})),
        ]
    };
    (
        option::of(value()),
        option::of(value()),
        option::of(list),
        option::of(value()),
        value(),
    )
        .prop_map(|(a, c, items, zero, odd)| {
            let mut document = serde_json::Map::new();
            if let Some(a) = a {
                document.insert("a".to_owned(), a);
            }
            if let Some(c) = c {
                document.insert("b".to_owned(), json!({"c": c, "ö x-1": odd}));
            }
            if let Some(items) = items {
                document.insert("items".to_owned(), items);
            }
            if let Some(zero) = zero {
                document.insert("0".to_owned(), zero);
            }
            Value::Object(document)
        })
}

fn field_test() -> impl Strategy<Value = FieldTest> {
    let path = select(vec![
        "a",
        "a",
        "a",
        "b.c",
        "b.c",
        "b",
        "items",
        "items[].n",
        "items[].n",
        "items[].tags",
        "items[].tags[].n",
        "items.n",
        "items.0",
        "items[]",
        "0",
        "b.ö x-1",
        "a.b",
        "missing.deep",
        "b..c",
        "",
        "b.\"c",
        "a[].n",
    ]);
    let value = prop_oneof![
        scalar(),
        number(),
        text().prop_map(Value::String),
        Just(json!([1]))
    ];
    (path, select(Operator::ALL.to_vec()), value).prop_map(|(path, operator, value)| FieldTest {
        path: path.to_owned(),
        operator,
        value,
    })
}

fn window() -> impl Strategy<Value = Window> {
    prop_oneof![
        Just(Window::Ever),
        (0_u32..100).prop_map(|n| Window::Minutes { n }),
        (1_u32..48).prop_map(|n| Window::Hours { n }),
        (1_u32..40).prop_map(|n| Window::Days { n }),
        Just(Window::Days { n: u32::MAX }),
    ]
}

fn rule(audiences: Vec<AudienceId>) -> impl Strategy<Value = Rule> {
    let event = (
        select(EVENT_TYPES.to_vec()),
        vec(field_test(), 0..3),
        select(Comparison::ALL.to_vec()),
        0_u32..4,
        window(),
    )
        .prop_map(|(event_type, conditions, comparison, count, window)| {
            Rule::Event(EventTest {
                event_type: event_type.to_owned(),
                conditions,
                comparison,
                count,
                window,
            })
        });
    let leaf = prop_oneof![
        6 => field_test().prop_map(Rule::Attribute),
        4 => event,
        1 => field_test().prop_map(Rule::EntryEvent),
        1 => option::of(select(Platform::ALL.to_vec())).prop_map(|platform| Rule::Device { platform }),
        1 => select([audiences, vec![AudienceId(Uuid::max())]].concat()).prop_map(|audience| Rule::Audience { audience }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|rules| Rule::All { rules }),
            vec(inner.clone(), 0..4).prop_map(|rules| Rule::Any { rules }),
            inner.prop_map(|rule| Rule::Not { rule: Box::new(rule) }),
        ]
    })
}

fn generate<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy
        .new_tree(runner)
        .expect("the strategy makes values")
        .current()
}

/// Fills the store with profiles, their events and devices; one of them is merged into another.
async fn fill(store: &Store, runner: &mut TestRunner) -> (Vec<ProfileId>, ProfileId) {
    let mut tx = store.begin().await.unwrap();
    for table in ["profile", "experience_event", "device", "audience"] {
        let statement = match table {
            "profile" => "DELETE FROM profile",
            "experience_event" => "DELETE FROM experience_event",
            "device" => "DELETE FROM device",
            _ => "DELETE FROM audience",
        };
        execute!(&mut tx, statement).unwrap();
    }
    let ids: Vec<ProfileId> = (0..PROFILES).map(|_| ProfileId::new(store.ids())).collect();
    let merged = ids[PROFILES / 2];
    let profiles: Vec<_> = ids
        .iter()
        .map(|id| (*id, generate(runner, &document())))
        .collect();
    insert_all!(
        &mut tx,
        "INSERT INTO profile (id, attributes, test, merged_into, created_at, updated_at) ",
        6,
        profiles,
        |(id, attributes)| [
            *id,
            Json(attributes),
            false,
            (*id == merged).then_some(ids[0]),
            START,
            START
        ],
        ""
    )
    .unwrap();

    // Some events lie exactly at the edge of a window, and some are in the future.
    let ago = prop_oneof![
        (0_u64..50).prop_map(|days| Some(Duration::from_secs(days * DAY))),
        (0_u64..100).prop_map(|minutes| Some(Duration::from_secs(minutes * 60))),
        Just(None),
    ];
    let events = vec((select(EVENT_TYPES.to_vec()), ago, document()), 0..5);
    let events: Vec<_> = ids
        .iter()
        .flat_map(|id| {
            generate(runner, &events)
                .into_iter()
                .map(|event| (*id, store.ids().next(), event))
                .collect::<Vec<_>>()
        })
        .collect();
    insert_all!(
        &mut tx,
        "INSERT INTO experience_event (profile_id, id, datastream_id, key, event_type, timestamp, received_at, identity, xdm, \
         data, bytes) ",
        11,
        events,
        |(profile, id, (event_type, ago, xdm))| [
            *profile,
            *id,
            Uuid::nil(),
            id.to_string(),
            *event_type,
            ago.map_or(START + Duration::from_secs(60), |ago| START - ago),
            START,
            "",
            Json(xdm),
            Json(Value::Null),
            0_i64,
        ],
        ""
    )
    .unwrap();

    let devices = vec(
        (
            select(vec!["fcm", "apns", "apnsSandbox"]),
            select(vec!["active", "retired"]),
        ),
        0..3,
    );
    let devices: Vec<_> = ids
        .iter()
        .flat_map(|id| {
            generate(runner, &devices)
                .into_iter()
                .map(|device| (*id, store.ids().next(), device))
                .collect::<Vec<_>>()
        })
        .collect();
    insert_all!(
        &mut tx,
        "INSERT INTO device (profile_id, id, app, platform, token, token_key, status, status_at, registered_at) ",
        9,
        devices,
        |(profile, id, (platform, status))| [
            *profile, *id, "app", *platform, id.to_string(), id.to_string(), *status, START, START
        ],
        ""
    )
    .unwrap();
    tx.commit().await.unwrap();
    (ids, merged)
}

/// Two audiences, of which the second names the first.
async fn audiences(store: &Store, runner: &mut TestRunner) -> Vec<AudienceId> {
    let mut made = Vec::new();
    let mut tx = store.begin().await.unwrap();
    for _ in 0..2 {
        let mut rules = vec![generate(runner, &rule(vec![]))];
        rules.extend(made.iter().map(|audience| Rule::Audience { audience: *audience }));
        let draft = Draft {
            name: "audience".to_owned(),
            description: String::new(),
            rule: Rule::Any { rules },
        };
        made.push(create(&mut tx, &draft).await.unwrap().id);
    }
    tx.commit().await.unwrap();
    made
}

async fn disagreement(
    store: &Store,
    rule: &Rule,
    profiles: &[ProfileId],
    merged: ProfileId,
) -> Option<String> {
    let mut conn = store.read().await.unwrap();
    let found = match members(&mut conn, rule, START, None, 10_000).await {
        Ok(found) => found.into_iter().collect::<BTreeSet<_>>(),
        Err(error) => return Some(error.to_string()),
    };
    let facts = facts(&mut conn, profiles, &[rule], START).await.unwrap();
    profiles
        .iter()
        .find(|id| (**id != merged && evaluate(rule, &facts[*id], START)) != found.contains(id))
        .map(|id| {
            format!(
                "{} the database; {:#?}",
                if found.contains(id) { "in" } else { "not in" },
                facts[id]
            )
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_both_databases_agree() {
    on_each_engine(|store, _| async move {
        for _ in 0..WORLDS {
            let mut runner = TestRunner::new(Config {
                cases: RULES,
                failure_persistence: None,
                ..Config::default()
            });
            let (profiles, merged) = fill(&store, &mut runner).await;
            let audiences = audiences(&store, &mut runner).await;
            let outcome = runner.run(&rule(audiences), |rule| {
                let found = tokio::task::block_in_place(|| {
                    tokio::runtime::Handle::current().block_on(disagreement(&store, &rule, &profiles, merged))
                });
                prop_assert!(found.is_none(), "{}", found.unwrap_or_default());
                Ok(())
            });
            if let Err(error) = outcome {
                panic!("on {store:?}: {error}");
            }
        }
    })
    .await;
}
