//! What a test of one field asks, worked out once, so that memory and both databases are asked the same.

use std::time::Duration;

use serde_json::Value;

use super::{FieldTest, Operator, date::instant};
use crate::time::Timestamp;

const DAY: u64 = 86_400;
/// Most days that a test may look back: about ten thousand years.
const DAYS_MAX: f64 = 3_652_425.0;

/// One step of a path: the name of a field, and whether it is a list whose items are each looked into (`name[]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// The field's name.
    pub name: &'a str,
    /// Does the rest of the path lie in each item of the list that is here?
    pub each: bool,
}

/// Longest path, in bytes.
pub const PATH_MAX: usize = 256;
/// Most steps of a path.
pub const STEPS_MAX: usize = 12;

/// The steps of a path such as `person.name.firstName` or `productListItems[].SKU`; none where it is no path: empty, too
/// long or deep, a step without a name or with a control character, `"`, `\` or a bracket in it, or `[]` at the end.
pub fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    if path.len() > PATH_MAX {
        return None;
    }
    let steps: Vec<Step<'_>> = path
        .split('.')
        .map(|step| match step.strip_suffix("[]") {
            Some(name) => Step { name, each: true },
            None => Step {
                name: step,
                each: false,
            },
        })
        .collect();
    let named = |step: &Step<'_>| {
        !step.name.is_empty()
            && !step
                .name
                .chars()
                .any(|c| c.is_control() || matches!(c, '"' | '\\' | '[' | ']'))
    };
    let sound =
        steps.len() <= STEPS_MAX && steps.iter().all(named) && steps.last().is_some_and(|last| !last.each);
    sound.then_some(steps)
}

/// Where a text is looked for in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It is the whole.
    Whole,
    /// It is at the start.
    Start,
    /// It is at the end.
    End,
}

/// How two numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// They are the same.
    Equal,
    /// The field's is greater.
    Greater,
    /// The field's is greater, or the same.
    GreaterOrEqual,
    /// The field's is less.
    Less,
    /// The field's is less, or the same.
    LessOrEqual,
}

/// What a list can be asked to hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A text, its ASCII letters in lower case. Text is asked too, whether it holds this one.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Truth(bool),
}

/// What is asked of the value at a path. A missing value and one of another type answer no. Where the path leads through
/// lists, one item that answers yes is enough.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Nothing: what it is to be compared with makes no sense, so that the answer is no.
    Never,
    /// Is there a value: not null, not empty text, not an empty list?
    Exists,
    /// Is it text, and is this, its ASCII letters in lower case, that part of it?
    Text {
        /// Which part.
        part: Part,
        /// ASCII letters in lower case.
        text: String,
    },
    /// Is it a number, and does it compare so?
    Number {
        /// How.
        order: Order,
        /// With what.
        than: f64,
    },
    /// Is it this truth value?
    Truth(bool),
    /// Is it a list that holds this, or a text that holds this text?
    Contains(Item),
    /// Is it a date in this span? See [`instant`].
    Instant {
        /// Not before this.
        from: Option<Timestamp>,
        /// Before this.
        until: Option<Timestamp>,
    },
}

/// A question, and which answer to it passes the test.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// Does the test pass where the answer is no?
    pub negated: bool,
}

impl FieldTest {
    /// What this test asks at a time.
    pub fn asks(&self, now: Timestamp) -> Asked {
        let question = match self.operator {
            Operator::Equals | Operator::NotEquals => match &self.value {
                Value::String(text) => part(Part::Whole, text),
                Value::Number(_) => number(Order::Equal, &self.value),
                Value::Bool(truth) => Question::Truth(*truth),
                Value::Null | Value::Array(_) | Value::Object(_) => Question::Never,
            },
            Operator::Contains => match &self.value {
                Value::String(text) => Question::Contains(Item::Text(text.to_ascii_lowercase())),
                Value::Number(n) => n
                    .as_f64()
                    .map_or(Question::Never, |n| Question::Contains(Item::Number(n))),
                Value::Bool(truth) => Question::Contains(Item::Truth(*truth)),
                Value::Null | Value::Array(_) | Value::Object(_) => Question::Never,
            },
            Operator::StartsWith => self
                .value
                .as_str()
                .map_or(Question::Never, |text| part(Part::Start, text)),
            Operator::EndsWith => self
                .value
                .as_str()
                .map_or(Question::Never, |text| part(Part::End, text)),
            Operator::Greater => number(Order::Greater, &self.value),
            Operator::GreaterOrEqual => number(Order::GreaterOrEqual, &self.value),
            Operator::Less => number(Order::Less, &self.value),
            Operator::LessOrEqual => number(Order::LessOrEqual, &self.value),
            Operator::Exists | Operator::Missing => Question::Exists,
            Operator::Before => span(&self.value).map_or(Question::Never, |(start, _)| Question::Instant {
                from: None,
                until: Some(start),
            }),
            Operator::After => span(&self.value).map_or(Question::Never, |(_, end)| Question::Instant {
                from: Some(end),
                until: None,
            }),
            Operator::WithinLastDays => days(&self.value).map_or(Question::Never, |days| Question::Instant {
                from: Some(now - days),
                until: Some(now + MILLISECOND),
            }),
            Operator::LongerAgoThanDays => {
                days(&self.value).map_or(Question::Never, |days| Question::Instant {
                    from: None,
                    until: Some(now - days),
                })
            }
        };
        Asked {
            question,
            negated: matches!(self.operator, Operator::NotEquals | Operator::Missing),
        }
    }

