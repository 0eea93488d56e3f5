//! Sending one push, and what its provider says.

use heliograph_apns::{CollapseId, DeviceToken, Expiration, Lane, Notification, PushType, Topic};
use heliograph_model::app_config::Platform;
use heliograph_model::delivery::Outcome;
use heliograph_model::message::Priority;
use heliograph_model::time::Timestamp;
use heliograph_store::deliveries::Claimed;

use crate::clients::Client;
use crate::prepare::Ready;
use crate::verdict::{Verdict, of_apns, of_fcm};

/// Sends the push and waits for the answer.
pub(crate) async fn send(client: &Client, claimed: &Claimed, ready: &Ready, now: Timestamp) -> Verdict {
    let suspected = claimed.suspected_at.is_some();
    match client {
        Client::Apns(client) => {
            let notification = match notification(claimed, ready) {
                Ok(notification) => notification,
                Err(words) => return Verdict::new(Outcome::AddressNotValid, words),
            };
            let lane = if ready.doubtful { Lane::Probe } else { Lane::Main };
            match client.send(lane, &notification).await {
                Ok(response) => Verdict::accepted(Platform::Ios, response.apns_id),
                Err(error) => of_apns(&error, suspected, now),
            }
        }
        Client::Fcm(client) => match client.send_json(ready.payload.clone()).await {
            Ok(response) => Verdict::accepted(Platform::Android, Some(response.name)),
            Err(error) => of_fcm(&error, suspected, now),
        },
    }
}

fn notification(claimed: &Claimed, ready: &Ready) -> Result<Notification, String> {
    let token = DeviceToken::new(&ready.device.token).map_err(|error| error.to_string())?;
    let topic = Topic::of_app(&ready.bundle, PushType::Alert).map_err(|error| error.to_string())?;
    let mut notification = Notification::alert(claimed.id.0, token, topic, ready.payload.clone());
    notification.collapse_id = Some(CollapseId::new(&ready.collapse_id).map_err(|error| error.to_string())?);
    notification.priority = match ready.priority {
        Priority::High => heliograph_apns::Priority::Immediate,
        Priority::Normal => heliograph_apns::Priority::PowerAware,
    };
    let until = u64::try_from(claimed.expires_at.as_seconds()).unwrap_or(0);
    notification.expiration = Expiration::At(until);
    Ok(notification)
}
