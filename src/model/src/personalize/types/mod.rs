//! What is known of values before a template is rendered.

mod known;
mod walk;

use super::functions::Kind;
use super::schema::{Field, FieldType};
pub(crate) use known::{Known, Unknown, Watch};
pub(crate) use walk::Walk;

/// The type of a value, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Type<'s> {
    Any,
    Text,
    Integer,
    Number,
    Boolean,
    Date,
    /// An object, and its fields where the schema has them.
    Object(Option<&'s Field>),
    List(Box<Type<'s>>),
}

impl<'s> Type<'s> {
    pub(crate) fn of(field: &'s Field) -> Type<'s> {
        let single = match field.field_type {
            FieldType::Text => Type::Text,
            FieldType::Integer => Type::Integer,
            FieldType::Number => Type::Number,
            FieldType::Boolean => Type::Boolean,
            FieldType::Date => Type::Date,
            FieldType::Object => Type::Object(Some(field)),
            FieldType::Any => Type::Any,
        };
        if field.list {
            Type::List(Box::new(single))
        } else {
            single
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Type::Any => "a value",
            Type::Text => "a text",
            Type::Integer => "a whole number",
            Type::Number => "a number",
            Type::Boolean => "true or false",
            Type::Date => "a date",
            Type::Object(_) => "an object",
            Type::List(_) => "a list",
        }
    }

    /// The type in one word, for completion.
    pub(crate) fn short_name(&self) -> String {
        match self {
            Type::Any => Kind::Any.name().to_owned(),
            Type::Text => Kind::Text.name().to_owned(),
            Type::Integer => Kind::Integer.name().to_owned(),
            Type::Number => Kind::Number.name().to_owned(),
            Type::Boolean => Kind::Boolean.name().to_owned(),
            Type::Date => Kind::Date.name().to_owned(),
            Type::Object(_) => FieldType::Object.name().to_owned(),
            Type::List(item) => format!("list of {}", item.short_name()),
        }
    }

    /// The type of the items that a loop over it gives: a single value is a list of one, and an object gives the values
    /// of its fields.
    pub(crate) fn item(&self) -> Type<'s> {
        match self {
            Type::List(item) => (**item).clone(),
            Type::Object(_) => Type::Any,
            single => single.clone(),
        }
    }

    /// The type of the list that the value counts as.
    pub(crate) fn listed(&self) -> Type<'s> {
        match self {
            Type::Any | Type::List(_) => self.clone(),
            single => Type::List(Box::new(single.clone())),
        }
    }

    /// Whether a value of this type can stand where a function takes `kind`.
    pub(crate) fn fits(&self, kind: Kind) -> bool {
        match (kind, self) {
            (Kind::Any | Kind::Boolean | Kind::Property, _) | (_, Type::Any) => true,
            (Kind::List, Type::List(_)) | (Kind::Map, Type::Object(_)) => true,
            (Kind::List | Kind::Map, _) | (_, Type::Object(_)) => false,
            (Kind::Text, _) => true,
            (Kind::Number | Kind::Integer, Type::Date | Type::List(_)) => false,
            (Kind::Number | Kind::Integer, _) => true,
            (Kind::Date, Type::Boolean | Type::List(_)) => false,
            (Kind::Date, _) => true,
            (Kind::Pattern | Kind::DatePattern | Kind::Locale | Kind::Zone, held) => *held == Type::Text,
        }
    }
}

/// The field whose fields a step on such a value looks in.
pub(crate) fn fields_of<'s>(ty: &Type<'s>) -> Option<&'s Field> {
    match ty {
        Type::Object(field) => *field,
        Type::List(item) => fields_of(item),
        _ => None,
    }
}

/// The field of that name, where an object is known to have it.
pub(crate) fn field_of<'s>(ty: &Type<'s>, name: &str) -> Option<&'s Field> {
    match ty {
        Type::Object(Some(field)) => field.fields.get(name),
        _ => None,
    }
}

/// The type of a field of a value, or nothing if it has no such field. A field of a list is the list of that field.
pub(crate) fn step<'s>(ty: &Type<'s>, name: &str) -> Option<Type<'s>> {
    match ty {
        Type::Any | Type::Object(None) => Some(Type::Any),
        Type::Object(Some(field)) => match field.fields.get(name) {
            Some(inner) => Some(Type::of(inner)),
            None => field.open.then_some(Type::Any),
        },
        Type::List(item) => match step(item, name)? {
            list @ Type::List(_) => Some(list),
            single => Some(Type::List(Box::new(single))),
        },
        Type::Text | Type::Integer | Type::Number | Type::Boolean | Type::Date => None,
    }
}
