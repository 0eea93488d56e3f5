//! The text of one push, made for a person and weighed: for what is sent, and to tell beforehand what would be.

use std::fmt;

use heliograph_model::{
    delivery::{Exclusion, Outcome},
    payload::{self, CompiledContent, Correlation, Payload, RenderFault, RenderedContent, Target},
    personalize::Scope,
};
use heliograph_store::deliveries::End;

use super::Early;

/// A push that may be sent.
pub(crate) struct Written {
    pub(crate) rendered: RenderedContent,
    pub(crate) payload: Payload,
}

/// Why a person's text can't be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// A template fails for them.
    NotPersonalised(RenderFault),
    /// These fields are empty, and the message is not to be sent then.
    FieldEmpty(Vec<String>),
    /// It is too large.
    TooLarge(Payload),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPersonalised(fault) => fault.fmt(f),
            Self::FieldEmpty(fields) => write!(f, "empty: {}", fields.join(", ")),
            Self::TooLarge(payload) => {
                let excess = payload.excess().unwrap_or_default();
                write!(
                    f,
                    "{excess} bytes too many: {} of {}",
                    payload.bytes, payload.limit
                )
            }
        }
    }
}

impl From<Unfit> for Early {
    fn from(unfit: Unfit) -> Self {
        let failed = |outcome| End::Failed { outcome };
        let end = match unfit {
            Unfit::NotPersonalised(_) => failed(Outcome::NotPersonalised),
            Unfit::FieldEmpty(_) => End::Excluded(Exclusion::FieldEmpty),
            Unfit::TooLarge(_) => failed(Outcome::TooLarge),
        };
        Self::new(end, unfit.to_string())
    }
}

/// Makes the text that a device gets, and its payload.
///
/// # Errors
/// What can't be sent, and why.
pub(crate) fn write(
    compiled: &CompiledContent,
    scope: &Scope<'_>,
    correlation: &Correlation,
    target: Target<'_>,
) -> Result<Written, Unfit> {
    let rendered = compiled.render(scope).map_err(Unfit::NotPersonalised)?;
    if compiled.needs_all_fields() {
        let empty = rendered.empty_fields();
        if !empty.is_empty() {
            return Err(Unfit::FieldEmpty(empty.into_iter().map(str::to_owned).collect()));
        }
    }
    let payload = payload::build(&rendered, correlation, target);
    match payload.excess() {
        Some(_) => Err(Unfit::TooLarge(payload)),
        None => Ok(Written { rendered, payload }),
    }
}
