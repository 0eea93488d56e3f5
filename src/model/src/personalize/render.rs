//! Runs a program over a scope.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dates::Moment;
use super::functions::{Args, Function, Nulls};
use super::operate;
use super::program::{
    BinaryOp, Expr, ExprId, LoopValue, Op, Origin, PathId, Program, Root, Run, Segment, Slot, Span,
};
use super::scope::{Escape, RenderError, RenderLimits, RenderOptions, Scope};
use super::value::{Items, Num, Val};

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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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

/// What functions may use beside their arguments.
pub(crate) struct Context<'a> {
    pub(crate) scope: &'a Scope<'a>,
    limits: RenderLimits,
    work: u64,
    zone: Option<TimeZone>,
    zone_failed: bool,
    random: u64,
}

impl<'a> Context<'a> {
    /// Counts work, and ends rendering when it was too much.
    pub(crate) fn charge(&mut self, units: usize) -> Result<(), RenderError> {
        self.work = self.work.saturating_add(units as u64);
        if self.work > self.limits.work {
            return Err(RenderError::TooMuchWork {
                limit: self.limits.work,
            });
        }
        Ok(())
    }

    /// The profile's time zone; UTC where it is not known.
    pub(crate) fn zone(&mut self) -> &TimeZone {
        let failed = &mut self.zone_failed;
        let scope = self.scope;
        self.zone.get_or_insert_with(|| {
            scope.zone().unwrap_or_else(|_| {
                *failed = true;
                TimeZone::UTC
            })
        })
    }

    pub(crate) fn now(&mut self) -> Moment {
        let at = self.scope.now();
        let zone = self.zone().clone();
        Moment::zoned(at.to_zoned_datetime(zone))
    }

    /// The next number of the scope's sequence (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
    pub(crate) fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A value as text, bounded like everything that is made.
    pub(crate) fn print(&mut self, value: &Val<'a>) -> Result<String, Fault> {
        let mut bounded = Bounded {
            text: String::new(),
            limit: self.limits.output_bytes,
        };
        if value.write(&mut bounded).is_err() {
            return Err(RenderError::OutputTooLong {
                limit: self.limits.output_bytes,
            }
            .into());
        }
        self.charge(bounded.text.len())?;
        Ok(bounded.text)
    }
}

/// A text that refuses to grow past a limit.
struct Bounded {
    text: String,
    limit: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > self.limit {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// Follows the steps of a path from a value. A name on a list is looked up in each of its items.
pub(crate) fn walk<'a>(
    context: &mut Context<'a>,
    program: &'a Program,
    from: Val<'a>,
    segments: &'a [Segment],
) -> Result<Val<'a>, RenderError> {
    let mut value = from;
    for (at, segment) in segments.iter().enumerate() {
        value = match value {
            Val::Map(map) => map
                .get(program.text(segment.name))
                .map_or(Val::Null, Val::from_json),
            Val::Array(_) | Val::List(_) => {
                let items = value.items().unwrap_or(Items::Json(&[]));
                match segment.index {
                    Some(place) => items.get(place as usize),
                    None => return project(context, program, &items, &segments[at..]),
                }
            }
            _ => return Ok(Val::Null),
        };
    }
    Ok(value)
}

fn project<'a>(
    context: &mut Context<'a>,
    program: &'a Program,
    items: &Items<'a>,
    segments: &'a [Segment],
) -> Result<Val<'a>, RenderError> {
    let mut found = Vec::new();
    for item in items.iter() {
        context.charge(1 + segments.len())?;
        let nested = matches!(item, Val::Array(_) | Val::List(_));
        if nested || !matches!(item, Val::Map(_)) {
            continue;
        }
        match walk(context, program, item, segments)? {
            Val::Null => {}
            value => match value.items() {
                Some(inner) => {
                    context.charge(inner.len())?;
                    found.extend(inner.iter());
                }
                None => found.push(value),
            },
        }
    }
    Ok(Val::list(found))
}

/// What a loop goes over.
enum Source<'a> {
    List(Items<'a>),
    Entries(Vec<(&'a str, &'a Value)>),
}

impl<'a> Source<'a> {
    fn len(&self) -> usize {
        match self {
            Source::List(items) => items.len(),
            Source::Entries(entries) => entries.len(),
        }
    }

