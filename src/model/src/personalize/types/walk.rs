//! Goes through a program and tells what is known of its values.

use super::{Known, Type, Unknown, Watch, field_of, fields_of, step};
use crate::journey::context::is_always_told;
use crate::personalize::finding::nearest;
use crate::personalize::functions::{Function, Kind, Nulls};
use crate::personalize::program::{
    BinaryOp, Expr, ExprId, LoopValue, Op, Origin, PathId, Program, Root, Segment, Slot, Span,
};
use crate::personalize::schema::Schema;

/// Goes through a program in the order of its text and keeps what is known of variables and `this`.
pub(crate) struct Walk<'p, 's> {
    program: &'p Program,
    schema: &'s Schema,
    pub(crate) slots: Vec<Known<'s>>,
    pub(crate) frames: Vec<Known<'s>>,
}

impl<'p, 's> Walk<'p, 's> {
    pub(crate) fn new(program: &'p Program, schema: &'s Schema) -> Walk<'p, 's> {
        Walk {
            program,
            schema,
            slots: program.variables.iter().map(Known::before_it_is_set).collect(),
            frames: Vec::new(),
        }
    }

    pub(crate) fn run(&mut self, watch: &mut impl Watch<'s>) {
        for (at, op) in self.program.ops.iter().enumerate() {
            match *op {
                Op::Text(_) | Op::Jump(_) | Op::Capture => watch.op(at, op, None),
                Op::EndCapture { slot } => {
                    watch.op(at, op, None);
                    self.set(slot, Known::value(Type::Text));
                }
                Op::Emit { value, .. } | Op::JumpIf { condition: value, .. } => {
                    let known = self.expr(value, watch);
                    watch.op(at, op, Some(&known));
                }
                Op::Each {
                    list, item, index, ..
                } => {
                    let known = self.expr(list, watch);
                    watch.op(at, op, Some(&known));
                    let this = Known {
                        ty: known.ty.item(),
                        path: known.path,
                        optional: false,
                    };
                    self.set(item, this.clone());
                    let place = match known.ty {
                        // An object gives its keys.
                        Type::Any | Type::Object(_) => Type::Any,
                        _ => Type::Integer,
                    };
                    self.set(index, Known::value(place));
                    self.frames.push(this);
                }
                Op::With { value, item, .. } => {
                    let known = self.expr(value, watch);
                    watch.op(at, op, Some(&known));
                    let this = Known {
                        optional: false,
                        ..known
                    };
                    self.set(item, this.clone());
                    self.frames.push(this);
                }
                Op::Next { .. } | Op::EndWith => {
                    self.frames.pop();
                    watch.op(at, op, None);
                }
                Op::Let { slot, value } => {
                    let known = self.expr(value, watch);
                    watch.op(at, op, Some(&known));
                    self.set(Some(slot), known);
                }
            }
        }
    }

    fn set(&mut self, slot: Option<Slot>, known: Known<'s>) {
        if let Some(slot) = slot {
            self.slots[slot.0 as usize] = known;
        }
    }

