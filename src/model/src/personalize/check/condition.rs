//! Conditions: those that are always or never so, and what they say of the fields in them.

use super::{Checker, Guard};
use crate::personalize::finding::FindingCode;
use crate::personalize::program::{BinaryOp, Expr, ExprId, Op, Span};
use crate::personalize::value::Val;

/// How many conditions of one chain are compared.
const MAX_CHAIN: usize = 50;

impl Checker<'_> {
    pub(super) fn condition(&mut self, at: usize, condition: ExprId, when: bool, to: usize) {
        let constant = self.constant(condition);
        if let Some(constant) = constant {
            let branch = if constant == when {
                "the branch is never taken"
            } else {
                "the else is never taken"
            };
            let message = format!("This is always {constant}; {branch}.");
            let span = self.program.span(condition);
            self.findings
                .warning(FindingCode::UnreachableBranch, span, message, None);
        } else if !when {
            self.repeated(at, condition, to);
        }
        if when {
            return;
        }
        let mut present = Vec::new();
        self.present(condition, &mut present);
        self.guards
            .extend(present.into_iter().map(|path| Guard { until: to, path }));
    }

    /// Warns of an `else if` that asks what was asked before, and so is never taken.
    fn repeated(&mut self, at: usize, condition: ExprId, to: usize) {
        let span = self.program.span(condition);
        let written = |span: Span| self.program.text(span).split_whitespace();
        let mut asked: Vec<Span> = Vec::new();
        // The conditions that did not hold where this one is asked.
        if let Some(place) = self.refused.iter().rposition(|(next, _)| *next == at) {
            asked = self.refused.swap_remove(place).1;
        }
        if asked.iter().any(|before| written(*before).eq(written(span))) {
            let message = "This was asked before in the same chain; the branch is never taken.";
            self.findings
                .warning(FindingCode::UnreachableBranch, span, message, None);
        }
        // A chance that differs each time it is asked may hold later.
        if !self.program.text(span).contains("random") && asked.len() < MAX_CHAIN {
            asked.push(span);
        }
        // Only an else is jumped over by the branch before it; what follows a block is reached in any case.
        let skipped = to.checked_sub(1).map(|before| &self.program.ops[before]);
        if matches!(skipped, Some(Op::Jump(end)) if *end as usize > to) {
            self.refused.push((to, asked));
        }
    }

    /// Whether a condition that reads no data holds.
    fn constant(&self, id: ExprId) -> Option<bool> {
        let literal = |id: ExprId| {
            Some(match *self.program.expr(id) {
                Expr::Bool(value) => Val::Bool(value),
                Expr::Int(value) => Val::Int(value),
                Expr::Float(value) => Val::Float(value),
                Expr::Null => Val::Null,
                Expr::Text(span) => Val::Text(self.program.text(span)),
                _ => return None,
            })
        };
        match *self.program.expr(id) {
            Expr::Not(inner) => Some(!self.constant(inner)?),
            Expr::Binary(operator @ (BinaryOp::And | BinaryOp::Or), left, right) => {
                // One side decides by itself: false for `and`, true for `or`.
                let decides = operator == BinaryOp::Or;
                let sides = [self.constant(left), self.constant(right)];
                if sides.contains(&Some(decides)) {
                    return Some(decides);
                }
                (sides == [Some(!decides); 2]).then_some(!decides)
            }
            Expr::Binary(operator, left, right) => {
                let (left, right) = (literal(left)?, literal(right)?);
                let equal = || left.equals(&right, &mut 0);
                let order = || left.compare(&right);
                Some(match operator {
                    BinaryOp::Equal => equal(),
                    BinaryOp::NotEqual => !equal(),
                    BinaryOp::Less => order()?.is_lt(),
                    BinaryOp::LessOrEqual => order()?.is_le(),
                    BinaryOp::Greater => order()?.is_gt(),
                    BinaryOp::GreaterOrEqual => order()?.is_ge(),
                    _ => return None,
                })
            }
            _ => literal(id).map(|value| value.is_true()),
        }
    }

    /// The paths that are there if a condition holds.
    fn present(&self, id: ExprId, found: &mut Vec<String>) {
        let program = self.program;
        match *program.expr(id) {
            Expr::Path(path) => found.push(program.text(program.path(path).span).to_owned()),
            Expr::Binary(BinaryOp::And, left, right) => {
                self.present(left, found);
                self.present(right, found);
            }
            Expr::Binary(BinaryOp::NotEqual, left, right) => {
                let empty = |id: ExprId| match *program.expr(id) {
                    Expr::Null => true,
                    Expr::Text(span) => span.len() == 0,
                    _ => false,
                };
                if empty(right) {
                    self.present(left, found);
                } else if empty(left) {
                    self.present(right, found);
                }
            }
            Expr::Binary(
                BinaryOp::Equal
                | BinaryOp::Less
                | BinaryOp::LessOrEqual
                | BinaryOp::Greater
                | BinaryOp::GreaterOrEqual,
                left,
                right,
            ) => {
                let literal = |id: ExprId| match *program.expr(id) {
                    Expr::Int(_) | Expr::Float(_) | Expr::Bool(_) => true,
                    Expr::Text(span) => span.len() > 0,
                    _ => false,
                };
                if literal(right) {
                    self.present(left, found);
                } else if literal(left) {
                    self.present(right, found);
                }
            }
            Expr::Call { function, args, .. } if matches!(function.name, "isNotEmpty" | "isNotNull") => {
                for arg in program.list(args) {
                    self.present(*arg, found);
                }
            }
            _ => {}
        }
    }
}
