//! How a text came about.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::program::{Expr, ExprId, PathId, Program};
use super::render::{Machine, Rendered, walk};
use super::scope::RenderError;
use super::value::Val;

/// Steps kept outside of loops.
const MAX_STEPS: usize = 500;
/// Steps kept inside of loops, all together.
const MAX_LOOP_STEPS: usize = 400;
/// How often what stands in a loop is noted; a long one repeats itself.
const MAX_TURNS: u32 = 10;
/// What stood in for something, kept for one step.
const MAX_STOOD_IN: usize = 500;
/// Characters of a value that are shown.
const MAX_SHOWN: usize = 200;

/// A text and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What [`render`](super::Template::render) gives.
    pub rendered: Rendered,
    /// What was done, in order; of what a loop repeats only the first ten times, and no more than 900 in all.
    pub steps: Vec<Step>,
    /// How many steps were left out of these.
    pub left_out: usize,
}

/// What is noted while a text is made.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) steps: Vec<Step>,
    pub(crate) left_out: usize,
    in_loops: usize,
    turns: BTreeMap<ExprId, u32>,
    /// The work of noting, which has a limit of its own: that somebody asks for the reasons must not stop a text.
    work: u64,
    /// Whether that limit was reached.
    spent: bool,
}

impl Notes {
    /// Whether a step is kept.
    fn keeps(&mut self, id: ExprId, in_loop: bool) -> bool {
        if self.spent {
            return false;
        }
        if !in_loop {
            return self.steps.len() - self.in_loops < MAX_STEPS;
        }
        let turns = self.turns.entry(id).or_default();
        let keeps = *turns < MAX_TURNS && self.in_loops < MAX_LOOP_STEPS;
        if keeps {
            *turns += 1;
            self.in_loops += 1;
        }
        keeps
    }
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
    /// Says that a step begins.
    #[inline]
    pub(super) fn begin(&mut self, id: ExprId) {
        if self.notes.is_some() {
            self.begin_noted(id);
        }
    }

    #[cold]
    fn begin_noted(&mut self, id: ExprId) {
        let in_loop = self.frames.iter().any(|frame| frame.turn.is_some());
        if let Some(notes) = &mut self.notes {
            self.noting = notes.keeps(id, in_loop);
            notes.left_out += usize::from(!self.noting);
        }
    }

    /// Notes a step, if it is to be kept.
    #[inline]
    pub(super) fn trace(&mut self, kind: StepKind, id: ExprId, value: &Val<'a>) -> Result<(), RenderError> {
        if self.noting {
            self.note(kind, id, value)
        } else {
            Ok(())
        }
    }

    /// Notes that a value stood in for an empty one in the step that is being done.
    #[cold]
    pub(super) fn stands_in(&mut self, missing: ExprId, value: &Val<'a>) {
        if self.stood_in.len() < MAX_STOOD_IN && !value.is_empty() {
            self.stood_in.push(StoodIn {
                expression: self.program.text(self.program.span(missing)).to_owned(),
                value: shown(value),
            });
        }
    }

    #[cold]
    pub(super) fn note(&mut self, kind: StepKind, id: ExprId, value: &Val<'a>) -> Result<(), RenderError> {
        let stood_in = std::mem::take(&mut self.stood_in);
        let failures = std::mem::take(&mut self.failures);
        let Some(fields) = self.fields_of(id)? else {
            if let Some(notes) = &mut self.notes {
                notes.spent = true;
                notes.left_out += 1;
            }
            return Ok(());
        };
        let program = self.program;
        let span = program.span(id);
        let place = program.place(span);
        let step = Step {
            kind,
            expression: program.text(span).to_owned(),
            offset: place.start(),
            length: place.len(),
            value: shown(value),
            fields,
            stood_in,
            failures,
        };
        if let Some(notes) = &mut self.notes {
            notes.steps.push(step);
        }
        Ok(())
    }

    /// The fields in an expression and their values; nothing if finding them is too much work.
    fn fields_of(&mut self, id: ExprId) -> Result<Option<Vec<FieldValue>>, RenderError> {
        let mut reads = Vec::new();
        reads_in(self.program, id, &mut reads);
        let noted = self.notes.as_ref().map_or(0, |notes| notes.work);
        let text = self.context.work(noted);
        self.quiet += 1;
        let fields = reads.into_iter().map(|read| self.field(&read)).collect();
        self.quiet -= 1;
        let noted = self.context.work(text);
        if let Some(notes) = &mut self.notes {
            notes.work = noted;
        }
        match fields {
            Ok(fields) => Ok(Some(fields)),
            Err(RenderError::TooMuchWork { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn field(&mut self, read: &Read) -> Result<FieldValue, RenderError> {
        let program = self.program;
        let mut value = self.path(read.path)?;
        if let Some(property) = read.property {
            let segments = program.segments(program.path(property).segments);
            value = walk(&mut self.context, program, value, segments)?;
        }
        Ok(FieldValue {
            field: read.name(program),
            value: shown(&value),
            empty: value.is_empty(),
        })
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

/// A field that an expression reads.
struct Read {
    path: PathId,
    /// The property of its items that is read, as `topN(orders, price, 3)` does.
    property: Option<PathId>,
}

impl Read {
    /// The field, as the template names it.
    fn name(&self, program: &Program) -> String {
        let text = |path: PathId| program.text(program.path(path).span);
        match self.property {
            Some(property) => format!("{}.{}", text(self.path), text(property).trim_matches(['"', '\''])),
            None => text(self.path).to_owned(),
        }
    }
}

/// The fields in an expression, each once.
fn reads_in(program: &Program, id: ExprId, found: &mut Vec<Read>) {
    match *program.expr(id) {
        Expr::Path(path) => {
            let read = Read { path, property: None };
            add(program, read, found);
        }
        Expr::Negate(inner) | Expr::Not(inner) | Expr::Member { base: inner, .. } => {
            reads_in(program, inner, found);
        }
        Expr::Binary(_, left, right)
        | Expr::Fallback(left, right)
        | Expr::Index {
            base: left,
            index: right,
        } => {
            reads_in(program, left, found);
            reads_in(program, right, found);
        }
        Expr::Array(run) | Expr::Call { args: run, .. } => {
            for item in program.list(run) {
                match *program.expr(*item) {
                    // The list comes first, and the property is of its items.
                    Expr::Property(property) => {
                        let list = program.list(run)[0];
                        if let Some(path) = first_path(program, list) {
                            let property = Some(property);
                            add(program, Read { path, property }, found);
                        }
                    }
                    _ => reads_in(program, *item, found),
                }
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

fn add(program: &Program, read: Read, found: &mut Vec<Read>) {
    let name = read.name(program);
    if !found.iter().any(|known| known.name(program) == name) {
        found.push(read);
    }
}

fn first_path(program: &Program, id: ExprId) -> Option<PathId> {
    let mut found = Vec::new();
    reads_in(program, id, &mut found);
    found.first().map(|read| read.path)
}
