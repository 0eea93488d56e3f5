//! Sending one push.

use std::time::Instant;

use heliograph_apns::{CollapseId, DeviceToken, Lane, Notification, Topic};
use heliograph_model::{app_config::ApnsEnvironment, delivery::Outcome, profile::PushPlatform};

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
            production,
            sandbox,
            environment,
            half_time,
        } => {
            let notification = match notification(ready) {
                Ok(notification) => notification,
                Err(answer) => return answer,
            };
            let client_of = |service| match service {
                PushPlatform::ApnsSandbox => sandbox,
                PushPlatform::Apns | PushPlatform::Fcm => production,
            };
            let (began, service) = (Instant::now(), ready.device.service());
            let sent = client_of(service).send_if(lane(ready), &notification, may_go);
            let answer = answer::of_apns(sent.await);
            // A token is of one environment, and an app may name the wrong one.
            match service.other_environment() {
                Some(other)
                    if answer.outcome == Outcome::AddressNotValid
                        && *environment == ApnsEnvironment::Both
                        && began.elapsed() <= *half_time =>
                {
                    let sent = client_of(other).send_if(Lane::Probe, &notification, may_go);
                    answer.or_in(other, answer::of_apns(sent.await))
                }
                _ => answer,
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
