//! The compact program that a template is compiled to.

mod root;

use std::collections::BTreeMap;

use regex_lite::Regex;

use crate::personalize::dates::pattern::Pattern;
use crate::personalize::fragment::{Argument, Need};
use crate::personalize::functions::Function;
pub use root::Root;

/// A range of bytes in the template's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// A range; the parser refuses sources whose offsets would not fit.
    pub(crate) fn new(start: usize, end: usize) -> Span {
        Span {
            start: start as u32,
            end: end as u32,
        }
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.end as usize
    }

    pub(crate) fn len(self) -> usize {
        self.end().saturating_sub(self.start())
    }

    pub(crate) fn to(self, other: Span) -> Span {
        Span {
            start: self.start,
            end: other.end,
        }
    }
}

/// A run of entries in one of the program's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Run {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Run {
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// Index of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExprId(pub(crate) u32);

/// Index of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PathId(pub(crate) u32);

/// Index of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(pub(crate) u32);

/// One instruction. Jumps name the index of the next instruction.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// Write a part of the pool as it is.
    Text(Span),
    /// Write the value of an expression.
    Emit { value: ExprId, escaped: bool },
    /// Go on at `to` if the condition does not hold (`when` is the outcome that jumps).
    JumpIf { condition: ExprId, when: bool, to: u32 },
    /// Go on at `to`.
    Jump(u32),
    /// Enter a loop over a list, or go to `otherwise` if there is nothing to loop over.
    Each {
        list: ExprId,
        item: Option<Slot>,
        index: Option<Slot>,
        otherwise: u32,
    },
    /// Take the loop's next item and go back to `body`, or leave the loop.
    Next { body: u32 },
    /// Make a value the meaning of `this`, or go to `otherwise` if it is empty.
    With {
        value: ExprId,
        item: Option<Slot>,
        otherwise: u32,
    },
    /// Leave the innermost `with`.
    EndWith,
    /// Set a variable.
    Let { slot: Slot, value: ExprId },
    /// Keep what is written from here on out of the text.
    Capture,
    /// Make what was kept out the value of a variable, or drop it.
    EndCapture { slot: Option<Slot> },
}

/// One node of an expression.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    /// Stands where the source has an error; a program with one is never run.
    Invalid,
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A part of the pool.
    Text(Span),
    Path(PathId),
    /// `@index` and its kin.
    Loop(LoopValue),
    Array(Run),
    Negate(ExprId),
    Not(ExprId),
    Binary(BinaryOp, ExprId, ExprId),
    Fallback(ExprId, ExprId),
    Call {
        function: &'static Function,
        args: Run,
        compiled: Option<u32>,
    },
    /// Fields of a value that is not a plain path: `head(x).name`.
    Member {
        base: ExprId,
        segments: Run,
    },
    /// An item of a value that is not a plain path, or at a computed place.
    Index {
        base: ExprId,
        index: ExprId,
    },
    /// The bare name of a property, as `topN(orders, price, 3)` takes it.
    Property(PathId),
}

/// The values that a loop gives beside its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoopValue {
    Index,
    First,
    Last,
    Key,
}

impl LoopValue {
    /// The value of a name without its sign.
    pub(crate) fn named(name: &str) -> Option<LoopValue> {
        Some(match name {
            "index" => LoopValue::Index,
            "first" => LoopValue::First,
            "last" => LoopValue::Last,
            "key" => LoopValue::Key,
            _ => return None,
        })
    }
}

/// The operators between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// Where a path starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Root(Root),
    Variable(Slot),
    /// The value of an enclosing `each` or `with`; 0 is the innermost.
    This(u32),
    /// A field of the innermost `this` where that has one of the root's name, and else the root. The name is the first step.
    ThisOr(Root),
    /// The start of a bare property name: the item that it is looked up in.
    Item,
}

/// A path, split when the template was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    pub(crate) origin: Origin,
    pub(crate) segments: Run,
    pub(crate) span: Span,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segment {
    /// The name, as a part of the pool.
    pub(crate) name: Span,
    /// The name as a place in a list, where it is a number.
    pub(crate) index: Option<u32>,
}

