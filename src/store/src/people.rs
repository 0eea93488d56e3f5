//! The people who sign in to the console, and how often they failed to.

use std::time::Duration;

use heliograph_model::{access::Role, ids::UserId, time::Timestamp};

use crate::{Database, Error, Result, Tx};

/// Someone who may sign in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Person {
    /// Their identifier.
    pub id: UserId,
    /// Their e-mail address as they spell it; compared without case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are.
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// The argon2id hash of their password, in PHC form.
    pub password_hash: String,
    /// May they sign in?
    pub active: bool,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub signed_in_at: Option<Timestamp>,
}

/// Selects people: `select!("WHERE …")`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, name, role, password_hash, active, created_at, signed_in_at FROM person ",
            $rest
        )
    };
}

/// The unique index that a second person with the same address would break; for [`Error::breaks`].
pub const EMAIL_ONCE: &str = "email_key";

/// Someone to be added.
#[derive(Debug, Clone)]
pub struct NewPerson<'a> {
    /// Their e-mail address.
    pub email: &'a str,
    /// Their name.
    pub name: &'a str,
    /// What they are.
    pub role: Role,
    /// The hash of their password.
    pub password_hash: &'a str,
}

/// Adds a person.
///
/// # Errors
/// [`Error::Constraint`] that breaks [`EMAIL_ONCE`] where the address is taken.
pub async fn add(tx: &mut Tx, person: NewPerson<'_>) -> Result<UserId> {
    let (id, now) = (UserId::new(tx.store().ids()), tx.store().now());
    let email = person.email.trim();
    execute!(
        tx,
        "INSERT INTO person (id, email, email_key, name, role, password_hash, active, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        email,
        email.to_lowercase(),
        person.name.trim(),
        person.role.as_str(),
        person.password_hash,
        true,
        now,
    )?;
    Ok(id)
}

/// The person with this address.
///
/// # Errors
/// Where the database fails.
pub async fn by_email(db: &mut impl Database, email: &str) -> Result<Option<Person>> {
    fetch_optional!(
        db,
        Person,
        select!("WHERE email_key = $1"),
        email.trim().to_lowercase()
    )
}

/// The person with this identifier.
///
/// # Errors
/// Where the database fails.
pub async fn get(db: &mut impl Database, id: UserId) -> Result<Option<Person>> {
    fetch_optional!(db, Person, select!("WHERE id = $1"), id)
}

/// Everyone, by name.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database) -> Result<Vec<Person>> {
    fetch_all!(db, Person, select!("ORDER BY name, email_key"))
}

/// Is there anyone yet? Where not, whoever comes first makes the first admin.
///
/// # Errors
/// Where the database fails.
pub async fn any(db: &mut impl Database) -> Result<bool> {
    let (found,): (i64,) = fetch_one!(
        db,
        (i64,),
        "SELECT COUNT(*) FROM (SELECT 1 FROM person LIMIT 1) AS someone"
    )?;
    Ok(found > 0)
}

/// Adds the first admin, if nobody has been added yet.
///
/// # Errors
/// [`Error::Conflict`] where there is somebody already.
pub async fn add_first_admin(tx: &mut Tx, email: &str, name: &str, password_hash: &str) -> Result<UserId> {
    // A rival waits here until this transaction ends, and then finds the row.
    let won = execute!(
        tx,
        "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        "first_admin_made",
        sqlx::types::Json(true)
    )?;
    if won == 0 || any(tx).await? {
        return Err(Error::Conflict("first admin"));
    }
    let role = Role::Admin;
    add(
        tx,
        NewPerson {
            email,
            name,
            role,
            password_hash,
        },
    )
    .await
}

/// What may be changed of a person.
#[derive(Debug, Clone)]
pub struct Update<'a> {
    /// Their name.
    pub name: &'a str,
    /// What they are.
    pub role: Role,
    /// May they sign in?
    pub active: bool,
}

/// Changes a person. The last active admin can't be made something else or switched off.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::InUse`] for the last admin.
pub async fn update(tx: &mut Tx, id: UserId, update: Update<'_>) -> Result<()> {
    // Two admins who make each other something else at the same time: the second waits here and then sees what the first did.
    execute!(tx, "UPDATE person SET active = active WHERE role = 'admin'")?;
    let changed = execute!(
        tx,
        "UPDATE person SET name = $1, role = $2, active = $3 WHERE id = $4",
        update.name.trim(),
        update.role.as_str(),
        update.active,
        id,
    )?;
    if changed == 0 {
        return Err(Error::NotFound("person"));
    }
    let (admins,): (i64,) = fetch_one!(
        tx,
        (i64,),
        "SELECT COUNT(*) FROM person WHERE role = 'admin' AND active = $1",
        true
    )?;
    if admins == 0 {
        return Err(Error::InUse {
            what: "admin",
            by: "this console, which needs one".to_owned(),
        });
    }
    Ok(())
}

/// Sets a person's own name.
///
/// # Errors
/// Where the database fails.
pub async fn rename(tx: &mut Tx, id: UserId, name: &str) -> Result<()> {
    execute!(tx, "UPDATE person SET name = $1 WHERE id = $2", name.trim(), id)?;
    Ok(())
}

/// Sets a person's password.
///
/// # Errors
/// Where the database fails.
pub async fn set_password(tx: &mut Tx, id: UserId, password_hash: &str) -> Result<()> {
    execute!(
        tx,
        "UPDATE person SET password_hash = $1 WHERE id = $2",
        password_hash,
        id
    )?;
    Ok(())
}

