//! The fields of a send request, as Google's JSON has them.
//!
//! Sources: Google, "Method: projects.messages.send" and "REST Resource: projects.messages" (the fields); Protocol Buffers,
//! "ProtoJSON Format" (a field has two names, `collapse_key` and `collapseKey`, and `null` is as good as nothing). How
//! Google words what it does not know was read in its answers to others.

use serde_json::{Map, Value as Json};

use super::errors::Misfit;
use super::values::Value;

/// A field: its name, and what it holds.
struct Field(&'static str, Kind);

/// What a field holds.
enum Kind {
    /// One value.
    One(Value),
    /// A list of values.
    List(Value),
    /// Texts under keys of any name; the entry's type as Google calls it.
    Texts(&'static str),
    /// A JSON object of any kind, `google.protobuf.Struct`.
    Any,
    /// A message of this type of Google's, with these fields.
    Of(&'static str, &'static [Field]),
}

const fn one(name: &'static str, value: Value) -> Field {
    Field(name, Kind::One(value))
}

const fn text(name: &'static str) -> Field {
    one(name, Value::Text)
}

const fn flag(name: &'static str) -> Field {
    one(name, Value::Flag)
}

const REQUEST: &[Field] = &[
    flag("validate_only"),
    Field("message", Kind::Of("firebase.fcm.v1.Message", MESSAGE)),
];

const MESSAGE: &[Field] = &[
    text("name"),
    Field("data", Kind::Texts("firebase.fcm.v1.Message.DataEntry")),
    Field(
        "notification",
        Kind::Of("firebase.fcm.v1.Notification", NOTIFICATION),
    ),
    Field("android", Kind::Of("firebase.fcm.v1.AndroidConfig", ANDROID)),
    Field("webpush", Kind::Of("firebase.fcm.v1.WebpushConfig", WEBPUSH)),
    Field("apns", Kind::Of("firebase.fcm.v1.ApnsConfig", APNS)),
    Field("fcm_options", Kind::Of("firebase.fcm.v1.FcmOptions", FCM_OPTIONS)),
    text("fid"),
    text("token"),
    text("topic"),
    text("condition"),
];

const NOTIFICATION: &[Field] = &[text("title"), text("body"), text("image")];

const FCM_OPTIONS: &[Field] = &[text("analytics_label")];

const ANDROID: &[Field] = &[
    text("collapse_key"),
    one(
        "priority",
        Value::Enum(
            "firebase.fcm.v1.AndroidConfig.AndroidMessagePriority",
            &["NORMAL", "HIGH"],
        ),
    ),
    one("ttl", Value::Duration),
    text("restricted_package_name"),
    Field("data", Kind::Texts("firebase.fcm.v1.AndroidConfig.DataEntry")),
    Field(
        "notification",
        Kind::Of("firebase.fcm.v1.AndroidNotification", ANDROID_NOTIFICATION),
    ),
    Field(
        "fcm_options",
        Kind::Of("firebase.fcm.v1.AndroidFcmOptions", FCM_OPTIONS),
    ),
    flag("direct_boot_ok"),
    flag("bandwidth_constrained_ok"),
    flag("restricted_satellite_ok"),
];

const ANDROID_NOTIFICATION: &[Field] = &[
    text("title"),
    text("body"),
    text("icon"),
    text("color"),
    text("sound"),
    text("tag"),
    text("click_action"),
    text("body_loc_key"),
    Field("body_loc_args", Kind::List(Value::Text)),
    text("title_loc_key"),
    Field("title_loc_args", Kind::List(Value::Text)),
    text("channel_id"),
    text("ticker"),
    flag("sticky"),
    one("event_time", Value::Timestamp),
    flag("local_only"),
    one(
        "notification_priority",
        Value::Enum(
            "firebase.fcm.v1.AndroidNotification.NotificationPriority",
            &[
                "PRIORITY_UNSPECIFIED",
                "PRIORITY_MIN",
                "PRIORITY_LOW",
                "PRIORITY_DEFAULT",
                "PRIORITY_HIGH",
                "PRIORITY_MAX",
            ],
        ),
    ),
    flag("default_sound"),
    flag("default_vibrate_timings"),
    flag("default_light_settings"),
    Field("vibrate_timings", Kind::List(Value::Duration)),
    one(
        "visibility",
        Value::Enum(
            "firebase.fcm.v1.AndroidNotification.Visibility",
            &["VISIBILITY_UNSPECIFIED", "PRIVATE", "PUBLIC", "SECRET"],
        ),
    ),
    one("notification_count", Value::Whole),
    Field(
        "light_settings",
        Kind::Of("firebase.fcm.v1.LightSettings", LIGHT_SETTINGS),
    ),
    text("image"),
    flag("bypass_proxy_notification"),
    one(
        "proxy",
        Value::Enum(
            "firebase.fcm.v1.AndroidNotification.Proxy",
            &["PROXY_UNSPECIFIED", "ALLOW", "DENY", "IF_PRIORITY_LOWERED"],
        ),
    ),
];

const LIGHT_SETTINGS: &[Field] = &[
    Field("color", Kind::Of("type.Color", COLOR)),
    one("light_on_duration", Value::Duration),
    one("light_off_duration", Value::Duration),
];

const COLOR: &[Field] = &[
    one("red", Value::Number),
    one("green", Value::Number),
    one("blue", Value::Number),
    one("alpha", Value::Number),
];

const APNS: &[Field] = &[
    Field("headers", Kind::Texts("firebase.fcm.v1.ApnsConfig.HeadersEntry")),
    Field("payload", Kind::Any),
    Field(
        "fcm_options",
        Kind::Of("firebase.fcm.v1.ApnsFcmOptions", APNS_OPTIONS),
    ),
    text("live_activity_token"),
];

const APNS_OPTIONS: &[Field] = &[text("analytics_label"), text("image")];

const WEBPUSH: &[Field] = &[
    Field(
        "headers",
        Kind::Texts("firebase.fcm.v1.WebpushConfig.HeadersEntry"),
    ),
    Field("data", Kind::Texts("firebase.fcm.v1.WebpushConfig.DataEntry")),
    Field("notification", Kind::Any),
    Field(
        "fcm_options",
        Kind::Of("firebase.fcm.v1.WebpushFcmOptions", WEBPUSH_OPTIONS),
    ),
];

const WEBPUSH_OPTIONS: &[Field] = &[text("link"), text("analytics_label")];

/// The request with each field by the name that Google's pages give it, or all that does not fit.
pub(super) fn by_name(request: &Json) -> Result<Json, Vec<Misfit>> {
    let mut misfits = Vec::new();
    let known = match request.as_object() {
        Some(sent) => of(sent, REQUEST, "", &mut misfits),
        None => {
            let description =
                "Invalid JSON payload received. Unknown name \"\": Root element must be a message.";
            misfits.push(Misfit {
                place: String::new(),
                description: description.to_owned(),
            });
            Map::new()
        }
    };
    if misfits.is_empty() {
        Ok(known.into())
    } else {
        Err(misfits)
    }
}

fn of(
    sent: &Map<String, Json>,
    fields: &[Field],
    place: &str,
    misfits: &mut Vec<Misfit>,
) -> Map<String, Json> {
    let mut known = Map::new();
    for (name, value) in sent {
        let field = fields
            .iter()
            .find(|Field(own, _)| own == name || camel_case(own) == *name);
        let Some(Field(name, kind)) = field else {
            let at = match place {
                "" => String::new(),
                place => format!(" at '{place}'"),
            };
            misfits.push(Misfit {
                place: place.to_owned(),
                description: format!(
                    "Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field."
                ),
            });
            continue;
        };
        let at = within(place, name);
        let value = match (kind, value) {
            (_, Json::Null) => continue,
            (Kind::Of(_, fields), Json::Object(sent)) => of(sent, fields, &at, misfits).into(),
            (kind, value) => {
                misfits.extend(kind.misfits(&at, name, value));
                value.clone()
            }
        };
        known.insert((*name).to_owned(), value);
    }
    known
}

impl Kind {
    /// What does not fit of the value of the field at this place; an object in place of a message is looked into before.
    fn misfits(&self, at: &str, name: &str, value: &Json) -> Vec<Misfit> {
        let of_type = |kind: &str| Misfit::value(at, &format!("type.googleapis.com/google.{kind}"), value);
        match (self, value) {
            (Self::One(kind), value) => kind.misfit(at, name, value).into_iter().collect(),
            (Self::List(kind), Json::Array(items)) => items
                .iter()
                .enumerate()
                .filter_map(|(index, item)| kind.misfit(&format!("{at}[{index}]"), name, item))
                .collect(),
            (Self::List(kind), value) => vec![Misfit::value(at, &kind.name(), value)],
            // To Google's parser a map is a list of entries.
            (Self::Texts(_), Json::Object(entries)) => entries
                .values()
                .enumerate()
                .filter_map(|(index, text)| Value::Text.misfit(&format!("{at}[{index}].value"), name, text))
                .collect(),
            (Self::Any, Json::Object(_)) => Vec::new(),
            (Self::Any, _) => vec![of_type("protobuf.Struct")],
            (Self::Texts(kind) | Self::Of(kind, _), _) => vec![of_type(kind)],
        }
    }
}

fn within(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        place => format!("{place}.{name}"),
    }
}

/// A field's other name.
pub(super) fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut camel, word| {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
        camel
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn misfits(request: Json) -> Vec<(String, String)> {
        let misfits = by_name(&request).expect_err("it does not fit");
        misfits
            .into_iter()
            .map(|misfit| (misfit.place, misfit.description))
            .collect()
    }

    #[test]
    fn a_field_goes_by_either_of_its_names_and_null_is_as_good_as_nothing() {
        let sent = json!({ "validateOnly": true, "message": {
            "token": "t",
            "topic": null,
            "data": { "anyKey": "stays" },
            "fcmOptions": { "analyticsLabel": "spring" },
            "android": { "collapseKey": "a", "notification": {
                "body_loc_args": ["b"], "lightSettings": { "color": { "red": 1 }, "lightOnDuration": "1s" },
            } },
            "apns": { "payload": { "aps": { "content-available": 1 } } },
        } });
        assert_eq!(
            by_name(&sent).ok().unwrap(),
            json!({ "validate_only": true, "message": {
                "token": "t",
                "data": { "anyKey": "stays" },
                "fcm_options": { "analytics_label": "spring" },
                "android": { "collapse_key": "a", "notification": {
                    "body_loc_args": ["b"], "light_settings": { "color": { "red": 1 }, "light_on_duration": "1s" },
                } },
                "apns": { "payload": { "aps": { "content-available": 1 } } },
            } })
        );
    }

    #[test]
    fn all_that_is_unknown_is_named_with_its_place() {
        let unknown = |name: &str, at: &str| {
            format!("Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field.")
        };
        let sent = json!({ "dry_run": true, "message": {
            "token": "t",
            "to": "t",
            "android": { "notification": { "data": {}, "Title": "T" }, "time_to_live": 5 },
        } });
        let mut found = misfits(sent);
        found.sort();
        let mut expected = vec![
            (String::new(), unknown("dry_run", "")),
            ("message".into(), unknown("to", " at 'message'")),
            (
                "message.android".into(),
                unknown("time_to_live", " at 'message.android'"),
            ),
            (
                "message.android.notification".into(),
                unknown("Title", " at 'message.android.notification'"),
            ),
            (
                "message.android.notification".into(),
                unknown("data", " at 'message.android.notification'"),
            ),
        ];
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_value_in_the_place_of_a_message_is_named() {
        let found = misfits(json!({ "message": { "token": "t", "android": "high" } }));
        let description = r#"Invalid value at 'message.android' (type.googleapis.com/google.firebase.fcm.v1.AndroidConfig), "high""#;
        assert_eq!(found, [("message.android".to_owned(), description.to_owned())]);
    }
}
