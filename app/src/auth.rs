//! Passwords, and the session of the person who signed in. On the server only.

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use axum::http::request::Parts;
use heliograph_model::ids::UserId;
use leptos::prelude::use_context;
use tower_sessions::Session;
use tower_sessions::session::Id;

use crate::error::AppError;

/// The shortest password, in characters. NIST SP 800-63B asks for eight and against rules of composition.
pub const PASSWORD_MIN: usize = 10;
/// The longest password, in bytes: more would only serve to keep the server busy.
pub const PASSWORD_MAX: usize = 256;
/// Under which name a session keeps whose it is.
pub const PERSON: &str = "person";

/// Why a password can't be hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The algorithm or the kept hash was refused.
    #[error("the password hash could not be computed: {0}")]
    Hash(String),
    /// The worker thread died.
    #[error("the password hash was not computed: {0}")]
    Worker(#[from] tokio::task::JoinError),
}

/// Is this a password that one may choose?
///
/// # Errors
///
/// [`AppError::Invalid`] at the field of this name.
pub fn check_password(field: &str, password: &str) -> Result<(), AppError> {
    if password.chars().count() < PASSWORD_MIN {
        return Err(AppError::field(
            field,
            format!("Use at least {PASSWORD_MIN} characters."),
        ));
    }
    if password.len() > PASSWORD_MAX {
        return Err(AppError::field(
            field,
            format!("Use at most {PASSWORD_MAX} characters."),
        ));
    }
    Ok(())
}

/// The argon2id hash of a password, in PHC form, with a salt of its own.
///
/// # Errors
///
/// [`PasswordError`], where the system has no randomness.
pub async fn hash_password(password: String) -> Result<String, PasswordError> {
    tokio::task::spawn_blocking(move || hash(&password)).await?
}

fn hash(password: &str) -> Result<String, PasswordError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| PasswordError::Hash(error.to_string()))
}

/// Is this the password of the kept hash? Takes as long where there is nobody to compare with, so that the time does
/// not tell which addresses exist.
///
/// # Errors
///
/// [`PasswordError`], where the kept hash cannot be read.
pub async fn is_password(password: String, kept: Option<String>) -> Result<bool, PasswordError> {
    static NOBODY: OnceLock<Option<String>> = OnceLock::new();
    tokio::task::spawn_blocking(move || {
        let nobody = || {
            NOBODY
                .get_or_init(|| hash("nobody has this password").ok())
                .clone()
        };
        let known = kept.is_some();
        let Some(against) = kept.or_else(nobody) else {
            return Ok(false);
        };
        let against = PasswordHash::new(&against).map_err(|error| PasswordError::Hash(error.to_string()))?;
        let right = password.len() <= PASSWORD_MAX
            && Argon2::default()
                .verify_password(password.as_bytes(), &against)
                .is_ok();
        Ok(right && known)
    })
    .await?
}

/// What a session is kept under: a hash of what its cookie holds, so that who reads the database can't use it.
pub fn session_key(id: &Id) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, &id.0.to_le_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The session of the request that is being answered.
///
/// # Errors
///
/// [`AppError::SignedOut`], where the request did not come through the server's session layer.
pub fn current_session() -> Result<Session, AppError> {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<Session>().cloned())
        .ok_or(AppError::SignedOut)
}

/// Begins a session for a person, under a new identifier, so that one that was known before is of no use.
///
/// # Errors
///
/// [`AppError::Internal`], where the session can't be kept.
pub async fn begin_session(person: UserId) -> Result<(), AppError> {
    let session = current_session()?;
    session
        .cycle_id()
        .await
        .map_err(|error| AppError::internal(&error))?;
    session
        .insert(PERSON, person)
        .await
        .map_err(|error| AppError::internal(&error))
}

/// Where the person goes after signing in: to where they wanted, if that is a page of this console.
pub fn after_sign_in(next: Option<&str>) -> &str {
    match next {
        Some(next)
            if next.starts_with('/')
                && !next.starts_with("//")
                && !next.contains(['\\', '\r', '\n', '\t']) =>
        {
            next
        }
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_led_to_pages_of_this_console_only() {
        assert_eq!(after_sign_in(Some("/messages?q=a")), "/messages?q=a");
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "",
        ] {
            assert_eq!(after_sign_in(Some(elsewhere)), "/", "{elsewhere}");
        }
        assert_eq!(after_sign_in(None), "/");
    }

    #[tokio::test]
    async fn only_the_right_password_of_someone_who_exists_is_accepted() {
        let kept = hash_password("correct horse battery".to_owned()).await.unwrap();
        assert!(kept.starts_with("$argon2id$"));
        assert!(
            is_password("correct horse battery".to_owned(), Some(kept.clone()))
                .await
                .unwrap()
        );
        assert!(!is_password("correct horse".to_owned(), Some(kept)).await.unwrap());
        assert!(
            !is_password("nobody has this password".to_owned(), None)
                .await
                .unwrap()
        );
    }

    #[test]
    fn a_password_has_at_least_ten_characters() {
        assert!(check_password("password", "ünïcödé-10").is_ok());
        let error = check_password("password", "short").unwrap_err();
        assert!(error.for_field("password").is_some());
    }
}