/// Failures after which signing in is slowed down.
const FREE_FAILURES: i64 = 5;
/// Wait after the first failure beyond the free ones; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// Longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// How long someone must wait before they may try to sign in again, given failures for their address and from theirs;
/// none where they need not.
///
/// # Errors
/// Where the database fails.
pub async fn wait_before_sign_in(
    db: &mut impl Database,
    subjects: &[String],
    now: Timestamp,
) -> Result<Option<Duration>> {
    let rows: Vec<(i64, Timestamp)> = fetch_in!(
        db,
        (i64, Timestamp),
        "SELECT failures, last_at FROM sign_in_failure WHERE subject IN ",
        subjects,
        ""
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|(failures, last)| remaining(failures, last, now))
        .max())
}

fn remaining(failures: i64, last: Timestamp, now: Timestamp) -> Option<Duration> {
    let beyond = u32::try_from(failures - FREE_FAILURES).ok()?;
    let wait = FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(beyond))
        .min(LONGEST_WAIT);
    let until = last + wait;
    (until > now).then(|| until.since(now))
}

/// Notes a failed sign-in against each subject (`email:…`, `address:…`).
///
/// # Errors
/// Where the database fails.
pub async fn note_failure(tx: &mut Tx, subjects: &[String]) -> Result<()> {
    let now = tx.store().now();
    // A day without failures, and the count begins anew.
    let forgotten = now - Duration::from_secs(86_400);
    for subject in subjects {
        execute!(
            tx,
            "INSERT INTO sign_in_failure (subject, failures, last_at) VALUES ($1, 1, $2) \
             ON CONFLICT (subject) DO UPDATE SET last_at = excluded.last_at, \
             failures = CASE WHEN sign_in_failure.last_at < $3 THEN 1 ELSE sign_in_failure.failures + 1 END",
            subject.as_str(),
            now,
            forgotten,
        )?;
    }
    Ok(())
}

/// Notes a sign-in: the failures for the person's address are forgotten.
///
/// # Errors
/// Where the database fails.
pub async fn note_success(tx: &mut Tx, id: UserId, subject: &str) -> Result<()> {
    let now = tx.store().now();
    execute!(tx, "DELETE FROM sign_in_failure WHERE subject = $1", subject)?;
    execute!(tx, "UPDATE person SET signed_in_at = $1 WHERE id = $2", now, id)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::on_each_engine;

    fn someone(email: &str, role: Role) -> NewPerson<'_> {
        NewPerson {
            email,
            name: "Anna",
            role,
            password_hash: "$argon2id$",
        }
    }

    #[tokio::test]
    async fn an_address_is_taken_without_regard_to_case() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            add(&mut tx, someone("Anna@example.com", Role::Admin))
                .await
                .unwrap();
            let found = by_email(&mut tx, " anna@EXAMPLE.com ").await.unwrap().unwrap();
            assert_eq!(found.email, "Anna@example.com");
            let error = add(&mut tx, someone("ANNA@example.com", Role::Analyst))
                .await
                .unwrap_err();
            assert!(error.breaks(EMAIL_ONCE), "{error:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn only_the_first_comer_becomes_the_first_admin() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            assert!(!any(&mut tx).await.unwrap());
            add_first_admin(&mut tx, "a@example.com", "A", "h").await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = store.begin().await.unwrap();
            let second = add_first_admin(&mut tx, "b@example.com", "B", "h").await;
            assert!(matches!(second, Err(Error::Conflict(_))), "{second:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn the_last_admin_stays_admin() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let id = add(&mut tx, someone("a@example.com", Role::Admin)).await.unwrap();
            let refused = update(
                &mut tx,
                id,
                Update {
                    name: "A",
                    role: Role::Analyst,
                    active: true,
                },
            )
            .await;
            assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn two_admins_cannot_switch_each_other_off_at_once() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let a = add(&mut tx, someone("a@example.com", Role::Admin)).await.unwrap();
            let b = add(&mut tx, someone("b@example.com", Role::Admin)).await.unwrap();
            tx.commit().await.unwrap();
            let switch_off = |id| {
                let store = store.clone();
                async move {
                    let mut tx = store.begin().await?;
                    let off = Update {
                        name: "A",
                        role: Role::Admin,
                        active: false,
                    };
                    update(&mut tx, id, off).await?;
                    tx.commit().await
                }
            };
            let (first, second) = tokio::join!(switch_off(a), switch_off(b));
            assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn each_failure_beyond_five_doubles_the_wait_and_success_ends_it() {
        on_each_engine(|store, clock| async move {
            let mut tx = store.begin().await.unwrap();
            let id = add(&mut tx, someone("a@example.com", Role::Admin)).await.unwrap();
            let subjects = ["email:a@example.com".to_owned()];
            for _ in 0..4 {
                note_failure(&mut tx, &subjects).await.unwrap();
            }
            assert_eq!(
                wait_before_sign_in(&mut tx, &subjects, store.now())
                    .await
                    .unwrap(),
                None
            );
            for seconds in [2, 4, 8] {
                note_failure(&mut tx, &subjects).await.unwrap();
                let wait = wait_before_sign_in(&mut tx, &subjects, store.now())
                    .await
                    .unwrap();
                assert_eq!(wait, Some(Duration::from_secs(seconds)));
            }
            clock.advance(Duration::from_secs(8));
            assert_eq!(
                wait_before_sign_in(&mut tx, &subjects, store.now())
                    .await
                    .unwrap(),
                None
            );
            note_success(&mut tx, id, &subjects[0]).await.unwrap();
            note_failure(&mut tx, &subjects).await.unwrap();
            assert_eq!(
                wait_before_sign_in(&mut tx, &subjects, store.now())
                    .await
                    .unwrap(),
                None
            );
        })
        .await;
    }
}
