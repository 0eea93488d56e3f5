//! Reading a request to Apple, and what is checked of it before its phone is looked for.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use http::request::Parts;
use serde_json::Value;
use uuid::Uuid;

use super::{Refusal, refuse};
use crate::phones::{BACKGROUND, Token};
use crate::registry::AppId;

/// The most that a payload may weigh, in bytes; VoIP pushes may weigh 5,120.
const PAYLOAD_MAX: usize = 4096;
const PAYLOAD_MAX_VOIP: usize = 5120;
/// The longest collapse id, in bytes.
const COLLAPSE_MAX: usize = 64;

/// Asks an app where it is: at once (10), or when it suits the phone (5).
const LOCATION: &str = "location";

/// Each push type with what its topic ends in.
const PUSH_TYPES: [(&str, &str); 11] = [
    ("alert", ""),
    (BACKGROUND, ""),
    ("complication", ".complication"),
    ("controls", ".push-type.controls"),
    ("fileprovider", ".pushkit.fileprovider"),
    ("liveactivity", ".push-type.liveactivity"),
    (LOCATION, ".location-query"),
    ("mdm", ""),
    ("pushtotalk", ".voip-ptt"),
    ("voip", ".voip"),
    ("widgets", ".push-type.widgets"),
];

/// A notification request.
pub(super) struct Push {
    pub(super) token: Token,
    pub(super) provider_token: String,
    pub(super) topic: String,
    pub(super) push_type: String,
    pub(super) id: String,
    /// Did the sender give the id?
    pub(super) id_given: bool,
    pub(super) collapse_id: Option<String>,
    priority: Option<String>,
    expiration: Option<String>,
    pub(super) payload: Value,
    bytes: usize,
}

impl Push {
    /// Reads a request as far as it must be readable to be told from others.
    pub(super) fn read(head: &Parts, body: &Bytes) -> Result<Self, Refusal> {
        let token = head
            .uri
            .path()
            .strip_prefix("/3/device/")
            .ok_or(refuse(404, "BadPath"))?;
        if head.method != Method::POST {
            return Err(refuse(405, "MethodNotAllowed"));
        }
        if token.is_empty() {
            return Err(refuse(400, "MissingDeviceToken"));
        }
        for name in [
            "apns-id",
            "apns-topic",
            "apns-push-type",
            "apns-priority",
            "apns-expiration",
            "apns-collapse-id",
        ] {
            if head.headers.get_all(name).iter().count() > 1 {
                return Err(refuse(400, "DuplicateHeaders"));
            }
        }
        let header = |name: &str| {
            head.headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let authorization = header("authorization").unwrap_or_default();
        let provider_token = authorization
            .strip_prefix("bearer ")
            .or_else(|| authorization.strip_prefix("Bearer "))
            .ok_or(refuse(403, "MissingProviderToken"))?;
        let given = header("apns-id");
        if body.is_empty() {
            return Err(refuse(400, "PayloadEmpty"));
        }
        Ok(Self {
            token: Token::from_text(token),
            provider_token: provider_token.to_owned(),
            topic: header("apns-topic").unwrap_or_default(),
            push_type: header("apns-push-type").unwrap_or_else(|| "alert".into()),
            id_given: given.is_some(),
            id: given.unwrap_or_else(|| Uuid::new_v4().to_string()),
            // It may be any text in UTF-8, which a header carries as it is.
            collapse_id: head
                .headers
                .get("apns-collapse-id")
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            priority: header("apns-priority"),
            expiration: header("apns-expiration"),
            payload: serde_json::from_slice(body).unwrap_or(Value::Null),
            bytes: body.len(),
        })
    }

    /// The app that the topic names, without the ending of the push type.
    pub(super) fn app(&self) -> AppId {
        let ending = PUSH_TYPES
            .iter()
            .find(|(name, _)| *name == self.push_type)
            .map_or("", |(_, ending)| ending);
        AppId::new(self.topic.strip_suffix(ending).unwrap_or(&self.topic))
    }

    /// What Apple checks of headers and payload.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let ending = PUSH_TYPES
            .iter()
            .find(|(name, _)| *name == self.push_type)
            .map(|(_, ending)| ending);
        let ending = ending.ok_or(refuse(400, "InvalidPushType"))?;
        if self.topic.is_empty() {
            return Err(refuse(400, "MissingTopic"));
        }
        if !self.topic.ends_with(ending) {
            return Err(refuse(400, "BadTopic"));
        }
        // Canonical: lower case, with hyphens.
        if Uuid::parse_str(&self.id).map_or(true, |id| id.hyphenated().to_string() != self.id) {
            return Err(refuse(400, "BadMessageId"));
        }
        match (self.priority.as_deref(), self.push_type.as_str()) {
            (Some("10"), BACKGROUND) | (Some("1"), LOCATION) => return Err(refuse(400, "BadPriority")),
            (None | Some("10" | "5" | "1"), _) => {}
            _ => return Err(refuse(400, "BadPriority")),
        }
        if self
            .expiration
            .as_deref()
            .is_some_and(|text| text.parse::<u64>().is_err())
        {
            return Err(refuse(400, "BadExpirationDate"));
        }
        if self
            .collapse_id
            .as_deref()
            .is_some_and(|id| id.is_empty() || id.len() > COLLAPSE_MAX)
        {
            return Err(refuse(400, "BadCollapseId"));
        }
        let limit = if self.push_type == "voip" {
            PAYLOAD_MAX_VOIP
        } else {
            PAYLOAD_MAX
        };
        if self.bytes > limit {
            return Err(refuse(413, "PayloadTooLarge"));
        }
        if !self.payload.get("aps").is_some_and(Value::is_object) {
            return Err(refuse(400, "PayloadEmpty"));
        }
        if !self.token.is_hex() {
            return Err(refuse(400, "BadDeviceToken"));
        }
        Ok(())
    }

    /// Does it show nothing?
    pub(super) fn is_silent(&self) -> bool {
        self.push_type == BACKGROUND || self.payload.pointer("/aps/alert").is_none()
    }

    /// What a phone keeps beside the payload.
    pub(super) fn headers(&self) -> BTreeMap<String, String> {
        let mut headers = BTreeMap::from([
            ("apns-id".to_owned(), self.id.clone()),
            ("apns-topic".to_owned(), self.topic.clone()),
            ("apns-push-type".to_owned(), self.push_type.clone()),
        ]);
        let optional = [
            ("apns-collapse-id", &self.collapse_id),
            ("apns-priority", &self.priority),
            ("apns-expiration", &self.expiration),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                headers.insert(name.to_owned(), value.clone());
            }
        }
        headers
    }
}
