//! The message of a send, and what Google checks of it.

use serde_json::{Map, Value};

use super::errors::Refusal;
use super::fields;
use super::values::{number, seconds};
use crate::phones::Token;

/// The most that keys and values of a message may weigh, in bytes.
const MAX: usize = 4096;
/// The longest time to live, in seconds.
const TTL_MAX: f64 = 2_419_200.0;
/// The longest analytics label, in bytes.
const LABEL_MAX: usize = 50;

/// A message that has passed the checks.
pub(super) struct Message {
    pub(super) address: Token,
    pub(super) validate_only: bool,
    /// The `message` object, with its fields by the names that Google's pages give them.
    pub(super) body: Value,
}

impl Message {
    pub(super) fn read(request: &Value) -> Result<Self, Refusal> {
        let request = fields::by_name(request).map_err(|misfits| Refusal::misfits(&misfits))?;
        let body = request
            .get("message")
            .filter(|message| message.is_object())
            .ok_or_else(|| Refusal::field("message", "Message is missing"))?;
        let addresses: Vec<(&str, &str)> = ["fid", "token", "topic", "condition"]
            .into_iter()
            .filter_map(|kind| Some((kind, body.get(kind)?.as_str()?)))
            .collect();
        let address = match addresses.as_slice() {
            [(kind @ ("fid" | "token"), address)] if !address.is_empty() => {
                if *kind == "token" && !(address.contains(':') && address.len() > 40) {
                    return Err(Refusal::bad_token());
                }
                Token::from_text(*address)
            }
            [("topic" | "condition", _)] => {
                return Err(Refusal::field("message.topic", "The simulator has no topics"));
            }
            _ => {
                return Err(Refusal::field(
                    "message",
                    "Exactly one of token, topic or condition is required",
                ));
            }
        };
        data(body)?;
        android(body)?;
        options(body)?;
        if weight(body) > MAX {
            return Err(Refusal::field("message", "Android message is too big"));
        }
        Ok(Self {
            address,
            validate_only: request
                .get("validate_only")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            body: body.clone(),
        })
    }

    /// What tells this push from the next, if the sender says so: the delivery that its tracking names.
    pub(super) fn delivery_id(&self) -> Option<String> {
        let xdm: Value = serde_json::from_str(self.body.pointer("/data/_xdm")?.as_str()?).ok()?;
        let pointer = "/_experience/customerJourneyManagement/messageExecution/messageExecutionID";
        let inner = xdm.get("mixins").or_else(|| xdm.get("cjm"))?;
        inner.pointer(pointer)?.as_str().map(str::to_owned)
    }

    /// What makes a later one take its place on the phone.
    pub(super) fn replace_key(&self) -> Option<String> {
        [
            "/android/notification/tag",
            "/data/adb_tag",
            "/android/collapse_key",
        ]
        .into_iter()
        .find_map(|pointer| self.body.pointer(pointer)?.as_str().map(str::to_owned))
    }

    /// Does it show nothing?
    pub(super) fn is_silent(&self) -> bool {
        let shown = [
            "/notification",
            "/android/notification",
            "/data/adb_title",
            "/data/adb_body",
        ];
        shown
            .into_iter()
            .all(|pointer| self.body.pointer(pointer).is_none())
    }
}

/// Google: "REST Resource: projects.messages", `data`.
fn data(body: &Value) -> Result<(), Refusal> {
    for key in body
        .get("data")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys)
    {
        if key == "from" || key == "message_type" || key.starts_with("google") || key.starts_with("gcm") {
            return Err(Refusal::field(
                &format!("message.data[{key}]"),
                "Invalid data payload key",
            ));
        }
    }
    Ok(())
}

/// Google: "REST Resource: projects.messages", `AndroidConfig`, `AndroidNotification` and `LightSettings`.
fn android(body: &Value) -> Result<(), Refusal> {
    let Some(android) = body.get("android") else {
        return Ok(());
    };
    if text(android, "/ttl")
        .is_some_and(|ttl| !seconds(ttl).is_some_and(|ttl| (0.0..=TTL_MAX).contains(&ttl)))
    {
        return Err(Refusal::field("message.android.ttl", "Invalid ttl"));
    }
    if text(android, "/notification/color").is_some_and(|color| !is_rrggbb(color)) {
        return Err(Refusal::field(
            "message.android.notification.color",
            "The color must be in the form #RRGGBB",
        ));
    }
    match android.pointer("/notification/light_settings") {
        Some(light) => light_settings(light),
        None => Ok(()),
    }
}

fn light_settings(light: &Value) -> Result<(), Refusal> {
    let wrong = |name: &str, problem: &str| {
        let field = format!("message.android.notification.light_settings.{name}");
        Err(Refusal::field(&field, problem))
    };
    for name in ["color", "light_on_duration", "light_off_duration"] {
        if light.get(name).is_none() {
            return wrong(name, "The field is required");
        }
    }
    for (name, share) in light["color"].as_object().into_iter().flatten() {
        if !number(share).is_some_and(|share| (0.0..=1.0).contains(&share)) {
            return wrong(&format!("color.{name}"), "The value must be between 0 and 1");
        }
    }
    Ok(())
}

/// Google: "REST Resource: projects.messages", `FcmOptions` and `WebpushFcmOptions`.
fn options(body: &Value) -> Result<(), Refusal> {
    for place in ["", "android.", "apns.", "webpush."] {
        let pointer = format!("/{}fcm_options/analytics_label", place.replace('.', "/"));
        if text(body, &pointer).is_some_and(|label| !is_label(label)) {
            return Err(Refusal::field(
                &format!("message.{place}fcm_options.analytics_label"),
                "The label must match ^[a-zA-Z0-9-_.~%]{1,50}$",
            ));
        }
    }
    if text(body, "/webpush/fcm_options/link").is_some_and(|link| !is_https(link)) {
        return Err(Refusal::field(
            "message.webpush.fcm_options.link",
            "The link must be an HTTPS URL",
        ));
    }
    Ok(())
}

/// The text at a place in the message, where there is one.
fn text<'a>(within: &'a Value, pointer: &str) -> Option<&'a str> {
    within.pointer(pointer)?.as_str()
}

fn is_rrggbb(color: &str) -> bool {
    color
        .strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_label(label: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~%".contains(&byte);
    (1..=LABEL_MAX).contains(&label.len()) && label.bytes().all(fits)
}

fn is_https(link: &str) -> bool {
    link.split_once("://")
        .is_some_and(|(scheme, rest)| scheme.eq_ignore_ascii_case("https") && !rest.is_empty())
}

/// Keys and values of data and notification, as Google counts them.
fn weight(body: &Value) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + of(value)).sum(),
            Value::Array(items) => items.iter().map(of).sum(),
            Value::String(text) => text.len(),
            Value::Null => 0,
            other => other.to_string().len(),
        }
    }
    ["/data", "/notification", "/android/notification"]
        .into_iter()
        .filter_map(|pointer| body.pointer(pointer))
        .map(of)
        .sum()
}
