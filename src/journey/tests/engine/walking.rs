//! What people notice of a journey that runs as it should.

use std::time::Duration;

use heliograph_journey::{Engine, Error, Work, publishing};
use heliograph_model::{
    audience::{FieldTest, Operator, Rule},
    journey::{Activity, Document, Graph, Port, Reentry, Schedule, Settings, WaitUnit, context},
    report::Figure,
    time::{Clock as _, SystemClock},
};
use heliograph_store::{apps, audiences, audit::Actor, journeys, messages, testing::on_each_engine};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::world::{World, basket, edge, node, profile};

#[tokio::test]
async fn an_event_brings_its_profile_in_and_the_message_goes_out_when_the_wait_is_over() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.publish(basket(world.message, Reentry::AfterLeaving)).await;
        world.event(world.profile, "1", "something else", json!({})).await;
        world
            .event(world.profile, "2", "basket", json!({ "value": 5 }))
            .await;
        world.settle().await;
        assert_eq!(world.figure(Figure::Entered).await, 1);
        world.later(3599).await;
        assert_eq!(world.deliveries().await, 0, "it still waits");
        world.later(1).await;
        assert_eq!(world.deliveries().await, 1);
        assert_eq!(
            world.path().await,
            [
                ("start".into(), Some("next".into())),
                ("wait".into(), Some("next".into())),
                ("bought".into(), Some("otherwise".into())),
                ("message".into(), Some("next".into())),
                ("end".into(), None),
            ]
        );
        assert_eq!(
            (
                world.figure(Figure::Left).await,
                world.figure(Figure::Targeted).await
            ),
            (1, 1)
        );
    })
    .await;
}

#[tokio::test]
async fn messages_are_told_of_the_journey_and_of_what_brought_the_profile_in() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let draft = audiences::Draft {
            name: "Gold".into(),
            description: String::new(),
            rule: Rule::Attribute(FieldTest {
                path: "loyalty.tier".into(),
                operator: Operator::Equals,
                value: json!("gold"),
            }),
        };
        let mut tx = world.store.begin().await.unwrap();
        let audience = audiences::create(&mut tx, &draft).await.unwrap().id;
        tx.commit().await.unwrap();
        let read = Activity::ReadAudience {
            audience: Some(audience),
            schedule: Schedule::Now,
        };
        let message = Activity::Message {
            message: Some(world.message),
        };
        let document = Document {
            graph: Graph {
                nodes: vec![node("start", read), node("message", message)],
                edges: vec![edge("start", Port::Next, "message")],
            },
            settings: Settings::default(),
        };
        let journey = world.publish(document).await;
        world.settle().await;
        world.publish(basket(world.message, Reentry::AfterLeaving)).await;
        world
            .event(world.profile, "1", "basket", json!({ "value": 5 }))
            .await;
        world.settle().await;
        world.later(3600).await;

        let [with_event, with_audience] = &world.contexts().await[..] else {
            panic!("there are two deliveries");
        };
        let told = &with_audience["journey"]["technicalProperties"];
        assert_eq!(told["journeyUID"], json!(journey));
        assert_eq!(told["journeyVersionName"], json!("Test"));
        assert_eq!(told["journeyVersion"], json!(1));
        let from = Some(json!({"id": audience, "name": "Gold"}));
        assert_eq!(context::audience(with_audience).cloned(), from);
        assert_eq!(context::audience(with_event), None);
        let events = with_event["journey"]["events"].as_object().unwrap();
        assert_eq!(events.values().collect::<Vec<_>>(), [&json!({ "value": 5 })]);
    })
    .await;
}

#[tokio::test]
async fn a_running_engine_goes_on_as_soon_as_a_wait_is_over() {
    on_each_engine(|store, clock| async move {
        clock.set(SystemClock.now());
        let world = World::new(store, clock).await;
        let mut document = basket(world.message, Reentry::AfterLeaving);
        document.graph.nodes[1].activity = Activity::Wait {
            amount: 1,
            unit: WaitUnit::Seconds,
        };
        world.publish(document).await;
        let stop = CancellationToken::new();
        let acting = async {
            world.event(world.profile, "1", "basket", json!({})).await;
            let sent = async {
                while world.deliveries().await == 0 {
                    world.clock.set(SystemClock.now());
                    tokio::task::yield_now().await;
                }
            };
            let in_time = tokio::time::timeout(Duration::from_secs(10), sent).await;
            stop.cancel();
            in_time.expect("the wait of a second is over within ten");
        };
        tokio::join!(world.engine.run(stop.clone()), acting);
    })
    .await;
}

#[tokio::test]
async fn whoever_bought_meanwhile_takes_the_other_path() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.publish(basket(world.message, Reentry::AfterLeaving)).await;
        world.event(world.profile, "1", "basket", json!({})).await;
        world.settle().await;
        world.event(world.profile, "2", "order", json!({})).await;
        world.later(3600).await;
        assert_eq!(world.deliveries().await, 0);
        assert_eq!(world.path().await[2], ("bought".into(), Some("path:yes".into())));
    })
    .await;
}

