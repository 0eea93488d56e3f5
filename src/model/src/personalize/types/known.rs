//! What is known of values, and what a walk reports of them.

use super::Type;
use crate::personalize::functions::Function;
use crate::personalize::program::{BinaryOp, Op, Path, PathId, Root, Span, Variable, VariableKind};
use crate::personalize::schema::Field;

/// What is known of a value.
#[derive(Debug, Clone)]
pub(crate) struct Known<'s> {
    pub(crate) ty: Type<'s>,
    /// The full path that it comes from, with variables replaced by what they stand for.
    pub(crate) path: Option<String>,
    /// Whether it may be missing for some profiles.
    pub(crate) optional: bool,
}

impl<'s> Known<'s> {
    pub(crate) fn value(ty: Type<'s>) -> Known<'s> {
        Known {
            ty,
            path: None,
            optional: false,
        }
    }

    /// What a variable holds before the program sets it: what a fragment's callers give is there.
    pub(super) fn before_it_is_set(variable: &Variable) -> Known<'s> {
        Known {
            optional: variable.kind != VariableKind::Asked,
            ..Known::missing()
        }
    }

    pub(super) fn missing() -> Known<'s> {
        Known {
            ty: Type::Any,
            path: None,
            optional: true,
        }
    }
}

/// A step of a path that leads nowhere.
pub(crate) struct Unknown<'s> {
    /// The path with its step.
    pub(crate) path: String,
    /// The field that was asked, if it has fields.
    pub(crate) parent: Option<&'s Field>,
    /// The type that was asked.
    pub(crate) held: Type<'s>,
    /// Whether the field that was asked may have others than are known, and one of those is nearly this.
    pub(crate) nearly: bool,
    pub(crate) segment: Span,
}

/// What a walk reports. Every method may be left as it is.
pub(crate) trait Watch<'s> {
    /// A path was read.
    fn path(&mut self, _path: &Path, _known: &Known<'s>) {}
    /// A bare name was taken as a field of an item of which not every field is known. Where it is nearly the name of a root,
    /// in which the rest of the path leads to a field, that is told.
    fn guess(&mut self, _path: PathId, _nearly: Option<Root>) {}
    /// A path has a step that the schema does not know.
    fn unknown(&mut self, _unknown: Unknown<'s>) {}
    /// A function was called with arguments of these types.
    fn call(&mut self, _function: &'static Function, _args: &[(Span, Type<'s>)]) {}
    /// An operator was given values of these types.
    fn binary(&mut self, _operator: BinaryOp, _left: (Span, &Type<'s>), _right: (Span, &Type<'s>)) {}
    /// An instruction was reached, and its expression, if it has one, is known.
    fn op(&mut self, _at: usize, _op: &Op, _value: Option<&Known<'s>>) {}
}
