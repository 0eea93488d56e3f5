//! Reading a request's body: leniently, for whatever is refused here is lost to the app for ever.

use heliograph_model::{
    collection::{AuthenticatedState, EventIdentity, EventKey},
    ids::DatastreamId,
    profile::{ECID, Identity, Names, PushPlatform},
    time::Timestamp,
};
use heliograph_store::{
    devices::{APP_MAX, TOKEN_MAX, Wanted},
    events::{Refusal, TYPE_MAX},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Error, answer::report, tracking};

/// Most events in one request.
pub(crate) const EVENTS_MAX: usize = 1000;

/// Most identities of one map that are looked at. The SDK's hold a handful.
const IDENTITIES_MAX: usize = 20;

/// Most tokens of one event that are looked at. The SDK sends one.
const TOKENS_MAX: usize = 10;

/// Most bytes of consents in one request. The SDK's are some hundred.
const CONSENTS_MAX: usize = 16 << 10;

/// What a request brings, in order.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) datastream: Option<DatastreamId>,
    pub(crate) received_at: Timestamp,
    /// The request's own identity map: the full current state of the device's identities.
    pub(crate) device_map: Option<Vec<EventIdentity>>,
    pub(crate) items: Vec<Item>,
}

/// One thing to write.
#[derive(Debug)]
pub(crate) enum Item {
    /// An event.
    Event(Box<Event>),
    /// Consents, to be laid over those that are there.
    Consents(Value),
    /// A note of something that is not kept.
    Refusal(Refusal),
}

/// An event, read.
#[derive(Debug)]
pub(crate) struct Event {
    /// Its place in the request.
    pub(crate) index: u32,
    pub(crate) key: EventKey,
    pub(crate) event_type: String,
    pub(crate) timestamp: Timestamp,
    /// Identities that the event itself names.
    pub(crate) event_map: Vec<EventIdentity>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) tracking: Option<tracking::Tracking>,
    pub(crate) xdm: Value,
    pub(crate) data: Value,
    pub(crate) bytes: u32,
}

/// A push token that an event brings.
#[derive(Debug)]
pub(crate) struct Token {
    /// The install that it says it is of.
    pub(crate) ecid: Option<EventIdentity>,
    pub(crate) app: String,
    pub(crate) platform: PushPlatform,
    pub(crate) token: String,
    pub(crate) wanted: Wanted,
}

/// What was read of a request.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) submission: Submission,
    /// The events that can't be kept, as the answer's `errors`.
    pub(crate) errors: Vec<Value>,
    /// What the developer should know, as the answer's `warnings`.
    pub(crate) warnings: Vec<Value>,
    /// How many events it counts for.
    pub(crate) events: usize,
}

/// Reads the body as JSON.
pub(crate) fn json(body: &[u8]) -> Result<Value, Error> {
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Error::NotJson("it is another kind of value".to_owned())),
        Err(error) => Err(Error::NotJson(error.to_string())),
    }
}

/// What is known of a request besides its body.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) datastream: DatastreamId,
    pub(crate) received_at: Timestamp,
    pub(crate) bytes: usize,
    /// Makes keys for events that come without.
    pub(crate) new_id: &'a (dyn Fn() -> Uuid + Sync),
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("datastream", &self.datastream)
            .finish_non_exhaustive()
    }
}

