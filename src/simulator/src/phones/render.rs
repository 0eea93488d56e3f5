//! What a phone shows of a payload, by the rules of the SDK and of the systems.

use serde_json::Value;

use super::{Button, Platform, View};
use crate::registry::NotificationCategory;

/// What the phone shows. `category` finds the buttons that an iOS app has registered under a name.
pub(crate) fn render(
    platform: Platform,
    payload: &Value,
    category: impl FnOnce(&str) -> Option<NotificationCategory>,
) -> View {
    match platform {
        Platform::Apns | Platform::ApnsSandbox => apple(payload, category),
        Platform::Fcm => google(payload),
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn some(value: &Value, pointer: &str) -> Option<String> {
    Some(text(value, pointer)).filter(|text| !text.is_empty())
}

fn apple(payload: &Value, category: impl FnOnce(&str) -> Option<NotificationCategory>) -> View {
    let alert = payload.pointer("/aps/alert");
    let (title, subtitle, body) = match alert {
        Some(Value::String(body)) => (String::new(), String::new(), body.clone()),
        Some(alert) => (
            text(alert, "/title"),
            text(alert, "/subtitle"),
            text(alert, "/body"),
        ),
        None => Default::default(),
    };
    let buttons = some(payload, "/aps/category")
        .and_then(|name| category(&name))
        .map(|category| {
            category
                .actions
                .into_iter()
                .map(|action| Button {
                    label: action.title,
                    action: action.identifier,
                    opens_app: action.opens == crate::registry::Opens::App,
                    uri: None,
                })
                .collect()
        });
    View {
        title,
        subtitle,
        body,
        image: some(payload, "/adb_media"),
        buttons: buttons.unwrap_or_default(),
        uri: some(payload, "/adb_uri"),
        sound: some(payload, "/aps/sound").or_else(|| some(payload, "/aps/sound/name")),
        badge: payload.pointer("/aps/badge").and_then(Value::as_i64),
    }
}

/// `payload` is the message of `messages:send`. The SDK draws the `adb_…` keys of data-only messages; the system draws a
/// `notification` block.
fn google(payload: &Value) -> View {
    let adobe = payload.pointer("/data/adb_title").is_some() || payload.pointer("/data/adb_body").is_some();
    if !adobe {
        let own = |name: &str| {
            some(payload, &format!("/android/notification/{name}"))
                .or_else(|| some(payload, &format!("/notification/{name}")))
        };
        return View {
            title: own("title").unwrap_or_default(),
            body: own("body").unwrap_or_default(),
            image: own("image"),
            sound: own("sound"),
            badge: payload
                .pointer("/android/notification/notification_count")
                .and_then(Value::as_i64),
            ..View::default()
        };
    }
    let buttons = some(payload, "/data/adb_act")
        .and_then(|text| serde_json::from_str::<Vec<Value>>(&text).ok())
        .unwrap_or_default()
        .into_iter()
        .filter_map(|button| {
            let (label, kind) = (some(&button, "/label")?, some(&button, "/type")?);
            Some(Button {
                action: label.clone(),
                label,
                opens_app: kind != "WEBURL",
                uri: some(&button, "/uri"),
            })
        })
        .take(3)
        .collect();
    let opens_uri = matches!(text(payload, "/data/adb_a_type").as_str(), "DEEPLINK" | "WEBURL");
    View {
        title: text(payload, "/data/adb_title"),
        subtitle: String::new(),
        body: text(payload, "/data/adb_body"),
        image: some(payload, "/data/adb_image"),
        buttons,
        uri: some(payload, "/data/adb_uri").filter(|_| opens_uri),
        sound: some(payload, "/data/adb_sound"),
        badge: some(payload, "/data/adb_n_count").and_then(|count| count.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_iphone_shows_the_alert_and_the_registered_buttons() {
        let payload = json!({
            "aps": { "alert": { "title": "T", "body": "B" }, "category": "shop", "badge": 3 },
            "adb_uri": "app://x", "adb_media": "https://example.com/a.png",
        });
        let view = render(Platform::Apns, &payload, |name| {
            assert_eq!(name, "shop");
            None
        });
        assert_eq!(
            (view.title.as_str(), view.body.as_str(), view.badge),
            ("T", "B", Some(3))
        );
        assert_eq!(view.uri.as_deref(), Some("app://x"));
    }

    #[test]
    fn an_android_phone_shows_the_sdks_keys_and_leaves_out_a_damaged_button() {
        let payload = json!({ "data": {
            "adb_title": "T", "adb_body": "B", "adb_a_type": "OPENAPP", "adb_uri": "ignored",
            "adb_act": r#"[{"label":"Buy","uri":"app://b","type":"DEEPLINK"},{"label":"no type"}]"#,
        } });
        let view = render(Platform::Fcm, &payload, |_| None);
        assert_eq!(view.buttons.len(), 1);
        assert_eq!((view.buttons[0].action.as_str(), view.uri), ("Buy", None));
    }

    #[test]
    fn a_message_without_text_is_silent() {
        assert!(render(Platform::Fcm, &json!({ "data": { "k": "v" } }), |_| None).is_silent());
        assert!(
            render(
                Platform::Apns,
                &json!({ "aps": { "content-available": 1 } }),
                |_| None
            )
            .is_silent()
        );
    }
}
