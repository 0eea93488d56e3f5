//! Each value of a message is checked as Google's page "REST Resource: projects.messages" says.

use serde_json::{Value, json};

use super::google::{Project, code};

/// All fields of that page, each as it should be.
const ALL: &str = r##"{
    "data": { "order": "17" },
    "notification": { "title": "T", "body": "B", "image": "https://example.com/a.png" },
    "fcm_options": { "analytics_label": "Spring-24_a.b~%" },
    "android": {
        "collapse_key": "a", "priority": "high", "ttl": "3.5s", "restricted_package_name": "com.example.shop",
        "data": { "order": "17" }, "fcm_options": { "analytics_label": "Spring-24_a.b~%" }, "direct_boot_ok": true,
        "bandwidth_constrained_ok": false, "restricted_satellite_ok": false,
        "notification": {
            "title": "T", "body": "B", "icon": "i", "color": "#0a0A0a", "sound": "s", "tag": "t",
            "click_action": "c", "body_loc_key": "k", "body_loc_args": ["a"], "title_loc_key": "k",
            "title_loc_args": [], "channel_id": "c", "ticker": "t", "sticky": true,
            "event_time": "2026-10-02T15:01:23.045Z", "local_only": false,
            "notification_priority": "PRIORITY_HIGH", "default_sound": true, "default_vibrate_timings": false,
            "default_light_settings": false, "vibrate_timings": ["3.5s", "0s"], "visibility": "SECRET",
            "notification_count": 3, "image": "https://example.com/a.png", "bypass_proxy_notification": false,
            "proxy": "IF_PRIORITY_LOWERED",
            "light_settings": {
                "color": { "red": 1, "green": 0.5, "blue": 0, "alpha": 1 },
                "light_on_duration": "3.5s", "light_off_duration": "1s"
            }
        }
    },
    "apns": {
        "headers": { "apns-priority": "5" }, "payload": { "aps": { "badge": 1 } }, "live_activity_token": "t",
        "fcm_options": { "analytics_label": "a", "image": "https://example.com/a.png" }
    },
    "webpush": {
        "headers": { "TTL": "15" }, "data": { "order": "17" }, "notification": { "title": "T", "silent": true },
        "fcm_options": { "link": "https://example.com", "analytics_label": "a" }
    }
}"##;

