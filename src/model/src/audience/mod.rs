//! Audience rules: a tree of tests over a profile's attributes, events and devices.
//!
//! The same tree is compiled to SQL (in `store`) for many profiles and evaluated in memory for one. A condition of a
//! journey is such a tree too, and may look at the event with which the profile entered.

mod date;
mod describe;
mod evaluate;
mod overview;
mod question;
mod validate;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use date::instant;
pub use describe::{describe, describe_field_test, describe_naming};
pub use evaluate::{EventFact, EventNeed, Facts, Needs, evaluate, needs};
pub use overview::{Preview, SampleProfile, UsedBy};
pub use question::{Asked, Item, Order, Part, Question, Step, steps};
pub use validate::{
    DEPTH_MAX, Place, RuleProblem, TESTS_MAX, validate, validate_conditions, validate_references,
};

use crate::{app_config::Platform, ids::AudienceId, personalize::FieldType};

/// A rule: one test, or several put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rule {
    /// All of them hold. True where there are none.
    All {
        /// The parts.
        rules: Vec<Rule>,
    },
    /// At least one of them holds. False where there are none.
    Any {
        /// The parts.
        rules: Vec<Rule>,
    },
    /// It does not hold.
    Not {
        /// What must not hold.
        rule: Box<Rule>,
    },
    /// A test of one of the profile's attributes, by its XDM path, such as `person.name.firstName`.
    Attribute(FieldTest),
    /// A test of a field of the event with which the profile entered the journey, such as `commerce.order.priceTotal`.
    /// Outside a journey it is false.
    EntryEvent(FieldTest),
    /// A count of the profile's events.
    Event(EventTest),
    /// The profile is in another audience.
    Audience {
        /// Which.
        audience: AudienceId,
    },
    /// The profile has an active device on this platform; on any where none is named.
    Device {
        /// Which platform.
        platform: Option<Platform>,
    },
}

impl Default for Rule {
    fn default() -> Self {
        Self::All { rules: Vec::new() }
    }
}

/// A test of one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldTest {
    /// The field's path in its document, parts joined by dots. `name[]` looks into each item of a list, of which one that
    /// passes is enough: `productListItems[].SKU`.
    pub path: String,
    /// The question asked of it.
    pub operator: Operator,
    /// What it is compared with. Null for operators that compare with nothing.
    #[serde(default)]
    pub value: Value,
}

/// A question about a field. Text compares without case as far as the letters A to Z go: both databases and memory agree
/// on these, and on no more. A field that is missing, null or of another type than the operator asks for fails every test
/// but [`Operator::Missing`] and [`Operator::NotEquals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// The same text, number or truth value.
    Equals,
    /// Not the same, or missing.
    NotEquals,
    /// Text that contains this text, or a list that contains this value.
    Contains,
    /// Text that starts so.
    StartsWith,
    /// Text that ends so.
    EndsWith,
    /// A number greater than this.
    Greater,
    /// A number at least this.
    GreaterOrEqual,
    /// A number less than this.
    Less,
    /// A number at most this.
    LessOrEqual,
    /// There is a value: not null, not empty text, not an empty list.
    Exists,
    /// There is none.
    Missing,
    /// A date (RFC 3339 or `YYYY-MM-DD`, see [`instant`]) before this one.
    Before,
    /// A date after this one; where this one is a day, after its end in UTC.
    After,
    /// A date within the last so many days of 24 hours, and not in the future.
    WithinLastDays,
    /// A date longer ago than so many days of 24 hours.
    LongerAgoThanDays,
}

/// What an operator compares a field with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operand {
    /// With nothing.
    Nothing,
    /// With text, a number or a truth value.
    Scalar,
    /// With text.
    Text,
    /// With a number.
    Number,
    /// With a date.
    Date,
    /// With a number of days.
    Days,
}

