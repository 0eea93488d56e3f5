//! The control API: what tests and people ask of the simulator.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::counts::Counts;
use crate::error::Error;
use crate::faults::Faults;
use crate::phones::{Edge, NewPhone, Notification, NotificationId, Notifications, Phone, Platform, Token};
use crate::registry::{AppId, Apps};
use crate::shared::Shared;

type Sim = State<Arc<Shared>>;

/// The routes.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/apps", get(apps))
        .route("/devices", get(devices).post(add_device))
        .route("/devices/{token}/notifications", get(notifications))
        .route("/devices/{token}/tap", post(tap))
        .route("/devices/{token}/dismiss", post(dismiss))
        .route("/devices/{token}/remove-app", post(remove_app))
        .route("/devices/{token}/reinstall", post(reinstall))
        .route("/devices/{token}/mute", post(mute))
        .route("/devices/{token}/unmute", post(unmute))
        .route("/devices/{token}/sync", post(sync))
        .route("/edges/{app}", put(set_edge))
        .route("/faults", get(faults).put(set_faults))
        .route("/counts", get(counts))
        .route("/reset", post(reset))
        .with_state(shared)
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::UnknownPhone(_) | Self::UnknownNotification(_) | Self::NothingShown => {
                StatusCode::NOT_FOUND
            }
            Self::TokenTaken(_) | Self::AppRemoved(_) => StatusCode::CONFLICT,
            Self::NotReported(_) => StatusCode::BAD_GATEWAY,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}

impl From<JsonRejection> for Error {
    fn from(rejection: JsonRejection) -> Self {
        Self::BadRequest(rejection.body_text())
    }
}

/// What a request may be sent along with.
type MaybeJson<T> = Result<Option<Json<T>>, JsonRejection>;

async fn apps(State(shared): Sim) -> Json<Apps> {
    Json(
        shared
            .registry
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .summary(),
    )
}

async fn devices(State(shared): Sim) -> Json<Vec<Phone>> {
    let mut phones = shared.phones.list();
    phones.sort_by(|a, b| a.token.cmp(&b.token));
    Json(phones)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceIn {
    platform: Platform,
    app: AppId,
    #[serde(default)]
    token: Option<Token>,
    #[serde(default)]
    ecid: Option<String>,
    #[serde(default)]
    identities: Map<String, Value>,
    #[serde(default)]
    label: String,
}

async fn add_device(
    State(shared): Sim,
    new: Result<Json<DeviceIn>, JsonRejection>,
) -> Result<(StatusCode, Json<Phone>), Error> {
    let Json(new) = new?;
    let phone = shared.phones.add(NewPhone {
        platform: new.platform,
        app: new.app,
        token: new.token,
        ecid: new.ecid,
        identities: new.identities,
        label: new.label,
    })?;
    Ok((StatusCode::CREATED, Json(phone)))
}

async fn notifications(
    State(shared): Sim,
    Path(token): Path<Token>,
) -> Result<Json<Vec<Notification>>, Error> {
    Ok(Json(shared.phones.get(&token)?.received))
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct ActIn {
    notification: Option<NotificationId>,
    button: Option<usize>,
}

async fn tap(
    State(shared): Sim,
    Path(token): Path<Token>,
    act: MaybeJson<ActIn>,
) -> Result<StatusCode, Error> {
    let act = act?.map(|Json(act)| act).unwrap_or_default();
    shared.phones.tap(&token, act.notification, act.button).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn dismiss(
    State(shared): Sim,
    Path(token): Path<Token>,
    act: MaybeJson<ActIn>,
) -> Result<StatusCode, Error> {
    let act = act?.map(|Json(act)| act).unwrap_or_default();
    shared.phones.dismiss(&token, act.notification).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_app(State(shared): Sim, Path(token): Path<Token>) -> Result<StatusCode, Error> {
    shared.phones.remove_app(&token)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn reinstall(State(shared): Sim, Path(token): Path<Token>) -> Result<StatusCode, Error> {
    shared.phones.reinstall(&token)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn mute(State(shared): Sim, Path(token): Path<Token>) -> Result<StatusCode, Error> {
    shared.phones.set_notifications(&token, Notifications::Muted)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unmute(State(shared): Sim, Path(token): Path<Token>) -> Result<StatusCode, Error> {
    shared.phones.set_notifications(&token, Notifications::Allowed)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sync(
    State(shared): Sim,
    Path(token): Path<Token>,
    identities: MaybeJson<Map<String, Value>>,
) -> Result<StatusCode, Error> {
    if let Some(Json(identities)) = identities? {
        shared.phones.sign_in(&token, identities)?;
    }
    shared.phones.sync_token(&token).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_edge(
    State(shared): Sim,
    Path(app): Path<AppId>,
    edge: Result<Json<Edge>, JsonRejection>,
) -> Result<StatusCode, Error> {
    let Json(edge) = edge?;
    shared.phones.set_edge(app, edge);
    Ok(StatusCode::NO_CONTENT)
}

async fn faults(State(shared): Sim) -> Json<Faults> {
    Json(shared.faults.faults())
}

async fn set_faults(
    State(shared): Sim,
    faults: Result<Json<Faults>, JsonRejection>,
) -> Result<StatusCode, Error> {
    let Json(faults) = faults?;
    shared.faults.set(faults);
    Ok(StatusCode::NO_CONTENT)
}

async fn counts(State(shared): Sim) -> Json<Counts> {
    Json(shared.tally.counts())
}

async fn reset(State(shared): Sim) -> StatusCode {
    shared.faults.set(Faults::default());
    shared.tally.reset();
    shared.phones.reset();
    StatusCode::NO_CONTENT
}