#[tokio::test]
async fn entering_again_is_as_the_journey_says() {
    on_each_engine(|store, clock| async move {
        for (reentry, during, after) in [
            (Reentry::Never, 1, 1),
            (Reentry::AfterLeaving, 1, 2),
            (Reentry::Always, 2, 3),
        ] {
            let world = World::new(store.clone(), clock.clone()).await;
            let before = world.figure(Figure::Entered).await;
            let id = world.publish(basket(world.message, reentry)).await;
            for key in ["a", "b"] {
                world
                    .event(world.profile, &format!("{reentry:?}{key}"), "basket", json!({}))
                    .await;
            }
            world.settle().await;
            assert_eq!(
                world.figure(Figure::Entered).await - before,
                during,
                "{reentry:?}, while inside"
            );
            world.later(3600).await;
            world
                .event(world.profile, &format!("{reentry:?}c"), "basket", json!({}))
                .await;
            world.settle().await;
            assert_eq!(
                world.figure(Figure::Entered).await - before,
                after,
                "{reentry:?}, after leaving"
            );
            publishing::stop(&world.store, id, &Actor::system())
                .await
                .unwrap();
            let mut tx = world.store.begin().await.unwrap();
            let gone: Vec<_> = apps::list(&mut tx).await.unwrap();
            messages::archive(&mut tx, world.message).await.unwrap_err();
            journeys::archive(&mut tx, id).await.unwrap();
            messages::archive(&mut tx, world.message).await.unwrap();
            for app in gone {
                apps::delete(&mut tx, app.id).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn an_audience_is_read_whole_each_member_once() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        for i in 0..1200 {
            profile(
                &world.store,
                &format!("p{i}@example.com"),
                json!({ "loyalty": { "tier": "silver" } }),
                false,
            )
            .await;
        }
        let mut tx = world.store.begin().await.unwrap();
        let rule = Rule::Attribute(FieldTest {
            path: "loyalty.tier".into(),
            operator: Operator::Equals,
            value: json!("silver"),
        });
        let draft = audiences::Draft {
            name: "Silver".into(),
            description: String::new(),
            rule,
        };
        let audience = audiences::create(&mut tx, &draft).await.unwrap().id;
        tx.commit().await.unwrap();
        let at = world.store.now() + Duration::from_secs(60);
        let read = Activity::ReadAudience {
            audience: Some(audience),
            schedule: Schedule::At { at },
        };
        world
            .publish(Document {
                graph: Graph {
                    nodes: vec![
                        node("start", read),
                        node(
                            "message",
                            Activity::Message {
                                message: Some(world.message),
                            },
                        ),
                    ],
                    edges: vec![edge("start", Port::Next, "message")],
                },
                settings: Settings::default(),
            })
            .await;
        world.settle().await;
        assert_eq!(world.figure(Figure::Entered).await, 0, "it is not time yet");
        world.later(60).await;
        assert_eq!(world.figure(Figure::Entered).await, 1200);
        assert_eq!(
            world.figure(Figure::Excluded).await,
            1200,
            "none of them has a device"
        );
        assert_eq!(world.figure(Figure::Left).await, 1200);
    })
    .await;
}

#[tokio::test]
async fn two_engines_share_the_work_and_do_it_once() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.publish(basket(world.message, Reentry::Always)).await;
        for i in 0..40 {
            world
                .event(world.profile, &format!("e{i}"), "basket", json!({}))
                .await;
        }
        let other = Engine::new(world.store.clone());
        for seconds in [0, 3600] {
            world.clock.advance(Duration::from_secs(seconds));
            let run = |engine| async move {
                let engine: &Engine = engine;
                while engine.turn().await.unwrap() == Work::Done {}
            };
            tokio::join!(run(&world.engine), run(&other));
        }
        assert_eq!(world.figure(Figure::Entered).await, 40);
        assert_eq!(world.figure(Figure::Targeted).await, 40);
        assert_eq!(world.figure(Figure::Left).await, 40);
    })
    .await;
}

#[tokio::test]
async fn a_stay_ends_when_it_has_lasted_too_long_and_stopping_ends_all() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let mut document = basket(world.message, Reentry::Always);
        // Round and round, a day at a time.
        document.graph.nodes[1] = node(
            "wait",
            Activity::Wait {
                amount: 1,
                unit: WaitUnit::Days,
            },
        );
        document.graph.edges = vec![
            edge("start", Port::Next, "wait"),
            edge("wait", Port::Next, "bought"),
            edge("bought", Port::Otherwise, "wait"),
            edge("bought", Port::Path { id: "yes".into() }, "message"),
            edge("message", Port::Next, "end"),
            edge("message", Port::CouldNotSend, "lost"),
        ];
        document.settings.timeout_days = 30;
        let id = world.publish(document).await;
        world.event(world.profile, "1", "basket", json!({})).await;
        world.settle().await;
        for _ in 0..40 {
            world.later(86_400).await;
        }
        assert_eq!(
            (
                world.figure(Figure::Entered).await,
                world.figure(Figure::Left).await
            ),
            (1, 1)
        );
        world.event(world.profile, "2", "basket", json!({})).await;
        world.settle().await;
        publishing::stop(&world.store, id, &Actor::system())
            .await
            .unwrap();
        world.event(world.profile, "3", "basket", json!({})).await;
        world.later(86_400 * 40).await;
        assert_eq!(
            (
                world.figure(Figure::Entered).await,
                world.figure(Figure::Left).await
            ),
            (2, 2)
        );
    })
    .await;
}

#[tokio::test]
async fn a_draft_that_is_not_in_order_is_not_published() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let mut tx = world.store.begin().await.unwrap();
        let id = journeys::create(&mut tx, "Empty", &Document::default())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let refused = publishing::publish(&world.store, id, 1, &Actor::system()).await;
        assert!(
            matches!(&refused, Err(Error::NotInOrder { problems }) if problems.len() == 1),
            "{refused:?}"
        );
        let mut conn = world.store.read().await.unwrap();
        assert_eq!(journeys::get(&mut conn, id).await.unwrap().version, None);
    })
    .await;
}
