//! `kill -9` at any point loses nothing, and sends nothing twice that a phone would show twice, nor what its message would
//! rather never send than twice.
//!
//! The real program takes events in, moves profiles through journeys and sends to both providers, and is killed again and
//! again while it does, at random moments. Each run prints the seed by which it can be repeated.

mod check;
mod moments;
mod postgres;
mod providers;
mod restart;
mod seed;
mod shop;

use std::net::SocketAddr;
use std::ops::Range;

use heliograph_store::testing::POSTGRES;
use tokio::process::Child;
use tokio::task::JoinSet;

use check::check;
use moments::Draw;
use shop::Shop;

/// The roles of a server that does everything.
const ALL: &str = "collect,journey,delivery";
/// How often something is killed in one run.
const KILLS: usize = 5;
/// Each of the tests needs the machine for itself.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Addresses that are free.
fn addresses(count: usize) -> Vec<SocketAddr> {
    let free: Vec<_> = (0..count)
        .map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    free.iter().map(|port| port.local_addr().unwrap()).collect()
}

/// Runs a server for each of these roles, kills some of these again and again and starts them anew, and checks what is
/// there when all is done.
async fn kill_and_check(shop: Shop, servers: &[&str], victims: Range<usize>) {
    let kills = Draw::new().kills(&victims, KILLS);
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
    let mut interrupted = Vec::new();
    for kill in &kills {
        shop.until(kill.when).await;
        running[kill.server].kill().await.unwrap();
        interrupted.extend(shop.in_hand().await);
        running[kill.server] = serve(kill.server);
    }
    all_taken(&mut sending).await;
    let what = format!("{kills:?}, {} interrupted", interrupted.len());
    assert!(!interrupted.is_empty(), "no kill met a push on its way: {what}");
    check(&shop, &interrupted, &what).await;
    shop.store.close().await;
}

async fn all_taken(sending: &mut JoinSet<()>) {
    while let Some(done) = sending.join_next().await {
        done.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let _turn = TURN.lock().await;
    kill_and_check(Shop::open(None).await, &[ALL], 0..1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_on_postgresql_one_goes_on_when_the_other_is_killed() {
    let Ok(server) = std::env::var(POSTGRES) else {
        return;
    };
    let _turn = TURN.lock().await;
    kill_and_check(Shop::open(Some(&server)).await, &[ALL, ALL], 0..2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_only_deliver_either_may_be_killed_at_any_moment() {
    let Ok(server) = std::env::var(POSTGRES) else {
        return;
    };
    let _turn = TURN.lock().await;
    let servers = ["collect,journey", "delivery", "delivery"];
    kill_and_check(Shop::open(Some(&server)).await, &servers, 1..3).await;
}
