//! Server functions of one app.

use std::time::Duration;

use heliograph_model::app_config::{ApnsEnvironment, AppConfiguration, GooglePace, PayloadStyle};
use heliograph_model::delivery::HowMany;
use heliograph_model::ids::AppId;
use heliograph_model::report::Totals;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// How much is under way for an app.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// To be sent as soon as it is due.
    pub queued: HowMany,
    /// To be tried again.
    pub waiting: HowMany,
    /// Waiting for the credential to work.
    pub held: HowMany,
    /// Waiting for sending to go on.
    pub stopped: HowMany,
    /// In a worker's hands.
    pub sending: HowMany,
}

/// How many pushes a provider accepted in the last minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lately {
    /// So many.
    pub accepted: u64,
    /// In so many minutes: those since the first of them in which it accepted any.
    pub minutes: u64,
}

impl Lately {
    /// Over which time it is taken.
    pub const SPAN: Duration = Duration::from_secs(5 * 60);

    /// From what was accepted in each whole minute, by its start, up to the minute that is running.
    pub fn new(accepted: impl IntoIterator<Item = (Timestamp, u64)>, running: Timestamp) -> Self {
        let any = accepted.into_iter().filter(|(_, n)| *n > 0);
        any.fold(Self::default(), |lately, (minute, n)| Self {
            accepted: lately.accepted + n,
            minutes: lately.minutes.max(running.since(minute).as_secs() / 60),
        })
    }

    /// So many a minute; none where there were none.
    pub fn per_minute(self) -> u64 {
        self.accepted.checked_div(self.minutes).unwrap_or_default()
    }

    /// How long so many take at this pace; none where there is no pace to go by.
    pub fn takes(self, pushes: u64) -> Option<Duration> {
        let seconds = pushes
            .saturating_mul(self.minutes * 60)
            .checked_div(self.accepted)?;
        Some(Duration::from_secs(seconds))
    }
}

/// An app, its queue, and how pushes to it fare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppView {
    /// When it was looked at.
    pub at: Timestamp,
    /// The app.
    pub app: AppConfiguration,
    /// What is under way for it.
    pub queue: Queue,
    /// How many pushes its provider accepted in the last minutes.
    pub lately: Lately,
    /// How fast Google lets its project send; none where nothing is sent in it, or it is no app of Google's.
    pub pace: Option<GooglePace>,
    /// What was counted for it in the last seven days, by whole days in UTC.
    pub week: Totals,
    /// Its tokens that the provider had us retire in the same time, as [`Figure::Failed`](heliograph_model::report::Figure).
    pub retired: Totals,
}

/// What the provider said of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It takes it; how that was seen.
    Good(String),
    /// It does not; why, and what to do.
    Refused(String),
    /// It could not be asked; why.
    NotAsked(String),
}

/// One app.
#[server]
pub async fn load(id: String) -> Result<AppView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::app_config::CredentialSummary;
    use heliograph_model::report::{Count, Figure, Grain, Scope};
    use heliograph_store::{Store, apps, deliveries, devices, google_pace, reports, reports::Range};

    use crate::components::whole;

    /// The six days before today; today makes seven.
    const WEEK: Duration = Duration::from_secs(6 * 24 * 60 * 60);

    crate::session::require(Permission::ManageApps)?;
    let id = id.parse::<AppId>().map_err(|_| AppError::NotFound {
        what: "This app configuration".to_owned(),
    })?;
    let mut conn = expect_context::<Store>().read().await?;
    let app = apps::get(&mut conn, id).await?;
    let queue = deliveries::depths(&mut conn)
        .await?
        .into_iter()
        .find(|depth| depth.app_id == id)
        .map_or_else(Queue::default, |depth| Queue {
            queued: depth.queued,
            waiting: depth.waiting,
            held: depth.held,
            stopped: depth.stopped,
            sending: depth.sending,
        });
    let now = expect_context::<Store>().now();
    let pace = match &app.credential {
        Some(CredentialSummary::Fcm { project_id, .. }) => {
            google_pace::in_force(&mut conn, project_id, now).await?
        }
        Some(CredentialSummary::Apns { .. }) | None => None,
    };
    let mut counted = async |grain, from, to| -> Result<Vec<reports::Slice>, AppError> {
        let mut slices = reports::slices(&mut conn, Scope::All, grain, Range { from, to }).await?;
        slices.retain(|slice| slice.app_id == id);
        Ok(slices)
    };
    let minute = now.minute();
    let minutes = counted(Grain::Minute, minute - Lately::SPAN, minute).await?;
    let accepted = minutes
        .iter()
        .filter(|slice| slice.figure == Figure::Accepted)
        .map(|slice| (slice.at, whole(slice.n)));
    let lately = Lately::new(accepted, minute);
    let week = counted(Grain::Day, now.day() - WEEK, now).await?;
    let week = week.iter().map(reports::Slice::count).collect();
    let retired = devices::retired_since(&mut conn, &app.app, app.platform, now.day() - WEEK)
        .await?
        .into_iter()
        .map(|(reason, n)| Count {
            figure: Figure::Failed,
            reason,
            n,
        })
        .collect();
    Ok(AppView {
        at: now,
        app,
        queue,
        lately,
        pace,
        week,
        retired,
    })
}

