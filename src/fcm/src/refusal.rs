use std::fmt;
use std::time::{Duration, SystemTime};

use heliograph_transport::http::{HeaderMap, StatusCode};
use heliograph_transport::retry_after;
use serde::Deserialize;
use serde_json::Value;

/// Why FCM did not take a message: all that its answer says.
///
/// Google: "FCM Error Codes"; the shape is `google.rpc.Status`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// HTTP status of the answer.
    pub status: StatusCode,
    /// Google's general code, such as `NOT_FOUND`; empty if the answer could not be read.
    pub rpc_status: String,
    /// Google's explanation in English; empty if the answer could not be read.
    pub message: String,
    /// FCM's own code. Without one the fault lies before FCM: sign-in, project or role.
    pub code: Option<ErrorCode>,
    /// What Apple said, for a device that FCM reaches through Apple.
    pub apns: Option<ApnsRefusal>,
    /// The fields of the message that are at fault.
    pub field_violations: Vec<FieldViolation>,
    /// The quotas that are used up.
    pub quota_violations: Vec<QuotaViolation>,
    /// How long Google asks to wait.
    pub retry_after: Option<Duration>,
}

/// FCM's own code of an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// No more is known.
    Unspecified,
    /// A field of the message is not valid.
    InvalidArgument,
    /// The app was removed, or the address expired.
    Unregistered,
    /// The address belongs to another Firebase project.
    SenderIdMismatch,
    /// Too many messages.
    QuotaExceeded,
    /// The service is overloaded.
    Unavailable,
    /// An error inside the service.
    Internal,
    /// Apple's key or the web push key in the Firebase console is not valid; also its old name `APNS_AUTH_ERROR`.
    ThirdPartyAuthError,
    /// A code that was not known when this was written, as Google wrote it.
    Unknown(String),
}

/// What Apple said to FCM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApnsRefusal {
    /// Apple's HTTP status.
    pub status: u16,
    /// Apple's reason, such as `Unregistered`.
    pub reason: String,
}

/// A field that is at fault.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FieldViolation {
    /// Path of the field, such as `message.token`.
    #[serde(default)]
    pub field: String,
    /// What is wrong with it.
    #[serde(default)]
    pub description: String,
}

/// A quota that is used up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct QuotaViolation {
    /// Whose quota it is: a project, a device or a topic.
    #[serde(default)]
    pub subject: String,
    /// Which quota, in words.
    #[serde(default)]
    pub description: String,
}

impl ErrorCode {
    /// Reads Google's text.
    pub fn from_text(text: &str) -> Self {
        match text {
            "UNSPECIFIED_ERROR" => Self::Unspecified,
            "INVALID_ARGUMENT" => Self::InvalidArgument,
            "UNREGISTERED" => Self::Unregistered,
            "SENDER_ID_MISMATCH" => Self::SenderIdMismatch,
            "QUOTA_EXCEEDED" => Self::QuotaExceeded,
            "UNAVAILABLE" => Self::Unavailable,
            "INTERNAL" => Self::Internal,
            "THIRD_PARTY_AUTH_ERROR" | "APNS_AUTH_ERROR" => Self::ThirdPartyAuthError,
            unknown => Self::Unknown(unknown.chars().take(200).collect()),
        }
    }

