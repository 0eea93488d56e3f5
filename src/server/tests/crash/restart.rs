//! A database that goes away under load and comes back loses nothing: the server waits for it, and goes on by itself.

use heliograph_store::testing::POSTGRES;

use crate::postgres::Postgres;
use crate::shop::{EVENTS, Shop, eventually, http};
use crate::{ALL, TURN, addresses, all_taken, check};

#[tokio::test(flavor = "multi_thread")]
async fn servers_outlive_a_database_that_crashes_and_lose_and_double_nothing() {
    if std::env::var(POSTGRES).is_err() {
        return;
    }
    let _turn = TURN.lock().await;
    let database = Postgres::start().await;
    let shop = Shop::open(Some(&database.url())).await;
    let addresses = addresses(2);
    let mut running = [shop.serve(addresses[0], ALL), shop.serve(addresses[1], ALL)];
    let mut sending = shop.send_events(&addresses);
    let mut interrupted = 0;
    for third in 1..=2 {
        eventually("it is time to crash", async || {
            (shop.apple.counts().await.apns.accepted >= EVENTS as u64 * third / 3).then_some(())
        })
        .await;
        interrupted += shop.in_flight().await;
        database.crash().await;
        // The server says so itself.
        eventually("the server misses its database", async || {
            let answer = http(addresses[0], "GET", "/readyz", "").await?;
            (answer.0 == 503).then_some(())
        })
        .await;
        database.start_again().await;
    }
    all_taken(&mut sending).await;
    check(&shop, interrupted, "the database crashed twice").await;
    for server in &mut running {
        assert!(server.try_wait().unwrap().is_none(), "it ended");
    }
    shop.store.close().await;
}
