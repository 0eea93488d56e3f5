//! The steps of an explanation in plain words.

use super::explain::{Step, StepKind};

/// A step in plain words: what it is about, what became of it, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepWords {
    /// What it is about, as the template has it: an expression, or the name of a variable.
    pub about: String,
    /// The rest of the sentence: "gives “Ada”."
    pub says: String,
    /// Why.
    pub because: Vec<Because>,
}

/// One reason for what a step says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// Something in the template, and the rest of the sentence about it.
    Of {
        /// A field or an expression, as the template has it.
        about: String,
        /// The rest of the sentence: "is empty."
        says: String,
    },
    /// A conversion that failed, in a sentence.
    Failed(String),
}

impl Step {
    /// The step in plain words.
    pub fn in_words(&self) -> StepWords {
        let mut because = Vec::new();
        let of = |about: &str, says: String| Because::Of {
            about: about.to_owned(),
            says,
        };
        let about = match &self.kind {
            StepKind::Variable { name } => {
                if !self.is_field() {
                    because.push(of(&self.expression, "gives it.".to_owned()));
                }
                name
            }
            StepKind::Printed | StepKind::Condition { .. } | StepKind::Loop { .. } => &self.expression,
        };
        let replaced = |field: &str| self.stood_in.iter().any(|one| one.expression == field);
        let others = self.fields.iter().filter(|one| one.field != *about);
        because.extend(
            others
                .filter(|one| !replaced(&one.field))
                .map(|one| of(&one.field, format!("{}.", is(&one.value)))),
        );
        because.extend(self.failures.iter().cloned().map(Because::Failed));
        because.extend(self.stood_in.iter().map(|one| {
            let says = format!("is empty, so “{}” stands in.", one.value);
            of(&one.expression, says)
        }));
        StepWords {
            about: about.clone(),
            says: self.says(),
            because,
        }
    }

    /// Whether the expression is a field or a variable and nothing else.
    fn is_field(&self) -> bool {
        matches!(self.fields.as_slice(), [one] if one.field == self.expression)
    }

    fn says(&self) -> String {
        match &self.kind {
            StepKind::Printed if self.value.is_empty() && self.is_field() => {
                "is empty: nothing is printed.".to_owned()
            }
            StepKind::Printed if self.value.is_empty() => "gives nothing.".to_owned(),
            StepKind::Printed => format!("gives “{}”.", self.value),
            StepKind::Variable { .. } if self.value.is_empty() => "is set, and is empty.".to_owned(),
            StepKind::Variable { .. } => format!("is set to “{}”.", self.value),
            StepKind::Condition { holds, shown } => {
                let what = match (self.is_field(), holds) {
                    (true, _) => is(&self.value),
                    (false, true) => "holds".to_owned(),
                    (false, false) => "does not hold".to_owned(),
                };
                let part = if *shown { "shown" } else { "left out" };
                format!("{what}, so its part is {part}.")
            }
            StepKind::Loop { items: 0 } => "has no items, so its part is left out.".to_owned(),
            StepKind::Loop { items: 1 } => "has 1 item, so its part is there once.".to_owned(),
            StepKind::Loop { items } => format!("has {items} items: its part is there for each."),
        }
    }
}

fn is(value: &str) -> String {
    if value.is_empty() {
        "is empty".to_owned()
    } else {
        format!("is “{value}”")
    }
}
