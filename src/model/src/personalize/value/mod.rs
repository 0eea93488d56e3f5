//! The values that expressions have while a template is rendered.

mod write;

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::dates::Moment;
pub(crate) use write::Digits;

/// How deep lists and objects are followed when they are compared or printed.
const MAX_DATA_DEPTH: usize = 32;
/// How many values inside two others are compared.
const MAX_COMPARED: usize = 100_000;
/// Bytes of a text that are looked at for one unit of work.
pub(crate) const BYTES_PER_UNIT: usize = 16;
/// Longer texts are no numbers, and are not looked through for one.
const MAX_NUMBER_LENGTH: usize = 256;

/// A value, borrowed from the template, the scope or the arena of the rendering, so that a copy costs nothing.
///
/// The arena runs no destructors: a date leaves one count on its zone, which the table of zones holds for good anyway.
///
/// Its kind fills a whole word: a shorter one would share its word with a flag, and copying both waits for the memory.
#[derive(Debug, Clone, Copy, Default)]
#[repr(usize)]
pub(crate) enum Val<'a> {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A whole number too large for a signed one, such as an identifier, whose digits must be kept.
    Large(u64),
    Text(&'a str),
    Date(&'a Moment),
    Map(&'a Map<String, Value>),
    /// A list as it stands in the data.
    Array(&'a [Value]),
    /// A list that an expression made.
    List(&'a [Val<'a>]),
}

/// A number, whole as long as it can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Num {
    Int(i64),
    Float(f64),
}

impl Num {
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Num::Int(value) => value as f64,
            Num::Float(value) => value,
        }
    }

    /// The whole part, or nothing when it does not fit.
    pub(crate) fn as_i64(self) -> Option<i64> {
        match self {
            Num::Int(value) => Some(value),
            // The bounds are exact in binary, so every value between them fits.
            Num::Float(value) if (-9.2e18..9.2e18).contains(&value) => Some(value as i64),
            Num::Float(_) => None,
        }
    }

    pub(crate) fn compare(self, other: Num) -> Option<Ordering> {
        match (self, other) {
            (Num::Int(left), Num::Int(right)) => Some(left.cmp(&right)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }
}

/// Does a template call this value empty, so that its fallback stands in?
pub fn is_empty(value: &Value) -> bool {
    Val::from_json(value).is_empty()
}

impl<'a> Val<'a> {
    pub(crate) fn from_json(value: &'a Value) -> Val<'a> {
        match value {
            Value::Null => Val::Null,
            Value::Bool(value) => Val::Bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(value), _, _) => Val::Int(value),
                (None, Some(value), _) => Val::Large(value),
                (None, None, Some(value)) => Val::Float(value),
                (None, None, None) => Val::Null,
            },
            Value::String(text) => Val::Text(text),
            Value::Array(items) => Val::Array(items),
            Value::Object(map) => Val::Map(map),
        }
    }

    /// A number, or null if it is infinite or not a number.
    pub(crate) fn float(value: f64) -> Val<'a> {
        if value.is_finite() {
            Val::Float(value)
        } else {
            Val::Null
        }
    }

    pub(crate) fn number(value: Num) -> Val<'a> {
        match value {
            Num::Int(value) => Val::Int(value),
            Num::Float(value) => Val::float(value),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Val::Null)
    }

    /// Null, no text, or nothing in the list: what a fallback stands in for.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Val::Null => true,
            Val::Text(text) => text.is_empty(),
            Val::Array(items) => items.is_empty(),
            Val::List(items) => items.is_empty(),
            Val::Map(map) => map.is_empty(),
            Val::Bool(_) | Val::Int(_) | Val::Float(_) | Val::Large(_) | Val::Date(_) => false,
        }
    }

    /// Whether a condition holds: neither false, nor 0, nor empty, as in Handlebars.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Val::Bool(value) => *value,
            Val::Int(value) => *value != 0,
            Val::Float(value) => *value != 0.0,
            _ => !self.is_empty(),
        }
    }

    /// The number that the value is, or that its text reads as.
    pub(crate) fn as_number(&self) -> Option<Num> {
        match self {
            Val::Int(value) => Some(Num::Int(*value)),
            Val::Float(value) => Some(Num::Float(*value)),
            Val::Large(value) => Some(Num::Float(*value as f64)),
            Val::Text(text) => parse_number(text),
            Val::Bool(value) => Some(Num::Int(i64::from(*value))),
            _ => None,
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Val::Int(_) | Val::Float(_) | Val::Large(_))
    }

    pub(crate) fn items(&self) -> Option<Items<'a>> {
        match self {
            Val::Array(items) => Some(Items::Json(items)),
            Val::List(items) => Some(Items::Made(items)),
            _ => None,
        }
    }

    /// The name of the value's type, for messages.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Val::Null => "nothing",
            Val::Bool(_) => "true or false",
            Val::Int(_) | Val::Float(_) | Val::Large(_) => "a number",
            Val::Text(_) => "a text",
            Val::Date(_) => "a date",
            Val::Map(_) => "an object",
            Val::Array(_) | Val::List(_) => "a list",
        }
    }

    /// Whether two values are the same: numbers by value, a text that reads as a number equal to that number.
    ///
    /// `seen` counts what was looked at; past [`MAX_COMPARED`] two values are taken to differ.
    pub(crate) fn equals(&self, other: &Val<'_>, seen: &mut usize) -> bool {
        self.equals_nested(other, 0, seen)
    }

    fn equals_nested(&self, other: &Val<'_>, depth: usize, seen: &mut usize) -> bool {
        *seen += 1;
        if depth > MAX_DATA_DEPTH || *seen > MAX_COMPARED {
            return false;
        }
        if let (Val::Text(left), Val::Text(right)) = (self, other) {
            *seen += left.len().min(right.len()) / BYTES_PER_UNIT;
        }
        match (self, other) {
            (Val::Null, Val::Null) => true,
            (Val::Null, _) | (_, Val::Null) => false,
            (Val::Text(left), Val::Text(right)) => left == right,
            (Val::Large(left), Val::Large(right)) => left == right,
            (Val::Bool(left), Val::Bool(right)) => left == right,
            (Val::Map(left), Val::Map(right)) => {
                left.len() == right.len()
                    && left.iter().all(|(key, value)| {
                        right.get(key).is_some_and(|twin| {
                            Val::from_json(value).equals_nested(&Val::from_json(twin), depth + 1, seen)
                        })
                    })
            }
            _ => match (self.items(), other.items()) {
                (Some(left), Some(right)) => {
                    left.len() == right.len()
                        && (0..left.len())
                            .all(|at| left.get(at).equals_nested(&right.get(at), depth + 1, seen))
                }
                (None, None) => self.compare(other) == Some(Ordering::Equal),
                _ => false,
            },
        }
    }

    /// The order of two values of one type; a text beside a number is read as one. Beside a date that needs the person's
    /// zone, see [`order`](super::operate::order).
    pub(crate) fn compare(&self, other: &Val<'_>) -> Option<Ordering> {
        match (self, other) {
            (Val::Text(left), Val::Text(right)) => Some(left.cmp(right)),
            (Val::Large(left), Val::Large(right)) => Some(left.cmp(right)),
            (Val::Bool(left), Val::Bool(right)) => Some(left.cmp(right)),
            (Val::Date(left), Val::Date(right)) => Some(left.compare(right)),
            _ if self.is_number() || other.is_number() => self.as_number()?.compare(other.as_number()?),
            _ => None,
        }
    }
}

/// A list, wherever it lives.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Items<'a> {
    Json(&'a [Value]),
    Made(&'a [Val<'a>]),
}

impl<'a> Items<'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Items::Json(items) => items.len(),
            Items::Made(items) => items.len(),
        }
    }

    /// The item at a place, or null.
    pub(crate) fn get(self, at: usize) -> Val<'a> {
        match self {
            Items::Json(items) => items.get(at).map_or(Val::Null, Val::from_json),
            Items::Made(items) => items.get(at).copied().unwrap_or_default(),
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Val<'a>> {
        (0..self.len()).map(move |at| self.get(at))
    }
}

/// The number that a text reads as: digits, a sign, a point, an exponent; not "infinity".
pub(crate) fn parse_number(text: &str) -> Option<Num> {
    if text.len() > MAX_NUMBER_LENGTH {
        return None;
    }
    let text = text.trim();
    if let Ok(value) = text.parse::<i64>() {
        return Some(Num::Int(value));
    }
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    if text.len() > 64 || !text.chars().all(numeric) {
        return None;
    }
    text.parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
        .map(Num::Float)
}
