//! The message of a send, and what Google checks of it.

use serde_json::Value;

use super::errors::Refusal;
use super::fields;
use crate::phones::Token;

/// The most that keys and values of a message may weigh, in bytes.
const MAX: usize = 4096;
/// The longest time to live, in seconds.
const TTL_MAX: f64 = 2_419_200.0;

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

fn data(body: &Value) -> Result<(), Refusal> {
    let Some(data) = body.get("data") else {
        return Ok(());
    };
    let Some(data) = data.as_object() else {
        return Err(Refusal::field("message.data", "Data must be a map of strings"));
    };
    for (key, value) in data {
        let field = format!("message.data[{key}]");
        if !value.is_string() {
            return Err(Refusal::field(&field, "Invalid value (TYPE_STRING)"));
        }
        if key == "from" || key == "message_type" || key.starts_with("google") || key.starts_with("gcm") {
            return Err(Refusal::field(&field, "Invalid data payload key"));
        }
    }
    Ok(())
}

fn android(body: &Value) -> Result<(), Refusal> {
    if let Some(ttl) = body.pointer("/android/ttl") {
        let seconds = ttl
            .as_str()
            .and_then(|text| text.strip_suffix('s')?.parse::<f64>().ok());
        if !seconds.is_some_and(|seconds| (0.0..=TTL_MAX).contains(&seconds)) {
            return Err(Refusal::field("message.android.ttl", "Invalid ttl"));
        }
    }
    if let Some(priority) = body.pointer("/android/priority")
        && !matches!(priority.as_str(), Some("HIGH" | "NORMAL" | "high" | "normal"))
    {
        return Err(Refusal::field("message.android.priority", "Invalid priority"));
    }
    Ok(())
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
