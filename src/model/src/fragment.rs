//! Fragments: texts that messages share, called by name from their templates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{FragmentId, MessageId};
use crate::personalize::{
    self, Argument, Finding, FindingCode, Fragments, Need, ParseOptions, RenderError, RenderOptions,
    Rendered, Schema, Scope, Template,
};

/// Longest name, in characters.
pub const NAME_MAX: usize = 64;

/// Longest text, in bytes. A push carries less than a tenth of it.
pub const TEXT_MAX: usize = 32 * 1024;

/// What a marketer writes of a fragment. Its name is apart: it is how templates call it, and stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FragmentDraft {
    /// What it is for, to be read by those who choose it.
    pub description: String,
    /// Its text; a template.
    pub text: String,
    /// What its arguments are in the preview, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub samples: BTreeMap<String, String>,
}

/// Why a fragment cannot have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// There is none, or it is too long.
    #[error("Give the fragment a name of 1 to {NAME_MAX} characters.")]
    Length,
    /// A letter in it would end the name in a template.
    #[error("A fragment's name has only letters, digits, _ and -, because messages name it in their texts.")]
    Letter,
}

/// A name without blanks around it, if a fragment can have it: letters, digits, `_` and `-`.
///
/// # Errors
/// Where it cannot.
pub fn checked_name(name: &str) -> Result<&str, NameFault> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(NameFault::Length);
    }
    if !name.chars().all(personalize::is_fragment_char) {
        return Err(NameFault::Letter);
    }
    Ok(name)
}

/// What is wrong or unwise in a fragment's text, in the order of its place. `others` are the fragments that it may call.
pub fn check(name: &str, text: &str, others: &Fragments, schema: &Schema) -> Vec<Finding> {
    let mut known = others.clone();
    known.insert(name, text);
    let parsed = Template::parse_fragment(name, text, &known);
    let mut findings = parsed.findings;
    findings.extend(parsed.template.check(schema));
    // What a fragment sets is there for whoever calls it.
    findings.retain(|finding| finding.code != FindingCode::UnusedVariable);
    findings.sort_by_key(|finding| finding.offset);
    findings
}

/// What the callers of a fragment may give. `others` are the fragments that it may call.
pub fn arguments(name: &str, text: &str, others: &Fragments) -> Vec<Argument> {
    Template::parse_fragment(name, text, others).template.arguments()
}

/// What a fragment says to one person with the samples of its draft, called as a message would call it.
///
/// # Errors
/// Where its text has errors, or grows beyond a limit for this person.
pub fn preview(
    name: &str,
    draft: &FragmentDraft,
    others: &Fragments,
    scope: &Scope<'_>,
) -> Result<Rendered, RenderError> {
    let mut known = others.clone();
    known.insert(name, &draft.text);
    let arguments = arguments(name, &draft.text, &known);
    let samples = arguments.iter().filter_map(|argument| {
        let sample = draft.samples.get(&argument.name).map_or("", String::as_str);
        // What is left out is what the fragment itself says.
        let given = argument.need == Need::Required || !sample.is_empty();
        given.then_some((argument.name.as_str(), sample))
    });
    let call = personalize::call(name, samples);
    Template::parse_with_fragments(&call, &ParseOptions::default(), &known)
        .template
        .render(scope, &RenderOptions::default())
}

/// What calls a fragment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UsedBy {
    /// A message, in its draft or in its newest published version.
    Message {
        /// Its name.
        name: String,
        /// Which.
        id: MessageId,
        /// What its published version says.
        carries: Carries,
        /// Whether it is archived.
        shelf: Shelf,
    },
    /// Another fragment.
    Fragment {
        /// Its name.
        name: String,
        /// Which.
        id: FragmentId,
    },
}

impl UsedBy {
    /// What it is, in words: “the message “Basket reminder””.
    pub fn in_words(&self) -> String {
        match self {
            Self::Message {
                name,
                shelf: Shelf::Archived,
                ..
            } => format!("the archived message “{name}”"),
            Self::Message { name, .. } => format!("the message “{name}”"),
            Self::Fragment { name, .. } => format!("the fragment “{name}”"),
        }
    }

    /// Does a published version that journeys can send say what the fragment said before?
    pub fn is_behind(&self) -> bool {
        matches!(
            self,
            Self::Message {
                carries: Carries::Older,
                shelf: Shelf::Current,
                ..
            }
        )
    }