impl Operator {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 15] = [
        Self::Equals,
        Self::NotEquals,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Before,
        Self::After,
        Self::WithinLastDays,
        Self::LongerAgoThanDays,
        Self::Exists,
        Self::Missing,
    ];

    /// As it stands in a sentence between the field and what it is compared with, such as `is at least`.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Equals => "is",
            Self::NotEquals => "is not",
            Self::Contains => "contains",
            Self::StartsWith => "starts with",
            Self::EndsWith => "ends with",
            Self::Greater => "is more than",
            Self::GreaterOrEqual => "is at least",
            Self::Less => "is less than",
            Self::LessOrEqual => "is at most",
            Self::Exists => "has a value",
            Self::Missing => "is empty",
            Self::Before => "is before",
            Self::After => "is after",
            Self::WithinLastDays => "is within the last",
            Self::LongerAgoThanDays => "is longer ago than",
        }
    }

    /// What it compares with.
    pub const fn operand(self) -> Operand {
        match self {
            Self::Equals | Self::NotEquals | Self::Contains => Operand::Scalar,
            Self::StartsWith | Self::EndsWith => Operand::Text,
            Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual => Operand::Number,
            Self::Exists | Self::Missing => Operand::Nothing,
            Self::Before | Self::After => Operand::Date,
            Self::WithinLastDays | Self::LongerAgoThanDays => Operand::Days,
        }
    }

    /// Those that make sense for a field of a type.
    pub fn for_type(field_type: FieldType, list: bool) -> Vec<Self> {
        let scalar = [Self::Equals, Self::NotEquals];
        let presence = [Self::Exists, Self::Missing];
        let chosen: &[Self] = match field_type {
            _ if list => &[Self::Contains],
            FieldType::Text => &[
                Self::Equals,
                Self::NotEquals,
                Self::Contains,
                Self::StartsWith,
                Self::EndsWith,
            ],
            FieldType::Integer | FieldType::Number => &[
                Self::Equals,
                Self::NotEquals,
                Self::Greater,
                Self::GreaterOrEqual,
                Self::Less,
                Self::LessOrEqual,
            ],
            FieldType::Boolean => &scalar,
            FieldType::Date => &[
                Self::Before,
                Self::After,
                Self::WithinLastDays,
                Self::LongerAgoThanDays,
            ],
            FieldType::Object => &[],
            FieldType::Any => return Self::ALL.to_vec(),
        };
        chosen.iter().copied().chain(presence).collect()
    }
}

/// How many of a profile's events of one kind there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventTest {
    /// `xdm.eventType`, such as `commerce.purchases`.
    pub event_type: String,
    /// All must hold of an event for it to count; paths are in its `xdm`.
    #[serde(default)]
    pub conditions: Vec<FieldTest>,
    /// How the number compares.
    pub comparison: Comparison,
    /// With this number.
    pub count: u32,
    /// Over which time, back from now.
    pub window: Window,
}

/// How a count compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// At least so many.
    AtLeast,
    /// At most so many.
    AtMost,
    /// Exactly so many.
    Exactly,
}

impl Comparison {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::AtLeast, Self::AtMost, Self::Exactly];

    /// As it stands in a sentence before the number.
    pub const fn title(self) -> &'static str {
        match self {
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
            Self::Exactly => "exactly",
        }
    }

    /// Does `found` compare so with `wanted`?
    pub const fn holds(self, found: u64, wanted: u64) -> bool {
        match self {
            Self::AtLeast => found >= wanted,
            Self::AtMost => found <= wanted,
            Self::Exactly => found == wanted,
        }
    }
}

/// A span of time back from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Window {
    /// As long as events are kept.
    Ever,
    /// The last so many minutes.
    Minutes {
        /// How many.
        n: u32,
    },
    /// The last so many hours.
    Hours {
        /// How many.
        n: u32,
    },
    /// The last so many days of 24 hours.
    Days {
        /// How many.
        n: u32,
    },
}

impl Window {
    /// How long it is; none for ever.
    pub const fn duration(self) -> Option<std::time::Duration> {
        let seconds = match self {
            Self::Ever => return None,
            Self::Minutes { n } => n as u64 * 60,
            Self::Hours { n } => n as u64 * 3600,
            Self::Days { n } => n as u64 * 86_400,
        };
        Some(std::time::Duration::from_secs(seconds))
    }
}
