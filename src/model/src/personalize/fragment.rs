//! Texts that templates share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
pub struct Fragments {
    by_name: BTreeMap<String, String>,
}

impl Fragments {
    /// Adds a fragment, or replaces the one of that name.
    pub fn insert(&mut self, name: impl Into<String>, source: impl Into<String>) {
        self.by_name.insert(name.into(), source.into());
    }

    /// The text of a fragment.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(String::as_str)
    }

    /// Every fragment with its text, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_name
            .iter()
            .map(|(name, source)| (name.as_str(), source.as_str()))
    }
}
