//! The macros that run one query text on either engine.
//!
//! The first argument is a [`crate::Database`]: a [`crate::Conn`] or a [`crate::Tx`]. Parameters are `$1`, `$2`, ….
//! Rows are `#[derive(sqlx::FromRow)]` structs, or tuples.

/// One of the two engines' connections, borrowed for one query.
#[derive(Debug)]
pub enum On<'c> {
    /// SQLite's.
    Sqlite(&'c mut sqlx::SqliteConnection),
    /// PostgreSQL's.
    Postgres(&'c mut sqlx::PgConnection),
}

/// Runs `$call` on a query over rows of type `$row`.
macro_rules! query_rows {
    ($on:expr, $row:ty, $call:ident, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $crate::Database::on($on) {
            $crate::sql::On::Sqlite(connection) => sqlx::query_as::<sqlx::Sqlite, $row>($sql)
                $(.bind($bind))*
                .$call(connection)
                .await
                .map_err($crate::Error::from),
            $crate::sql::On::Postgres(connection) => sqlx::query_as::<sqlx::Postgres, $row>($sql)
                $(.bind($bind))*
                .$call(connection)
                .await
                .map_err($crate::Error::from),
        }
    };
}

/// All rows: `fetch_all!(&mut conn, Row, "SELECT …", bind, …)?`.
macro_rules! fetch_all {
    ($on:expr, $row:ty, $($rest:tt)*) => { query_rows!($on, $row, fetch_all, $($rest)*) };
}

/// The row, if there is one: `fetch_optional!(&mut conn, Row, "SELECT …", bind, …)?`.
macro_rules! fetch_optional {
    ($on:expr, $row:ty, $($rest:tt)*) => { query_rows!($on, $row, fetch_optional, $($rest)*) };
}

/// The one row that is always there: `fetch_one!(&mut conn, (i64,), "SELECT COUNT(*) …")?`.
macro_rules! fetch_one {
    ($on:expr, $row:ty, $($rest:tt)*) => { query_rows!($on, $row, fetch_one, $($rest)*) };
}

/// Runs a statement; the number of rows it changed: `execute!(&mut tx, "UPDATE …", bind, …)?`.
macro_rules! execute {
    ($on:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $crate::Database::on($on) {
            $crate::sql::On::Sqlite(connection) => sqlx::query::<sqlx::Sqlite>($sql)
                $(.bind($bind))*
                .execute(connection)
                .await
                .map(|done| done.rows_affected())
                .map_err($crate::Error::from),
            $crate::sql::On::Postgres(connection) => sqlx::query::<sqlx::Postgres>($sql)
                $(.bind($bind))*
                .execute(connection)
                .await
                .map(|done| done.rows_affected())
                .map_err($crate::Error::from),
        }
    };
}

/// Most bound values in one statement: SQLite's limit is 32,766, PostgreSQL's 65,535.
pub(crate) const BINDS_MAX: usize = 32_000;

/// Most rows or items of a set in one statement.
pub(crate) const CHUNK: usize = 500;

/// Is a statement with this many rows likely to come again, and so worth being kept prepared? One that was prepared for
/// thousands of values takes megabytes on PostgreSQL's side, for each connection.
pub(crate) const fn recurs(rows: usize) -> bool {
    rows <= 8 || rows == CHUNK
}

/// The items of a set, the last one repeated up to a power of two: a set holds no more by that, and there are ten
/// statements to prepare instead of hundreds.
pub(crate) fn padded<T>(set: &[T]) -> impl Iterator<Item = &T> {
    let missing = set.len().next_power_of_two() - set.len();
    set.iter().chain(set.last().into_iter().cycle().take(missing))
}

/// For each chunk, fills a query builder with the one and runs it with the other of the given expressions, on whichever
/// engine it is; what came of each chunk is handed to the last. Ends at the first error.
macro_rules! for_chunks {
    ($on:expr, $chunks:expr, $head:expr, |$query:ident, $chunk:ident| $fill:block, |$connection:ident| $run:expr, $gather:expr) => {{
        let mut outcome: $crate::Result<()> = Ok(());
        for $chunk in $chunks {
            let done = match $crate::Database::on($on) {
                $crate::sql::On::Sqlite($connection) => {
                    let mut $query = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                    $fill
                    $run
                }
                $crate::sql::On::Postgres($connection) => {
                    let mut $query = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                    $fill
                    $run
                }
            };
            match done {
                Ok(done) => $gather(done),
                Err(error) => {
                    outcome = Err($crate::Error::from(error));
                    break;
                }
            }
        }
        outcome
    }};
}

/// Writes a set as `(…, …)`, each item bound.
macro_rules! push_set {
    ($query:ident, $chunk:ident) => {
        $query.push("(");
        let mut list = $query.separated(", ");
        for item in $crate::sql::padded($chunk) {
            list.push_bind(item.clone());
        }
        $query.push(")");
    };
}

/// Inserts many rows with one statement for each few hundred; the number of rows that were written.
///
/// `insert_all!(&mut tx, "INSERT INTO t (a, b)", 2, rows, |row| [row.a, row.b], " ON CONFLICT DO NOTHING")?`: the head, the
/// number of columns, an indexable collection, what is bound for each row, and the tail.
macro_rules! insert_all {
    ($on:expr, $head:expr, $columns:expr, $rows:expr, |$row:pat_param| [$($bind:expr),* $(,)?], $tail:expr) => {{
        let mut written = 0;
        for_chunks!(
            $on,
            $rows.chunks(($crate::sql::BINDS_MAX / $columns).min($crate::sql::CHUNK)),
            $head,
            |query, chunk| {
                query.push_values(chunk, |mut values, $row| { $(values.push_bind($bind);)* });
                query.push($tail);
            },
            |connection| query
                .build()
                .persistent($crate::sql::recurs(chunk.len()))
                .execute(connection)
                .await
                .map(|done| done.rows_affected()),
            |rows| written += rows
        )
        .map(|()| written)
    }};
}

/// Inserts many rows and returns what the tail's `RETURNING` says of those that were written:
/// `insert_returning!(&mut tx, Row, "INSERT INTO t (a, b)", 2, rows, |row| [row.a, row.b], " ON CONFLICT DO NOTHING
/// RETURNING a")?`.
macro_rules! insert_returning {
    ($on:expr, $out:ty, $head:expr, $columns:expr, $rows:expr, |$row:pat_param| [$($bind:expr),* $(,)?], $tail:expr) => {{
        let mut written: Vec<$out> = Vec::new();
        for_chunks!(
            $on,
            $rows.chunks(($crate::sql::BINDS_MAX / $columns).min($crate::sql::CHUNK)),
            $head,
            |query, chunk| {
                query.push_values(chunk, |mut values, $row| { $(values.push_bind($bind);)* });
                query.push($tail);
            },
            |connection| query
                .build_query_as::<$out>()
                .persistent($crate::sql::recurs(chunk.len()))
                .fetch_all(connection)
                .await,
            |rows: Vec<$out>| written.extend(rows)
        )
        .map(|()| written)
    }};
}

/// Rows whose column is in a set: `fetch_in!(&mut conn, Row, "SELECT … WHERE id IN ", ids, " ORDER BY id")?`.
/// The set is a slice; an empty one finds nothing. Parameters other than the set can't be bound.
macro_rules! fetch_in {
    ($on:expr, $row:ty, $head:expr, $set:expr, $tail:expr) => {{
        let mut found: Vec<$row> = Vec::new();
        for_chunks!(
            $on,
            $set.chunks($crate::sql::CHUNK),
            $head,
            |query, chunk| {
                push_set!(query, chunk);
                query.push($tail);
            },
            |connection| query.build_query_as::<$row>().fetch_all(connection).await,
            |rows: Vec<$row>| found.extend(rows)
        )
        .map(|()| found)
    }};
}

/// Changes the rows whose column is in a set; how many: `execute_in!(&mut tx, "UPDATE t SET at = ", at, " WHERE id IN ",
/// ids)?`. One value is bound before the set.
macro_rules! execute_in {
    ($on:expr, $head:expr, $value:expr, $middle:expr, $set:expr) => {{
        let mut changed = 0;
        for_chunks!(
            $on,
            $set.chunks($crate::sql::CHUNK),
            $head,
            |query, chunk| {
                query.push_bind($value).push($middle);
                push_set!(query, chunk);
            },
            |connection| query
                .build()
                .execute(connection)
                .await
                .map(|done| done.rows_affected()),
            |rows| changed += rows
        )
        .map(|()| changed)
    }};
}

/// Changes the rows whose column is in a set, and returns what the tail's `RETURNING` says of each, in no order:
/// `change_in!(&mut tx, Row, "UPDATE t SET at = ", at, " WHERE id IN ", ids, " RETURNING a")?`. One value is bound before
/// the set.
macro_rules! change_in {
    ($on:expr, $row:ty, $head:expr, $value:expr, $middle:expr, $set:expr, $tail:expr) => {{
        let mut changed: Vec<$row> = Vec::new();
        for_chunks!(
            $on,
            $set.chunks($crate::sql::CHUNK),
            $head,
            |query, chunk| {
                query.push_bind($value).push($middle);
                push_set!(query, chunk);
                query.push($tail);
            },
            |connection| query.build_query_as::<$row>().fetch_all(connection).await,
            |rows: Vec<$row>| changed.extend(rows)
        )
        .map(|()| changed)
    }};
}

/// The text of a `SELECT` that claims rows: rows that another transaction has claimed are passed over. SQLite has one
/// writer, so there is nobody to pass over.
macro_rules! claiming {
    ($tx:expr, $($sql:tt)+) => {
        match $tx.store().engine() {
            $crate::dialect::Engine::Sqlite => concat!($($sql)+),
            $crate::dialect::Engine::Postgres => concat!($($sql)+, " FOR UPDATE SKIP LOCKED"),
        }
    };
}

/// How SQLite would run a query, step by step; none on another engine.
#[cfg(test)]
pub(crate) async fn explain(tx: &mut crate::Tx, query: &str) -> Option<Vec<String>> {
    if tx.store().engine() != crate::dialect::Engine::Sqlite {
        return None;
    }
    let plan: Vec<(i64, i64, i64, String)> = fetch_all!(
        tx,
        (i64, i64, i64, String),
        sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}"))
    )
    .expect("a plan can be made");
    Some(plan.into_iter().map(|(.., step)| step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_padded_set_holds_the_same_items() {
        for (set, expected) in [
            (vec![], vec![]),
            (vec![1], vec![1]),
            (vec![1, 2, 3], vec![1, 2, 3, 3]),
            (vec![1, 2, 3, 4, 5], vec![1, 2, 3, 4, 5, 5, 5, 5]),
        ] {
            assert_eq!(padded(&set).copied().collect::<Vec<_>>(), expected);
        }
    }
}
