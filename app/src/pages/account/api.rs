//! What people change about themselves.

use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A session of the person who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    /// What it is kept under; of no use to sign in with.
    pub key: String,
    /// When it began.
    pub began: Timestamp,
    /// When it ends, unless it is used before.
    pub ends: Timestamp,
    /// Is it the one that asks?
    pub current: bool,
}

/// The sessions of the person who asks, newest first.
///
/// # Errors
///
/// [`AppError::SignedOut`] without a session.
#[server]
pub async fn own_sessions() -> Result<Vec<OwnSession>, AppError> {
    use crate::auth::{current_session, session_key};
    use crate::session::require_user;
    use heliograph_store::{Store, sessions};

    let who = require_user()?;
    let store = expect_context::<Store>();
    let current = current_session()?.id().map(|id| session_key(&id));
    let found = sessions::of_person(&mut store.read().await?, who.id, store.now()).await?;
    Ok(found
        .into_iter()
        .map(|session| OwnSession {
            current: current.as_ref() == Some(&session.id),
            key: session.id,
            began: session.created_at,
            ends: session.expires_at,
        })
        .collect())
}

/// Changes the person's own name; returns it as it is kept.
///
/// # Errors
///
/// [`AppError::Invalid`] where it is empty or too long.
#[server]
pub async fn rename_self(
    /// The new name.
    name: String,
) -> Result<String, AppError> {
    use crate::session::require_user;
    use heliograph_store::audit::{self, Change};
    use heliograph_store::{Store, people};

    const LONGEST: usize = 80;
    let who = require_user()?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST {
        return Err(AppError::field(
            "name",
            format!("Write a name of at most {LONGEST} characters."),
        ));
    }
    let mut tx = expect_context::<Store>().begin().await?;
    people::rename(&mut tx, who.id, name).await?;
    let change = Change {
        action: "renamed",
        object_kind: "person",
        object: Some(who.id.0),
        name,
        detail: serde_json::json!({ "before": who.name }),
    };
    audit::record(&mut tx, &who.actor(), change).await?;
    tx.commit().await?;
    Ok(name.to_owned())
}

/// Changes the person's own password and ends their other sessions.
///
/// # Errors
///
/// [`AppError::Invalid`] where the old password is not right or the new one is too short; [`AppError::TooManyAttempts`]
/// after repeated failures.
#[server]
pub async fn change_password(
    /// The password that they sign in with now.
    old_password: String,
    /// The new one.
    new_password: String,
) -> Result<(), AppError> {
    use crate::auth::{check_password, current_session, hash_password, is_password, session_key};
    use crate::session::require_user;
    use heliograph_store::audit::{self, Change};
    use heliograph_store::{Store, people, sessions};

    let who = require_user()?;
    check_password("new_password", &new_password)?;
    let store = expect_context::<Store>();
    let subjects = [format!("email:{}", who.email.to_lowercase())];
    let mut connection = store.read().await?;
    if let Some(wait) = people::wait_before_sign_in(&mut connection, &subjects, store.now()).await? {
        return Err(AppError::TooManyAttempts {
            seconds: wait.as_secs().max(1),
        });
    }
    let person = people::get(&mut connection, who.id)
        .await?
        .ok_or(AppError::SignedOut)?;
    drop(connection);
    let right = is_password(old_password, Some(person.password_hash))
        .await
        .map_err(|error| AppError::internal(&error))?;
    if !right {
        let mut tx = store.begin().await?;
        people::note_failure(&mut tx, &subjects).await?;
        tx.commit().await?;
        return Err(AppError::field("old_password", "This is not your password."));
    }
    let hash = hash_password(new_password)
        .await
        .map_err(|error| AppError::internal(&error))?;
    let current = current_session()?
        .id()
        .map(|id| session_key(&id))
        .unwrap_or_default();
    let mut tx = store.begin().await?;
    people::set_password(&mut tx, who.id, &hash).await?;
    let ended = sessions::delete_others(&mut tx, who.id, &current).await?;
    let change = Change {
        action: "changed password",
        object_kind: "person",
        object: Some(who.id.0),
        name: &who.name,
        detail: serde_json::json!({ "other sessions ended": ended }),
    };
    audit::record(&mut tx, &who.actor(), change).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends one of the person's own sessions.
///
/// # Errors
///
/// [`AppError::NotFound`] where it is not theirs, or has ended.
#[server]
pub async fn end_session(
    /// What it is kept under.
    key: String,
) -> Result<(), AppError> {
    use crate::session::require_user;
    use heliograph_store::{Store, sessions};

    let who = require_user()?;
    let store = expect_context::<Store>();
    let mut tx = store.begin().await?;
    let own = sessions::of_person(&mut tx, who.id, store.now()).await?;
    if !own.iter().any(|session| session.id == key) {
        return Err(AppError::NotFound {
            what: "This session".to_owned(),
        });
    }
    sessions::delete(&mut tx, &key).await?;
    tx.commit().await?;
    Ok(())
}
