//! Server functions of the people.

use heliograph_model::access::Role;
use heliograph_model::ids::UserId;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// Somebody who may sign in, or might once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// The address that they sign in with.
    pub email: String,
    /// What they are.
    pub role: Role,
    /// May they sign in?
    pub active: bool,
    /// When they last signed in.
    pub signed_in_at: Option<Timestamp>,
    /// How many sessions they have.
    pub sessions: u64,
    /// Is it the one who looks?
    pub own: bool,
}

/// Everyone, by name.
#[server]
pub async fn list() -> Result<Vec<PersonRow>, AppError> {
    use std::collections::HashMap;

    use heliograph_model::access::Permission;
    use heliograph_store::{Store, people, sessions};

    let who = crate::session::require(Permission::Administer)?;
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let sessions: HashMap<_, _> = sessions::counts(&mut conn, store.now())
        .await?
        .into_iter()
        .collect();
    Ok(people::list(&mut conn)
        .await?
        .into_iter()
        .map(|person| PersonRow {
            sessions: sessions
                .get(&person.id)
                .map_or(0, |count| u64::try_from(*count).unwrap_or(0)),
            own: person.id == who.id,
            id: person.id,
            name: person.name,
            email: person.email,
            role: person.role,
            active: person.active,
            signed_in_at: person.signed_in_at,
        })
        .collect())
}

