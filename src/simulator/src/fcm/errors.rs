//! Google's errors, in Google's shapes.

use http::StatusCode;
use serde_json::{Value, json};

/// What does not fit the fields of a request.
pub(super) struct Misfit {
    /// Where it is, such as `message.android`; empty for the request itself.
    pub(super) place: String,
    pub(super) description: String,
}

impl Misfit {
    /// A value that is none of the type that the field at this place has.
    pub(super) fn value(at: &str, kind: &str, value: &Value) -> Self {
        Self {
            place: at.to_owned(),
            description: format!("Invalid value at '{at}' ({kind}), {value}"),
        }
    }

    fn violation(&self) -> Value {
        let mut violation = json!({ "description": self.description });
        if !self.place.is_empty() {
            violation["field"] = json!(self.place);
        }
        violation
    }
}

/// Why a send is refused.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    rpc: &'static str,
    message: String,
    details: Vec<Value>,
}

/// Whose quota is used up.
#[derive(Clone, Copy)]
pub(super) enum QuotaOf {
    Project,
    Device,
}

fn fcm_error(code: &str) -> Value {
    json!({ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code })
}

impl Refusal {
    fn new(status: StatusCode, rpc: &'static str, message: impl Into<String>, details: Vec<Value>) -> Self {
        Self {
            status,
            rpc,
            message: message.into(),
            details,
        }
    }

    /// The word under which it is counted.
    pub(super) fn word(&self) -> &str {
        self.details
            .iter()
            .find_map(|detail| detail.get("errorCode").and_then(Value::as_str))
            .unwrap_or(self.rpc)
    }

    pub(super) fn body(&self) -> Value {
        let mut error = json!({
            "code": self.status.as_u16(),
            "message": self.message,
            "status": self.rpc,
        });
        if !self.details.is_empty() {
            error["details"] = json!(self.details);
        }
        json!({ "error": error })
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "The requested URL was not found on this server.",
            vec![],
        )
    }

    pub(super) fn invalid_json(problem: &str) -> Self {
        let message = format!("Invalid JSON payload received. {problem}");
        Self::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message, vec![])
    }

    /// The JSON does not fit the request's fields. FCM itself never sees such a request, so that its own code is missing.
    pub(super) fn misfits(misfits: &[Misfit]) -> Self {
        let violations: Vec<Value> = misfits.iter().map(Misfit::violation).collect();
        let message: Vec<&str> = misfits.iter().map(|misfit| misfit.description.as_str()).collect();
        let details = json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": violations,
        });
        Self::new(
            StatusCode::BAD_REQUEST,
            "INVALID_ARGUMENT",
            message.join("\n"),
            vec![details],
        )
    }

    /// A field of the message is wrong.
    pub(super) fn field(field: &str, description: &str) -> Self {
        let violation = json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{ "field": field, "description": description }],
        });
        let details = vec![fcm_error("INVALID_ARGUMENT"), violation];
        Self::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", description, details)
    }

    pub(super) fn bad_token() -> Self {
        Self::field(
            "message.token",
            "The registration token is not a valid FCM registration token",
        )
    }

    pub(super) fn unregistered() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "Requested entity was not found.",
            vec![fcm_error("UNREGISTERED")],
        )
    }

    pub(super) fn sender_mismatch() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "PERMISSION_DENIED",
            "SenderId mismatch",
            vec![fcm_error("SENDER_ID_MISMATCH")],
        )
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid \
             authentication credential.",
            vec![],
        )
    }

    pub(super) fn permission_denied(project: &str) -> Self {
        let message = format!(
            "Permission 'cloudmessaging.messages.create' denied on resource '//cloudresourcemanager.googleapis.com/projects/{project}' (or it may not exist)."
        );
        Self::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message, vec![])
    }

    pub(super) fn third_party_auth() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
            "Auth error from APNS or Web Push Service",
            vec![fcm_error("THIRD_PARTY_AUTH_ERROR")],
        )
    }

    pub(super) fn quota(of: QuotaOf) -> Self {
        let (subject, description) = match of {
            QuotaOf::Project => ("project", "Message rate quota exceeded"),
            QuotaOf::Device => ("device", "Device message rate exceeded"),
        };
        let violation = json!({
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{ "subject": subject, "description": description }],
        });
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RESOURCE_EXHAUSTED",
            "Quota exceeded.",
            vec![fcm_error("QUOTA_EXCEEDED"), violation],
        )
    }

    pub(super) fn internal() -> Self {
        let details = vec![fcm_error("INTERNAL")];
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "Internal error encountered.",
            details,
        )
    }

    pub(super) fn unavailable() -> Self {
        let details = vec![fcm_error("UNAVAILABLE")];
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "The service is currently unavailable.",
            details,
        )
    }
}
