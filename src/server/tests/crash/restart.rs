//! A database that goes away under load and comes back loses nothing: the server waits for it, and goes on by itself.

use heliograph_store::testing::POSTGRES;

use crate::moments::Draw;
use crate::postgres::Postgres;
use crate::shop::{Shop, eventually, http};
use crate::{ALL, TURN, addresses, all_taken, check};

/// How often the database crashes.
const CRASHES: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn servers_outlive_a_database_that_crashes_and_lose_and_double_nothing() {
    if std::env::var(POSTGRES).is_err() {
        return;
    }
    let _turn = TURN.lock().await;
    let crashes = Draw::new().kills(&(0..1), CRASHES);
    let database = Postgres::start().await;
    let shop = Shop::open(Some(&database.url())).await;
    let addresses = addresses(2);
    let mut running = [shop.serve(addresses[0], ALL), shop.serve(addresses[1], ALL)];
    let mut sending = shop.send_events(&addresses);
    let mut interrupted = Vec::new();
    for crash in &crashes {
        shop.until(crash.when).await;
        interrupted.extend(shop.in_hand().await);
        database.crash().await;
        // The server says so itself.
        eventually("the server misses its database", async || {
            let answer = http(addresses[0], "GET", "/readyz", "").await?;
            (answer.0 == 503).then_some(())
        })
        .await;
        database.start_again().await;
        // What was taken in hand at the last moment.
        interrupted.extend(shop.in_hand().await);
    }
    all_taken(&mut sending).await;
    check(
        &shop,
        &interrupted,
        &format!("the database crashed at {crashes:?}"),
    )
    .await;
    for server in &mut running {
        assert!(server.try_wait().unwrap().is_none(), "it ended");
    }
    shop.store.close().await;
}