    fn expr(&self, id: ExprId, watch: &mut impl Watch<'s>) -> Known<'s> {
        match *self.program.expr(id) {
            Expr::Invalid | Expr::Property(_) => Known {
                optional: false,
                ..Known::missing()
            },
            Expr::Null => Known::missing(),
            Expr::Bool(_) => Known::value(Type::Boolean),
            Expr::Int(_) => Known::value(Type::Integer),
            Expr::Float(_) => Known::value(Type::Number),
            Expr::Text(_) => Known::value(Type::Text),
            Expr::Path(path) => self.path(path, watch),
            Expr::Loop(LoopValue::Index) => Known::value(Type::Integer),
            Expr::Loop(LoopValue::Key) => Known::value(Type::Any),
            Expr::Loop(LoopValue::First | LoopValue::Last) => Known::value(Type::Boolean),
            Expr::Array(run) => {
                let types: Vec<Type<'s>> = self
                    .program
                    .list(run)
                    .iter()
                    .map(|item| self.expr(*item, watch).ty)
                    .collect();
                let first = types.first().cloned().unwrap_or(Type::Any);
                let same = types.iter().all(|ty| *ty == first);
                Known::value(Type::List(Box::new(if same { first } else { Type::Any })))
            }
            Expr::Negate(operand) => {
                let known = self.expr(operand, watch);
                let span = self.program.span(operand);
                watch.binary(BinaryOp::Subtract, (span, &Type::Integer), (span, &known.ty));
                Known { path: None, ..known }
            }
            Expr::Not(operand) => {
                self.expr(operand, watch);
                Known::value(Type::Boolean)
            }
            Expr::Binary(operator, left, right) => self.binary(operator, left, right, watch),
            Expr::Fallback(first, second) => {
                let first = self.expr(first, watch);
                let second = self.expr(second, watch);
                let ty = if first.ty == second.ty {
                    first.ty
                } else {
                    Type::Any
                };
                Known {
                    ty,
                    path: None,
                    optional: second.optional,
                }
            }
            Expr::Call { function, args, .. } => self.call(function, self.program.list(args), watch),
            Expr::Member { base, segments } => {
                let known = self.expr(base, watch);
                self.steps(known, self.program.segments(segments), watch)
            }
            Expr::Index { base, index } => {
                let known = self.expr(base, watch);
                self.expr(index, watch);
                Known {
                    ty: known.ty.item(),
                    path: known.path,
                    optional: true,
                }
            }
        }
    }

    fn binary(
        &self,
        operator: BinaryOp,
        left: ExprId,
        right: ExprId,
        watch: &mut impl Watch<'s>,
    ) -> Known<'s> {
        let spans = (self.program.span(left), self.program.span(right));
        let (left, right) = (self.expr(left, watch), self.expr(right, watch));
        watch.binary(operator, (spans.0, &left.ty), (spans.1, &right.ty));
        let ty = match operator {
            BinaryOp::Add if left.ty == Type::Text || right.ty == Type::Text => Type::Any,
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Remainder => {
                if left.ty == Type::Integer && right.ty == Type::Integer {
                    Type::Integer
                } else {
                    Type::Number
                }
            }
            BinaryOp::Divide => Type::Number,
            _ => return Known::value(Type::Boolean),
        };
        Known {
            ty,
            path: None,
            optional: left.optional || right.optional,
        }
    }

    fn call(&self, function: &'static Function, args: &[ExprId], watch: &mut impl Watch<'s>) -> Known<'s> {
        let mut known: Vec<Known<'s>> = Vec::with_capacity(args.len());
        for arg in args {
            let value = match self.program.expr(*arg) {
                Expr::Property(path) => {
                    let item = known.first().map_or(Type::Any, |list| list.ty.item());
                    let from = Known {
                        ty: item,
                        path: known.first().and_then(|list| list.path.clone()),
                        optional: true,
                    };
                    let path = self.program.path(*path);
                    let found = self.steps(from, self.program.segments(path.segments), watch);
                    watch.path(path, &found);
                    found
                }
                _ => self.expr(*arg, watch),
            };
            known.push(value);
        }
        let types: Vec<(Span, Type<'s>)> = args
            .iter()
            .zip(&known)
            .map(|(arg, known)| (self.program.span(*arg), known.ty.clone()))
            .collect();
        watch.call(function, &types);
        let first = known.first();
        let ty = match (function.name, first) {
            ("head" | "max" | "min", Some(list)) => list.ty.item(),
            ("topN" | "bottomN" | "distinct", Some(list)) => list.ty.listed(),
            ("split" | "keys", _) => Type::List(Box::new(Type::Text)),
            _ => match function.returns {
                Kind::Text => Type::Text,
                Kind::Integer => Type::Integer,
                Kind::Number => Type::Number,
                Kind::Boolean => Type::Boolean,
                Kind::Date => Type::Date,
                Kind::List => Type::List(Box::new(Type::Any)),
                Kind::Map => Type::Object(None),
                _ => Type::Any,
            },
        };
        let optional = function.nulls == Nulls::Empty && known.iter().any(|known| known.optional);
        let path = match function.name {
            "head" | "topN" | "bottomN" | "distinct" => first.and_then(|list| list.path.clone()),
            _ => None,
        };
        Known { ty, path, optional }
    }

