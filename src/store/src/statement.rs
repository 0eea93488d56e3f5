//! A statement whose text is built while it runs, with every value bound.

use sqlx::{AssertSqlSafe, FromRow, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{Database, Result, dialect::Engine, sql::On};

/// A value to bind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bind {
    Text(String),
    Integer(i64),
    Real(f64),
    Id(Uuid),
}

/// The values bound so far; a value's place among them is its name in the text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Binds(Vec<Bind>);

impl Binds {
    /// Binds a value; how the text refers to it.
    pub(crate) fn add(&mut self, value: Bind) -> String {
        self.0.push(value);
        format!("${}", self.0.len())
    }

    pub(crate) fn text(&mut self, value: impl Into<String>) -> String {
        self.add(Bind::Text(value.into()))
    }

    pub(crate) fn integer(&mut self, value: i64) -> String {
        self.add(Bind::Integer(value))
    }

    pub(crate) fn real(&mut self, value: f64) -> String {
        self.add(Bind::Real(value))
    }

    pub(crate) fn id(&mut self, value: Uuid) -> String {
        self.add(Bind::Id(value))
    }

    /// A list in brackets for `IN`; one that holds nothing where there are no values.
    pub(crate) fn list(&mut self, values: impl IntoIterator<Item = Bind>) -> String {
        let names: Vec<String> = values.into_iter().map(|value| self.add(value)).collect();
        if names.is_empty() {
            return "(NULL)".to_owned();
        }
        format!("({})", names.join(", "))
    }
}

/// Which engine a connection is to.
pub(crate) fn engine_of(db: &mut impl Database) -> Engine {
    match db.on() {
        On::Sqlite(_) => Engine::Sqlite,
        On::Postgres(_) => Engine::Postgres,
    }
}

/// Runs a query. `text` holds nothing but words of this crate and the names that `binds` gave out: every value is bound.
///
/// It is not kept prepared, as there are as many texts as rules.
pub(crate) async fn fetch<R>(db: &mut impl Database, text: String, binds: Binds) -> Result<Vec<R>>
where
    R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    macro_rules! run {
        ($engine:ty, $connection:expr) => {{
            let mut query = sqlx::query_as::<$engine, R>(AssertSqlSafe(text)).persistent(false);
            for value in binds.0 {
                query = match value {
                    Bind::Text(value) => query.bind(value),
                    Bind::Integer(value) => query.bind(value),
                    Bind::Real(value) => query.bind(value),
                    Bind::Id(value) => query.bind(value),
                };
            }
            Ok(query.fetch_all($connection).await?)
        }};
    }
    match db.on() {
        On::Sqlite(connection) => run!(sqlx::Sqlite, connection),
        On::Postgres(connection) => run!(sqlx::Postgres, connection),
    }
}