/// Changes an app's name, identifier, style and, where it is given, quota, if nobody else has changed this revision; the new
/// revision.
#[server]
pub async fn save_app(
    /// Which app.
    id: AppId,
    /// The revision that was changed.
    revision: i64,
    /// What people call it.
    name: String,
    /// Its bundle id or package name.
    app: String,
    /// How its payloads are written.
    style: PayloadStyle,
    /// How many messages a minute Google lets its project send, as it was typed; none for an app of Apple's.
    google_quota: Option<String>,
) -> Result<i64, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::app_config::credential::{check_app, check_google_quota, check_name};
    use heliograph_store::{Store, apps};

    use super::{at_field, record, taken};

    let who = crate::session::require(Permission::ManageApps)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let before = apps::get(&mut tx, id).await?;
    let quota = google_quota.map_or(Ok(before.google_quota), |text| check_google_quota(&text));
    let faults: Vec<_> = [
        check_name(&name).err(),
        check_app(before.platform, &app).err(),
        quota.as_ref().err().cloned(),
    ]
    .into_iter()
    .flatten()
    .map(at_field)
    .collect();
    if !faults.is_empty() {
        return Err(AppError::fields(faults));
    }
    let (name, app, quota) = (name.trim(), app.trim(), quota.unwrap_or(before.google_quota));
    let revision = apps::update(&mut tx, id, revision, name, app, style, quota)
        .await
        .map_err(|error| taken(error, before.platform))?;
    let detail = serde_json::json!({
        "from": {
            "name": before.name, "app": before.app, "style": before.style.as_str(), "google_quota": before.google_quota,
        },
        "to": { "name": name, "app": app, "style": style.as_str(), "google_quota": quota },
    });
    record(&mut tx, &who, "changed", id, name, detail).await?;
    tx.commit().await?;
    Ok(revision)
}

/// Keeps a signing key of Apple's for an app, sealed.
#[server]
pub async fn save_apple_key(
    id: AppId,
    secret: String,
    key_id: String,
    team_id: String,
    environment: ApnsEnvironment,
) -> Result<(), AppError> {
    use heliograph_delivery::Upload;
    use heliograph_model::access::Permission;

    let who = crate::session::require(Permission::ManageApps)?;
    let upload = Upload::Apns {
        file: secret.into_bytes().into(),
        key_id,
        team_id,
        environment,
    };
    super::keep(&who, id, &upload).await
}

/// Keeps a service account of Google's for an app, sealed.
#[server]
pub async fn save_google_account(id: AppId, secret: String) -> Result<(), AppError> {
    use heliograph_delivery::Upload;
    use heliograph_model::access::Permission;

    let who = crate::session::require(Permission::ManageApps)?;
    let upload = Upload::Fcm {
        file: secret.into_bytes().into(),
    };
    super::keep(&who, id, &upload).await
}

/// Asks the provider whether it takes the app's credential.
#[server]
pub async fn check_credential(id: AppId) -> Result<Answer, AppError> {
    use std::sync::Arc;

    use heliograph_delivery::{CredentialVerdict, Error, Providers, Sealer};
    use heliograph_model::access::Permission;
    use heliograph_store::Store;

    crate::session::require(Permission::ManageApps)?;
    let (store, sealer, providers) = (
        expect_context::<Store>(),
        expect_context::<Arc<Sealer>>(),
        expect_context::<Providers>(),
    );
    match heliograph_delivery::check_credential(&store, &sealer, &providers, id).await {
        Ok(CredentialVerdict::Good { words }) => Ok(Answer::Good(words)),
        Ok(CredentialVerdict::Refused { words }) => Ok(Answer::Refused(words)),
        Ok(CredentialVerdict::NotAsked { words }) => Ok(Answer::NotAsked(words)),
        Err(Error::NoCredential) => Err(AppError::invalid("There is no credential yet. Upload one first.")),
        Err(Error::Store(error)) => Err(error.into()),
        Err(error) => Err(AppError::internal(&error)),
    }
}

/// Deletes an app and its credential, and leads back to the list.
#[server]
pub async fn delete_app(id: AppId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, apps};

    let who = crate::session::require(Permission::ManageApps)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let name = apps::get(&mut tx, id).await?.name;
    apps::delete(&mut tx, id).await?;
    super::record(&mut tx, &who, "deleted", id, &name, serde_json::json!({})).await?;
    tx.commit().await?;
    leptos_axum::redirect("/app-configurations");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_minutes_since_it_began() {
        let minute = |n: i64| Timestamp::from_millis(n * 60_000);
        assert_eq!(Lately::new([], minute(10)), Lately::default());
        assert_eq!(Lately::default().per_minute(), 0);
        assert_eq!(Lately::default().takes(1), None);
        // A burst that began in the last whole minute, and one that has gone on for longer, with a pause.
        let burst = Lately::new([(minute(9), 1000)], minute(10));
        assert_eq!(burst.per_minute(), 1000);
        let longer = Lately::new([(minute(5), 0), (minute(7), 900), (minute(9), 300)], minute(10));
        assert_eq!(longer.per_minute(), 400);
        assert_eq!(longer.takes(1000), Some(Duration::from_secs(150)));
        // What is slower than one a minute is not standing still.
        let slow = Lately::new([(minute(5), 1)], minute(10));
        assert_eq!(slow.takes(2), Some(Duration::from_secs(600)));
    }
}
