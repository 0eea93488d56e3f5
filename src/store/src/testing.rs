//! A fresh database on each engine, for tests.
//!
//! PostgreSQL is at the address in `HELIOGRAPH_TEST_POSTGRES` (`cargo xtask test` starts one); each test gets a database
//! of its own there. Without the variable the tests run on SQLite alone.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use heliograph_model::time::{ManualClock, Timestamp};
use sqlx::{Connection, PgConnection};

use crate::{Options, Store};

/// The variable with PostgreSQL's address.
pub const POSTGRES: &str = "HELIOGRAPH_TEST_POSTGRES";

/// Where the clock of a test's store starts: Thursday 15 January 2026, 10:20:30 UTC.
pub const START: Timestamp = Timestamp::from_millis(1_768_472_430_000);

/// Runs a test on each engine, with a fresh store whose clock moves only by hand.
///
/// # Panics
/// Where the test panics or a database can't be made.
pub async fn on_each_engine<F, Fut>(test: F)
where
    F: Fn(Store, Arc<ManualClock>) -> Fut,
    Fut: Future<Output = ()>,
{
    let clock = Arc::new(ManualClock::at(START));
    let options = Options {
        clock: clock.clone(),
        connections: 4,
        shard: 0,
        ..Options::default()
    };

    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let address = format!("sqlite:{}", folder.path().join("test.db").display());
    let store = Store::open(&address, options.clone())
        .await
        .expect("SQLite opens");
    test(store.clone(), clock.clone()).await;
    store.close().await;

    if let Ok(server) = std::env::var(POSTGRES) {
        clock.set(START);
        let address = fresh_postgres(&server).await;
        let store = Store::open(&address, options).await.expect("PostgreSQL opens");
        test(store.clone(), clock).await;
        store.close().await;
    }
}

/// Makes a database of its own for a test; its address.
///
/// # Panics
/// Where PostgreSQL can't be reached.
pub async fn fresh_postgres(server: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = format!(
        "test_{}_{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let mut connection = PgConnection::connect(server)
        .await
        .expect("PostgreSQL can be reached");
    // The name is made of numbers, so it needs no quoting.
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .expect("a database can be made");
    let (before, options) = server
        .split_once('?')
        .map_or((server, String::new()), |(a, b)| (a, format!("?{b}")));
    let base = before.rsplit_once('/').map_or(before, |(base, _)| base);
    format!("{base}/{name}{options}")
}

/// Makes the database refuse every event of a type, as a fault in it would: an event that can't be kept, ever.
///
/// # Panics
/// Where the rule can't be made.
pub async fn refuse_events_of_type(store: &Store, event_type: &str) {
    let statements = match store.engine() {
        crate::dialect::Engine::Sqlite => vec![format!(
            "CREATE TRIGGER refuse BEFORE INSERT ON experience_event WHEN NEW.event_type = '{event_type}' \
             BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
        )],
        crate::dialect::Engine::Postgres => vec![
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$"
                .to_owned(),
            format!(
                "CREATE TRIGGER refuse BEFORE INSERT ON experience_event FOR EACH ROW \
                 WHEN (NEW.event_type = '{event_type}') EXECUTE FUNCTION refuse()"
            ),
        ],
    };
    let mut tx = store.begin().await.expect("a transaction can begin");
    for statement in statements {
        execute!(&mut tx, sqlx::AssertSqlSafe(statement)).expect("the rule can be made");
    }
    tx.commit().await.expect("the rule can be kept");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_is_seen_after_commit_and_not_before() {
        on_each_engine(|store, _| async move {
            let mut heard = store.signals().listen(crate::Topic::Counters);
            let mut tx = store.begin().await.unwrap();
            execute!(
                &mut tx,
                "INSERT INTO setting (key, value) VALUES ($1, $2)",
                "a",
                sqlx::types::Json(1)
            )
            .unwrap();
            tx.raise(crate::Topic::Counters);
            let mut conn = store.read().await.unwrap();
            let (before,) = fetch_one!(&mut conn, (i64,), "SELECT COUNT(*) FROM setting").unwrap();
            assert_eq!(before, 0);
            tx.commit().await.unwrap();
            heard.changed().await;
            let (after,) = fetch_one!(&mut conn, (i64,), "SELECT COUNT(*) FROM setting").unwrap();
            assert_eq!(after, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_broken_rule_is_named() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let insert = "INSERT INTO setting (key, value) VALUES ($1, $2)";
            execute!(&mut tx, insert, "a", sqlx::types::Json(1)).unwrap();
            let error = execute!(&mut tx, insert, "a", sqlx::types::Json(1)).unwrap_err();
            assert!(error.breaks("setting"), "{error:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn an_unusable_address_is_refused_without_showing_its_password() {
        let error = Store::open("mysql://me:secret@host/db", Options::default())
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("must start with") && !error.contains("secret"),
            "{error}"
        );
    }
}