/// Adds a person, who signs in with this password until they choose their own.
#[server]
pub async fn add_person(
    /// Their name.
    name: String,
    /// The address that they sign in with.
    email: String,
    /// What they are.
    role: Role,
    /// Their first password.
    password: String,
) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, people};

    use crate::auth::{check_password, hash_password};
    use crate::error::FieldError;

    let who = crate::session::require(Permission::Administer)?;
    let (name, email) = (name.trim(), email.trim());
    let mut faults = Vec::new();
    faults.extend(fault_of_name(name));
    if !is_address(email) {
        faults.push(FieldError::new(
            "email",
            "Write an address such as name@example.com.",
        ));
    }
    if let Err(AppError::Invalid { fields, .. }) = check_password("password", &password) {
        faults.extend(fields);
    }
    if !faults.is_empty() {
        return Err(AppError::fields(faults));
    }
    let hash = hash_password(password)
        .await
        .map_err(|error| AppError::internal(&error))?;
    let mut tx = expect_context::<Store>().begin().await?;
    let person = people::NewPerson {
        email,
        name,
        role,
        password_hash: &hash,
    };
    let id = people::add(&mut tx, person).await.map_err(|error| {
        if error.breaks(people::EMAIL_ONCE) {
            AppError::field("email", "Somebody signs in with this address already.")
        } else {
            error.into()
        }
    })?;
    let detail = serde_json::json!({ "email": email, "role": role.as_str() });
    record(&mut tx, &who, "added", id, name, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes a person's name and role.
#[server]
pub async fn save_person(
    /// Who.
    id: UserId,
    /// Their name from now on.
    name: String,
    /// What they are from now on.
    role: Role,
) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, people};

    let who = crate::session::require(Permission::Administer)?;
    let name = name.trim();
    if let Some(fault) = fault_of_name(name) {
        return Err(AppError::fields(vec![fault]));
    }
    let mut tx = expect_context::<Store>().begin().await?;
    let before = get(&mut tx, id).await?;
    let update = people::Update {
        name,
        role,
        active: before.active,
    };
    people::update(&mut tx, id, update).await.map_err(last_admin)?;
    let detail = serde_json::json!({
        "name before": before.name,
        "role before": before.role.as_str(),
        "role": role.as_str(),
    });
    record(&mut tx, &who, "changed", id, name, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps a person out, and ends their sessions.
#[server]
pub async fn suspend_person(
    /// Who.
    id: UserId,
) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, people, sessions};

    let who = crate::session::require(Permission::Administer)?;
    if id == who.id {
        return Err(AppError::invalid(
            "You can't suspend yourself. Ask another admin to.",
        ));
    }
    let mut tx = expect_context::<Store>().begin().await?;
    let person = get(&mut tx, id).await?;
    let update = people::Update {
        name: &person.name,
        role: person.role,
        active: false,
    };
    people::update(&mut tx, id, update).await.map_err(last_admin)?;
    let ended = sessions::delete_of_person(&mut tx, id).await?;
    let detail = serde_json::json!({ "sessions ended": ended });
    record(&mut tx, &who, "suspended", id, &person.name, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets a person in again.
#[server]
pub async fn reinstate_person(
    /// Who.
    id: UserId,
) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, people};

    let who = crate::session::require(Permission::Administer)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let person = get(&mut tx, id).await?;
    let update = people::Update {
        name: &person.name,
        role: person.role,
        active: true,
    };
    people::update(&mut tx, id, update).await?;
    record(
        &mut tx,
        &who,
        "reinstated",
        id,
        &person.name,
        serde_json::json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a person a new password, and ends their sessions.
#[server]
pub async fn reset_password(
    /// Whose.
    id: UserId,
    /// The password from now on.
    password: String,
) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, people, sessions};

    use crate::auth::{check_password, hash_password};

    let who = crate::session::require(Permission::Administer)?;
    if id == who.id {
        return Err(AppError::invalid("Change your own password under your account."));
    }
    check_password("password", &password)?;
    let hash = hash_password(password)
        .await
        .map_err(|error| AppError::internal(&error))?;
    let mut tx = expect_context::<Store>().begin().await?;
    let person = get(&mut tx, id).await?;
    people::set_password(&mut tx, id, &hash).await?;
    let ended = sessions::delete_of_person(&mut tx, id).await?;
    let detail = serde_json::json!({ "sessions ended": ended });
    record(&mut tx, &who, "reset password", id, &person.name, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends the sessions of a person: they have to sign in again.
#[server]
pub async fn end_sessions(
    /// Who.
    id: UserId,
) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, sessions};

    let who = crate::session::require(Permission::Administer)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let person = get(&mut tx, id).await?;
    let ended = sessions::delete_of_person(&mut tx, id).await?;
    let detail = serde_json::json!({ "sessions ended": ended });
    record(&mut tx, &who, "ended sessions", id, &person.name, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// What is wrong with a name, if anything.
#[cfg(feature = "ssr")]
fn fault_of_name(name: &str) -> Option<crate::error::FieldError> {
    const LONGEST: usize = 80;
    (name.is_empty() || name.chars().count() > LONGEST).then(|| {
        crate::error::FieldError::new("name", format!("Write a name of at most {LONGEST} characters."))
    })
}

/// Does it look like an address? Whether it is one, only a letter to it could tell.
#[cfg(feature = "ssr")]
fn is_address(email: &str) -> bool {
    /// RFC 5321, section 4.5.3.1.3, less the brackets around a path.
    const LONGEST: usize = 254;
    email.len() <= LONGEST
        && !email.contains(char::is_whitespace)
        && email
            .split_once('@')
            .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
}

#[cfg(feature = "ssr")]
async fn get(
    tx: &mut heliograph_store::Tx,
    id: UserId,
) -> Result<heliograph_store::people::Person, AppError> {
    use heliograph_store::{Error, people};

    Ok(people::get(tx, id).await?.ok_or(Error::NotFound("person"))?)
}

/// Says that there has to be an admin, where the store refused to do without.
#[cfg(feature = "ssr")]
fn last_admin(error: heliograph_store::Error) -> AppError {
    match error {
        heliograph_store::Error::InUse { what: "admin", .. } => AppError::Conflict {
            message: "There has to be an admin who can sign in. Make somebody else an admin first."
                .to_owned(),
        },
        error => error.into(),
    }
}

/// Writes a change of a person to the audit log.
#[cfg(feature = "ssr")]
async fn record(
    tx: &mut heliograph_store::Tx,
    who: &crate::session::CurrentUser,
    action: &str,
    id: UserId,
    name: &str,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    use heliograph_store::audit::{self, Change};

    let change = Change {
        action,
        object_kind: "person",
        object: Some(id.0),
        name,
        detail,
    };
    Ok(audit::record(tx, &who.actor(), change).await?)
}