    fn path(&self, id: PathId, watch: &mut impl Watch<'s>) -> Known<'s> {
        let path = self.program.path(id);
        let segments = self.program.segments(path.segments);
        let from = match path.origin {
            Origin::Root(root) => {
                let found = self.root(root, segments, watch);
                watch.path(path, &found);
                return found;
            }
            Origin::ThisOr(root) => match self.frames.last() {
                Some(this) if field_of(&this.ty, root.name()).is_some() => this.clone(),
                Some(this) => {
                    let found = if may_have_others(&this.ty) {
                        self.perhaps_root(root, &segments[1..])
                    } else {
                        self.root(root, &segments[1..], watch)
                    };
                    watch.path(path, &found);
                    return found;
                }
                None => Known::missing(),
            },
            Origin::Variable(slot) => self.slots[slot.0 as usize].clone(),
            Origin::This(up) => {
                let place = self.frames.len().checked_sub(up as usize + 1);
                if let (Some(place), Some(first)) = (place, segments.first()) {
                    let this = &self.frames[place].ty;
                    if may_have_others(this) && field_of(this, self.program.text(first.name)).is_none() {
                        watch.guess(id, self.nearly_a_root(segments));
                    }
                }
                place.map_or_else(Known::missing, |place| self.frames[place].clone())
            }
            Origin::Item => Known::missing(),
        };
        let found = self.steps(from, segments, watch);
        watch.path(path, &found);
        found
    }

    fn root(&self, root: Root, segments: &[Segment], watch: &mut impl Watch<'s>) -> Known<'s> {
        let from = Known {
            ty: self.schema.root(root).map_or(Type::Any, Type::of),
            path: Some(root.name().to_owned()),
            optional: root != Root::Now,
        };
        let found = self.steps(from, segments, watch);
        // A push always goes to a device by an app, and comes from a journey; not everyone entered with an audience.
        let always = match root {
            Root::Device | Root::App => true,
            Root::Context => found.path.as_deref().is_some_and(is_always_told),
            _ => false,
        };
        Known {
            optional: found.optional && !always,
            ..found
        }
    }

    /// The root that was meant by a path inside a block, if its first name is a slip and the rest leads to a known field.
    fn nearly_a_root(&self, segments: &[Segment]) -> Option<Root> {
        let [first, rest @ ..] = segments else { return None };
        let name = nearest(self.program.text(first.name), Root::ALL.map(Root::name))?;
        let root = Root::named(name).filter(|_| !rest.is_empty())?;
        (self.perhaps_root(root, rest).ty != Type::Any).then_some(root)
    }

    /// What a name is that may be a root, or a field of an item of which not every field is known.
    fn perhaps_root(&self, root: Root, segments: &[Segment]) -> Known<'s> {
        struct Misses(bool);
        impl<'s> Watch<'s> for Misses {
            fn unknown(&mut self, _unknown: Unknown<'s>) {
                self.0 = true;
            }
        }
        let mut misses = Misses(false);
        let found = self.root(root, segments, &mut misses);
        if misses.0 { Known::value(Type::Any) } else { found }
    }

    /// Follows the steps of a path.
    pub(crate) fn steps(
        &self,
        from: Known<'s>,
        segments: &[Segment],
        watch: &mut impl Watch<'s>,
    ) -> Known<'s> {
        let mut known = from;
        for segment in segments {
            let name = self.program.text(segment.name);
            known.optional = true;
            if let (Type::List(item), Some(_)) = (&known.ty, segment.index) {
                known.ty = (**item).clone();
                continue;
            }
            if known.ty == Type::Any && segment.index.is_some() && self.in_brackets(segment) {
                continue;
            }
            let path = known.path.map(|path| format!("{path}.{name}"));
            known.ty = match step(&known.ty, name) {
                Some(ty) => {
                    let parent = fields_of(&known.ty);
                    if parent.is_some_and(|parent| parent.open && !parent.fields.contains_key(name)) {
                        let path = path.clone().unwrap_or_else(|| name.to_owned());
                        let held = known.ty;
                        watch.unknown(Unknown {
                            path,
                            parent,
                            held,
                            nearly: true,
                            segment: segment.name,
                        });
                    }
                    ty
                }
                None => {
                    let parent = fields_of(&known.ty);
                    let shown = path.clone().unwrap_or_else(|| name.to_owned());
                    watch.unknown(Unknown {
                        path: shown,
                        parent,
                        held: known.ty,
                        nearly: false,
                        segment: segment.name,
                    });
                    // The rest follows from the mistake, and no more is said of it.
                    return Known::value(Type::Any);
                }
            };
            known.path = path;
        }
        known
    }
}

/// Whether a value may have fields that are not known.
fn may_have_others(ty: &Type<'_>) -> bool {
    match ty {
        Type::Any | Type::Object(None) => true,
        Type::Object(Some(field)) => field.open,
        _ => false,
    }
}

impl Walk<'_, '_> {
    /// Whether a step is a place in a list, `[3]`, and not a name that is a number.
    fn in_brackets(&self, segment: &Segment) -> bool {
        segment
            .name
            .start()
            .checked_sub(1)
            .is_some_and(|at| self.program.pool.as_bytes()[at] == b'[')
    }
}