    /// Must the fragment keep its name for it? Not for an archived message: nobody sends it, and its published version has its
    /// texts in it.
    pub fn holds(&self) -> bool {
        !matches!(
            self,
            Self::Message {
                shelf: Shelf::Archived,
                ..
            }
        )
    }
}

/// Where a message is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// Among those that journeys can send.
    Current,
    /// Put away. Restored, it calls the fragment again.
    Archived,
}

/// Which of a fragment's texts a message's newest published version carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carries {
    /// One that is not the newest published.
    Older,
    /// The newest published.
    Newest,
    /// None: only the draft calls it.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personalize::FieldType;

    #[test]
    fn a_name_is_one_that_a_template_can_write() {
        assert_eq!(checked_name(" more_2-x "), Ok("more_2-x"));
        assert_eq!(checked_name("größe"), Ok("größe"));
        assert_eq!(checked_name("two words"), Err(NameFault::Letter));
        assert_eq!(checked_name("a\"b"), Err(NameFault::Letter));
        assert_eq!(checked_name("  "), Err(NameFault::Length));
    }

    #[test]
    fn what_a_fragment_leaves_open_is_its_callers_to_give() {
        let mut known = Fragments::default();
        known.insert("inner", "{{size}}");
        let text = "{{#inline \"tone\"}}warm{{/inline}}{{tone}} {{sport}} {% let x = sport %}{{> inner}}";
        let parsed = Template::parse_fragment("more", text, &known);
        assert!(parsed.is_valid(), "{:?}", parsed.findings);
        let named = |name: &str, need| Argument {
            name: name.to_owned(),
            need,
        };
        let wanted = [
            named("tone", Need::HasText),
            named("sport", Need::Required),
            named("size", Need::Required),
        ];
        assert_eq!(parsed.template.arguments(), wanted);
        assert_eq!(check("more", text, &known, &Schema::empty()), []);
    }

    #[test]
    fn slips_are_no_arguments() {
        for text in ["{{profil}}", "{{person.name}}", "{{upperCase}}"] {
            let findings = check("more", text, &Fragments::default(), &Schema::any());
            assert_eq!(findings.len(), 1, "{text}: {findings:?}");
        }
        let schema = Schema::empty().field("profile.first", FieldType::Text, "");
        let findings = check("more", "{{profile.frist}}", &Fragments::default(), &schema);
        assert_eq!(findings[0].code, FindingCode::UnknownField, "{findings:?}");
    }

    #[test]
    fn a_fragment_that_leads_back_to_itself_is_told_with_the_chain() {
        let mut known = Fragments::default();
        known.insert("b", "{{> c}}");
        known.insert("c", "{{> a}}");
        let findings = check("a", "x {{> b}}", &known, &Schema::empty());
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].code, FindingCode::RecursiveFragment);
        assert!(
            findings[0]
                .message
                .ends_with("The fragment a calls itself: a → b → c → a."),
            "{findings:?}"
        );
        let itself = check("a", "{{> a}}", &known, &Schema::empty());
        assert_eq!(itself[0].message, "The fragment a calls itself: a → a.");
    }

    #[test]
    fn a_preview_takes_the_samples_and_the_texts_of_its_own() {
        let mut draft = FragmentDraft {
            text: "{{#inline \"tone\"}}warm{{/inline}}{{tone}} {{sport}}".into(),
            ..FragmentDraft::default()
        };
        let said = |draft: &FragmentDraft| {
            let rendered = preview("more", draft, &Fragments::default(), &Scope::at(0));
            rendered.expect("within the limits").text
        };
        assert_eq!(said(&draft), "warm ");
        draft.samples.insert("sport".into(), "\"yoga\" \\ {{x}}".into());
        assert_eq!(said(&draft), "warm \"yoga\" \\ {{x}}");
        draft.samples.insert("tone".into(), "cool".into());
        draft.samples.insert("gone".into(), "not asked for".into());
        assert_eq!(said(&draft), "cool \"yoga\" \\ {{x}}");
        draft.text = "{{#if".into();
        let broken = preview("more", &draft, &Fragments::default(), &Scope::at(0));
        assert_eq!(broken, Err(RenderError::InvalidTemplate));
    }
}