    fn get(&self, at: usize) -> Val<'a> {
        match self {
            Source::List(items) => items.get(at),
            Source::Entries(entries) => entries
                .get(at)
                .map_or(Val::Null, |(_, value)| Val::from_json(value)),
        }
    }
}

/// A value of `this`, and the loop that gave it.
struct Frame<'a> {
    this: Val<'a>,
    turn: Option<Turn<'a>>,
}

struct Turn<'a> {
    source: Source<'a>,
    at: usize,
    item: Option<Slot>,
    index: Option<Slot>,
}

/// Renders a program that has no errors.
pub(crate) fn render<'a>(
    program: &'a Program,
    scope: &'a Scope<'a>,
    options: &RenderOptions,
) -> Result<Rendered, RenderError> {
    let mut machine = Machine {
        program,
        context: Context {
            scope,
            limits: options.limits,
            work: 0,
            zone: None,
            zone_failed: false,
            random: scope.first_random(),
        },
        escape: options.escape,
        slots: vec![Val::Null; program.variables.len()],
        frames: Vec::new(),
        turns: 0,
        quiet: 0,
        out: String::with_capacity(program.source_len.min(options.limits.output_bytes)),
        warnings: Vec::new(),
        warned: Vec::new(),
    };
    machine.run()?;
    if machine.context.zone_failed {
        let name = machine.context.scope.zone().err().unwrap_or_default().to_owned();
        let message = format!("The time zone {name} is not known; dates are shown in UTC.");
        machine.warn(WarningKind::UnknownTimeZone, name, Span::default(), message);
    }
    Ok(Rendered {
        text: machine.out,
        warnings: machine.warnings,
    })
}

struct Machine<'a> {
    program: &'a Program,
    context: Context<'a>,
    escape: Escape,
    slots: Vec<Val<'a>>,
    frames: Vec<Frame<'a>>,
    turns: u32,
    /// More than 0 while an empty field is no gap in the text: in conditions, before a fallback.
    quiet: u32,
    out: String,
    warnings: Vec<RenderWarning>,
    /// Paths that were warned of.
    warned: Vec<PathId>,
}

impl<'a> Machine<'a> {
    fn run(&mut self) -> Result<(), RenderError> {
        let mut at = 0;
        while let Some(op) = self.program.ops.get(at) {
            self.context.charge(1)?;
            at += 1;
            match *op {
                Op::Text(span) => {
                    let text = self.program.text(span);
                    self.push(text)?;
                }
                Op::Emit { value, escaped } => {
                    self.quiet = 0;
                    let value = self.eval(value)?;
                    self.emit(value, escaped)?;
                }
                Op::JumpIf { condition, when, to } => {
                    if self.ask(condition)?.is_true() == when {
                        at = to as usize;
                    }
                }
                Op::Jump(to) => at = to as usize,
                Op::Each {
                    list,
                    item,
                    index,
                    otherwise,
                } => {
                    let source = self.ask(list)?;
                    if !self.enter(source, item, index)? {
                        at = otherwise as usize;
                    }
                }
                Op::Next { body } => {
                    if self.advance()? {
                        at = body as usize;
                    }
                }
                Op::With {
                    value,
                    item,
                    otherwise,
                } => {
                    let value = self.ask(value)?;
                    if value.is_empty() {
                        at = otherwise as usize;
                    } else {
                        self.set(item, value.clone());
                        self.frames.push(Frame {
                            this: value,
                            turn: None,
                        });
                    }
                }
                Op::EndWith => {
                    self.frames.pop();
                }
                Op::Let { slot, value } => {
                    let value = self.ask(value)?;
                    self.slots[slot.0 as usize] = value;
                }
            }
        }
        Ok(())
    }

