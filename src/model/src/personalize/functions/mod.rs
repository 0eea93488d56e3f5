//! The functions of the language, in one table.
//!
//! The table is what the parser knows names and arguments from, what the evaluator runs, and what completion and the
//! reference page show. Every entry has an example, and a test runs each of them.

mod args;
mod date;
mod helper;
mod link;
mod list;
mod number;
mod regex;
mod replace;
mod text;
mod written;

use std::sync::LazyLock;

use super::render::Fault;
use super::value::Val;
pub(crate) use args::Args;
pub(crate) use helper::helper;
pub use helper::{HELPERS, Helper};
pub(crate) use regex::{MAX_PATTERN_SIZE, compile};
pub use written::{LITERALS, LOOP_VALUES, PATHS};

/// What an argument or a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Any value.
    Any,
    /// Text; a number or a date is printed.
    Text,
    /// A number; a text is read as one.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A date and time; an ISO 8601 text or milliseconds since 1970 are read as one.
    Date,
    /// A list.
    List,
    /// An object with keys and values.
    Map,
    /// The bare name of a property of a list's items.
    Property,
    /// A regular expression.
    Pattern,
    /// A date pattern of Java's letters.
    DatePattern,
    /// A locale such as `fr_FR`.
    Locale,
    /// A time zone such as `Europe/Paris`.
    Zone,
}

impl Kind {
    /// The name of the kind, as signatures show it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Any => "any",
            Kind::Text => "text",
            Kind::Number => "number",
            Kind::Integer => "integer",
            Kind::Boolean => "boolean",
            Kind::Date => "date",
            Kind::List => "list",
            Kind::Map => "map",
            Kind::Property => "property",
            Kind::Pattern => "regex",
            Kind::DatePattern => "pattern",
            Kind::Locale => "locale",
            Kind::Zone => "zone",
        }
    }
}

/// How often an argument is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arity {
    /// Once.
    Required,
    /// Once or not at all.
    Optional,
    /// Once or more; only the last.
    Repeated,
}

/// An argument of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// How often it is given.
    pub arity: Arity,
}

impl Param {
    const fn optional(mut self) -> Param {
        self.arity = Arity::Optional;
        self
    }

    const fn repeated(mut self) -> Param {
        self.arity = Arity::Repeated;
        self
    }
}

const fn param(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        arity: Arity::Required,
    }
}

/// The chapters of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Texts.
    Text,
    /// Dates, times and zones.
    Date,
    /// Lists.
    List,
    /// One value from many.
    Aggregation,
    /// Objects with keys and values.
    Map,
    /// Numbers.
    Number,
    /// Whether something is there.
    Object,
    /// For templates that come from Adobe Campaign.
    Migration,
}

impl Category {
    /// Every chapter, in the order of the reference.
    pub const ALL: [Category; 8] = [
        Category::Text,
        Category::Date,
        Category::List,
        Category::Aggregation,
        Category::Map,
        Category::Number,
        Category::Object,
        Category::Migration,
    ];

    /// The chapter's heading.
    pub fn title(self) -> &'static str {
        match self {
            Category::Text => "Texts",
            Category::Date => "Dates and times",
            Category::List => "Lists",
            Category::Aggregation => "Totals",
            Category::Map => "Objects with keys",
            Category::Number => "Numbers",
            Category::Object => "Presence",
            Category::Migration => "Moving from Adobe Campaign",
        }
    }

    /// Its anchor in the reference.
    pub fn id(self) -> &'static str {
        match self {
            Category::Text => "texts",
            Category::Date => "dates",
            Category::List => "lists",
            Category::Aggregation => "totals",
            Category::Map => "objects",
            Category::Number => "numbers",
            Category::Object => "presence",
            Category::Migration => "migration",
        }
    }

    /// What the chapter is about, in a sentence or two.
    pub fn about(self) -> &'static str {
        match self {
            Category::Text => "Functions that look at a text or make another of it.",
            Category::Date => {
                "Functions of dates. A date in ISO form can stand as a text; a date without a zone is in the person's."
            }
            Category::List => "Functions of lists. A single value counts as a list of one.",
            Category::Aggregation => "One value from many.",
            Category::Map => "Functions of objects, such as the identities of a person.",
            Category::Number => "Functions of numbers. A text is read as a number where one is needed.",
            Category::Object => "Whether something is there, and whether somebody is in an audience.",
            Category::Migration => "Functions that keep templates from Adobe Campaign working.",
        }
    }
}

