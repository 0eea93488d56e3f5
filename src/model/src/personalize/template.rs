//! A template, read once and rendered often.

use super::asks::Asks;
use super::check;
use super::explain::{Explanation, Notes};
use super::finding::Finding;
use super::fragment::{Argument, Fragments};
use super::layout;
use super::parser::{self, ParseOptions};
use super::program::Program;
use super::render::{self, Rendered};
use super::schema::Schema;
use super::scope::{RenderError, RenderOptions, Scope};

/// A template, compiled.
#[derive(Debug, Clone)]
pub struct Template {
    program: Program,
    valid: bool,
}

/// What reading a template gave.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The template; it renders only if no finding is an error.
    pub template: Template,
    /// All that is wrong or unwise in it, in the order of its place.
    pub findings: Vec<Finding>,
}

impl Parsed {
    /// Whether the template can be used: no finding is an error.
    pub fn is_valid(&self) -> bool {
        self.template.valid
    }
}

impl Template {
    /// Reads a template with the default limits. Reading goes on after an error, so that all of them are found.
    pub fn parse(source: &str) -> Parsed {
        Template::parse_with(source, &ParseOptions::default())
    }

    /// Reads a template with limits of one's own.
    pub fn parse_with(source: &str, options: &ParseOptions) -> Parsed {
        Template::parse_with_fragments(source, options, &Fragments::default())
    }

    /// Reads a template that may call fragments: `{{fragment name="footer" year=2026}}`.
    ///
    /// A fragment stands in its place as if its text had been written there: it sees the variables that were set before,
    /// and those that it sets are there afterwards. What is found in it is reported where it was called.
    pub fn parse_with_fragments(source: &str, options: &ParseOptions, fragments: &Fragments) -> Parsed {
        Template::read(source, options, fragments, None)
    }

    /// Reads the text of a fragment by itself, as an editor does: the names that it leaves to its callers are its
    /// [`Template::arguments`], and a call that leads back to it is an error.
    pub fn parse_fragment(name: &str, source: &str, fragments: &Fragments) -> Parsed {
        Template::read(source, &ParseOptions::default(), fragments, Some(name))
    }

    fn read(source: &str, options: &ParseOptions, fragments: &Fragments, own: Option<&str>) -> Parsed {
        let (program, findings) = parser::parse(source, options, fragments, own);
        let findings = findings.locate(&program);
        let valid = !findings.iter().any(Finding::is_error);
        Parsed {
            template: Template { program, valid },
            findings,
        }
    }

    /// The names of the fragments that it calls, through others as well, each once.
    pub fn fragments(&self) -> impl Iterator<Item = &str> {
        self.program.called_fragments()
    }

    /// What a fragment that was read by itself lets its callers give, in the order in which it is named.
    pub fn arguments(&self) -> Vec<Argument> {
        self.program.arguments()
    }

    /// The text of the template.
    pub fn source(&self) -> &str {
        self.program.source()
    }

    /// The text for one profile, and what it lacks.
    ///
    /// # Errors
    ///
    /// [`RenderError`] if the template has errors, or if the text, the loops or the work exceed the limits.
    pub fn render(&self, scope: &Scope<'_>, options: &RenderOptions) -> Result<Rendered, RenderError> {
        if !self.valid {
            return Err(RenderError::InvalidTemplate);
        }
        render::render(&self.program, scope, options, None)
    }

    /// The text for one profile, and how it came about: each value that was printed, each branch that was taken or
    /// not, with the fields that decided.
    ///
    /// # Errors
    ///
    /// As [`Template::render`].
    pub fn explain(&self, scope: &Scope<'_>, options: &RenderOptions) -> Result<Explanation, RenderError> {
        if !self.valid {
            return Err(RenderError::InvalidTemplate);
        }
        let mut notes = Notes::default();
        let rendered = render::render(&self.program, scope, options, Some(&mut notes))?;
        Ok(Explanation {
            rendered,
            steps: notes.steps,
            left_out: notes.left_out,
        })
    }

    /// The template in its canonical layout: what it renders is the same. One that has errors comes back as it is.
    pub fn format(&self) -> String {
        if self.valid {
            layout::format(self.source())
        } else {
            self.source().to_owned()
        }
    }

    /// What is wrong or unwise in the template, given the fields that exist: unknown fields, wrong types, variables
    /// that nobody reads, branches that nobody takes, fields that are printed without a fallback.
    ///
    /// Of a template that has errors of its own nothing is said but those.
    pub fn check(&self, schema: &Schema) -> Vec<Finding> {
        if !self.valid {
            return Vec::new();
        }
        check::check(&self.program, schema).locate(&self.program)
    }

    /// The fields that the template reads, as full paths, each once: what variables and loops stand for is put in
    /// their place, so that `{{#each profile.cart as |x|}}{{x.price}}{{/each}}` reads `profile.cart` and
    /// `profile.cart.price`.
    pub fn paths(&self) -> Vec<String> {
        check::paths(&self.program)
    }

    /// What it asks of a person beyond the attributes.
    pub fn asks(&self) -> Asks {
        Asks::of(&self.program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Template>();
    }

    #[test]
    fn a_template_with_errors_is_not_rendered() {
        let parsed = Template::parse("{{#if profile.x}}");
        let rendered = parsed.template.render(&Scope::at(0), &RenderOptions::default());
        assert_eq!(rendered, Err(RenderError::InvalidTemplate));
        assert_eq!(parsed.template.check(&Schema::empty()), []);
    }
}
