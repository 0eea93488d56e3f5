//! How the texts of a message came about for one person.

use serde::{Deserialize, Serialize};

use super::{CompiledContent, ContentField};
use crate::personalize::{Explanation, RenderOptions, Scope};

/// A text of a message that depends on whom it is for, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedText {
    /// Which.
    pub field: ContentField,
    /// How it came about.
    pub told: Told,
}

/// How a text came about, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// It was made, in steps.
    Text(Explanation),
    /// It could not be made: the reason, in a sentence without its end.
    Fault(String),
}

impl CompiledContent {
    /// How each text came about for one person, in the order of the content; those in which there is nothing to work out
    /// are left out. What it says of a text is what [`Self::render`] makes of it.
    pub fn explain(&self, scope: &Scope<'_>) -> Vec<ExplainedText> {
        let options = RenderOptions::default();
        self.templates()
            .filter_map(|(field, template)| {
                let told = match template.explain(scope, &options) {
                    Ok(explanation) if explanation.steps.is_empty() => return None,
                    Ok(explanation) => Told::Text(explanation),
                    Err(fault) => Told::Fault(fault.to_string()),
                };
                Some(ExplainedText { field, told })
            })
            .collect()
    }
}
