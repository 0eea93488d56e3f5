//! Crashes, races, people who become one or are erased, and steps that can't be carried out.

use std::time::Duration;

use heliograph_journey::{Engine, Work, publishing};
use heliograph_model::{
    audience::{Comparison, EventTest, Rule, Window},
    ids::{AudienceId, ProfileId},
    journey::{Activity, ConditionPath, Document, Graph, Port, Reentry, Schedule, Settings, WaitUnit},
    profile::Identity,
    report::Figure,
};
use heliograph_store::{audiences, audit::Actor, deliveries, instances, profiles, testing::on_each_engine};
use serde_json::json;

use crate::world::{World, basket, edge, named, node, profile, start};

impl World {
    async fn stays(&self, profile: ProfileId) -> Vec<instances::Instance> {
        let mut conn = self.store.read().await.unwrap();
        instances::of_profile(&mut conn, profile).await.unwrap()
    }

    /// Makes one person of the two who have these addresses.
    async fn merge(&self, emails: [&str; 2]) -> ProfileId {
        let mut tx = self.store.begin().await.unwrap();
        let upsert = profiles::Upsert {
            identities: emails
                .map(|email| Identity::new("Email", email).unwrap())
                .to_vec(),
            attributes: json!({}),
        };
        let survivor = profiles::upsert(&mut tx, &[upsert]).await.unwrap()[0].unwrap();
        tx.commit().await.unwrap();
        survivor
    }

    /// An audience that leads back to itself: nobody can say who is in it.
    async fn impossible_audience(&self) -> AudienceId {
        let id = self.audience(Rule::default()).await;
        let mut tx = self.store.begin().await.unwrap();
        let rule = Rule::Audience { audience: id };
        audiences::update(&mut tx, id, 1, &named(rule)).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// How the newest stay of a profile ended, and why.
    async fn end(&self, profile: ProfileId) -> (Option<String>, serde_json::Value) {
        let stay = self.stays(profile).await.remove(0);
        let mut conn = self.store.read().await.unwrap();
        let steps = instances::steps(&mut conn, profile, stay.id).await.unwrap();
        let why = steps.last().map(|step| step.detail.0.clone()).unwrap_or_default();
        (stay.left_by, why)
    }
}

fn asking(rule: Rule) -> Activity {
    Activity::Condition {
        paths: vec![ConditionPath {
            id: "yes".into(),
            name: "Yes".into(),
            rule,
        }],
    }
}

/// start -> is it so? yes: message; otherwise: message.
fn asked_first(world: &World, rule: Rule) -> Document {
    let message = Activity::Message {
        message: Some(world.message),
    };
    Document {
        graph: Graph {
            nodes: vec![start(), node("asked", asking(rule)), node("message", message)],
            edges: vec![
                edge("start", Port::Next, "asked"),
                edge("asked", Port::Path { id: "yes".into() }, "message"),
                edge("asked", Port::Otherwise, "message"),
            ],
        },
        settings: Settings::default(),
    }
}

#[tokio::test]
async fn what_a_crash_has_left_undone_is_done_once() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.publish(basket(world.message, Reentry::Always)).await;
        world.event(world.profile, "1", "basket", json!({})).await;
        let mut tx = world.store.begin().await.unwrap();
        let claimed = instances::claim_events(&mut tx, 10).await.unwrap();
        assert_eq!(claimed.len(), 1);
        instances::finish_events(&mut tx, &claimed).await.unwrap();
        drop(tx);
        world.settle().await;
        world.clock.advance(Duration::from_secs(3600));
        let mut tx = world.store.begin().await.unwrap();
        let mut due = instances::claim_due(&mut tx, world.store.now(), 10)
            .await
            .unwrap();
        due[0].active = false;
        instances::save(&mut tx, &due).await.unwrap();
        drop(tx);
        world.settle().await;
        assert_eq!(
            (
                world.figure(Figure::Entered).await,
                world.figure(Figure::Targeted).await,
                world.figure(Figure::Left).await
            ),
            (1, 1, 1)
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_becomes_one_with_another_walks_on_as_that_one() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.publish(basket(world.message, Reentry::AfterLeaving)).await;
        let other = profile(&world.store, "anna@work.example", json!({}), true).await;
        for (key, who) in [("1", world.profile), ("2", other)] {
            world.event(who, key, "basket", json!({})).await;
        }
        world.settle().await;
        let survivor = world.merge(["anna@example.com", "anna@work.example"]).await;
        assert_eq!(world.stays(survivor).await.len(), 2);
        world.later(3600).await;
        assert_eq!(world.figure(Figure::Left).await, 2);
        world.event(survivor, "3", "basket", json!({})).await;
        world.settle().await;
        assert_eq!(
            world.figure(Figure::Entered).await,
            3,
            "both have left, so it may enter again"
        );
    })
    .await;
}