    /// Does a document pass this test?
    pub fn holds(&self, document: &Value, now: Timestamp) -> bool {
        let asked = self.asks(now);
        let answer = steps(&self.path).is_some_and(|steps| any(document, &steps, &asked.question));
        answer != asked.negated
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);

fn part(part: Part, text: &str) -> Question {
    Question::Text {
        part,
        text: text.to_ascii_lowercase(),
    }
}

fn number(order: Order, value: &Value) -> Question {
    value
        .as_f64()
        .map_or(Question::Never, |than| Question::Number { order, than })
}

/// The first instant of a date and the first after it: of a day the day, of an instant the millisecond.
fn span(value: &Value) -> Option<(Timestamp, Timestamp)> {
    let text = value.as_str()?;
    let start = instant(text)?;
    let length = if text.len() == 10 {
        Duration::from_secs(DAY)
    } else {
        MILLISECOND
    };
    Some((start, start + length))
}

/// A number of whole days.
fn days(value: &Value) -> Option<Duration> {
    let days = value.as_f64()?;
    (days.fract() == 0.0 && (0.0..=DAYS_MAX).contains(&days))
        // In range and whole, so that nothing is cut off.
        .then(|| Duration::from_secs(days as u64 * DAY))
}

fn any(document: &Value, steps: &[Step<'_>], question: &Question) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return question.answer(document);
    };
    match document.get(step.name) {
        Some(Value::Array(items)) if step.each => items.iter().any(|item| any(item, rest, question)),
        Some(value) if !step.each => any(value, rest, question),
        _ => false,
    }
}

impl Question {
    fn answer(&self, value: &Value) -> bool {
        match self {
            Self::Never => false,
            Self::Exists => match value {
                Value::Null => false,
                Value::String(text) => !text.is_empty(),
                Value::Array(items) => !items.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
            },
            Self::Text { part, text } => value.as_str().is_some_and(|found| {
                let found = found.to_ascii_lowercase();
                match part {
                    Part::Whole => found == *text,
                    Part::Start => found.starts_with(text),
                    Part::End => found.ends_with(text),
                }
            }),
            Self::Number { order, than } => value.as_f64().is_some_and(|found| match order {
                Order::Equal => found == *than,
                Order::Greater => found > *than,
                Order::GreaterOrEqual => found >= *than,
                Order::Less => found < *than,
                Order::LessOrEqual => found <= *than,
            }),
            Self::Truth(truth) => value.as_bool() == Some(*truth),
            Self::Contains(item) => match (value, item) {
                (Value::String(found), Item::Text(text)) => found.to_ascii_lowercase().contains(text),
                (Value::Array(found), item) => found.iter().any(|found| match item {
                    Item::Text(text) => found
                        .as_str()
                        .is_some_and(|found| found.to_ascii_lowercase() == *text),
                    Item::Number(number) => found.as_f64() == Some(*number),
                    Item::Truth(truth) => found.as_bool() == Some(*truth),
                }),
                _ => false,
            },
            Self::Instant { from, until } => value.as_str().and_then(instant).is_some_and(|found| {
                from.is_none_or(|from| found >= from) && until.is_none_or(|until| found < until)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_through_the_items_of_lists() {
        let test = |path: &str| FieldTest {
            path: path.to_owned(),
            operator: Operator::Equals,
            value: json!("B2"),
        };
        let order = json!({"productListItems": [{"SKU": "a1"}, {"SKU": "b2"}], "SKU": ["b2"]});
        let now = Timestamp::from_millis(0);
        assert!(test("productListItems[].SKU").holds(&order, now));
        assert!(!test("productListItems.SKU").holds(&order, now));
        assert!(!test("SKU").holds(&order, now));
        assert!(!test("SKU[]").holds(&order, now));
    }

    #[test]
    fn a_day_is_neither_before_nor_after_itself() {
        let test = |operator, value: &str| FieldTest {
            path: "d".to_owned(),
            operator,
            value: json!(value),
        };
        let now = Timestamp::from_millis(0);
        let noon = json!({"d": "2026-01-15T12:00:00Z"});
        assert!(!test(Operator::Before, "2026-01-15").holds(&noon, now));
        assert!(!test(Operator::After, "2026-01-15").holds(&noon, now));
        assert!(test(Operator::After, "2026-01-14").holds(&noon, now));
        assert!(test(Operator::Before, "2026-01-16").holds(&noon, now));
    }
}