    /// Google's text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unspecified => "UNSPECIFIED_ERROR",
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::Unregistered => "UNREGISTERED",
            Self::SenderIdMismatch => "SENDER_ID_MISMATCH",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
            Self::ThirdPartyAuthError => "THIRD_PARTY_AUTH_ERROR",
            Self::Unknown(text) => text,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Refusal {
    /// Reads an answer; what cannot be read is left empty, and the status remains.
    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Self {
        let error = serde_json::from_slice::<Body>(body).unwrap_or_default().error;
        let mut refusal = Self {
            status,
            rpc_status: error.status,
            message: error.message,
            code: None,
            apns: None,
            field_violations: Vec::new(),
            quota_violations: Vec::new(),
            retry_after: retry_after(headers, now),
        };
        for detail in error.details {
            refusal.take_detail(detail);
        }
        refusal
    }

    /// Takes up one entry of `details`; entries of kinds that are not known are skipped.
    fn take_detail(&mut self, detail: Value) {
        let Some(kind) = detail.get("@type").and_then(Value::as_str) else {
            return;
        };
        match kind.rsplit(['.', '/']).next() {
            Some("FcmError") => {
                self.code = detail
                    .get("errorCode")
                    .and_then(Value::as_str)
                    .map(ErrorCode::from_text);
            }
            Some("ApnsError") => {
                let status = detail.get("statusCode").and_then(Value::as_u64);
                let reason = detail.get("reason").and_then(Value::as_str).unwrap_or_default();
                self.apns = status
                    .and_then(|status| u16::try_from(status).ok())
                    .map(|status| ApnsRefusal {
                        status,
                        reason: reason.to_owned(),
                    });
            }
            Some("BadRequest") => self.field_violations = list(&detail, "fieldViolations"),
            Some("QuotaFailure") => self.quota_violations = list(&detail, "violations"),
            Some("RetryInfo") if self.retry_after.is_none() => {
                self.retry_after = detail
                    .get("retryDelay")
                    .and_then(Value::as_str)
                    .and_then(proto_seconds);
            }
            _ => {}
        }
    }

    /// Whether the project has sent too much, and not only to one device or topic. Where Google doesn't say whose quota it is,
    /// it is the project's.
    pub fn blames_project_quota(&self) -> bool {
        let of_one = |violation: &QuotaViolation| {
            ["device", "topic"]
                .iter()
                .any(|whose| violation.subject.starts_with(whose))
        };
        self.status == StatusCode::TOO_MANY_REQUESTS
            && (self.quota_violations.is_empty() || !self.quota_violations.iter().all(of_one))
    }

    /// Whether the address itself is malformed, rather than another field of the message.
    pub fn blames_address(&self) -> bool {
        self.code == Some(ErrorCode::InvalidArgument)
            && self.apns.is_none()
            && (self
                .field_violations
                .iter()
                .any(|violation| matches!(violation.field.as_str(), "message.token" | "message.fid"))
                || self.message.contains("not a valid FCM registration token"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self
            .code
            .as_ref()
            .map_or(self.rpc_status.as_str(), ErrorCode::as_str);
        write!(f, "{} {code}", self.status.as_u16())?;
        if let Some(apns) = &self.apns {
            write!(f, ", Apple: {} {}", apns.status, apns.reason)?;
        }
        for violation in &self.field_violations {
            match violation.field.as_str() {
                // Google names no field where it knows none of that name, and says the same in its message.
                "" if violation.description == self.message => {}
                "" => write!(f, ", {}", violation.description)?,
                field => write!(f, ", {field}: {}", violation.description)?,
            }
        }
        for violation in &self.quota_violations {
            match violation.subject.as_str() {
                "" => write!(f, ", {}", violation.description)?,
                whose => write!(f, ", {whose}: {}", violation.description)?,
            }
        }
        if !self.message.is_empty() {
            write!(f, " ({})", self.message)?;
        }
        Ok(())
    }
}

#[derive(Deserialize, Default)]
struct Body {
    error: Status,
}

/// `google.rpc.Status`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    message: String,
    status: String,
    details: Vec<Value>,
}

fn list<T: for<'de> Deserialize<'de>>(detail: &Value, name: &str) -> Vec<T> {
    detail
        .get(name)
        .and_then(Value::as_array)
        .map(|entries| {
            entries
                .iter()
                .filter_map(|entry| T::deserialize(entry).ok())
                .collect()
        })
        .unwrap_or_default()
}

/// Reads a duration as Protocol Buffers write it in JSON, such as `3.5s`.
fn proto_seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn read(status: u16, body: &str) -> Refusal {
        let status = StatusCode::from_u16(status).unwrap();
        Refusal::read(status, &HeaderMap::new(), body.as_bytes(), UNIX_EPOCH)
    }

    #[test]
    fn reads_every_known_detail() {
        let refusal = read(
            400,
            r#"{"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT","details":[
                {"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"INVALID_ARGUMENT"},
                {"@type":"type.googleapis.com/google.firebase.fcm.v1.ApnsError","statusCode":410,"reason":"Unregistered"},
                {"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"message.android.ttl","description":"Illegal duration format"}]},
                {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"subject":"project:p","description":"too many"}]},
                {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"},
                {"@type":"type.googleapis.com/google.rpc.Novelty","x":1}, "not an object"]}}"#,
        );
        assert_eq!(refusal.code, Some(ErrorCode::InvalidArgument));
        assert_eq!(
            refusal.apns,
            Some(ApnsRefusal {
                status: 410,
                reason: "Unregistered".to_owned()
            })
        );
        assert_eq!(refusal.field_violations[0].field, "message.android.ttl");
        assert_eq!(refusal.quota_violations[0].subject, "project:p");
        assert_eq!(refusal.retry_after, Some(Duration::from_millis(1500)));
        assert!(!refusal.blames_address());
        let told = |status, subject: &str| Refusal {
            status,
            quota_violations: vec![QuotaViolation {
                subject: subject.to_owned(),
                description: String::new(),
            }],
            ..refusal.clone()
        };
        let too_many = StatusCode::TOO_MANY_REQUESTS;
        assert!(told(too_many, "project:p").blames_project_quota());
        assert!(!told(too_many, "device:d").blames_project_quota());
        assert!(!told(StatusCode::NOT_FOUND, "project:p").blames_project_quota());
    }

    #[test]
    fn says_whose_quota_is_used_up() {
        let body = r#"{"error":{"status":"RESOURCE_EXHAUSTED","message":"Quota exceeded.","details":[
            {"@type":"x/google.rpc.QuotaFailure","violations":[{"subject":"device","description":"too many"}]}]}}"#;
        assert_eq!(
            read(429, body).to_string(),
            "429 RESOURCE_EXHAUSTED, device: too many (Quota exceeded.)"
        );
    }

    #[test]
    fn says_what_is_wrong_once_where_no_field_is_named() {
        let refused = |description: &str| {
            let body = format!(
                r#"{{"error":{{"status":"INVALID_ARGUMENT","message":"Unknown name \"x\"","details":[
                    {{"@type":"x/google.rpc.BadRequest","fieldViolations":[{{"description":"{description}"}}]}}]}}}}"#
            );
            read(400, &body).to_string()
        };
        assert_eq!(
            refused(r#"Unknown name \"x\""#),
            r#"400 INVALID_ARGUMENT (Unknown name "x")"#
        );
        assert_eq!(
            refused("Cannot find field"),
            r#"400 INVALID_ARGUMENT, Cannot find field (Unknown name "x")"#
        );
    }

    #[test]
    fn tells_a_malformed_address_from_another_field() {
        let of_field = |field: &str| {
            read(
                400,
                &format!(
                    r#"{{"error":{{"message":"","status":"INVALID_ARGUMENT","details":[
                        {{"@type":"x/google.firebase.fcm.v1.FcmError","errorCode":"INVALID_ARGUMENT"}},
                        {{"@type":"x/google.rpc.BadRequest","fieldViolations":[{{"field":"{field}"}}]}}]}}}}"#
                ),
            )
        };
        assert!(of_field("message.token").blames_address());
        assert!(of_field("message.fid").blames_address());
        assert!(!of_field("message.data").blames_address());
    }

    #[test]
    fn garbage_leaves_the_status() {
        for body in ["", "<html>", r#"{"error":"text"}"#, r#"{"error":{}}"#, "[]"] {
            let refusal = read(502, body);
            assert_eq!((refusal.status.as_u16(), refusal.code), (502, None), "{body}");
        }
    }

    #[test]
    fn an_unknown_code_keeps_its_text() {
        let refusal = read(
            400,
            r#"{"error":{"details":[{"@type":"a/google.firebase.fcm.v1.FcmError","errorCode":"SOLAR_FLARE"}]}}"#,
        );
        assert_eq!(refusal.code, Some(ErrorCode::Unknown("SOLAR_FLARE".to_owned())));
        assert_eq!(
            ErrorCode::from_text("APNS_AUTH_ERROR"),
            ErrorCode::ThirdPartyAuthError
        );
    }
}
