//! Sending one push.

use heliograph_apns::{CollapseId, DeviceToken, Lane, Notification, Topic};
use heliograph_model::{delivery::Outcome, profile::PushPlatform};

use super::{Ready, gate::Gate};
use crate::{
    answer::{self, Answer},
    apple::{self, PUSH_TYPE},
    clients::Client,
};

/// Sends it to the provider as long as the gate is open, and says what came back.
pub(super) async fn send(client: &Client, ready: &Ready<'_>, gate: &Gate<'_>) -> Answer {
    let may_go = || gate.is_open();
    match client {
        Client::Apns {
            production, sandbox, ..
        } => {
            let client = match ready.device.platform {
                PushPlatform::ApnsSandbox => sandbox,
                PushPlatform::Apns | PushPlatform::Fcm => production,
            };
            match notification(ready) {
                Ok(notification) => answer::of_apns(client.send_if(lane(ready), &notification, may_go).await),
                Err(answer) => answer,
            }
        }
        Client::Fcm(client) => answer::of_fcm(client.send_json_if(ready.payload.json.clone(), may_go).await),
    }
}

fn lane(ready: &Ready<'_>) -> Lane {
    if ready.device.is_doubtful(ready.claimed.created_at) {
        Lane::Probe
    } else {
        Lane::Main
    }
}

fn notification(ready: &Ready<'_>) -> Result<Notification, Answer> {
    let token = DeviceToken::new(&ready.device.token)
        .map_err(|error| Answer::of(Outcome::AddressNotValid, error.to_string()))?;
    let topic = Topic::of_app(&ready.app.app, PUSH_TYPE)
        .map_err(|error| Answer::of(Outcome::AppNotAllowed, error.to_string()))?;
    let id = ready.claimed.place.id;
    let mut notification = Notification::alert(id.0, token, topic, ready.payload.json.clone());
    notification.priority = apple::priority(ready.rendered.priority);
    notification.expiration = apple::expiration(ready.claimed.expires_at);
    notification.collapse_id = Some(
        CollapseId::new(&ready.rendered.collapse_id(id))
            .map_err(|error| Answer::of(Outcome::NotValid, error.to_string()))?,
    );
    Ok(notification)
}
