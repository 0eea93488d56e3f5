//! Carries out a program's instructions.

use std::cell::RefCell;

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use serde_json::Value;

use super::{Context, RenderWarning, Rendered, WarningKind};
use crate::personalize::explain::{Notes, StepKind, StoodIn};
use crate::personalize::program::{ExprId, Op, PathId, Program, Slot, Span};
use crate::personalize::scope::{Escape, RenderError, RenderOptions, Scope};
use crate::personalize::value::{Items, Val};

/// What a loop goes over.
pub(crate) enum Source<'a> {
    List(Items<'a>),
    Entries(&'a [(&'a str, &'a Value)]),
}

impl<'a> Source<'a> {
    pub(super) fn len(&self) -> usize {
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
pub(crate) struct Frame<'a> {
    pub(super) this: Val<'a>,
    pub(crate) turn: Option<Turn<'a>>,
}

pub(crate) struct Turn<'a> {
    pub(super) source: Source<'a>,
    pub(super) at: usize,
    item: Option<Slot>,
    index: Option<Slot>,
}

thread_local! {
    /// Kept from rendering to rendering, so that after the first few none asks the system for memory but for its text.
    static ARENA: RefCell<Bump> = RefCell::new(Bump::with_capacity(16 * 1024));
}

/// Most memory that the arena keeps while nothing is rendered, in bytes.
const KEPT: usize = 1024 * 1024;

/// Renders a program that has no errors; with `notes`, notes there what is done.
pub(crate) fn render(
    program: &Program,
    scope: &Scope<'_>,
    options: &RenderOptions,
    notes: Option<&mut Notes>,
) -> Result<Rendered, RenderError> {
    ARENA.with_borrow_mut(|arena| {
        let rendered = run(arena, program, scope, options, notes);
        arena.reset();
        if arena.allocated_bytes() > KEPT {
            *arena = Bump::new();
        }
        rendered
    })
}

fn run<'a>(
    arena: &'a Bump,
    program: &'a Program,
    scope: &'a Scope<'a>,
    options: &RenderOptions,
    notes: Option<&'a mut Notes>,
) -> Result<Rendered, RenderError> {
    let mut machine = Machine {
        program,
        context: Context::new(arena, scope, options.limits),
        escape: options.escape,
        slots: BumpVec::from_iter_in(program.variables.iter().map(|_| Val::Null), arena),
        frames: BumpVec::new_in(arena),
        captures: BumpVec::new_in(arena),
        turns: 0,
        quiet: 0,
        out: String::with_capacity(program.source_len.min(options.limits.output_bytes)),
        warnings: Vec::new(),
        warned: Vec::new(),
        notes,
        noting: false,
        stood_in: Vec::new(),
        failures: Vec::new(),
    };
    machine.run()?;
    if machine.context.zone_failed {
        let name = scope.zone().err().unwrap_or_default().to_owned();
        let message = format!("The time zone {name} is not known; dates are shown in UTC.");
        machine.warn(WarningKind::UnknownTimeZone, name, Span::default(), message);
    }
    Ok(Rendered {
        text: machine.out,
        warnings: machine.warnings,
    })
}

pub(crate) struct Machine<'a> {
    pub(crate) program: &'a Program,
    pub(crate) context: Context<'a>,
    pub(super) escape: Escape,
    pub(super) slots: BumpVec<'a, Val<'a>>,
    pub(crate) frames: BumpVec<'a, Frame<'a>>,
    /// Where what is kept out of the text starts, the innermost last.
    captures: BumpVec<'a, usize>,
    pub(super) turns: u32,
    /// More than 0 while an empty field is no gap in the text: in conditions, before a fallback.
    pub(crate) quiet: u32,
    pub(super) out: String,
    pub(super) warnings: Vec<RenderWarning>,
    /// Paths that were warned of.
    pub(super) warned: Vec<PathId>,
    /// What was done, if somebody asked.
    pub(crate) notes: Option<&'a mut Notes>,
    /// Whether the step that is being done is noted.
    pub(crate) noting: bool,
    /// What stood in for what is empty in the step that is being done, if steps are noted.
    pub(crate) stood_in: Vec<StoodIn>,
    /// What failed in the step that is being done, if steps are noted.
    pub(crate) failures: Vec<String>,
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
                Op::Emit {
                    value: value_id,
                    escaped,
                } => {
                    self.quiet = 0;
                    self.begin(value_id);
                    let value = self.eval(value_id)?;
                    self.trace(StepKind::Printed, value_id, &value)?;
                    self.emit(&value, escaped)?;
                }
                Op::JumpIf { condition, when, to } => {
                    let value = self.ask(condition)?;
                    self.trace(
                        StepKind::Condition {
                            holds: value.is_true(),
                            shown: value.is_true() != when,
                        },
                        condition,
                        &value,
                    )?;
                    if value.is_true() == when {
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
                    let items = source
                        .items()
                        .map_or(usize::from(!source.is_empty()), |items| items.len());
                    self.trace(StepKind::Loop { items }, list, &source)?;
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
                    let expr = value;
                    let value = self.ask(expr)?;
                    self.trace(
                        StepKind::Condition {
                            holds: !value.is_empty(),
                            shown: !value.is_empty(),
                        },
                        expr,
                        &value,
                    )?;
                    if value.is_empty() {
                        at = otherwise as usize;
                    } else {
                        self.set(item, value);
                        self.frames.push(Frame {
                            this: value,
                            turn: None,
                        });
                    }
                }
                Op::EndWith => {
                    self.frames.pop();
                }
                Op::Capture => self.captures.push(self.out.len()),
                Op::EndCapture { slot } => {
                    let from = self.captures.pop().unwrap_or(self.out.len());
                    self.context.charge(self.out.len() - from)?;
                    if slot.is_some() {
                        let kept = self.context.arena.alloc_str(&self.out[from..]);
                        self.set(slot, Val::Text(kept));
                    }
                    self.out.truncate(from);
                }
                Op::Let { slot, value } => {
                    let expr = value;
                    let value = self.ask(expr)?;
                    if self.noting {
                        let name = self.program.variable(slot).name;
                        let name = self.program.text(name).to_owned();
                        self.note(StepKind::Variable { name }, expr, &value)?;
                    }
                    self.slots[slot.0 as usize] = value;
                }
            }
        }
        Ok(())
    }

    /// A value that is not printed, so that nothing is missing where it is empty.
    fn ask(&mut self, id: ExprId) -> Result<Val<'a>, RenderError> {
        self.quiet = 1;
        self.begin(id);
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
                self.context.charge_items(map.len())?;
                let entries = map.iter().map(|(key, value)| (key.as_str(), value));
                Source::Entries(BumpVec::from_iter_in(entries, self.context.arena).into_bump_slice())
            }
            other => match other.items() {
                Some(items) => Source::List(items),
                None if other.is_empty() => return Ok(false),
                // A single value where a list is expected is a list of one.
                None => Source::List(Items::Made(self.context.single(other)?)),
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
        // Over an object the second name is the key, as in Handlebars.
        let place = match &turn.source {
            Source::Entries(entries) => entries.get(turn.at).map_or(Val::Null, |(key, _)| Val::Text(key)),
            Source::List(_) => Val::Int(turn.at as i64),
        };
        let (item, index, this) = (turn.item, turn.index, frame.this);
        self.set(item, this);
        self.set(index, place);
        Ok(())
    }
}