#[tokio::test]
async fn a_stay_begun_during_a_merge_finds_its_person() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.publish(basket(world.message, Reentry::AfterLeaving)).await;
        let other = profile(&world.store, "anna@work.example", json!({}), false).await;
        world.event(other, "1", "basket", json!({})).await;
        world.settle().await;
        let stay = world.stays(other).await.remove(0);
        let survivor = world.merge(["anna@example.com", "anna@work.example"]).await;
        assert_eq!(survivor, world.profile);
        // As another process would have written it that had not heard of the merge.
        let mut tx = world.store.begin().await.unwrap();
        instances::save(
            &mut tx,
            &[instances::Instance {
                id: heliograph_model::ids::InstanceId::new(world.store.ids()),
                ..stay
            }],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        world.later(3600).await;
        assert!(world.stays(other).await.is_empty());
        assert_eq!(world.stays(survivor).await.len(), 2);
        assert_eq!(world.deliveries().await, 2);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_kept_of_whoever_is_erased_while_inside() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.publish(basket(world.message, Reentry::AfterLeaving)).await;
        world.event(world.profile, "1", "basket", json!({})).await;
        world.settle().await;
        let stay = world.stays(world.profile).await.remove(0);
        let mut tx = world.store.begin().await.unwrap();
        profiles::erase(&mut tx, world.profile).await.unwrap();
        // As another process would have written it that had not heard of it.
        instances::save(&mut tx, &[stay]).await.unwrap();
        tx.commit().await.unwrap();
        world.later(3600).await;
        assert!(world.stays(world.profile).await.is_empty());
        assert_eq!(world.figure(Figure::Targeted).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_condition_that_nobody_can_judge_keeps_nobody_else_back_and_says_so() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.publish(basket(world.message, Reentry::AfterLeaving)).await;
        let nobody_knows = world.impossible_audience().await;
        world
            .publish(asked_first(
                &world,
                Rule::Audience {
                    audience: nobody_knows,
                },
            ))
            .await;
        world.event(world.profile, "1", "basket", json!({})).await;
        world.settle().await;
        assert_eq!(world.figure(Figure::Entered).await, 2);
        let (left_by, why) = world.end(world.profile).await;
        assert_eq!(left_by.as_deref(), Some("error"));
        assert!(why["error"].as_str().unwrap().contains("Somebody"), "{why}");
        world.later(3600).await;
        assert_eq!(world.deliveries().await, 1, "the other journey went its way");
    })
    .await;
}

#[tokio::test]
async fn an_audience_that_cannot_be_read_keeps_no_other_back() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let nobody_knows = world.impossible_audience().await;
        let everyone = world.audience(Rule::default()).await;
        for audience in [nobody_knows, everyone] {
            let read = Activity::ReadAudience {
                audience: Some(audience),
                schedule: Schedule::Now,
            };
            let message = Activity::Message {
                message: Some(world.message),
            };
            world
                .publish(Document {
                    graph: Graph {
                        nodes: vec![node("start", read), node("message", message)],
                        edges: vec![edge("start", Port::Next, "message")],
                    },
                    settings: Settings::default(),
                })
                .await;
        }
        world.settle().await;
        assert_eq!(world.figure(Figure::Entered).await, 1);
        assert_eq!(world.deliveries().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_long_way_without_a_wait_is_walked_to_its_end() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let never = Rule::All {
            rules: vec![Rule::Event(EventTest {
                event_type: "never".into(),
                conditions: vec![],
                comparison: Comparison::AtLeast,
                count: 1,
                window: Window::Ever,
            })],
        };
        let mut nodes = vec![start()];
        let mut edges = vec![edge("start", Port::Next, "c0")];
        for i in 0..300 {
            nodes.push(node(&format!("c{i}"), asking(never.clone())));
            let next = format!("c{}", i + 1);
            edges.push(edge(&format!("c{i}"), Port::Otherwise, &next));
        }
        nodes.push(node(
            "c300",
            Activity::Message {
                message: Some(world.message),
            },
        ));
        world
            .publish(Document {
                graph: Graph { nodes, edges },
                settings: Settings::default(),
            })
            .await;
        world.event(world.profile, "1", "basket", json!({})).await;
        world.settle().await;
        assert_eq!(world.deliveries().await, 1);
        assert_eq!(world.end(world.profile).await.0.as_deref(), Some("end"));
    })
    .await;
}

