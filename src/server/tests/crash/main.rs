//! `kill -9` at any point loses nothing, and sends nothing twice that a phone would show twice.
//!
//! The real program takes events in, moves profiles through a journey and sends, and is killed again and again while it
//! does. Apple is played by another process, which survives and counts.

mod postgres;
mod restart;
mod shop;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use heliograph_model::delivery::State;
use heliograph_model::report::{Figure, Scope};
use heliograph_store::reports::{self, Range};
use heliograph_store::testing::POSTGRES;
use heliograph_store::{deliveries, instances};
use tokio::process::Child;
use tokio::task::JoinSet;

use shop::{EVENTS, PEOPLE, Shop, event_id, eventually};

/// The roles of a server that does everything.
const ALL: &str = "collect,journey,delivery";
/// Each of the tests needs the machine for itself.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// When a server is killed.
#[derive(Debug, Clone, Copy)]
enum When {
    /// Once so many events have been taken in.
    Taken(usize),
    /// Once Apple has accepted so many pushes.
    Accepted(u64),
}

/// Addresses that are free.
fn addresses(count: usize) -> Vec<SocketAddr> {
    let free: Vec<_> = (0..count)
        .map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    free.iter().map(|port| port.local_addr().unwrap()).collect()
}

/// Runs a server for each of these roles, kills one at each of these points and starts it again, and checks what is there
/// when all is done.
async fn kill_and_check(shop: Shop, servers: &[&str], kills: &[(usize, When)]) {
    let addresses = addresses(servers.len());
    let serve = |which: usize| shop.serve(addresses[which], servers[which]);
    let mut running: Vec<Child> = (0..servers.len()).map(serve).collect();
    let collecting: Vec<SocketAddr> = addresses
        .iter()
        .zip(servers)
        .filter(|(_, roles)| roles.contains("collect"))
        .map(|(address, _)| *address)
        .collect();
    let mut sending = shop.send_events(&collecting);
    let mut interrupted = 0;
    for (which, when) in kills {
        eventually("it is time to kill", async || {
            let due = match when {
                When::Taken(events) => shop.taken.load(Ordering::Relaxed) >= *events,
                When::Accepted(pushes) => shop.apple.counts().await.apns.accepted >= *pushes,
            };
            due.then_some(())
        })
        .await;
        running[*which].kill().await.unwrap();
        interrupted += shop.in_flight().await;
        running[*which] = serve(*which);
    }
    all_taken(&mut sending).await;
    assert!(interrupted > 0, "no kill met a push on its way: {kills:?}");
    check(&shop, interrupted, &format!("killed at {kills:?}")).await;
    shop.store.close().await;
}

async fn all_taken(sending: &mut JoinSet<()>) {
    while let Some(done) = sending.join_next().await {
        done.unwrap();
    }
}

/// Waits until nothing is left to do, and checks what the phones would have shown: each push, and none of them twice. Apple
/// may have got as many twice as were interrupted. What was done to the servers is told where it did harm.
async fn check(shop: &Shop, interrupted: u64, what: &str) {
    eventually(&format!("nothing is left to do, {what}"), async || {
        shop.is_at_rest().await.then_some(())
    })
    .await;
    let counts = shop.apple.counts().await.apns;
    assert_eq!(counts.accepted_distinct, EVENTS as u64, "{what}: {counts:?}");
    assert_eq!(counts.shown_twice, 0, "{what}: {counts:?}");
    assert!(
        counts.doubled <= interrupted,
        "{what}: {interrupted} interrupted, {counts:?}"
    );
    check_database(shop).await;
}

/// Each event must have led to one stay in the journey, and that to one delivery, which was counted once.
async fn check_database(shop: &Shop) {
    let mut conn = shop.store.read().await.unwrap();
    let mut events = BTreeSet::new();
    for profile in &shop.people {
        let stays = instances::of_profile(&mut conn, *profile).await.unwrap();
        let sent = deliveries::of_profile(&mut conn, *profile, None, 100)
            .await
            .unwrap();
        assert!(
            sent.iter().all(|delivery| delivery.state == State::Accepted),
            "{sent:?}"
        );
        assert_eq!((stays.len(), sent.len()), (EVENTS / PEOPLE, EVENTS / PEOPLE));
        for stay in stays {
            assert_eq!((stay.active, stay.left_by.as_deref()), (false, Some("end")));
            let event = stay.context.0.pointer("/journey/events/basket/_id").cloned();
            assert!(events.insert(event.unwrap().as_str().unwrap().to_owned()));
            let own = sent.iter().filter(|delivery| delivery.instance == Some(stay.id));
            assert_eq!(own.count(), 1);
        }
    }
    assert_eq!(events, (0..EVENTS).map(event_id).collect());
    let scope = Scope::Journey { id: shop.journey };
    let totals = reports::totals(&mut conn, scope, Range::EVER).await.unwrap();
    for figure in [Figure::Entered, Figure::Targeted, Figure::Accepted, Figure::Left] {
        assert_eq!(totals.n(figure), EVENTS as i64, "{figure:?} {totals:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let _turn = TURN.lock().await;
    let kills = [
        (0, When::Taken(EVENTS / 6)),
        // While it starts.
        (0, When::Taken(0)),
        (0, When::Accepted(EVENTS as u64 / 3)),
        (0, When::Taken(EVENTS * 2 / 3)),
        (0, When::Accepted(EVENTS as u64 * 3 / 4)),
    ];
    kill_and_check(Shop::open(None).await, &[ALL], &kills).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_on_postgresql_one_goes_on_when_the_other_is_killed() {
    let Ok(server) = std::env::var(POSTGRES) else {
        return;
    };
    let _turn = TURN.lock().await;
    let kills = [
        (0, When::Taken(EVENTS / 6)),
        (1, When::Accepted(EVENTS as u64 / 3)),
        (0, When::Taken(EVENTS * 2 / 3)),
        (1, When::Accepted(EVENTS as u64 * 3 / 4)),
    ];
    kill_and_check(Shop::open(Some(&server)).await, &[ALL, ALL], &kills).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_only_deliver_either_may_be_killed_at_any_moment() {
    let Ok(server) = std::env::var(POSTGRES) else {
        return;
    };
    let _turn = TURN.lock().await;
    let events = EVENTS as u64;
    let kills: Vec<(usize, When)> = (1..=4)
        .map(|nth| {
            let when = rand::random_range(events * nth / 6..events * (nth + 1) / 6);
            (rand::random_range(1..=2), When::Accepted(when))
        })
        .collect();
    let servers = ["collect,journey", "delivery", "delivery"];
    kill_and_check(Shop::open(Some(&server)).await, &servers, &kills).await;
}
