//! The operators, and how tightly each binds.
//!
//! Journey Optimizer does not document an order; this is the usual one.

use super::functions::{Helper, helper};
use super::program::BinaryOp;

/// How tightly operators bind, from the loosest to the tightest.
pub(crate) mod rank {
    pub(crate) const FALLBACK: u8 = 0;
    pub(crate) const OR: u8 = 1;
    pub(crate) const AND: u8 = 2;
    /// `not` takes a whole comparison.
    pub(crate) const NOT: u8 = 3;
    pub(crate) const COMPARISON: u8 = 4;
    pub(crate) const SUM: u8 = 5;
    pub(crate) const PRODUCT: u8 = 6;
    pub(crate) const SIGN: u8 = 7;
}

impl BinaryOp {
    pub(crate) const fn rank(self) -> u8 {
        match self {
            BinaryOp::Or => rank::OR,
            BinaryOp::And => rank::AND,
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessOrEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterOrEqual => rank::COMPARISON,
            BinaryOp::Add | BinaryOp::Subtract => rank::SUM,
            BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => rank::PRODUCT,
        }
    }
}

/// An operator, for the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// How tightly it binds; those of a higher rank are done first, those of the same from left to right.
    pub rank: u8,
    /// How it is written and what it does.
    pub helper: Helper,
}

const fn operator(
    rank: u8,
    (name, id): (&'static str, &'static str),
    syntax: &'static str,
    docs: &'static str,
    (source, result): (&'static str, &'static str),
) -> Operator {
    Operator {
        rank,
        helper: helper(name, syntax, docs, source, result).id(id),
    }
}

/// Every operator but `?:`, which is a helper, from the loosest to the tightest.
pub const OPERATORS: &[Operator] = &[
    operator(
        rank::OR,
        ("or", "or"),
        "a or b",
        "Whether one of two conditions holds.",
        (
            r#"{%= profile.loyalty.tier = "gold" or profile.loyalty.points > 2000 %}"#,
            "true",
        ),
    ),
    operator(
        rank::AND,
        ("and", "and"),
        "a and b",
        "Whether both conditions hold. It binds tighter than or: brackets change that.",
        (
            "{%= true or true and false %} {%= (true or true) and false %}",
            "true false",
        ),
    ),
    operator(
        rank::NOT,
        ("not", "not"),
        "not a",
        "Whether a condition does not hold; it takes a whole comparison.",
        ("{%= not 1 = 2 %}", "true"),
    ),
    operator(
        rank::COMPARISON,
        ("=", "equal"),
        "a = b",
        "Whether two values are the same, letter case included. Beside a list: whether the list has the value.",
        (r#"{%= "gold" = "Gold" %} {%= [1, 2] = 2 %}"#, "false true"),
    ),
    operator(
        rank::COMPARISON,
        ("!=", "not-equal"),
        "a != b",
        "Whether two values differ.",
        (r#"{%= profile.loyalty.tier != "basic" %}"#, "true"),
    ),
    operator(
        rank::COMPARISON,
        ("<", "less"),
        "a < b",
        "Whether a number is smaller, a date earlier, or a text before another in the order of its characters.",
        ("{%= profile.loyalty.points < 2000 %}", "true"),
    ),
    operator(
        rank::COMPARISON,
        ("<=", "less-or-equal"),
        "a <= b",
        "As <, or the same.",
        ("{%= 2 <= 2 %}", "true"),
    ),
    operator(
        rank::COMPARISON,
        (">", "greater"),
        "a > b",
        "Whether a number is larger, a date later, or a text behind another in the order of its characters.",
        (r#"{%= now > "2024-12-31" %}"#, "true"),
    ),
    operator(
        rank::COMPARISON,
        (">=", "greater-or-equal"),
        "a >= b",
        "As >, or the same.",
        ("{%= profile.loyalty.points >= 1240 %}", "true"),
    ),
    operator(
        rank::SUM,
        ("+", "plus"),
        "a + b",
        "Adds numbers and joins texts. Empty if one of two numbers is missing, so that a fallback applies.",
        (r#"{%= 40 + 2 %} {%= "sun" + "rise" %}"#, "42 sunrise"),
    ),
    operator(
        rank::SUM,
        ("-", "minus"),
        "a - b",
        "Subtracts. A name with a hyphen stands in backticks.",
        ("{%= 2000 - profile.loyalty.points %}", "760"),
    ),
    operator(
        rank::PRODUCT,
        ("*", "times"),
        "a * b",
        "Multiplies; before + and -.",
        ("{%= 1 + 2 * 3 %} {%= (1 + 2) * 3 %}", "7 9"),
    ),
    operator(
        rank::PRODUCT,
        ("/", "divided-by"),
        "a / b",
        "Divides. Empty if the second number is 0, so that a fallback applies.",
        ("{%= 7 / 2 %}", "3.5"),
    ),
    operator(
        rank::PRODUCT,
        ("%", "remainder"),
        "a % b",
        "What is left when the first number is divided by the second.",
        ("{%= 7 % 2 %}", "1"),
    ),
    operator(
        rank::SIGN,
        ("-a", "negative"),
        "-a",
        "The number with the other sign.",
        ("{%= -profile.loyalty.points %}", "-1240"),
    ),
    operator(
        rank::SIGN,
        ("!", "bang"),
        "!a",
        "As not, for the one value behind it.",
        ("{%= !true %}", "false"),
    ),
];
