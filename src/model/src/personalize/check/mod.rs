//! Checks a template against a schema.

mod condition;

use std::collections::BTreeSet;

use crate::personalize::elsewhere;
use crate::personalize::finding::{FindingCode, Findings, Fix, nearest};
use crate::personalize::functions::{Function, Kind, Nulls};
use crate::personalize::program::{
    BinaryOp, Expr, ExprId, Op, Origin, Path, PathId, Program, Root, Span, VariableKind,
};
use crate::personalize::schema::Schema;
use crate::personalize::types::{Known, Type, Unknown, Walk, Watch};

/// What is wrong or unwise in a program, given the fields that exist.
pub(crate) fn check(program: &Program, schema: &Schema) -> Findings {
    let mut checker = Checker {
        program,
        findings: Findings::default(),
        guards: Vec::new(),
        refused: Vec::new(),
    };
    Walk::new(program, schema).run(&mut checker);
    for variable in &program.variables {
        // What a fragment sets is there for whoever calls it.
        let own = program.region(variable.name).is_none();
        if variable.kind == VariableKind::Let && own && !variable.used {
            let name = program.text(variable.name);
            let message = format!("The variable {name} is set and never read.");
            checker
                .findings
                .warning(FindingCode::UnusedVariable, variable.name, message, None);
        }
    }
    checker.findings
}

/// The full paths of the fields that a program reads, each once, in order.
pub(crate) fn paths(program: &Program) -> Vec<String> {
    struct Collector(BTreeSet<String>);
    impl Watch<'_> for Collector {
        fn path(&mut self, _path: &Path, known: &Known<'_>) {
            if let Some(path) = &known.path
                && path != Root::Now.name()
            {
                self.0.insert(path.clone());
            }
        }
    }
    let schema = Schema::any();
    let mut collector = Collector(BTreeSet::new());
    Walk::new(program, &schema).run(&mut collector);
    collector.0.into_iter().collect()
}

/// A path that is known to be there, up to an instruction.
struct Guard {
    until: usize,
    path: String,
}

struct Checker<'p> {
    program: &'p Program,
    findings: Findings,
    guards: Vec<Guard>,
    /// Instructions that are reached where some conditions did not hold, and those.
    refused: Vec<(usize, Vec<Span>)>,
}

impl<'s> Watch<'s> for Checker<'_> {
    fn guess(&mut self, path: PathId, root: Option<Root>) {
        let variable = self.program.nearly.get(&path);
        let path = self.program.path(path);
        let [first, rest @ ..] = self.program.segments(path.segments) else {
            return;
        };
        let name = self.program.text(first.name);
        let taken = format!("{name} is taken as a field of the current item");
        if rest.len() > 1
            && let Some(says) = elsewhere::name(name)
        {
            let message = format!("{taken}: {says}");
            self.findings
                .warning(FindingCode::UnknownName, first.name, message, None);
            return;
        }
        let (what, near) = match (variable, root) {
            (Some(slot), _) => (
                "the variable ",
                self.program.text(self.program.variable(*slot).name),
            ),
            (None, Some(root)) => ("", root.name()),
            (None, None) => return,
        };
        let message = format!("{taken}; did you mean {what}{near}?");
        let fix = Fix {
            offset: first.name.start(),
            length: first.name.len(),
            replacement: near.to_owned(),
            title: format!("Use {near}"),
        };
        self.findings
            .warning(FindingCode::UnknownName, first.name, message, Some(fix));
    }

    fn unknown(&mut self, unknown: Unknown<'s>) {
        let name = self.program.text(unknown.segment).to_owned();
        let Some(parent) = unknown.parent else {
            let message = format!(
                "{} does not exist: {} has no fields.",
                unknown.path,
                unknown.held.name()
            );
            self.findings
                .error(FindingCode::UnknownField, unknown.segment, message);
            return;
        };
        let near = nearest(&name, parent.fields.keys().map(String::as_str));
        let hint = near.map_or(".".to_owned(), |near| format!("; did you mean {near}?"));
        let fix = near.map(|near| Fix {
            offset: unknown.segment.start(),
            length: unknown.segment.len(),
            replacement: near.to_owned(),
            title: format!("Use {near}"),
        });
        let message = format!("{} is not a known field{hint}", unknown.path);
        if unknown.nearly {
            if fix.is_some() {
                self.findings
                    .warning(FindingCode::UnknownField, unknown.segment, message, fix);
            }
            return;
        }
        self.findings
            .error_with_fix(FindingCode::UnknownField, unknown.segment, message, fix);
    }

    fn call(&mut self, function: &'static Function, args: &[(Span, Type<'s>)]) {
        for (at, (span, ty)) in args.iter().enumerate() {
            let Some(kind) = function.kind(at) else { continue };
            if ty.fits(kind) {
                continue;
            }
            let before = self.findings.count();
            let takes = format!("{} takes a {} here", function.name, kind.name());
            if kind == Kind::List {
                let message = format!("{takes}, and this is {}: it counts as a list of one.", ty.name());
                self.findings
                    .warning(FindingCode::WrongType, *span, message, None);
            } else {
                let message = format!("{takes}, and this is {}: {}.", ty.name(), function.signature());
                self.findings.error(FindingCode::WrongType, *span, message);
            }
            self.findings.explain(before, function.name);
        }
    }

    fn binary(&mut self, operator: BinaryOp, left: (Span, &Type<'s>), right: (Span, &Type<'s>)) {
        match operator {
            BinaryOp::And | BinaryOp::Or => {}
            BinaryOp::Add
            | BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::Remainder => {
                // + joins what stands beside a text.
                let text = *left.1 == Type::Text || *right.1 == Type::Text;
                for (span, ty) in [left, right] {
                    let joins = operator == BinaryOp::Add && (text || *ty == Type::Date);
                    if joins && matches!(ty, Type::Object(_)) {
                        self.object_in_text(span);
                    } else if !joins && !ty.fits(Kind::Number) {
                        let message = format!("Numbers are calculated with, and this is {}.", ty.name());
                        self.findings.error(FindingCode::WrongType, span, message);
                    }
                }
            }
            _ => self.comparison(left, right),
        }
    }

    fn op(&mut self, at: usize, op: &Op, value: Option<&Known<'s>>) {
        self.guards.retain(|guard| guard.until > at);
        match *op {
            Op::Emit { value: id, .. } => {
                if let Some(known) = value {
                    self.printed(id, known);
                }
            }
            Op::JumpIf { condition, when, to } => self.condition(at, condition, when, to as usize),
            Op::Each { list, .. } => {
                if let Some(known) = value
                    && !matches!(known.ty, Type::Any | Type::List(_) | Type::Object(_))
                {
                    let message = format!(
                        "#each goes over a list, and this is {}: its part is there once.",
                        known.ty.name()
                    );
                    let span = self.program.span(list);
                    self.findings.warning(FindingCode::WrongType, span, message, None);
                }
                if let Expr::Array(items) = self.program.expr(list)
                    && items.len == 0
                {
                    let message = "This list is always empty; the loop is never entered.";
                    let span = self.program.span(list);
                    self.findings
                        .warning(FindingCode::UnreachableBranch, span, message, None);
                }
            }
            Op::Text(_)
            | Op::Jump(_)
            | Op::Next { .. }
            | Op::With { .. }
            | Op::EndWith
            | Op::Let { .. }
            | Op::Capture
            | Op::EndCapture { .. } => {}
        }
    }
}

