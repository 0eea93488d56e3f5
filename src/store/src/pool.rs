//! Connections and transactions on either engine.

use std::{str::FromStr, sync::Arc, time::Duration};

use heliograph_model::{
    ids::{IdGenerator, TimeOrdered},
    time::{Clock, SystemClock, Timestamp},
};
use sqlx::{
    PgPool, Postgres, Sqlite, SqlitePool,
    pool::PoolConnection,
    postgres::{PgListener, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Error, Result, Signals, Topic, dialect::Engine, sql::On};

/// How to open a store.
#[derive(Clone)]
pub struct Options {
    /// Most connections: of readers on SQLite, of all on PostgreSQL.
    pub connections: u32,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes identifiers.
    pub ids: Arc<dyn IdGenerator>,
    /// Which shard of the counters this process writes, so that processes do not wait on one row.
    pub shard: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 8,
            clock: Arc::new(SystemClock),
            ids: Arc::new(TimeOrdered),
            shard: i64::from(std::process::id() % 16),
        }
    }
}

#[derive(Debug, Clone)]
enum Pools {
    /// SQLite has one writer; a second would only find the database busy.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    signals: Arc<Signals>,
    options: Options,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("engine", &self.engine())
            .finish_non_exhaustive()
    }
}

/// How long connections that are in use may take to come back when the store is closed.
const CLOSING: Duration = Duration::from_secs(5);

/// The channel of PostgreSQL's `NOTIFY` on which processes tell each other the topics that changed.
const CHANNEL: &str = "heliograph";

impl Store {
    /// Opens the database at `sqlite:PATH` (made if it is not there) or `postgres://…`, and brings its schema up to date.
    ///
    /// # Errors
    /// Where the address can't be used, the database can't be reached, or the schema can't be brought up to date.
    pub async fn open(address: &str, options: Options) -> Result<Self> {
        let pools = match address.split_once(':') {
            Some(("sqlite", path)) => open_sqlite(path.trim_start_matches("//"), &options).await?,
            Some(("postgres" | "postgresql", _)) => {
                let pool = PgPoolOptions::new()
                    .max_connections(options.connections.max(2))
                    .acquire_timeout(Duration::from_secs(10))
                    .connect(address)
                    .await
                    .map_err(|error| match error {
                        sqlx::Error::Configuration(why) => unusable(address, &why.to_string()),
                        other => Error::Unavailable(other),
                    })?;
                Pools::Postgres(pool)
            }
            _ => return Err(unusable(address, "it must start with “sqlite:” or “postgres://”")),
        };
        match &pools {
            Pools::Sqlite { writer, .. } => sqlx::migrate!("../../migrations/sqlite").run(writer).await?,
            Pools::Postgres(pool) => sqlx::migrate!("../../migrations/postgres").run(pool).await?,
        }
        let signals = Arc::new(Signals::default());
        if let Pools::Postgres(pool) = &pools {
            listen(pool, signals.clone()).await?;
        }
        Ok(Self {
            pools,
            signals,
            options,
        })
    }

    /// A connection to read with. It sees what is committed.
    ///
    /// # Errors
    /// Where the database can't be reached.
    pub async fn read(&self) -> Result<Conn> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => Conn::Sqlite(readers.acquire().await?),
            Pools::Postgres(pool) => Conn::Postgres(pool.acquire().await?),
        })
    }

    /// A transaction to change things in. Dropped without [`Tx::commit`], it has changed nothing.
    ///
    /// # Errors
    /// Where the database can't be reached.
    pub async fn begin(&self) -> Result<Tx> {
        let inner = match &self.pools {
            Pools::Sqlite { writer, .. } => TxOn::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => TxOn::Postgres(pool.begin().await?),
        };
        Ok(Tx {
            inner,
            store: self.clone(),
            raised: Vec::new(),
        })
    }

    /// Asks the database for an answer.
    ///
    /// # Errors
    /// Where it gives none.
    pub async fn ping(&self) -> Result<()> {
        let mut conn = self.read().await?;
        let (_,): (i32,) = fetch_one!(&mut conn, (i32,), "SELECT 1")?;
        Ok(())
    }

    /// Now, by the clock that the store was given.
    pub fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// The clock that the store was given.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.options.clock.clone()
    }

    /// The generator of identifiers that the store was given.
    pub fn ids(&self) -> &dyn IdGenerator {
        &*self.options.ids
    }

    /// Who is told of changes.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    pub(crate) fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) fn shard(&self) -> i64 {
        self.options.shard
    }

    /// Closes all connections, waiting a while for those in use. What is given up then was not committed.
    pub async fn close(&self) {
        let closing = async {
            match &self.pools {
                Pools::Sqlite { readers, writer } => {
                    readers.close().await;
                    writer.close().await;
                }
                Pools::Postgres(pool) => pool.close().await,
            }
        };
        if tokio::time::timeout(CLOSING, closing).await.is_err() {
            tracing::warn!("the database is left with connections still in use");
        }
    }
}

