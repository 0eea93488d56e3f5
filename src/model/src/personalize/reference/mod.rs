//! The reference of the language, gathered from the tables that the parser, the evaluator and completion work by.
//!
//! Every example is run by a test with the data of [`data`], and anyone can run one with [`try_out`].

mod bounds;
mod sample;
mod tasks;

use super::dates::letters::LETTERS;
use super::functions::{self, Category, Example, Function, HELPERS, Helper, LITERALS, LOOP_VALUES, PATHS};
use super::operators::{OPERATORS, rank};
pub use bounds::{Bound, bounds};
pub use sample::{NOW_MILLIS, Tried, ZONE, as_said, data, try_out};
pub use tasks::{TASKS, Task};

/// A chapter of the reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Its anchor.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it is about, in a sentence or two.
    pub about: String,
    /// What it explains.
    pub entries: Vec<Entry>,
}

/// One thing that the reference explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its anchor, unlike that of any other entry: for a function, its name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// How it is written, where its title does not say that.
    pub syntax: Option<String>,
    /// What it does.
    pub docs: String,
    /// One use of it.
    pub example: Option<Example>,
    /// The time zone of the person in the example.
    pub zone: &'static str,
}

impl Entry {
    /// Whether each of the words, in lower case, is in its title, its syntax or its text.
    pub fn fits(&self, words: &str) -> bool {
        let texts = [
            &self.title,
            self.syntax.as_ref().unwrap_or(&self.title),
            &self.docs,
        ];
        let texts = texts.map(|text| text.to_lowercase());
        words
            .split_whitespace()
            .all(|word| texts.iter().any(|text| text.contains(word)))
    }
}

impl From<&Task> for Entry {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id.to_owned(),
            title: format!("How do I {}?", task.title),
            syntax: None,
            docs: task.docs.to_owned(),
            example: Some(task.example),
            zone: task.zone,
        }
    }
}

impl From<&Helper> for Entry {
    fn from(helper: &Helper) -> Self {
        Self {
            id: helper.id.to_owned(),
            title: helper.name.to_owned(),
            syntax: (helper.syntax != helper.name).then(|| helper.syntax.to_owned()),
            docs: helper.docs.to_owned(),
            example: Some(helper.example),
            zone: ZONE,
        }
    }
}

impl From<&Function> for Entry {
    fn from(function: &Function) -> Self {
        Self {
            id: function.name.to_owned(),
            title: function.name.to_owned(),
            syntax: Some(format!("{} → {}", function.signature(), function.returns.name())),
            docs: function.docs.to_owned(),
            example: Some(function.example),
            zone: ZONE,
        }
    }
}

impl From<&Bound> for Entry {
    fn from(bound: &Bound) -> Self {
        Self {
            id: bound.id.to_owned(),
            title: bound.title.to_owned(),
            syntax: Some(bound.limit.clone()),
            docs: bound.docs.to_owned(),
            example: None,
            zone: ZONE,
        }
    }
}

/// The whole reference, in the order in which it is read.
pub fn chapters() -> Vec<Chapter> {
    let mut chapters = vec![
        chapter(
            "how-do-i",
            "How do I …",
            "What people most often want to do. Each text can be changed, and shows at once what it gives.",
            TASKS.iter().map(Entry::from),
        ),
        chapter(
            "building-blocks",
            "Building blocks",
            "Tags stand between {{ and }} or between {% and %}, alike in meaning; all else is printed as it is.",
            HELPERS.iter().map(Entry::from),
        ),
        chapter(
            "paths",
            "Fields and other values",
            "A value is named by its path.",
            PATHS.iter().chain(LOOP_VALUES).map(Entry::from),
        ),
        chapter(
            "literals",
            "Values written out",
            "What stands for itself.",
            LITERALS.iter().map(Entry::from),
        ),
        chapter("operators", "Operators", &precedence(), operators()),
    ];
    chapters.extend(Category::ALL.into_iter().map(|category| {
        let inside = functions::all().filter(move |function| function.category == category);
        chapter(
            category.id(),
            category.title(),
            category.about(),
            inside.map(Entry::from),
        )
    }));
    chapters.push(chapter(
        "date-letters",
        "Letters of date patterns",
        "They are Java's. Text stands in '…', a quote as ''. In a pattern for reading, what follows [ may be missing.",
        letters(),
    ));
    chapters.push(chapter(
        "locales",
        "Locales",
        "A language and a region, such as fr_FR or pt-BR. They decide words, separators, currency and how weeks are counted.",
        locales(),
    ));
    chapters.push(chapter(
        "bounds",
        "Bounds",
        "What no template and no data can exceed, so that one message can't hold up the others.",
        bounds().iter().map(Entry::from),
    ));
    chapters
}

fn chapter(
    id: &'static str,
    title: &'static str,
    about: &str,
    entries: impl Iterator<Item = Entry>,
) -> Chapter {
    Chapter {
        id,
        title,
        about: about.to_owned(),
        entries: entries.collect(),
    }
}

/// The order in which operators are done, in words.
fn precedence() -> String {
    let mut ranks: Vec<Vec<&str>> = vec![Vec::new(); usize::from(rank::SIGN) + 1];
    ranks[usize::from(rank::FALLBACK)].push("?:");
    for operator in OPERATORS {
        ranks[usize::from(operator.rank)].push(operator.helper.name);
    }
    let ranks: Vec<String> = ranks.iter().rev().map(|names| names.join(" ")).collect();
    format!(
        "Done in this order, each line of them from left to right: {}. Brackets come first.",
        ranks.join(", then ")
    )
}

