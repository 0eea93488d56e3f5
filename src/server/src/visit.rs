//! Finds out who sends a request, and what the page has to know about it.

use axum::extract::{Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use heliograph_app::auth::PERSON;
use heliograph_app::session::{CurrentUser, Theme, Visit};
use heliograph_model::ids::UserId;
use heliograph_store::{Store, people, settings};
use tower_sessions::Session;

use crate::typed;

/// Under which name a session keeps the day on which it was last used; writing it prolongs the session.
const DAY: &str = "day";

/// What the layer needs.
#[derive(Clone)]
pub(crate) struct Visits {
    pub(crate) store: Store,
    /// What the install is called where it was given no name of its own.
    pub(crate) install: String,
    /// Does this server run the demo?
    pub(crate) demo: bool,
}

/// Puts a [`Visit`] into the request.
pub(crate) async fn recognise(State(visits): State<Visits>, mut request: Request, next: Next) -> Response {
    let Some(session) = request.extensions().get::<Session>().cloned() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let (user, named) = match known(&visits.store, &session).await {
        Ok(known) => known,
        Err(error) => {
            tracing::error!(%error, "the session could not be read");
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                "The database can't be reached. Try again in a moment.\n",
            )
                .into_response();
        }
    };
    let typed = cookie(request.headers(), typed::COOKIE).and_then(typed::read);
    let came_back = typed.is_some();
    let visit = Visit {
        user,
        theme: cookie(request.headers(), Theme::COOKIE)
            .map(Theme::from_cookie)
            .unwrap_or_default(),
        install: named.unwrap_or(visits.install),
        demo: visits.demo,
        typed,
    };
    request.extensions_mut().insert(visit);
    let mut response = next.run(request).await;
    if came_back {
        response
            .headers_mut()
            .append(SET_COOKIE, HeaderValue::from_static(typed::FORGET));
    }
    response
}

/// Why nobody could be recognised.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error(transparent)]
    Session(#[from] tower_sessions::session::Error),
    #[error(transparent)]
    Store(#[from] heliograph_store::Error),
}

/// Who sends the request, and the name that the install was given.
async fn known(
    store: &Store,
    session: &Session,
) -> Result<(Option<CurrentUser>, Option<String>), Unreadable> {
    let user = user_of(store, session).await?;
    let name = settings::install_name(&mut store.read().await?).await?;
    Ok((user, name.filter(|name| !name.is_empty())))
}

/// Whose session it is, as long as they may sign in. A session that is used lives on.
async fn user_of(store: &Store, session: &Session) -> Result<Option<CurrentUser>, Unreadable> {
    let Some(id) = session.get::<UserId>(PERSON).await? else {
        return Ok(None);
    };
    let person = people::get(&mut store.read().await?, id).await?;
    let Some(person) = person.filter(|person| person.active) else {
        return Ok(None);
    };
    let today = store.now().day().as_millis();
    if session.get::<i64>(DAY).await? != Some(today) {
        session.insert(DAY, today).await?;
    }
    Ok(Some(CurrentUser {
        id: person.id,
        name: person.name,
        email: person.email,
        role: person.role,
    }))
}

/// The value of a cookie of the request.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