async fn open_sqlite(path: &str, options: &Options) -> Result<Pools> {
    let address = format!("sqlite:{path}");
    let connect = SqliteConnectOptions::from_str(&address)
        .map_err(|why| unusable(&address, &why.to_string()))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Acknowledged means on disk.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(256)
        // A set of a few hundred rows comes over from SQLite’s thread without waiting for each to be fetched.
        .row_buffer_size(1000)
        // A set of deliveries alone fills the usual thousand pages: each of them would be copied back, and waited for on the
        // disk, once more than need be.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("temp_store", "memory")
        .pragma("cache_size", "-16000");
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(connect.clone())
        .await
        .map_err(|why| unusable(&address, &why.to_string()))?;
    let readers = SqlitePoolOptions::new()
        .max_connections(options.connections.max(1))
        .acquire_timeout(Duration::from_secs(30))
        // Each reader has pages of its own; what they have not, the operating system has.
        .connect_with(connect.pragma("query_only", "on").pragma("cache_size", "-4000"))
        .await?;
    Ok(Pools::Sqlite { readers, writer })
}

/// Raises in this process what other processes notify, for as long as the store lives.
async fn listen(pool: &PgPool, signals: Arc<Signals>) -> Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    let signals = Arc::downgrade(&signals);
    tokio::spawn(async move {
        loop {
            // After a lost connection (none) anything may have been missed, so everyone looks.
            let topics = match listener.try_recv().await {
                Ok(Some(notice)) => Topic::ALL
                    .into_iter()
                    .filter(|topic| topic.as_str() == notice.payload())
                    .collect(),
                Ok(None) => Topic::ALL.to_vec(),
                Err(sqlx::Error::PoolClosed) => return,
                Err(error) => {
                    tracing::warn!(%error, "listening for changes by other processes failed; trying again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    Topic::ALL.to_vec()
                }
            };
            let Some(signals) = signals.upgrade() else { return };
            topics.into_iter().for_each(|topic| signals.raise(topic));
        }
    });
    Ok(())
}

fn unusable(address: &str, why: &str) -> Error {
    let shown = match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => address.to_owned(),
    };
    Error::Address {
        address: shown,
        why: why.to_owned(),
    }
}

/// Where a query can run: a [`Conn`], or a [`Tx`] that sees its own changes too. A function that only reads takes
/// `&mut impl Database`; one that changes anything takes `&mut Tx`.
pub trait Database: Send {
    /// The engine's own connection.
    #[doc(hidden)]
    fn on(&mut self) -> On<'_>;
}

/// A connection to read with.
#[derive(Debug)]
pub enum Conn {
    /// On SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// On PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

impl Database for Conn {
    fn on(&mut self) -> On<'_> {
        match self {
            Self::Sqlite(connection) => On::Sqlite(connection),
            Self::Postgres(connection) => On::Postgres(connection),
        }
    }
}

#[derive(Debug)]
enum TxOn {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A transaction.
#[derive(Debug)]
pub struct Tx {
    inner: TxOn,
    store: Store,
    raised: Vec<Topic>,
}

impl Database for Tx {
    fn on(&mut self) -> On<'_> {
        match &mut self.inner {
            TxOn::Sqlite(transaction) => On::Sqlite(transaction),
            TxOn::Postgres(transaction) => On::Postgres(transaction),
        }
    }
}

impl Tx {
    /// The store that this is a transaction of.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// At commit, wakes whoever listens to the topic, in this process and in others.
    pub fn raise(&mut self, topic: Topic) {
        if !self.raised.contains(&topic) {
            self.raised.push(topic);
        }
    }

    /// Makes the changes permanent, then tells whoever waits for them.
    ///
    /// # Errors
    /// Where the database can't be reached any more. Then nothing has been changed.
    pub async fn commit(mut self) -> Result<()> {
        if let TxOn::Postgres(transaction) = &mut self.inner {
            for topic in &self.raised {
                sqlx::query("SELECT pg_notify($1, $2)")
                    .bind(CHANNEL)
                    .bind(topic.as_str())
                    .execute(&mut **transaction)
                    .await?;
            }
        }
        match self.inner {
            TxOn::Sqlite(transaction) => transaction.commit().await?,
            TxOn::Postgres(transaction) => transaction.commit().await?,
        }
        // On PostgreSQL this process hears its own notice too; being told at once is what makes the flow quick.
        for topic in self.raised {
            self.store.signals.raise(topic);
        }
        Ok(())
    }

    /// Undoes everything.
    ///
    /// # Errors
    /// Where the database can't be reached any more.
    pub async fn rollback(self) -> Result<()> {
        match self.inner {
            TxOn::Sqlite(transaction) => transaction.rollback().await?,
            TxOn::Postgres(transaction) => transaction.rollback().await?,
        }
        Ok(())
    }
}
