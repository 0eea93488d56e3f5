//! Stopping a journey with many people in it.

use heliograph_journey::publishing;
use heliograph_model::{
    audience::{FieldTest, Operator, Rule},
    ids::JourneyId,
    journey::{Activity, Document, Graph, Port, Reentry, Schedule, Settings, Status, WaitUnit},
    profile::Identity,
    report::{Figure, Scope},
};
use heliograph_store::{
    Topic,
    audit::{self, Actor},
    deliveries::{self, Room},
    journeys, profiles,
    reports::{self, Range},
    testing::on_each_engine,
};
use serde_json::json;

use crate::world::{World, edge, node};

/// More than two transactions of a stop take out.
const PEOPLE: i64 = 2_500;

/// Everyone with gold: at once a message, an hour later another.
async fn full_journey(world: &World) -> JourneyId {
    let mut tx = world.store.begin().await.unwrap();
    // The world's own profile is one of them.
    let others: Vec<profiles::Upsert> = (1..PEOPLE)
        .map(|i| profiles::Upsert {
            identities: vec![Identity::new("Email", &format!("p{i}@example.com")).unwrap()],
            attributes: json!({ "loyalty": { "tier": "gold" } }),
        })
        .collect();
    profiles::upsert(&mut tx, &others).await.unwrap();
    tx.commit().await.unwrap();
    let gold = Rule::Attribute(FieldTest {
        path: "loyalty.tier".into(),
        operator: Operator::Equals,
        value: json!("gold"),
    });
    let read = Activity::ReadAudience {
        audience: Some(world.audience(gold).await),
        schedule: Schedule::Now,
    };
    let wait = Activity::Wait {
        amount: 1,
        unit: WaitUnit::Hours,
    };
    let message = || Activity::Message {
        message: Some(world.message),
    };
    let document = Document {
        graph: Graph {
            nodes: vec![
                node("start", read),
                node("first", message()),
                node("wait", wait),
                node("second", message()),
            ],
            edges: vec![
                edge("start", Port::Next, "first"),
                edge("first", Port::Next, "wait"),
                edge("first", Port::CouldNotSend, "wait"),
                edge("wait", Port::Next, "second"),
            ],
        },
        settings: Settings {
            reentry: Reentry::AfterLeaving,
            ..Settings::default()
        },
    };
    let id = world.publish(document).await;
    world.settle().await;
    assert_eq!(world.figure(Figure::Entered).await, PEOPLE);
    id
}

/// Stops the journey, and is gone as soon as some people are out.
async fn stop_halfway(world: &World, id: JourneyId) {
    let mut counted = world.store.signals().listen(Topic::Counters);
    let actor = Actor::system();
    let mut stop = std::pin::pin!(publishing::stop(&world.store, id, &actor));
    // Of what was counted before, it may be told late.
    while world.figure(Figure::Left).await == 0 {
        tokio::select! {
            biased;
            () = counted.changed() => {}
            done = &mut stop => panic!("nobody was taken out before: {done:?}"),
        }
    }
}

/// What the audit log says of the stop: each entry's details.
async fn entries(world: &World) -> Vec<serde_json::Value> {
    let filter = audit::Filter {
        action: "stopped".into(),
        ..audit::Filter::default()
    };
    let mut conn = world.store.read().await.unwrap();
    let found = audit::list(&mut conn, &filter, 10).await.unwrap();
    found.into_iter().map(|entry| entry.detail.0).collect()
}

/// Everyone is out by the stop, each counted once, and nobody was sent the second message.
async fn assert_all_out(world: &World, id: JourneyId) {
    let mut conn = world.store.read().await.unwrap();
    let totals = reports::totals(&mut conn, Scope::Journey { id }, Range::EVER)
        .await
        .unwrap();
    let left: Vec<_> = totals
        .reasons(Figure::Left)
        .into_iter()
        .map(|reason| (reason.code, reason.n))
        .collect();
    assert_eq!(left, [("stopped".to_owned(), PEOPLE)]);
    assert_eq!(totals.n(Figure::Targeted), PEOPLE);
    assert_eq!(entries(world).await, [json!({ "inside": PEOPLE })]);
    let mut tx = world.store.begin().await.unwrap();
    journeys::archive(&mut tx, id).await.unwrap();
}

#[tokio::test]
async fn a_stop_is_seen_before_everyone_is_out() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let id = full_journey(&world).await;
        stop_halfway(&world, id).await;
        let out = world.figure(Figure::Left).await;
        assert!(0 < out && out < PEOPLE, "{out} are out");
        // Who stopped it is in the log, although not yet how many there were.
        assert_eq!(entries(&world).await, [json!({})]);

        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(journeys::get(&mut tx, id).await.unwrap().status, Status::Stopped);
        let lease = std::time::Duration::from_secs(60);
        let taken = deliveries::claim(&mut tx, world.store.now(), Room::of(10), lease)
            .await
            .unwrap();
        let claimed = deliveries::load(&mut tx, &taken).await.unwrap();
        assert_eq!(
            claimed.iter().map(|one| one.stopped).collect::<Vec<_>>(),
            [true],
            "the one with a phone"
        );
        tx.rollback().await.unwrap();

        // All are due now, and none goes on.
        world.later(3_600).await;
        assert_all_out(&world, id).await;
    })
    .await;
}

#[tokio::test]
async fn a_stop_that_ended_halfway_is_completed() {
    on_each_engine(|store, clock| async move {
        let world = World::new(store, clock).await;
        let id = full_journey(&world).await;
        stop_halfway(&world, id).await;
        // Nobody is due; published anew, it lets people in meanwhile.
        publishing::publish(&world.store, id, 1, &Actor::system())
            .await
            .unwrap();
        world.settle().await;
        assert_eq!(entries(&world).await, [json!({ "inside": PEOPLE })]);
        assert_eq!(world.figure(Figure::Left).await, PEOPLE);
        publishing::stop(&world.store, id, &Actor::system())
            .await
            .unwrap();
        let again = world.figure(Figure::Entered).await - PEOPLE;
        assert_eq!(
            entries(&world).await,
            [json!({ "inside": again }), json!({ "inside": PEOPLE })]
        );
    })
    .await;
}