impl Checker<'_> {
    fn comparison(&mut self, left: (Span, &Type<'_>), right: (Span, &Type<'_>)) {
        let compound = |ty: &Type<'_>| matches!(ty, Type::List(_) | Type::Object(_));
        let clash = match (left.1, right.1) {
            (Type::Any, _) | (_, Type::Any) => false,
            (Type::Boolean, other) | (other, Type::Boolean) => *other != Type::Boolean,
            // A list is compared with what its items are.
            (Type::List(item), other) | (other, Type::List(item)) if !compound(other) => {
                matches!(**item, Type::Object(_))
            }
            (one, other) => compound(one) != compound(other),
        };
        if clash {
            let message = format!(
                "{} and {} are never equal and have no order.",
                left.1.name(),
                right.1.name()
            );
            let message = message[..1].to_uppercase() + &message[1..];
            self.findings
                .warning(FindingCode::WrongType, left.0.to(right.0), message, None);
        }
    }

    fn object_in_text(&mut self, span: Span) {
        let message = "An object prints as JSON; name one of its fields.";
        self.findings.warning(FindingCode::WrongType, span, message, None);
    }

    fn printed(&mut self, id: ExprId, known: &Known<'_>) {
        let span = self.program.span(id);
        if matches!(known.ty, Type::Object(_)) {
            self.object_in_text(span);
            return;
        }
        if !known.optional {
            return;
        }
        let Some(gap) = self.gap(id) else { return };
        let field = self.program.text(gap);
        let name = field.rsplit('.').next().unwrap_or(field);
        let message = format!("{name} is not there for everyone; a fallback says what to print instead.");
        // Looser operators than the fallback do not exist, so that it can always stand behind.
        let fix = Fix {
            offset: span.end(),
            length: 0,
            replacement: " ?: \"\"".to_owned(),
            title: "Add a fallback".to_owned(),
        };
        self.findings
            .warning(FindingCode::MissingFallback, gap, message, Some(fix));
    }

    /// The first path in an expression whose absence leaves a gap.
    fn gap(&self, id: ExprId) -> Option<Span> {
        let program = self.program;
        match *program.expr(id) {
            Expr::Path(path) => {
                let path = program.path(path);
                if path.origin == Origin::Root(Root::Now) {
                    return None;
                }
                let span = path.span;
                let guarded = self.guards.iter().any(|guard| guard.path == program.text(span));
                (!guarded).then_some(span)
            }
            Expr::Call { function, args, .. } if function.nulls == Nulls::Empty => {
                program.list(args).iter().find_map(|arg| self.gap(*arg))
            }
            Expr::Negate(inner) | Expr::Member { base: inner, .. } | Expr::Index { base: inner, .. } => {
                self.gap(inner)
            }
            Expr::Binary(
                BinaryOp::Add
                | BinaryOp::Subtract
                | BinaryOp::Multiply
                | BinaryOp::Divide
                | BinaryOp::Remainder,
                left,
                right,
            ) => self.gap(left).or_else(|| self.gap(right)),
            Expr::Fallback(_, last) => self.gap(last),
            _ => None,
        }
    }
}
