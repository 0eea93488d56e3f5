//! What Apple is told of a push beside its payload.

use heliograph_apns::{Expiration, Priority as ApnsPriority, PushType};
use heliograph_model::{
    ids::DeliveryId,
    message::{Content, Priority},
    payload::collapse_id,
    time::Timestamp,
};

/// What every push is.
pub(crate) const PUSH_TYPE: PushType = PushType::Alert;

pub(crate) const fn priority(priority: Priority) -> ApnsPriority {
    match priority {
        Priority::High => ApnsPriority::Immediate,
        Priority::Normal => ApnsPriority::PowerAware,
    }
}

pub(crate) fn expiration(expires_at: Timestamp) -> Expiration {
    Expiration::At(u64::try_from(expires_at.as_seconds()).unwrap_or_default())
}

/// The headers that Apple was sent with a payload, as far as what is kept tells them for certain: not the topic, which is
/// that of the app configuration at the time, nor a collapse identifier that was made for the person.
pub fn apple_headers(
    delivery: DeliveryId,
    expires_at: Timestamp,
    content: &Content,
) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("apns-id", delivery.to_string()),
        ("apns-push-type", PUSH_TYPE.as_str().to_owned()),
        ("apns-priority", priority(content.priority).as_str().to_owned()),
    ];
    if let Some(seconds) = expiration(expires_at).seconds() {
        headers.push(("apns-expiration", seconds.to_string()));
    }
    if !content.collapse_key.contains('{') {
        headers.push(("apns-collapse-id", collapse_id(&content.collapse_key, delivery)));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_that_are_certain_are_told() {
        let delivery = DeliveryId(uuid::Uuid::from_u128(1));
        let mut content = Content {
            collapse_key: " gate ".into(),
            ..Content::default()
        };
        let names = |content: &Content| {
            apple_headers(delivery, Timestamp::from_millis(1_768_472_430_000), content)
                .into_iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(&content),
            [
                "apns-id: 00000000-0000-0000-0000-000000000001",
                "apns-push-type: alert",
                "apns-priority: 10",
                "apns-expiration: 1768472430",
                "apns-collapse-id: gate",
            ]
        );
        content.collapse_key = "{{profile.gate}}".into();
        content.priority = Priority::Normal;
        let told = names(&content);
        assert_eq!((told.len(), told[2].as_str()), (4, "apns-priority: 5"));
    }
}