/// Reads an `interact` request.
///
/// # Errors
/// [`Error::Invalid`] where there is no event in it that can be kept.
pub(crate) fn interact(mut body: Value, context: Context<'_>) -> Result<Read, Error> {
    let events = match body.get_mut("events").map(Value::take) {
        Some(Value::Array(events)) if !events.is_empty() => events,
        _ => {
            return Err(Error::Invalid(
                "“events” must be a list of at least one event".to_owned(),
            ));
        }
    };
    if events.len() > EVENTS_MAX {
        return Err(Error::Invalid(format!(
            "“events” may hold at most {EVENTS_MAX} events"
        )));
    }
    let count = events.len();
    let device_map = body.pointer("/xdm/identityMap").and_then(identity_map);
    let details = body.pointer("/xdm/implementationDetails").cloned();
    let bytes = u32::try_from(context.bytes / count).unwrap_or(u32::MAX);
    let (mut items, mut errors, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    let mut first_error = None;
    for (index, event) in (0..).zip(events) {
        match read_event(event, index, bytes, details.as_ref(), context, &mut warnings) {
            Ok(Some(event)) => items.push(Item::Event(Box::new(event))),
            Ok(None) => {}
            Err(why) => {
                items.push(Item::Refusal(Refusal {
                    datastream: Some(context.datastream),
                    at: context.received_at,
                    verdict: heliograph_model::collection::Verdict::Refused,
                    event_type: String::new(),
                    reason: why.to_owned(),
                    bytes,
                }));
                errors.push(report("invalid-event", why, index));
                first_error.get_or_insert(why);
            }
        }
    }
    if errors.len() == count {
        return Err(Error::Invalid(
            first_error.unwrap_or("no event can be kept").to_owned(),
        ));
    }
    Ok(Read {
        submission: Submission {
            datastream: Some(context.datastream),
            received_at: context.received_at,
            device_map,
            items,
        },
        errors,
        warnings,
        events: count,
    })
}

/// Reads a `set-consent` request. Nothing but a body that is not JSON is refused.
pub(crate) fn set_consent(body: &Value, context: Context<'_>) -> Read {
    let mut consents = Value::Object(Map::new());
    let adobe = |item: &&Value| {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        text("standard").eq_ignore_ascii_case("Adobe") && text("version") == "2.0"
    };
    for item in body
        .get("consent")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(adobe)
    {
        if let Some(value @ Value::Object(_)) = item.get("value") {
            let mut value = value.clone();
            clean(&mut value);
            heliograph_model::profile::patch(&mut consents, &value);
        }
    }
    let known = consents.as_object().is_some_and(|consents| !consents.is_empty());
    let (mut items, mut warnings) = (Vec::new(), Vec::new());
    if !known {
        warnings.push(report(
            "no-consent",
            "There is no consent of the Adobe 2.0 standard in the request",
            0,
        ));
    } else if consents.to_string().len() > CONSENTS_MAX {
        warnings.push(report("no-consent", "The consents are too large to be kept", 0));
    } else {
        if let Some(consents) = consents.as_object_mut() {
            let metadata = consents
                .entry("metadata")
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(metadata) = metadata {
                metadata
                    .entry("time")
                    .or_insert_with(|| context.received_at.to_string().into());
            }
        }
        items.push(Item::Consents(consents));
    }
    let map = body
        .get("identityMap")
        .or_else(|| body.pointer("/xdm/identityMap"))
        .and_then(identity_map);
    Read {
        submission: Submission {
            datastream: Some(context.datastream),
            received_at: context.received_at,
            device_map: map,
            items,
        },
        errors: Vec::new(),
        warnings,
        events: 1,
    }
}

/// Reads one event; none for one that asks for something and tells nothing.
fn read_event(
    event: Value,
    index: u32,
    bytes: u32,
    details: Option<&Value>,
    context: Context<'_>,
    warnings: &mut Vec<Value>,
) -> Result<Option<Event>, &'static str> {
    let Value::Object(mut event) = event else {
        return Err("An event must be an object");
    };
    let mut xdm = match event.remove("xdm") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(xdm)) => xdm,
        Some(_) => return Err("“xdm” must be an object"),
    };
    let mut data = event.remove("data").unwrap_or_default();
    clean(&mut data);
    let event_type = xdm
        .get("eventType")
        .and_then(Value::as_str)
        .map(|text| text.trim().replace('\0', ""))
        .unwrap_or_default();
    if event_type.len() > TYPE_MAX {
        return Err("“xdm.eventType” is too long");
    }
    if event_type == PERSONALIZATION_REQUEST {
        return Ok(None);
    }
    let key = match xdm
        .get("_id")
        .and_then(Value::as_str)
        .filter(|id| !id.trim().is_empty())
    {
        Some(id) => EventKey::new(&id.replace('\0', "")).ok_or("“xdm._id” is too long")?,
        None => {
            warnings.push(report(
                "no-id",
                "The event has no “xdm._id”, so a repetition would be kept again",
                index,
            ));
            EventKey::new(&(context.new_id)().to_string()).ok_or("“xdm._id” is missing")?
        }
    };
    // An app may put text of its own there.
    let timestamp = xdm
        .get("timestamp")
        .and_then(Value::as_str)
        .and_then(|text| Timestamp::parse(text).ok())
        .unwrap_or(context.received_at);
    let event_map = xdm.get("identityMap").and_then(identity_map).unwrap_or_default();
    if let (Some(details), false) = (details, xdm.contains_key("implementationDetails")) {
        xdm.insert("implementationDetails".to_owned(), details.clone());
    }
    let mut xdm = Value::Object(xdm);
    clean(&mut xdm);
    let tokens = read_tokens(&data, index, warnings);
    Ok(Some(Event {
        index,
        key,
        tracking: tracking::read(&event_type, &xdm),
        event_type,
        timestamp,
        event_map,
        tokens,
        xdm,
        data,
        bytes,
    }))
}