/// What a function makes of arguments that are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// The result is empty, so that a fallback applies; the function is not run.
    Empty,
    /// The function is run: an empty text, list or value is one like any other.
    Handled,
    /// The function is run and asks about the value: that it is empty is no gap in the text.
    Asks,
}

/// A template and what it prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Example {
    /// The template.
    pub source: &'static str,
    /// What it prints with the data of the reference, [`super::reference::try_out`].
    pub result: &'static str,
}

type Run = for<'c, 'a> fn(&mut Args<'c, 'a>) -> Result<Val<'a>, Fault>;

/// A function of the language.
pub struct Function {
    /// The name by which it is called.
    pub name: &'static str,
    /// The chapter of the reference that it stands in.
    pub category: Category,
    /// Its arguments, in order.
    pub params: &'static [Param],
    /// What it gives.
    pub returns: Kind,
    /// What it does, in a sentence or two.
    pub docs: &'static str,
    /// One use of it.
    pub example: Example,
    /// The most arguments, where the last may be repeated and there is a limit.
    pub(crate) most: Option<usize>,
    pub(crate) nulls: Nulls,
    pub(crate) run: Run,
}

impl Function {
    /// A function of which empty arguments make an empty result.
    const fn new(
        name: &'static str,
        category: Category,
        params: &'static [Param],
        returns: Kind,
        run: Run,
    ) -> Function {
        Function {
            name,
            category,
            params,
            returns,
            docs: "",
            example: Example {
                source: "",
                result: "",
            },
            most: None,
            nulls: Nulls::Empty,
            run,
        }
    }

    const fn docs(mut self, docs: &'static str) -> Function {
        self.docs = docs;
        self
    }

    const fn example(mut self, source: &'static str, result: &'static str) -> Function {
        self.example = Example { source, result };
        self
    }

    const fn nulls(mut self, nulls: Nulls) -> Function {
        self.nulls = nulls;
        self
    }

    const fn most(mut self, most: usize) -> Function {
        self.most = Some(most);
        self
    }

    /// The function with its arguments, as the reference shows it: `substr(text, from, [to])`.
    pub fn signature(&self) -> String {
        let params: Vec<String> = self
            .params
            .iter()
            .map(|param| match param.arity {
                Arity::Required => param.name.to_owned(),
                Arity::Optional => format!("[{}]", param.name),
                Arity::Repeated => format!("{}, …", param.name),
            })
            .collect();
        format!("{}({})", self.name, params.join(", "))
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.signature())
    }
}

static SORTED: LazyLock<Vec<&'static Function>> = LazyLock::new(|| {
    let mut sorted: Vec<&Function> = TABLES.iter().flat_map(|table| table.iter()).collect();
    sorted.sort_by_key(|function| function.name);
    sorted
});

static TABLES: [&[Function]; 5] = [
    text::FUNCTIONS,
    link::FUNCTIONS,
    date::FUNCTIONS,
    list::FUNCTIONS,
    number::FUNCTIONS,
];

/// Every function, by name.
pub fn all() -> impl Iterator<Item = &'static Function> {
    SORTED.iter().copied()
}

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    SORTED
        .binary_search_by_key(&name, |function| function.name)
        .ok()
        .map(|at| SORTED[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for pair in SORTED.windows(2) {
            assert_ne!(pair[0].name, pair[1].name);
        }
    }
}
