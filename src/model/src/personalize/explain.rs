//! How a text came about.

use serde::{Deserialize, Serialize};

use super::program::{Expr, ExprId, PathId, Program};
use super::render::{Machine, Rendered};
use super::scope::RenderError;
use super::value::Val;

/// Steps kept; a long loop repeats itself.
const MAX_STEPS: usize = 500;
/// Characters of a value that are shown.
const MAX_SHOWN: usize = 200;

/// A text and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What [`render`](super::Template::render) gives.
    pub rendered: Rendered,
    /// What was done, in order; at most 500 steps.
    pub steps: Vec<Step>,
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A value was printed.
    Printed,
    /// A condition was asked, or the value of `with`.
    Condition {
        /// Whether it held.
        holds: bool,
        /// Whether the part under it is in the text: under `unless`, where it did not hold.
        shown: bool,
    },
    /// A loop was entered.
    Loop {
        /// Over how many items it goes.
        items: usize,
    },
    /// A variable was set.
    Variable {
        /// Its name.
        name: String,
    },
}

/// One thing that was done while a text was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was done.
    pub kind: StepKind,
    /// The expression, as the template has it.
    pub expression: String,
    /// Its place in the template, in bytes.
    pub offset: usize,
    /// The length of that place in bytes.
    pub length: usize,
    /// Its value, shortened to 200 characters.
    pub value: String,
    /// The fields in it, and what they were.
    pub fields: Vec<FieldValue>,
    /// What stood in for what was empty: the values after `?:` that were used.
    pub stood_in: Vec<StoodIn>,
    /// Why its value, or a part of it, is empty or not what was asked for: a sentence for each conversion that failed.
    pub failures: Vec<String>,
}

/// A field and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldValue {
    /// The field, as the template names it.
    pub field: String,
    /// Its value, shortened to 200 characters; empty if the field was.
    pub value: String,
    /// Whether the field was missing or empty.
    pub empty: bool,
}

/// A value that stood in for an empty one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoodIn {
    /// What was empty, as the template has it.
    pub expression: String,
    /// What stood in for it, shortened to 200 characters.
    pub value: String,
}

impl<'a> Machine<'a> {
    /// Notes a step, if somebody asked for them.
    #[inline]
    pub(super) fn trace(&mut self, kind: StepKind, id: ExprId, value: &Val<'a>) -> Result<(), RenderError> {
        if self.notes() {
            self.note(kind, id, value)
        } else {
            Ok(())
        }
    }

    /// Whether the next step is to be noted.
    pub(super) fn notes(&self) -> bool {
        matches!(&self.steps, Some(steps) if steps.len() < MAX_STEPS)
    }

    /// Notes that a value stood in for an empty one in the step that is being done.
    #[cold]
    pub(super) fn stands_in(&mut self, missing: ExprId, value: &Val<'a>) {
        if self.stood_in.len() < MAX_STEPS && !value.is_empty() {
            self.stood_in.push(StoodIn {
                expression: self.program.text(self.program.span(missing)).to_owned(),
                value: shown(value),
            });
        }
    }

    #[cold]
    pub(super) fn note(&mut self, kind: StepKind, id: ExprId, value: &Val<'a>) -> Result<(), RenderError> {
        let program = self.program;
        let mut paths = Vec::new();
        paths_in(program, id, &mut paths);
        let mut fields = Vec::with_capacity(paths.len());
        self.quiet += 1;
        for path in paths {
            let value = self.path(path)?;
            let field = program.text(program.path(path).span).to_owned();
            fields.push(FieldValue {
                field,
                value: shown(&value),
                empty: value.is_empty(),
            });
        }
        self.quiet -= 1;
        let span = program.span(id);
        let place = program.place(span);
        let step = Step {
            kind,
            expression: program.text(span).to_owned(),
            offset: place.start(),
            length: place.len(),
            value: shown(value),
            fields,
            stood_in: std::mem::take(&mut self.stood_in),
            failures: std::mem::take(&mut self.failures),
        };
        if let Some(steps) = &mut self.steps {
            steps.push(step);
        }
        Ok(())
    }
}

/// The start of a value's text.
fn shown(value: &Val<'_>) -> String {
    struct Short {
        text: String,
        left: usize,
    }
    impl std::fmt::Write for Short {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            for character in text.chars() {
                if self.left == 0 {
                    self.text.push('…');
                    return Err(std::fmt::Error);
                }
                self.left -= 1;
                self.text.push(character);
            }
            Ok(())
        }
    }
    let mut short = Short {
        text: String::new(),
        left: MAX_SHOWN,
    };
    // An error means that the text was cut, which shows.
    let _ = value.write(&mut short);
    short.text
}

/// The paths in an expression, each once.
fn paths_in(program: &Program, id: ExprId, found: &mut Vec<PathId>) {
    match *program.expr(id) {
        Expr::Path(path) => {
            let text = program.text(program.path(path).span);
            if !found
                .iter()
                .any(|known| program.text(program.path(*known).span) == text)
            {
                found.push(path);
            }
        }
        Expr::Negate(inner) | Expr::Not(inner) | Expr::Member { base: inner, .. } => {
            paths_in(program, inner, found);
        }
        Expr::Binary(_, left, right)
        | Expr::Fallback(left, right)
        | Expr::Index {
            base: left,
            index: right,
        } => {
            paths_in(program, left, found);
            paths_in(program, right, found);
        }
        Expr::Array(run) | Expr::Call { args: run, .. } => {
            for item in program.list(run) {
                paths_in(program, *item, found);
            }
        }
        Expr::Invalid
        | Expr::Null
        | Expr::Bool(_)
        | Expr::Int(_)
        | Expr::Float(_)
        | Expr::Text(_)
        | Expr::Loop(_)
        | Expr::Property(_) => {}
    }
}