fn operators() -> impl Iterator<Item = Entry> {
    OPERATORS.iter().map(|operator| Entry::from(&operator.helper))
}

fn letters() -> impl Iterator<Item = Entry> {
    LETTERS.iter().map(|letter| Entry {
        id: format!("letter-{}", letter.letter),
        title: letter.letter.to_string(),
        syntax: None,
        docs: letter.docs.to_owned(),
        example: Some(letter.example),
        zone: ZONE,
    })
}

fn locales() -> impl Iterator<Item = Entry> {
    let languages: Vec<&str> = super::languages().collect();
    [Entry {
        id: "languages".to_owned(),
        title: "Languages".to_owned(),
        syntax: None,
        docs: format!(
            "{} languages with all their regions are known: {}. Another is English, and said so while writing.",
            languages.len(),
            languages.join(", ")
        ),
        example: Some(Example {
            source: r#"{%= formatNumber(1234.5, "de_DE") %} {%= formatNumber(1234.5, "de_CH") %} {%= formatDate(now, "EEEE", "ja_JP") %}"#,
            result: "1.234,5 1'234.5 火曜日",
        }),
        zone: ZONE,
    }]
    .into_iter()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_example_prints_what_the_reference_says() {
        let mut wrong = Vec::new();
        for entry in chapters().into_iter().flat_map(|chapter| chapter.entries) {
            let Some(example) = entry.example else { continue };
            let tried = try_out(example.source, entry.zone);
            if tried != as_said(example) {
                wrong.push(format!("{}: not {:?}, but {tried:?}", entry.id, example.result));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_entry_has_an_anchor_of_its_own_and_says_something() {
        let mut seen = BTreeSet::new();
        for chapter in chapters() {
            assert!(seen.insert(chapter.id.to_owned()), "{} twice", chapter.id);
            assert!(!chapter.entries.is_empty(), "{} is empty", chapter.id);
            for entry in chapter.entries {
                let plain = entry
                    .id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
                assert!(plain, "{} is no anchor", entry.id);
                assert!(!entry.docs.is_empty(), "{} says nothing", entry.id);
                assert!(seen.insert(entry.id.clone()), "{} twice", entry.id);
            }
        }
    }

    #[test]
    fn every_function_and_every_letter_is_in_it() {
        let ids: BTreeSet<String> = chapters()
            .into_iter()
            .flat_map(|chapter| chapter.entries)
            .map(|entry| entry.id)
            .collect();
        for function in functions::all() {
            assert!(ids.contains(function.name), "{}", function.name);
        }
        for letter in ('a'..='z').chain('A'..='Z') {
            let taken = super::super::dates::pattern::Pattern::parse(&letter.to_string().repeat(2))
                .or_else(|_| super::super::dates::pattern::Pattern::parse(&letter.to_string()))
                .is_ok();
            assert_eq!(ids.contains(&format!("letter-{letter}")), taken, "{letter}");
        }
    }

    #[test]
    fn operators_bind_as_the_table_says() {
        // With the first operator to the left and the second to the right, and brackets around the tighter.
        for (plain, bracketed) in [
            ("false ?: true or true", "false ?: (true or true)"),
            ("true or true and false", "true or (true and false)"),
            ("not false and false", "(not false) and false"),
            ("not 1 = 2", "not (1 = 2)"),
            ("1 = 3 - 2", "1 = (3 - 2)"),
            ("10 - 2 * 3", "10 - (2 * 3)"),
            ("-2 - 3 * -1", "(-2) - (3 * (-1))"),
            ("10 - 3 - 2", "(10 - 3) - 2"),
            ("!false = true", "(!false) = true"),
        ] {
            let printed = |expression: &str| try_out(&format!("{{%= {expression} %}}"), ZONE).text;
            assert_eq!(printed(plain), printed(bracketed), "{plain}");
        }
        let mut ranks = OPERATORS.iter().map(|operator| operator.rank);
        assert!(ranks.by_ref().is_sorted());
    }

    #[test]
    fn words_find_an_entry_by_its_name_and_its_text() {
        let found = |words: &str| -> Vec<String> {
            let entries = chapters().into_iter().flat_map(|chapter| chapter.entries);
            entries
                .filter(|entry| entry.fits(words))
                .map(|entry| entry.id)
                .collect()
        };
        assert!(found("formatdate").contains(&"formatDate".to_owned()));
        assert!(found("letter case").contains(&"equalsIgnoreCase".to_owned()));
        assert_eq!(found("xyzzy"), [""; 0]);
    }

    #[test]
    fn what_is_tried_shows_its_data_and_its_faults() {
        let tried = try_out(
            "{{#each profile.productsInCart as |x|}}{{x.name}}{{/each}}{{profile.workEmail.address}}",
            ZONE,
        );
        let paths: Vec<&str> = tried.data.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["profile.productsInCart", "profile.workEmail.address"]);
        assert!(
            tried.data[0]
                .1
                .as_ref()
                .is_some_and(|value| value.contains("Wool socks"))
        );
        assert_eq!(tried.data[1].1, None);
        assert_eq!(tried.warnings.len(), 1, "{:?}", tried.warnings);
        let tried = try_out("{%= upperCas(profile.homeAddress.city) %}", ZONE);
        assert!(tried.text.is_err());
        assert_eq!(tried.findings[0].entry.as_deref(), Some("upperCase"));
    }
}
