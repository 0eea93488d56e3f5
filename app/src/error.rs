//! The one error that a server function returns and a page shows.

use heliograph_model::access::Permission;
use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};

/// What is wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The `name` of the field in the form.
    pub field: String,
    /// What is wrong and what would be right, as a sentence.
    pub message: String,
}

impl FieldError {
    /// Names a field and says what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Why a server function did not do what it was asked. `Display` is meant for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum AppError {
    /// There is no session, or it has ended.
    #[error("Your session has ended. Sign in again; what you typed stays here until you leave the page.")]
    SignedOut,
    /// The person's role does not allow it.
    #[error("Your role may not {}. An admin can change your role under Administration.", permission.title())]
    Forbidden {
        /// What would be needed.
        permission: Permission,
    },
    /// The thing does not exist, or no longer.
    #[error(
        "{what} does not exist any more. It may have been deleted; go back to the list to see what there is."
    )]
    NotFound {
        /// The thing, as the start of a sentence: "The message", "This journey".
        what: String,
    },
    /// Something that was entered cannot be accepted; nothing was changed.
    #[error("{message}")]
    Invalid {
        /// All of it in one sentence.
        message: String,
        /// What is wrong, field by field; may be empty.
        fields: Vec<FieldError>,
    },
    /// Someone else changed the same thing in between; nothing was changed.
    #[error("{message}")]
    Conflict {
        /// What changed and what to do now.
        message: String,
    },
    /// It was tried too often.
    #[error("Too many attempts. Try again in {seconds} seconds.")]
    TooManyAttempts {
        /// How long to wait.
        seconds: u64,
    },
    /// The server failed; the log has the cause under the same reference.
    #[error(
        "The server could not do this. Try again; if it stays, give your admin the reference {reference}."
    )]
    Internal {
        /// What to look for in the log.
        reference: String,
    },
    /// The request did not reach the server, or its answer did not come back whole.
    #[error("The server could not be reached. Check your connection and try again.")]
    Unreachable,
}

impl AppError {
    /// Refuses a form because of its fields; the first message is also the summary.
    pub fn fields(fields: Vec<FieldError>) -> Self {
        let message = match fields.as_slice() {
            [only] => only.message.clone(),
            _ => format!("{} fields need another look.", fields.len()),
        };
        Self::Invalid { message, fields }
    }

    /// Refuses a form because of one of its fields.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(field, message)])
    }

    /// Refuses what was asked, without a field to point at.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid {
            message: message.into(),
            fields: Vec::new(),
        }
    }

    /// What is wrong with this field, if anything.
    pub fn for_field(&self, name: &str) -> Option<&str> {
        match self {
            Self::Invalid { fields, .. } => fields
                .iter()
                .find(|error| error.field == name)
                .map(|error| error.message.as_str()),
            _ => None,
        }
    }

    /// Hides a failure of ours behind a reference, and writes it to the log under that reference.
    #[cfg(feature = "ssr")]
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        let reference = uuid::Uuid::now_v7().simple().to_string()[20..].to_owned();
        let mut whole = cause.to_string();
        let mut source = cause.source();
        while let Some(next) = source {
            whole.push_str(": ");
            whole.push_str(&next.to_string());
            source = next.source();
        }
        tracing::error!(reference, error = whole, "a server function failed");
        Self::Internal { reference }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::invalid("The form was not complete. Load the page again and repeat what you did.")
            }
            // A body that is no UTF-8 or no JSON, or, in the browser, the answer of a newer server.
            ServerFnErrorErr::Deserialization(_) => {
                Self::invalid("What was sent can't be read. Load the page again and repeat what you did.")
            }
            _ => Self::Unreachable,
        }
    }
}

/// What the store says, as far as the person can do something about it; anything else is a failure of ours.
#[cfg(feature = "ssr")]
impl From<heliograph_store::Error> for AppError {
    fn from(error: heliograph_store::Error) -> Self {
        use heliograph_store::Error as E;
        match &error {
            E::NotFound(what) => Self::NotFound {
                what: format!("This {what}"),
            },
            E::Conflict(what) => Self::Conflict {
                message: format!(
                    "Someone else changed this {what} in the meantime. Load the page again to see what they did."
                ),
            },
            E::InUse { what, by } => Self::Conflict {
                message: format!("This {what} is used by {by}. Take it out there first."),
            },
            _ => Self::internal(&error),
        }
    }
}

/// What the journeys say.
#[cfg(feature = "ssr")]
impl From<heliograph_journey::Error> for AppError {
    fn from(error: heliograph_journey::Error) -> Self {
        match error {
            heliograph_journey::Error::NotInOrder { .. } => Self::invalid(format!("{error}")),
            heliograph_journey::Error::Store(error) => error.into(),
        }
    }
}

/// What the audiences say.
#[cfg(feature = "ssr")]
impl From<heliograph_audience::Error> for AppError {
    fn from(error: heliograph_audience::Error) -> Self {
        use heliograph_audience::Error as E;
        let message = {
            let text = error.to_string();
            let mut letters = text.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string());
            format!(
                "{}{}.",
                first.unwrap_or_default(),
                letters.as_str().trim_end_matches('.')
            )
        };
        match error {
            E::Name { .. } | E::NameTaken { .. } => Self::field("name", message),
            E::Description { .. } => Self::field("description", message),
            E::Rule(_) => Self::invalid(message),
            E::Store(error) => error.into(),
        }
    }
}

/// What the reports say.
#[cfg(feature = "ssr")]
impl From<heliograph_report::Error> for AppError {
    fn from(error: heliograph_report::Error) -> Self {
        Self::internal(&error)
    }
}