    /// A value that is not printed, so that nothing is missing where it is empty.
    fn ask(&mut self, id: ExprId) -> Result<Val<'a>, RenderError> {
        self.quiet = 1;
        self.eval(id)
    }

    fn set(&mut self, slot: Option<Slot>, value: Val<'a>) {
        if let Some(slot) = slot {
            self.slots[slot.0 as usize] = value;
        }
    }

    /// Starts a loop; false if there is nothing to loop over.
    fn enter(
        &mut self,
        value: Val<'a>,
        item: Option<Slot>,
        index: Option<Slot>,
    ) -> Result<bool, RenderError> {
        let source = match value {
            Val::Map(map) => {
                self.context.charge(map.len())?;
                Source::Entries(map.iter().map(|(key, value)| (key.as_str(), value)).collect())
            }
            other => match other.items() {
                Some(items) => Source::List(items),
                None if other.is_empty() => return Ok(false),
                // A single value where a list is expected is a list of one.
                None => Source::List(Items::Made(Rc::new(vec![other]))),
            },
        };
        if source.len() == 0 {
            return Ok(false);
        }
        self.frames.push(Frame {
            this: Val::Null,
            turn: Some(Turn {
                source,
                at: 0,
                item,
                index,
            }),
        });
        self.take_item()?;
        Ok(true)
    }

    /// Goes to the loop's next item; false if it was the last, and the loop is left.
    fn advance(&mut self) -> Result<bool, RenderError> {
        let more = match self.frames.last_mut().and_then(|frame| frame.turn.as_mut()) {
            Some(turn) => {
                turn.at += 1;
                turn.at < turn.source.len()
            }
            None => false,
        };
        if more {
            self.take_item()?;
        } else {
            self.frames.pop();
        }
        Ok(more)
    }

    fn take_item(&mut self) -> Result<(), RenderError> {
        self.turns += 1;
        if self.turns > self.context.limits.loop_turns {
            return Err(RenderError::TooManyTurns {
                limit: self.context.limits.loop_turns,
            });
        }
        let Some(frame) = self.frames.last_mut() else {
            return Ok(());
        };
        let Some(turn) = &frame.turn else { return Ok(()) };
        frame.this = turn.source.get(turn.at);
        let (item, index, at, this) = (turn.item, turn.index, turn.at, frame.this.clone());
        self.set(item, this);
        self.set(index, Val::Int(at as i64));
        Ok(())
    }

    fn eval(&mut self, id: ExprId) -> Result<Val<'a>, RenderError> {
        let program = self.program;
        Ok(match *program.expr(id) {
            Expr::Invalid | Expr::Null | Expr::Property(_) => Val::Null,
            Expr::Bool(value) => Val::Bool(value),
            Expr::Int(value) => Val::Int(value),
            Expr::Float(value) => Val::float(value),
            Expr::Text(span) => Val::Text(Cow::Borrowed(program.text(span))),
            Expr::Path(path) => return self.path(path),
            Expr::Loop(value) => self.loop_value(value),
            Expr::Array(run) => {
                let mut items = Vec::with_capacity(run.len as usize);
                for item in program.list(run) {
                    items.push(self.eval(*item)?);
                }
                self.context.charge(items.len())?;
                Val::list(items)
            }
            Expr::Negate(operand) => {
                let value = self.eval(operand)?;
                match value.as_number() {
                    Some(Num::Int(number)) => number
                        .checked_neg()
                        .map_or(Val::float(-(number as f64)), Val::Int),
                    Some(Num::Float(number)) => Val::float(-number),
                    None => self.failed(id, &value, "a number"),
                }
            }
            Expr::Not(operand) => Val::Bool(!self.quietly(operand)?.is_true()),
            Expr::Binary(operator, left, right) => return self.binary(id, operator, left, right),
            Expr::Fallback(first, second) => {
                let value = self.quietly(first)?;
                if value.is_empty() {
                    self.eval(second)?
                } else {
                    value
                }
            }
            Expr::Call {
                function,
                args,
                pattern,
            } => return self.call(id, function, args, pattern),
            Expr::Member { base, segments } => {
                let value = self.eval(base)?;
                walk(&mut self.context, program, value, program.segments(segments))?
            }
            Expr::Index { base, index } => {
                let value = self.eval(base)?;
                let index = self.eval(index)?;
                self.index(&value, &index)
            }
        })
    }

    fn quietly(&mut self, id: ExprId) -> Result<Val<'a>, RenderError> {
        self.quiet += 1;
        let value = self.eval(id);
        self.quiet -= 1;
        value
    }

    fn index(&mut self, value: &Val<'a>, index: &Val<'a>) -> Val<'a> {
        match (value, value.items()) {
            (Val::Map(map), _) => match index {
                Val::Text(key) => map.get(key.as_ref()).map_or(Val::Null, Val::from_json),
                _ => Val::Null,
            },
            (_, Some(items)) => {
                let place = index.as_number().and_then(Num::as_i64);
                place
                    .and_then(|place| usize::try_from(place).ok())
                    .map_or(Val::Null, |at| items.get(at))
            }
            _ => Val::Null,
        }
    }

    fn loop_value(&self, value: LoopValue) -> Val<'a> {
        let Some(turn) = self.frames.iter().rev().find_map(|frame| frame.turn.as_ref()) else {
            return Val::Null;
        };
        match value {
            LoopValue::Index => Val::Int(turn.at as i64),
            LoopValue::First => Val::Bool(turn.at == 0),
            LoopValue::Last => Val::Bool(turn.at + 1 == turn.source.len()),
            LoopValue::Key => match &turn.source {
                Source::Entries(entries) => {
                    entries.get(turn.at).map_or(Val::Null, |(key, _)| Val::text(*key))
                }
                Source::List(_) => Val::Int(turn.at as i64),
            },
        }
    }

    fn path(&mut self, id: PathId) -> Result<Val<'a>, RenderError> {
        let program = self.program;
        let path = program.path(id);
        let segments = program.segments(path.segments);
        let from = match path.origin {
            Origin::Root(Root::Now) => Val::Date(Rc::new(self.context.now())),
            Origin::Root(root) => self.context.scope.root(root).map_or(Val::Null, Val::from_json),
            Origin::Variable(slot) => self.slots[slot.0 as usize].clone(),
            Origin::This(up) => {
                let place = self.frames.len().checked_sub(up as usize + 1);
                place.map_or(Val::Null, |place| self.frames[place].this.clone())
            }
            Origin::Item => Val::Null,
        };
        let value = walk(&mut self.context, program, from, segments)?;
        if self.quiet == 0 && value.is_empty() {
            self.empty(id);
        }
        Ok(value)
    }

    fn empty(&mut self, id: PathId) {
        if self.warnings.len() >= MAX_WARNINGS || self.warned.contains(&id) {
            return;
        }
        self.warned.push(id);
        let path = self.program.path(id);
        let shown = match path.origin {
            Origin::Variable(slot) if path.segments.len == 0 => self
                .program
                .variable(slot)
                .alias_of
                .map_or(path.span, |alias| self.program.path(alias).span),
            _ => path.span,
        };
        let field = self.program.text(shown).to_owned();
        let message = format!("{field} is empty and has no fallback.");
        self.warn(WarningKind::EmptyField, field, path.span, message);
    }

    fn warn(&mut self, kind: WarningKind, field: String, span: Span, message: String) {
        if self.warnings.len() < MAX_WARNINGS {
            let (offset, length) = (span.start(), span.len());
            self.warnings.push(RenderWarning {
                kind,
                field,
                offset,
                length,
                message,
            });
        }
    }

    /// Notes that a value is not what an operator wants; the result is empty.
    fn failed(&mut self, id: ExprId, value: &Val<'a>, wanted: &str) -> Val<'a> {
        // An empty value was warned of, or has a fallback.
        if !value.is_null() {
            self.conversion(id, format!("{} is not {wanted}", value.type_name()));
        }
        Val::Null
    }

    fn conversion(&mut self, id: ExprId, reason: String) {
        let span = self.program.span(id);
        let field = self.program.text(span).to_owned();
        let message = format!("{field}: {reason}.");
        self.warn(WarningKind::FailedConversion, field, span, message);
    }

    fn binary(
        &mut self,
        id: ExprId,
        operator: BinaryOp,
        left: ExprId,
        right: ExprId,
    ) -> Result<Val<'a>, RenderError> {
        match operator {
            BinaryOp::And => {
                let holds = self.quietly(left)?.is_true() && self.quietly(right)?.is_true();
                Ok(Val::Bool(holds))
            }
            BinaryOp::Or => {
                let holds = self.quietly(left)?.is_true() || self.quietly(right)?.is_true();
                Ok(Val::Bool(holds))
            }
            BinaryOp::Add
            | BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::Remainder => {
                let left = self.eval(left)?;
                let right = self.eval(right)?;
                match operate::arithmetic(&mut self.context, operator, left, right) {
                    Ok(value) => Ok(value),
                    Err(Fault::Stop(error)) => Err(error),
                    Err(Fault::Failed(reason)) => {
                        self.conversion(id, reason);
                        Ok(Val::Null)
                    }
                }
            }
            _ => {
                let left = self.quietly(left)?;
                let right = self.quietly(right)?;
                self.context
                    .charge(operate::weight(&left).min(operate::weight(&right)))?;
                Ok(Val::Bool(operate::compare(operator, &left, &right)))
            }
        }
    }

    fn call(
        &mut self,
        id: ExprId,
        function: &'static Function,
        args: Run,
        pattern: Option<u32>,
    ) -> Result<Val<'a>, RenderError> {
        // Calls with few arguments, nearly all, need no memory of their own.
        const INLINE: usize = 4;
        let program = self.program;
        let ids = program.list(args);
        let mut inline: [Val<'a>; INLINE] = Default::default();
        let mut longer = if ids.len() > INLINE {
            vec![Val::Null; ids.len()]
        } else {
            Vec::new()
        };
        let values = if ids.len() > INLINE {
            &mut longer[..]
        } else {
            &mut inline[..ids.len()]
        };
        let asks = function.nulls == Nulls::Asks;
        self.quiet += u32::from(asks);
        let mut property = None;
        let mut missing = false;
        for (at, (value, id)) in values.iter_mut().zip(ids).enumerate() {
            if let Expr::Property(path) = program.expr(*id) {
                property = Some(program.path(*path));
                continue;
            }
            *value = self.eval(*id)?;
            missing |= value.is_null() && at < function.arity().0;
        }
        self.quiet -= u32::from(asks);
        if missing && function.nulls == Nulls::Empty {
            return Ok(Val::Null);
        }
        self.context.charge(1)?;
        let mut args = Args {
            values,
            context: &mut self.context,
            program,
            property,
            pattern: pattern.map(|at| &program.patterns[at as usize]),
            warning: None,
        };
        let result = (function.run)(&mut args);
        let warning = args.warning;
        match result {
            Ok(value) => {
                if let Some(warning) = warning {
                    self.conversion(id, warning);
                }
                Ok(value)
            }
            Err(Fault::Stop(error)) => Err(error),
            Err(Fault::Failed(reason)) => {
                self.conversion(id, reason);
                Ok(Val::Null)
            }
        }
    }

    fn push(&mut self, text: &str) -> Result<(), RenderError> {
        if self.out.len() + text.len() > self.context.limits.output_bytes {
            return Err(RenderError::OutputTooLong {
                limit: self.context.limits.output_bytes,
            });
        }
        self.out.push_str(text);
        Ok(())
    }

    fn emit(&mut self, value: Val<'a>, escaped: bool) -> Result<(), RenderError> {
        let escaped = escaped && self.escape == Escape::Html;
        match &value {
            Val::Null => Ok(()),
            Val::Text(text) if escaped => self.push_escaped(text),
            Val::Text(text) => self.push(text),
            other => {
                let limit = self.context.limits.output_bytes;
                let start = self.out.len();
                let mut bounded = Bounded {
                    text: std::mem::take(&mut self.out),
                    limit,
                };
                let written = other.write(&mut bounded);
                self.out = bounded.text;
                if written.is_err() {
                    return Err(RenderError::OutputTooLong { limit });
                }
                if escaped && self.out[start..].contains(NEEDS_ESCAPE) {
                    let plain = self.out.split_off(start);
                    self.push_escaped(&plain)?;
                }
                self.context.charge(self.out.len() - start)
            }
        }
    }

    /// Escapes what Handlebars escapes (<https://handlebarsjs.com/guide/#html-escaping>).
    fn push_escaped(&mut self, text: &str) -> Result<(), RenderError> {
        let mut rest = text;
        while let Some(at) = rest.find(NEEDS_ESCAPE) {
            self.push(&rest[..at])?;
            self.push(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\'' => "&#x27;",
                b'`' => "&#x60;",
                _ => "&#x3D;",
            })?;
            rest = &rest[at + 1..];
        }
        self.push(rest)
    }
}

const NEEDS_ESCAPE: [char; 7] = ['&', '<', '>', '"', '\'', '`', '='];
