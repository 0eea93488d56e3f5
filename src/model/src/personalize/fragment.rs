//! Texts that templates share.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::lexer::is_fragment_char;

/// The fragments that a template may call, by name.
///
/// ```
/// use heliograph_model::personalize::{Fragments, ParseOptions, RenderOptions, Scope, Template};
///
/// let mut fragments = Fragments::default();
/// fragments.insert("more", "Don't miss our latest {{sport}} collection!");
/// let source = r#"Looking for more? {{fragment name="more" sport="yoga"}}"#;
/// let parsed = Template::parse_with_fragments(source, &ParseOptions::default(), &fragments);
/// let rendered = parsed.template.render(&Scope::at(0), &RenderOptions::default()).expect("within the limits");
/// assert_eq!(rendered.text, "Looking for more? Don't miss our latest yoga collection!");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fragments {
    by_name: BTreeMap<String, String>,
    /// What can be said of a call to one of these is more than that there is none.
    #[serde(skip)]
    unpublished: BTreeSet<String>,
}

impl Fragments {
    /// Adds a fragment, or replaces the one of that name. Its name has letters, digits, `_` and `-`, and `/` as in an
    /// identifier of Journey Optimizer's; by another it cannot be called.
    pub fn insert(&mut self, name: impl Into<String>, source: impl Into<String>) {
        self.by_name.insert(name.into(), source.into());
    }

    /// Notes that there is a fragment of this name which cannot be called, as it was never published.
    pub fn note_unpublished(&mut self, name: impl Into<String>) {
        self.unpublished.insert(name.into());
    }

    /// Is there a fragment of this name that was never published?
    pub fn is_unpublished(&self, name: &str) -> bool {
        self.unpublished.contains(name)
    }

    /// The text of a fragment.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(String::as_str)
    }

    /// Those whose names stand in a text as words, with their texts, by name. It takes as long as the text is, however many
    /// fragments there are.
    pub(crate) fn mentioned<'f>(&'f self, text: &str) -> impl Iterator<Item = (&'f str, &'f str)> {
        let calls = !self.by_name.is_empty() && text.contains("{{");
        let words: BTreeSet<&str> = calls
            .then(|| text.split(|letter| !is_fragment_char(letter) && letter != '/'))
            .into_iter()
            .flatten()
            .collect();
        let known: Vec<_> = words
            .into_iter()
            .filter_map(|word| self.by_name.get_key_value(word))
            .collect();
        known
            .into_iter()
            .map(|(name, source)| (name.as_str(), source.as_str()))
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Those of these names.
    pub fn only<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Self {
        let known = |name: &str| Some((name.to_owned(), self.by_name.get(name)?.clone()));
        Self {
            by_name: names.into_iter().filter_map(known).collect(),
            unpublished: BTreeSet::new(),
        }
    }

    /// Every fragment with its text, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_name
            .iter()
            .map(|(name, source)| (name.as_str(), source.as_str()))
    }
}

/// Something that a caller of a fragment may give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name in the fragment, and in the call.
    pub name: String,
    /// What happens without it.
    pub need: Need,
}

/// What happens where a caller does not give an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// The template is refused.
    Required,
    /// The fragment has a text of its own for it.
    HasText,
}

/// The tag that calls a fragment with these arguments, as texts.
///
/// ```
/// use heliograph_model::personalize::call;
///
/// assert_eq!(call("more", [("sport", "yoga")]), r#"{{fragment name="more" sport="yoga"}}"#);
/// ```
pub fn call<'a>(name: &str, arguments: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let quoted = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"");
    let mut tag = format!("{{{{fragment name=\"{}\"", quoted(name));
    for (key, value) in arguments {
        tag.push_str(&format!(" {key}=\"{}\"", quoted(value)));
    }
    tag.push_str("}}");
    tag
}
