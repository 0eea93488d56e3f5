//! What an app's tracking event says of a push.

use heliograph_model::{delivery::Interaction, ids::DeliveryId};
use serde_json::Value;

/// A tracking event, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tracking {
    /// Of which push, by the identifier that we gave it in `_xdm`.
    pub(crate) delivery: DeliveryId,
    /// What the app did with it.
    pub(crate) interaction: Interaction,
}

/// Reads an event whose type begins with `pushTracking.`; none where it is no such event, or does not say of which push
/// it is.
///
/// The shape is that of messaging-android `MessagingExtension.handleTrackingInfo` and messaging-ios
/// `Messaging+EdgeEvents.swift`.
pub(crate) fn read(event_type: &str, xdm: &Value) -> Option<Tracking> {
    let opened = || {
        xdm.pointer("/application/launches/value")
            .and_then(Value::as_f64)
            .is_some_and(|launches| launches >= 1.0)
    };
    let interaction = match event_type {
        "pushTracking.receive" => Interaction::Displayed,
        "pushTracking.applicationOpened" => Interaction::Opened,
        "pushTracking.customAction" => {
            match xdm
                .pointer("/pushNotificationTracking/customAction/actionID")
                .and_then(Value::as_str)
            {
                Some("Dismiss") => Interaction::Dismissed,
                Some(button) if !button.trim().is_empty() => Interaction::Clicked {
                    button: button.chars().take(BUTTON_MAX).collect(),
                    opened: opened(),
                },
                // A custom action without a name can only be a tap.
                _ if opened() => Interaction::Opened,
                _ => return None,
            }
        }
        _ => return None,
    };
    // Ours comes back in `_xdm`. On iOS it is the notification's identifier too, for it was sent as its `apns-id`.
    let delivery = [
        "/_experience/customerJourneyManagement/messageExecution/messageExecutionID",
        "/pushNotificationTracking/pushProviderMessageID",
    ]
    .into_iter()
    .find_map(|place| xdm.pointer(place)?.as_str()?.parse().ok())?;
    Some(Tracking {
        delivery,
        interaction,
    })
}

/// Longest button name kept, in characters.
const BUTTON_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "0199f6c2-7a6e-7bbb-8f00-1234567890ab";

    fn interaction(event_type: &str, mut xdm: Value) -> Option<Interaction> {
        heliograph_model::profile::patch(
            &mut xdm,
            &json!({"_experience": {"customerJourneyManagement": {"messageExecution": {"messageExecutionID": ID}}}}),
        );
        let read = read(event_type, &xdm)?;
        assert_eq!(read.delivery.to_string(), ID);
        Some(read.interaction)
    }

    fn action(id: &str, launches: Value) -> Value {
        json!({
            "pushNotificationTracking": {"customAction": {"actionID": id}},
            "application": {"launches": {"value": launches}},
        })
    }

    #[test]
    fn each_kind_of_interaction_is_told_apart() {
        let click = |opened| Interaction::Clicked {
            button: "Buy".into(),
            opened,
        };
        let custom = "pushTracking.customAction";
        for (event_type, xdm, expected) in [
            ("pushTracking.receive", json!({}), Some(Interaction::Displayed)),
            (
                "pushTracking.applicationOpened",
                json!({}),
                Some(Interaction::Opened),
            ),
            (custom, action("Dismiss", json!(0)), Some(Interaction::Dismissed)),
            (custom, action("Buy", json!(1)), Some(click(true))),
            (custom, action("Buy", json!(1.0)), Some(click(true))),
            (custom, action("Buy", json!(0)), Some(click(false))),
            (custom, json!({}), None),
            ("commerce.purchases", json!({}), None),
        ] {
            assert_eq!(interaction(event_type, xdm), expected, "{event_type}");
        }
    }

    #[test]
    fn an_event_of_someone_elses_push_is_none_of_ours() {
        let foreign = json!({"_experience": {"customerJourneyManagement": {"messageExecution": {"messageExecutionID": "AJO-7"}}}});
        assert_eq!(read("pushTracking.applicationOpened", &foreign), None);
        assert_eq!(read("pushTracking.applicationOpened", &json!({})), None);
        let android = json!({"pushNotificationTracking": {"pushProviderMessageID": "0:1700%7"}});
        assert_eq!(read("pushTracking.applicationOpened", &android), None);
        let ios = json!({"pushNotificationTracking": {"pushProviderMessageID": ID.to_uppercase()}});
        let read = read("pushTracking.applicationOpened", &ios).unwrap();
        assert_eq!(read.delivery.to_string(), ID);
    }
}
