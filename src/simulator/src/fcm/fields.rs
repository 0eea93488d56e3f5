//! The fields of a send request, as Google's JSON has them.
//!
//! Sources: Google, "Method: projects.messages.send" and "REST Resource: projects.messages" (the fields); Protocol Buffers,
//! "ProtoJSON Format" (a field has two names, `collapse_key` and `collapseKey`, and `null` is as good as nothing). How
//! Google words what it does not know was read in its answers to others.

use serde_json::{Map, Value};

use super::errors::Misfit;

/// A field: its name, and what it holds.
struct Field(&'static str, Kind);

/// What a field holds.
enum Kind {
    /// A value, a list of values or a map of any keys.
    Plain,
    /// A message of this type of Google's, with these fields.
    Of(&'static str, &'static [Field]),
}

const fn plain(name: &'static str) -> Field {
    Field(name, Kind::Plain)
}

const REQUEST: &[Field] = &[
    plain("validate_only"),
    Field("message", Kind::Of("firebase.fcm.v1.Message", MESSAGE)),
];

const MESSAGE: &[Field] = &[
    plain("name"),
    plain("data"),
    Field(
        "notification",
        Kind::Of("firebase.fcm.v1.Notification", NOTIFICATION),
    ),
    Field("android", Kind::Of("firebase.fcm.v1.AndroidConfig", ANDROID)),
    Field("webpush", Kind::Of("firebase.fcm.v1.WebpushConfig", WEBPUSH)),
    Field("apns", Kind::Of("firebase.fcm.v1.ApnsConfig", APNS)),
    Field("fcm_options", Kind::Of("firebase.fcm.v1.FcmOptions", FCM_OPTIONS)),
    plain("fid"),
    plain("token"),
    plain("topic"),
    plain("condition"),
];

const NOTIFICATION: &[Field] = &[plain("title"), plain("body"), plain("image")];

const FCM_OPTIONS: &[Field] = &[plain("analytics_label")];

const ANDROID: &[Field] = &[
    plain("collapse_key"),
    plain("priority"),
    plain("ttl"),
    plain("restricted_package_name"),
    plain("data"),
    Field(
        "notification",
        Kind::Of("firebase.fcm.v1.AndroidNotification", ANDROID_NOTIFICATION),
    ),
    Field(
        "fcm_options",
        Kind::Of("firebase.fcm.v1.AndroidFcmOptions", FCM_OPTIONS),
    ),
    plain("direct_boot_ok"),
    plain("bandwidth_constrained_ok"),
    plain("restricted_satellite_ok"),
];

const ANDROID_NOTIFICATION: &[Field] = &[
    plain("title"),
    plain("body"),
    plain("icon"),
    plain("color"),
    plain("sound"),
    plain("tag"),
    plain("click_action"),
    plain("body_loc_key"),
    plain("body_loc_args"),
    plain("title_loc_key"),
    plain("title_loc_args"),
    plain("channel_id"),
    plain("ticker"),
    plain("sticky"),
    plain("event_time"),
    plain("local_only"),
    plain("notification_priority"),
    plain("default_sound"),
    plain("default_vibrate_timings"),
    plain("default_light_settings"),
    plain("vibrate_timings"),
    plain("visibility"),
    plain("notification_count"),
    Field(
        "light_settings",
        Kind::Of("firebase.fcm.v1.LightSettings", LIGHT_SETTINGS),
    ),
    plain("image"),
    plain("bypass_proxy_notification"),
    plain("proxy"),
];

const LIGHT_SETTINGS: &[Field] = &[
    Field("color", Kind::Of("type.Color", COLOR)),
    plain("light_on_duration"),
    plain("light_off_duration"),
];

const COLOR: &[Field] = &[plain("red"), plain("green"), plain("blue"), plain("alpha")];

const APNS: &[Field] = &[
    plain("headers"),
    plain("payload"),
    Field(
        "fcm_options",
        Kind::Of("firebase.fcm.v1.ApnsFcmOptions", APNS_OPTIONS),
    ),
    plain("live_activity_token"),
];

const APNS_OPTIONS: &[Field] = &[plain("analytics_label"), plain("image")];

const WEBPUSH: &[Field] = &[
    plain("headers"),
    plain("data"),
    plain("notification"),
    Field(
        "fcm_options",
        Kind::Of("firebase.fcm.v1.WebpushFcmOptions", WEBPUSH_OPTIONS),
    ),
];

const WEBPUSH_OPTIONS: &[Field] = &[plain("link"), plain("analytics_label")];

/// The request with each field by the name that Google's pages give it, or all that does not fit.
pub(super) fn by_name(request: &Value) -> Result<Value, Vec<Misfit>> {
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
    sent: &Map<String, Value>,
    fields: &[Field],
    place: &str,
    misfits: &mut Vec<Misfit>,
) -> Map<String, Value> {
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
        let value = match (kind, value) {
            (_, Value::Null) => continue,
            (Kind::Plain, value) => value.clone(),
            (Kind::Of(_, fields), Value::Object(sent)) => {
                of(sent, fields, &within(place, name), misfits).into()
            }
            (Kind::Of(kind, _), value) => {
                let place = within(place, name);
                misfits.push(Misfit {
                    description: format!(
                        "Invalid value at '{place}' (type.googleapis.com/google.{kind}), {value}"
                    ),
                    place,
                });
                continue;
            }
        };
        known.insert((*name).to_owned(), value);
    }
    known
}

fn within(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        place => format!("{place}.{name}"),
    }
}

/// A field's other name.
fn camel_case(name: &str) -> String {
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

    fn misfits(request: Value) -> Vec<(String, String)> {
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