/// An in-app message is asked for at each start of an app. We have none, and the answer says so; it is no event that
/// anybody wants to keep.
const PERSONALIZATION_REQUEST: &str = "personalization.request";

/// Reads `data.pushNotificationDetails`, by which a token is sent.
fn read_tokens(data: &Value, index: u32, warnings: &mut Vec<Value>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let details = data.get("pushNotificationDetails").and_then(Value::as_array);
    for item in details.into_iter().flatten().take(TOKENS_MAX) {
        let text = |name: &str| {
            item.get(name)
                .and_then(Value::as_str)
                .map(str::trim)
                .unwrap_or_default()
        };
        let (app, token) = (text("appID"), text("token"));
        let Some(platform) = PushPlatform::parse(text("platform")) else {
            warnings.push(report(
                "token",
                "A push token is ignored: its “platform” must be fcm, apns or apnsSandbox",
                index,
            ));
            continue;
        };
        if app.is_empty() || app.len() > APP_MAX || token.is_empty() || token.len() > TOKEN_MAX {
            warnings.push(report(
                "token",
                "A push token is ignored: its “appID” or “token” is missing or too long",
                index,
            ));
            continue;
        }
        let names_ecid = item
            .pointer("/identity/namespace/code")
            .and_then(Value::as_str)
            .is_some_and(|code| code.eq_ignore_ascii_case(ECID));
        let ecid = item
            .pointer("/identity/id")
            .and_then(Value::as_str)
            .filter(|_| names_ecid)
            .and_then(|id| read_identity(ECID, id));
        tokens.push(Token {
            ecid: ecid.map(|identity| EventIdentity {
                identity,
                state: AuthenticatedState::Ambiguous,
                primary: false,
            }),
            app: app.to_owned(),
            platform,
            token: token.to_owned(),
            wanted: match item.get("denylisted").and_then(Value::as_bool) {
                Some(true) => Wanted::DenyListed,
                _ => Wanted::Yes,
            },
        });
    }
    tokens
}

/// Reads an identity map; none where it is no object. What is no identity in it is passed over.
fn identity_map(map: &Value) -> Option<Vec<EventIdentity>> {
    let mut identities = Vec::new();
    for (namespace, items) in map.as_object()? {
        for item in items.as_array().into_iter().flatten() {
            let Some(identity) = item
                .get("id")
                .and_then(Value::as_str)
                .and_then(|id| read_identity(namespace, id))
            else {
                continue;
            };
            identities.push(EventIdentity {
                identity,
                state: item
                    .get("authenticatedState")
                    .and_then(|state| serde_json::from_value(state.clone()).ok())
                    .unwrap_or_default(),
                primary: item.get("primary").and_then(Value::as_bool).unwrap_or_default(),
            });
        }
    }
    // The install first, then persons, so that a map with too many loses neither.
    identities.sort_by_key(|seen| {
        (
            !seen.identity.namespace.eq_ignore_ascii_case(ECID),
            seen.identity.names() == Names::Device,
        )
    });
    identities.truncate(IDENTITIES_MAX);
    Some(identities)
}

fn read_identity(namespace: &str, id: &str) -> Option<Identity> {
    let identity = Identity::new(&namespace.replace('\0', ""), &id.replace('\0', "")).ok()?;
    Some(identity)
}

/// Replaces U+0000, which PostgreSQL can't keep in text, by U+FFFD.
fn clean(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{FFFD}"),
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(fields) => {
            if fields.keys().any(|name| name.contains('\0')) {
                *fields = std::mem::take(fields)
                    .into_iter()
                    .map(|(name, value)| (name.replace('\0', "\u{FFFD}"), value))
                    .collect();
            }
            fields.values_mut().for_each(clean);
        }
        _ => {}
    }
}
