//! Finds the values of expressions.

use bumpalo::collections::Vec as BumpVec;

use super::machine::{Frame, Machine, Source};
use super::{Fault, MAX_WARNINGS, RenderWarning, WarningKind, walk};
use crate::personalize::functions::{Args, Function, Nulls};
use crate::personalize::operate;
use crate::personalize::program::{BinaryOp, Expr, ExprId, LoopValue, Origin, PathId, Root, Run, Span};
use crate::personalize::scope::RenderError;
use crate::personalize::value::{Num, Val};

impl<'a> Machine<'a> {
    /// The value of an expression. Most are paths, which are followed without a further call.
    #[inline]
    pub(super) fn eval(&mut self, id: ExprId) -> Result<Val<'a>, RenderError> {
        match *self.program.expr(id) {
            Expr::Path(path) => self.path(path),
            _ => self.compute(id),
        }
    }

    fn compute(&mut self, id: ExprId) -> Result<Val<'a>, RenderError> {
        let program = self.program;
        Ok(match *program.expr(id) {
            Expr::Invalid | Expr::Null | Expr::Property(_) => Val::Null,
            Expr::Bool(value) => Val::Bool(value),
            Expr::Int(value) => Val::Int(value),
            Expr::Float(value) => Val::float(value),
            Expr::Text(span) => Val::Text(program.text(span)),
            Expr::Path(path) => return self.path(path),
            Expr::Loop(value) => self.loop_value(value),
            Expr::Array(run) => {
                self.context.charge_items(run.len as usize)?;
                let mut items = self.context.list();
                items.reserve_exact(run.len as usize);
                for item in program.list(run) {
                    items.push(self.eval(*item)?);
                }
                Val::List(items.into_bump_slice())
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
                    let value = self.eval(second)?;
                    if self.noting {
                        self.stands_in(first, &value);
                    }
                    value
                } else {
                    value
                }
            }
            Expr::Call {
                function,
                args,
                compiled,
            } => return self.call(id, function, args, compiled),
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
                Val::Text(key) => map.get(*key).map_or(Val::Null, Val::from_json),
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
                Source::Entries(entries) => entries.get(turn.at).map_or(Val::Null, |(key, _)| Val::Text(key)),
                Source::List(_) => Val::Int(turn.at as i64),
            },
        }
    }

    #[inline]
    pub(crate) fn path(&mut self, id: PathId) -> Result<Val<'a>, RenderError> {
        let program = self.program;
        let path = program.path(id);
        let mut segments = program.segments(path.segments);
        let from = match path.origin {
            Origin::Root(root) => self.root(root)?,
            Origin::ThisOr(root) => match self.frames.last() {
                Some(Frame {
                    this: this @ Val::Map(map),
                    ..
                }) if map.contains_key(root.name()) => *this,
                _ => {
                    segments = &segments[1..];
                    self.root(root)?
                }
            },
            Origin::Variable(slot) => self.slots[slot.0 as usize],
            Origin::This(up) => {
                let place = self.frames.len().checked_sub(up as usize + 1);
                place.map_or(Val::Null, |place| self.frames[place].this)
            }
            Origin::Item => Val::Null,
        };
        let value = walk(&mut self.context, program, from, segments)?;
        if self.quiet == 0 && value.is_empty() {
            self.empty(id);
        }
        Ok(value)
    }

    #[inline]
    fn root(&mut self, root: Root) -> Result<Val<'a>, RenderError> {
        if root == Root::Now {
            let now = self.context.now();
            return self.context.date(now);
        }
        Ok(self.context.scope.root(root).map_or(Val::Null, Val::from_json))
    }

    #[cold]
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

    pub(super) fn warn(&mut self, kind: WarningKind, field: String, span: Span, message: String) {
        if self.warnings.len() < MAX_WARNINGS {
            let place = self.program.place(span);
            let (offset, length) = (place.start(), place.len());
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
        if self.noting && self.failures.len() < MAX_WARNINGS {
            self.failures.push(message.clone());
        }
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
                operate::compare(&mut self.context, operator, &left, &right).map(Val::Bool)
            }
        }
    }

    fn call(
        &mut self,
        id: ExprId,
        function: &'static Function,
        args: Run,
        compiled: Option<u32>,
    ) -> Result<Val<'a>, RenderError> {
        // Calls with few arguments, nearly all, need no memory of their own.
        const INLINE: usize = 4;
        let program = self.program;
        let ids = program.list(args);
        let mut inline: [Val<'a>; INLINE] = Default::default();
        let mut longer = BumpVec::new_in(self.context.arena);
        if ids.len() > INLINE {
            self.context.charge_items(ids.len())?;
            longer.resize(ids.len(), Val::Null);
        }
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
            compiled: compiled.map(|at| &program.compiled[at as usize]),
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
}
