//! Signing in and out.

use leptos::prelude::*;

use crate::error::AppError;

/// Has nobody been added yet, so that whoever comes makes the first admin?
///
/// # Errors
///
/// [`AppError::Internal`], where the database fails.
#[server]
pub async fn is_empty() -> Result<bool, AppError> {
    use heliograph_store::{Store, people};
    let store = expect_context::<Store>();
    Ok(!people::any(&mut store.read().await?).await?)
}

/// Signs a person in and leads them to where they wanted.
///
/// # Errors
///
/// [`AppError::Invalid`] where address or password is wrong, not saying which; [`AppError::TooManyAttempts`] after
/// repeated failures.
#[server]
pub async fn sign_in(
    /// The address.
    email: String,
    /// The password.
    password: String,
    /// The page that was asked for.
    next: Option<String>,
) -> Result<(), AppError> {
    use crate::auth::{after_sign_in, begin_session, is_password};
    use heliograph_store::audit::{self, Actor, Change};
    use heliograph_store::{Store, people};

    let store = expect_context::<Store>();
    let by_email = format!("email:{}", email.trim().to_lowercase());
    let mut subjects = vec![by_email.clone()];
    subjects.extend(subject_of_network());
    let mut tx = store.begin().await?;
    if let Some(wait) = people::wait_before_sign_in(&mut tx, &subjects, store.now()).await? {
        return Err(AppError::TooManyAttempts {
            seconds: wait.as_secs().max(1),
        });
    }
    let person = people::by_email(&mut tx, &email)
        .await?
        .filter(|person| person.active);
    // The writer is not held while the password is hashed, which takes its time.
    tx.rollback().await?;
    let kept = person.as_ref().map(|person| person.password_hash.clone());
    let right = is_password(password, kept)
        .await
        .map_err(|error| AppError::internal(&error))?;
    let mut tx = store.begin().await?;
    let Some(person) = person.filter(|_| right) else {
        people::note_failure(&mut tx, &subjects).await?;
        tx.commit().await?;
        return Err(AppError::invalid(
            "Email or password is not right. Check both and try again.",
        ));
    };
    people::note_success(&mut tx, person.id, &by_email).await?;
    let change = Change {
        action: "signed in",
        object_kind: "person",
        object: Some(person.id.0),
        name: &person.name,
        detail: serde_json::json!({}),
    };
    audit::record(
        &mut tx,
        &Actor {
            id: Some(person.id),
            name: person.name.clone(),
        },
        change,
    )
    .await?;
    tx.commit().await?;
    begin_session(person.id).await?;
    leptos_axum::redirect(after_sign_in(next.as_deref()));
    Ok(())
}

/// Where the request came from, to slow down who guesses at many addresses. A request from this machine itself comes
/// through a proxy, or from its owner: it is not held against everyone else's.
#[cfg(feature = "ssr")]
fn subject_of_network() -> Option<String> {
    use axum::extract::ConnectInfo;
    use axum::http::request::Parts;
    let parts = use_context::<Parts>()?;
    let ConnectInfo(address) = parts.extensions.get::<ConnectInfo<std::net::SocketAddr>>()?;
    (!address.ip().is_loopback()).then(|| format!("address:{}", address.ip()))
}

/// Makes the first admin and signs them in.
///
/// # Errors
///
/// [`AppError::Invalid`] where a field is wrong, [`AppError::Conflict`] where somebody was faster.
#[server]
pub async fn make_first_admin(
    /// Their name.
    name: String,
    /// Their address.
    email: String,
    /// Their password.
    password: String,
) -> Result<(), AppError> {
    use crate::auth::{begin_session, check_password, hash_password};
    use crate::error::FieldError;
    use heliograph_store::audit::{self, Actor, Change};
    use heliograph_store::{Error, Store, people};

    let mut wrong = Vec::new();
    if name.trim().is_empty() {
        wrong.push(FieldError::new("name", "Write your name."));
    }
    if !email.contains('@') {
        wrong.push(FieldError::new(
            "email",
            "Write an address such as name@example.com.",
        ));
    }
    if let Err(AppError::Invalid { fields, .. }) = check_password("password", &password) {
        wrong.extend(fields);
    }
    if !wrong.is_empty() {
        return Err(AppError::fields(wrong));
    }
    let hash = hash_password(password)
        .await
        .map_err(|error| AppError::internal(&error))?;
    let store = expect_context::<Store>();
    let mut tx = store.begin().await?;
    let id = match people::add_first_admin(&mut tx, &email, &name, &hash).await {
        Ok(id) => id,
        Err(Error::Conflict(_)) => {
            return Err(AppError::Conflict {
                message: "Somebody else has just become the first admin. Ask them to invite you.".to_owned(),
            });
        }
        Err(error) => return Err(error.into()),
    };
    let change = Change {
        action: "became the first admin",
        object_kind: "person",
        object: Some(id.0),
        name: name.trim(),
        detail: serde_json::json!({}),
    };
    audit::record(
        &mut tx,
        &Actor {
            id: Some(id),
            name: name.trim().to_owned(),
        },
        change,
    )
    .await?;
    tx.commit().await?;
    begin_session(id).await?;
    leptos_axum::redirect("/");
    Ok(())
}

/// Ends the session of who calls it.
///
/// # Errors
///
/// [`AppError::Internal`], where the session can't be ended.
#[server]
pub async fn sign_out() -> Result<(), AppError> {
    let session = crate::auth::current_session()?;
    session
        .flush()
        .await
        .map_err(|error| AppError::internal(&error))?;
    leptos_axum::redirect("/sign-in");
    Ok(())
}
