//! The console's sessions.

use heliograph_model::{ids::UserId, time::Timestamp};

use crate::{Database, Result, Tx};

/// A session as it is listed on its owner's account page.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Session {
    /// Its secret identifier, which is in the cookie.
    pub id: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends, unless it is used before.
    pub expires_at: Timestamp,
}

/// Writes a session, over the one of the same identifier if there is one.
///
/// # Errors
/// Where the database fails.
pub async fn save(
    tx: &mut Tx,
    id: &str,
    person: Option<UserId>,
    data: &[u8],
    expires_at: Timestamp,
) -> Result<()> {
    let now = tx.store().now();
    execute!(
        tx,
        "INSERT INTO session (id, person_id, data, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id, data = excluded.data, \
         expires_at = excluded.expires_at",
        id,
        person,
        data,
        now,
        expires_at,
    )?;
    Ok(())
}

/// A session's data and end; none where there is no such session or it has ended.
///
/// # Errors
/// Where the database fails.
pub async fn load(db: &mut impl Database, id: &str, now: Timestamp) -> Result<Option<(Vec<u8>, Timestamp)>> {
    fetch_optional!(
        db,
        (Vec<u8>, Timestamp),
        "SELECT data, expires_at FROM session WHERE id = $1 AND expires_at > $2",
        id,
        now
    )
}

/// Is there a session of this identifier, even one that has ended?
///
/// # Errors
/// Where the database fails.
pub async fn exists(db: &mut impl Database, id: &str) -> Result<bool> {
    let found: Option<(i64,)> =
        fetch_optional!(db, (i64,), "SELECT expires_at FROM session WHERE id = $1", id)?;
    Ok(found.is_some())
}

/// Ends a session.
///
/// # Errors
/// Where the database fails.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    execute!(tx, "DELETE FROM session WHERE id = $1", id)?;
    Ok(())
}

/// Ends all sessions of a person but one: after a change of password, or because they ask for it.
///
/// # Errors
/// Where the database fails.
pub async fn delete_others(tx: &mut Tx, person: UserId, keep: &str) -> Result<u64> {
    execute!(
        tx,
        "DELETE FROM session WHERE person_id = $1 AND id <> $2",
        person,
        keep
    )
}

/// A person's sessions, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn of_person(db: &mut impl Database, person: UserId, now: Timestamp) -> Result<Vec<Session>> {
    fetch_all!(
        db,
        Session,
        "SELECT id, created_at, expires_at FROM session WHERE person_id = $1 AND expires_at > $2 \
         ORDER BY created_at DESC",
        person,
        now
    )
}

/// Ends all sessions of a person: because they may no longer sign in, or have lost a device; how many there were.
///
/// # Errors
/// Where the database fails.
pub async fn delete_of_person(tx: &mut Tx, person: UserId) -> Result<u64> {
    execute!(tx, "DELETE FROM session WHERE person_id = $1", person)
}

/// How many sessions each person has who has any.
///
/// # Errors
/// Where the database fails.
pub async fn counts(db: &mut impl Database, now: Timestamp) -> Result<Vec<(UserId, i64)>> {
    fetch_all!(
        db,
        (UserId, i64),
        "SELECT person_id, COUNT(*) FROM session WHERE person_id IS NOT NULL AND expires_at > $1 GROUP BY person_id",
        now
    )
}

/// Removes sessions that have ended; how many there were.
///
/// # Errors
/// Where the database fails.
pub async fn delete_expired(tx: &mut Tx) -> Result<u64> {
    let now = tx.store().now();
    execute!(tx, "DELETE FROM session WHERE expires_at <= $1", now)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use heliograph_model::access::Role;

    use super::*;
    use crate::{people, testing::on_each_engine};

    #[tokio::test]
    async fn a_session_lasts_until_its_end_and_is_kept_whole() {
        on_each_engine(|store, clock| async move {
            let mut tx = store.begin().await.unwrap();
            let new = people::NewPerson {
                email: "a@b.c",
                name: "A",
                role: Role::Admin,
                password_hash: "h",
            };
            let person = people::add(&mut tx, new).await.unwrap();
            let end = store.now() + Duration::from_secs(60);
            save(&mut tx, "one", None, b"first", end).await.unwrap();
            save(&mut tx, "one", Some(person), b"second", end).await.unwrap();
            save(&mut tx, "two", Some(person), b"other", end).await.unwrap();
            assert_eq!(
                load(&mut tx, "one", store.now()).await.unwrap(),
                Some((b"second".to_vec(), end))
            );
            assert_eq!(of_person(&mut tx, person, store.now()).await.unwrap().len(), 2);
            assert_eq!(counts(&mut tx, store.now()).await.unwrap(), [(person, 2)]);
            assert_eq!(delete_others(&mut tx, person, "one").await.unwrap(), 1);
            clock.advance(Duration::from_secs(60));
            assert_eq!(load(&mut tx, "one", store.now()).await.unwrap(), None);
            assert_eq!(delete_expired(&mut tx).await.unwrap(), 1);
            assert!(!exists(&mut tx, "one").await.unwrap());
            save(
                &mut tx,
                "three",
                Some(person),
                b"third",
                end + Duration::from_secs(60),
            )
            .await
            .unwrap();
            assert_eq!(delete_of_person(&mut tx, person).await.unwrap(), 1);
            assert_eq!(counts(&mut tx, store.now()).await.unwrap(), []);
        })
        .await;
    }
}
