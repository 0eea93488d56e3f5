//! Sending one push.

use heliograph_apns::{
    CollapseId, DeviceToken, Expiration, Lane, Notification, Priority as ApnsPriority, PushType, Topic,
};
use heliograph_model::{delivery::Outcome, message::Priority, profile::PushPlatform};

use super::Ready;
use crate::{
    answer::{self, Answer},
    clients::Client,
};

/// An address that was not accepted for so long goes by the probe lane: it may be dead, and Apple slows a connection down
/// after a refusal.
const DOUBTFUL_AFTER: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 60 * 60);

/// Sends it to the provider, and says what came back.
pub(super) async fn send(client: &Client, ready: &Ready<'_>) -> Answer {
    match client {
        Client::Apns {
            production, sandbox, ..
        } => {
            let client = match ready.device.platform {
                PushPlatform::ApnsSandbox => sandbox,
                PushPlatform::Apns | PushPlatform::Fcm => production,
            };
            match notification(ready) {
                Ok(notification) => answer::of_apns(client.send(lane(ready), &notification).await),
                Err(answer) => answer,
            }
        }
        Client::Fcm(client) => answer::of_fcm(client.send_json(ready.payload.json.clone()).await),
    }
}

fn lane(ready: &Ready<'_>) -> Lane {
    let known_good = ready
        .device
        .accepted_at
        .is_some_and(|at| at + DOUBTFUL_AFTER > ready.claimed.created_at);
    if known_good { Lane::Main } else { Lane::Probe }
}

fn notification(ready: &Ready<'_>) -> Result<Notification, Answer> {
    let token = DeviceToken::new(&ready.device.token)
        .map_err(|error| Answer::of(Outcome::AddressNotValid, error.to_string()))?;
    let topic = Topic::of_app(&ready.app.app, PushType::Alert)
        .map_err(|error| Answer::of(Outcome::AppNotAllowed, error.to_string()))?;
    let id = ready.claimed.place.id;
    let mut notification = Notification::alert(id.0, token, topic, ready.payload.json.clone());
    notification.priority = match ready.rendered.priority {
        Priority::High => ApnsPriority::Immediate,
        Priority::Normal => ApnsPriority::PowerAware,
    };
    let until = u64::try_from(ready.claimed.expires_at.as_seconds()).unwrap_or_default();
    notification.expiration = Expiration::At(until);
    notification.collapse_id = Some(
        CollapseId::new(&ready.rendered.collapse_id(id))
            .map_err(|error| Answer::of(Outcome::NotValid, error.to_string()))?,
    );
    Ok(notification)
}