/// A value that Google's parser can't read: the fields of the message, where it is, and what Google says of it.
type Unreadable = (Value, &'static str, String);

/// What FCM itself never sees, for Google's parser can't read it.
fn unreadable() -> Vec<Unreadable> {
    let in_notification = |field: Value| json!({ "android": { "notification": field } });
    let case = |fields, place, words: &str| (fields, place, format!("Invalid value at '{place}' {words}"));
    let duration = "(type.googleapis.com/google.protobuf.Duration)";
    let no_seconds = "Illegal duration format; duration must end with 's'";
    let of_fcm =
        |kind: &str, value: &str| format!("(type.googleapis.com/google.firebase.fcm.v1.{kind}), {value}");
    vec![
        case(
            json!({ "data": { "a": "1", "order": 17 } }),
            "message.data[1].value",
            "(TYPE_STRING), 17",
        ),
        case(
            json!({ "data": "x" }),
            "message.data",
            &of_fcm("Message.DataEntry", r#""x""#),
        ),
        case(
            json!({ "notification": { "title": 1 } }),
            "message.notification.title",
            "(TYPE_STRING), 1",
        ),
        case(
            json!({ "notification": { "image": {} } }),
            "message.notification.image",
            "(TYPE_STRING), {}",
        ),
        case(
            json!({ "fcm_options": { "analytics_label": true } }),
            "message.fcm_options.analytics_label",
            "(TYPE_STRING), true",
        ),
        case(
            json!({ "android": { "priority": "urgent" } }),
            "message.android.priority",
            &of_fcm("AndroidConfig.AndroidMessagePriority", r#""urgent""#),
        ),
        case(
            json!({ "android": { "ttl": "soon" } }),
            "message.android.ttl",
            &format!("{duration}, Field 'ttl', {no_seconds}"),
        ),
        case(
            json!({ "android": { "direct_boot_ok": "yes" } }),
            "message.android.direct_boot_ok",
            r#"(TYPE_BOOL), "yes""#,
        ),
        case(
            in_notification(json!({ "sticky": 1 })),
            "message.android.notification.sticky",
            "(TYPE_BOOL), 1",
        ),
        case(
            in_notification(json!({ "body_loc_args": "a" })),
            "message.android.notification.body_loc_args",
            r#"(TYPE_STRING), "a""#,
        ),
        case(
            in_notification(json!({ "title_loc_args": ["a", 2] })),
            "message.android.notification.title_loc_args[1]",
            "(TYPE_STRING), 2",
        ),
        case(
            in_notification(json!({ "notification_count": "many" })),
            "message.android.notification.notification_count",
            r#"(TYPE_INT32), "many""#,
        ),
        case(
            in_notification(json!({ "visibility": "HIDDEN" })),
            "message.android.notification.visibility",
            &of_fcm("AndroidNotification.Visibility", r#""HIDDEN""#),
        ),
        case(
            in_notification(json!({ "notification_priority": "HIGH" })),
            "message.android.notification.notification_priority",
            &of_fcm("AndroidNotification.NotificationPriority", r#""HIGH""#),
        ),
        case(
            in_notification(json!({ "proxy": "MAYBE" })),
            "message.android.notification.proxy",
            &of_fcm("AndroidNotification.Proxy", r#""MAYBE""#),
        ),
        case(
            in_notification(json!({ "vibrate_timings": ["1s", "2"] })),
            "message.android.notification.vibrate_timings[1]",
            &format!("{duration}, Field 'vibrateTimings', {no_seconds}"),
        ),
        case(
            in_notification(json!({ "event_time": "noon" })),
            "message.android.notification.event_time",
            "(type.googleapis.com/google.protobuf.Timestamp), Field 'eventTime', Invalid time format: noon",
        ),
        case(
            in_notification(json!({ "light_settings": { "color": { "red": "much" } } })),
            "message.android.notification.light_settings.color.red",
            r#"(TYPE_FLOAT), "much""#,
        ),
        case(
            in_notification(json!({ "light_settings": { "light_on_duration": 1 } })),
            "message.android.notification.light_settings.light_on_duration",
            &format!("{duration}, Field 'lightOnDuration', Invalid data type for duration, value is 1"),
        ),
        case(
            json!({ "apns": { "headers": { "apns-priority": 5 } } }),
            "message.apns.headers[0].value",
            "(TYPE_STRING), 5",
        ),
        case(
            json!({ "apns": { "payload": "{}" } }),
            "message.apns.payload",
            r#"(type.googleapis.com/google.protobuf.Struct), "{}""#,
        ),
        case(
            json!({ "webpush": { "data": { "n": 1 } } }),
            "message.webpush.data[0].value",
            "(TYPE_STRING), 1",
        ),
    ]
}

/// What FCM finds wrong: the fields of the message, and where it is.
fn unfit() -> Vec<(Value, &'static str)> {
    let in_notification = |field: Value| json!({ "android": { "notification": field } });
    let lights = |red: Value| {
        let color = json!({ "red": red, "green": 0, "blue": 1, "alpha": 1 });
        json!({ "light_settings": { "color": color, "light_on_duration": "1s", "light_off_duration": "0.5s" } })
    };
    vec![
        (
            in_notification(json!({ "color": "red" })),
            "message.android.notification.color",
        ),
        (
            in_notification(json!({ "color": "#12345g" })),
            "message.android.notification.color",
        ),
        (
            in_notification(json!({ "light_settings": { "color": {} } })),
            "message.android.notification.light_settings.light_on_duration",
        ),
        (
            in_notification(lights(json!(2))),
            "message.android.notification.light_settings.color.red",
        ),
        (
            json!({ "fcm_options": { "analytics_label": "spring sale" } }),
            "message.fcm_options.analytics_label",
        ),
        (
            json!({ "apns": { "fcm_options": { "analytics_label": "" } } }),
            "message.apns.fcm_options.analytics_label",
        ),
        (
            json!({ "android": { "fcm_options": { "analytics_label": "x".repeat(51) } } }),
            "message.android.fcm_options.analytics_label",
        ),
        (
            json!({ "webpush": { "fcm_options": { "link": "http://example.com" } } }),
            "message.webpush.fcm_options.link",
        ),
    ]
}

#[tokio::test]
async fn each_value_that_google_does_not_take_is_refused_with_its_place() {
    let mut project = Project::new().await;
    for (fields, place, words) in unreadable() {
        let (status, answer) = project.send(fields).await;
        assert_eq!((status, code(&answer)), (400, None), "{answer}");
        let violation = json!({ "field": place, "description": words });
        assert_eq!(
            answer["error"]["details"][0]["fieldViolations"],
            json!([violation])
        );
        assert_eq!(answer["error"]["message"], words);
    }
    for (fields, place) in unfit() {
        let (status, answer) = project.send(fields).await;
        assert_eq!(
            (status, code(&answer)),
            (400, Some("INVALID_ARGUMENT")),
            "{answer}"
        );
        assert_eq!(
            answer["error"]["details"][1]["fieldViolations"][0]["field"],
            place
        );
    }
    let (status, answer) = project.send(serde_json::from_str(ALL).unwrap()).await;
    assert_eq!(status, 200, "{answer}");
}
