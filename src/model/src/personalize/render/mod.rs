//! Runs a program over a scope.

mod context;
mod eval;
mod machine;
mod output;
mod walk;

use serde::{Deserialize, Serialize};

use super::scope::RenderError;
pub(crate) use context::Context;
pub(crate) use machine::{Machine, render};
pub(crate) use walk::walk;

/// Warnings kept for one rendering.
const MAX_WARNINGS: usize = 100;

/// The kind of a [`RenderWarning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WarningKind {
    /// A field that is printed was empty and had no fallback.
    EmptyField,
    /// A value could not be used as the template wants it.
    FailedConversion,
    /// The profile's time zone is not known; UTC was used.
    UnknownTimeZone,
}

/// Something that the text lacks for this profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderWarning {
    /// What happened.
    pub kind: WarningKind,
    /// The field concerned, as the template names it, or the expression that failed.
    pub field: String,
    /// Its place in the template, in bytes.
    pub offset: usize,
    /// The length of that place in bytes.
    pub length: usize,
    /// One sentence for the author.
    pub message: String,
}

/// The text for one profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// What it lacks.
    pub warnings: Vec<RenderWarning>,
}

/// Why an expression has no value.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A limit was reached: rendering ends.
    Stop(RenderError),
    /// This value cannot be had: it is empty, and a warning says so.
    Failed(String),
}

impl From<RenderError> for Fault {
    fn from(error: RenderError) -> Fault {
        Fault::Stop(error)
    }
}