#[tokio::test]
async fn looking_for_work_that_is_not_there_keeps_nobody_from_writing() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        world.publish(basket(world.message, Reentry::AfterLeaving)).await;
        world.settle().await;
        let _writing = world.store.begin().await.unwrap();
        let turn = tokio::time::timeout(Duration::from_secs(20), world.engine.turn());
        assert_eq!(
            turn.await.expect("it does not wait for the writer").unwrap(),
            Work::None
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_is_left_inside_a_journey_that_is_stopped_while_they_enter() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        for round in 0..10 {
            let id = world.publish(basket(world.message, Reentry::Always)).await;
            for i in 0..5 {
                world
                    .event(world.profile, &format!("{round}.{i}"), "basket", json!({}))
                    .await;
            }
            let other = Engine::new(world.store.clone());
            let stopping = async {
                publishing::stop(&world.store, id, &Actor::system())
                    .await
                    .unwrap()
            };
            let (one, two, _) = tokio::join!(world.engine.turn(), other.turn(), stopping);
            one.unwrap();
            two.unwrap();
            world.settle().await;
            let inside = world.stays(world.profile).await;
            assert!(inside.iter().all(|stay| !stay.active), "{inside:?}");
        }
        assert_eq!(
            world.figure(Figure::Entered).await,
            world.figure(Figure::Left).await
        );
    })
    .await;
}

#[tokio::test]
async fn a_read_that_is_due_again_for_a_new_version_enters_those_inside_where_the_journey_allows_it() {
    on_each_engine(|store, clock| async move {
        for (reentry, entered) in [
            (Reentry::Never, 1),
            (Reentry::AfterLeaving, 1),
            (Reentry::Always, 2),
        ] {
            let world = World::new(store.clone(), clock.clone()).await;
            let before = world.figure(Figure::Entered).await;
            let gold = Rule::Attribute(heliograph_model::audience::FieldTest {
                path: "loyalty.tier".into(),
                operator: heliograph_model::audience::Operator::Equals,
                value: json!("gold"),
            });
            let audience = world.audience(gold).await;
            let read = Activity::ReadAudience {
                audience: Some(audience),
                schedule: Schedule::Now,
            };
            let wait = Activity::Wait {
                amount: 1,
                unit: WaitUnit::Days,
            };
            let document = Document {
                graph: Graph {
                    nodes: vec![node("start", read), node("wait", wait)],
                    edges: vec![edge("start", Port::Next, "wait")],
                },
                settings: Settings {
                    reentry,
                    ..Settings::default()
                },
            };
            let id = world.publish(document).await;
            world.settle().await;
            publishing::publish(&world.store, id, 1, &Actor::system())
                .await
                .unwrap();
            world.settle().await;
            assert_eq!(
                world.figure(Figure::Entered).await - before,
                entered,
                "{reentry:?}"
            );
            publishing::stop(&world.store, id, &Actor::system())
                .await
                .unwrap();
            let mut tx = world.store.begin().await.unwrap();
            for app in heliograph_store::apps::list(&mut tx).await.unwrap() {
                heliograph_store::apps::delete(&mut tx, app.id).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_running_engine_acts_at_once_and_ends_when_told() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let message = Activity::Message {
            message: Some(world.message),
        };
        world
            .publish(Document {
                graph: Graph {
                    nodes: vec![start(), node("message", message)],
                    edges: vec![edge("start", Port::Next, "message")],
                },
                settings: Settings::default(),
            })
            .await;
        let stop = tokio_util::sync::CancellationToken::new();
        let mut queued = world.store.signals().listen(heliograph_store::Topic::Deliveries);
        let acting = async {
            world.event(world.profile, "1", "basket", json!({})).await;
            queued.changed().await;
            let mut conn = world.store.read().await.unwrap();
            let found = deliveries::of_profile(&mut conn, world.profile, None, 9)
                .await
                .unwrap();
            assert_eq!(found.len(), 1);
            stop.cancel();
        };
        let both = async { tokio::join!(world.engine.run(stop.clone()), acting) };
        tokio::time::timeout(Duration::from_secs(20), both)
            .await
            .expect("it is quick");
    })
    .await;
}