/// A variable: set by `let`, or named by a block (`as |x|`).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variable {
    /// Where it was first named.
    pub(crate) name: Span,
    pub(crate) kind: VariableKind,
    /// Whether an expression reads it.
    pub(crate) used: bool,
    /// The path it stands for, where it was set once from a plain path.
    pub(crate) alias_of: Option<PathId>,
}

/// How a variable came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VariableKind {
    Let,
    BlockItem,
    BlockIndex,
    /// A value that was given to a fragment.
    Argument,
    /// A field of a fragment with a text of its own, which a caller may replace: `#inline`.
    Inline,
    /// A name that a fragment leaves to its callers.
    Asked,
}

/// An argument that is a small language of its own, read when the template was.
#[derive(Debug, Clone)]
pub(crate) enum Compiled {
    Regex(Regex),
    Date(Pattern),
}

/// A fragment's text in the pool.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) text: Span,
    /// Where it was first called: in the template, or in a fragment before.
    pub(crate) call: Span,
}

/// A compiled template.
#[derive(Debug, Clone, Default)]
pub(crate) struct Program {
    /// The source, followed by those of its fragments, and the texts in quotes that had escapes.
    pub(crate) pool: String,
    /// How much of the pool is the template's own source.
    pub(crate) source_len: usize,
    /// The fragments that may be called.
    pub(crate) regions: Vec<Region>,
    pub(crate) ops: Vec<Op>,
    pub(crate) exprs: Vec<Expr>,
    /// The place of each expression, by its index.
    pub(crate) spans: Vec<Span>,
    /// Arguments and items, referred to by runs.
    pub(crate) lists: Vec<ExprId>,
    pub(crate) paths: Vec<Path>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) variables: Vec<Variable>,
    /// The regular expressions and date patterns written out in the template.
    pub(crate) compiled: Vec<Compiled>,
    /// Bare names inside of blocks that are nearly those of variables, and the variables.
    pub(crate) nearly: BTreeMap<PathId, Slot>,
}

impl Program {
    pub(crate) fn source(&self) -> &str {
        &self.pool[..self.source_len]
    }

    pub(crate) fn text(&self, span: Span) -> &str {
        &self.pool[span.start()..span.end()]
    }

    /// The fragment that a place lies in.
    pub(crate) fn region(&self, span: Span) -> Option<&Region> {
        if span.start() <= self.source_len {
            return None;
        }
        let inside = |region: &&Region| (region.text.start..=region.text.end).contains(&span.start);
        self.regions.iter().find(inside)
    }

    /// The names of the fragments that are called.
    pub(crate) fn called_fragments(&self) -> impl Iterator<Item = &str> {
        let called = self.regions.iter().filter(|region| region.call.len() > 0);
        called.map(|region| region.name.as_str())
    }

    /// What a fragment that was read by itself lets its callers give.
    pub(crate) fn arguments(&self) -> Vec<Argument> {
        let mut found: Vec<Argument> = Vec::new();
        for variable in &self.variables {
            let need = match variable.kind {
                VariableKind::Asked => Need::Required,
                VariableKind::Inline => Need::HasText,
                VariableKind::Let
                | VariableKind::BlockItem
                | VariableKind::BlockIndex
                | VariableKind::Argument => continue,
            };
            let name = self.text(variable.name).to_owned();
            found.push(Argument { name, need });
        }
        found
    }

    /// The place in the template's own source: for one inside a fragment, where that was called.
    pub(crate) fn place(&self, span: Span) -> Span {
        let mut place = span;
        // A fragment is called before those that it calls, so that this ends.
        for _ in 0..=self.regions.len() {
            match self.region(place) {
                Some(region) => place = region.call,
                None => return place,
            }
        }
        Span::default()
    }

    pub(crate) fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    pub(crate) fn span(&self, id: ExprId) -> Span {
        self.spans[id.0 as usize]
    }

    pub(crate) fn path(&self, id: PathId) -> &Path {
        &self.paths[id.0 as usize]
    }

    pub(crate) fn segments(&self, run: Run) -> &[Segment] {
        &self.segments[run.range()]
    }

    pub(crate) fn list(&self, run: Run) -> &[ExprId] {
        &self.lists[run.range()]
    }

    pub(crate) fn variable(&self, slot: Slot) -> &Variable {
        &self.variables[slot.0 as usize]
    }
}
