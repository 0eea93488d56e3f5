//! The engines that are compared, each with its data in the form that it renders fastest.

use std::hint::black_box;

use anyhow::{Result, ensure};
use handlebars::{Context, Handlebars, no_escape};
use heliograph_model::personalize::{RenderOptions, Scope, Template};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde_json::{Value, json};

use super::texts::{Text, data};

/// When it is rendered: some day in 2025.
const NOW: i64 = 1_736_232_430_000;

/// Templates read by one engine, with the data at hand.
pub(crate) trait Engine {
    fn name(&self) -> &'static str;
    /// The text of the template at that place.
    fn render(&self, at: usize) -> Result<String>;
    /// Reads a template, and drops it.
    fn parse(&self, source: &str) -> Result<()>;
    /// The spelling that it reads.
    fn spelling(&self, text: Text) -> &'static str {
        text.mustache
    }
}

/// Ours: the profile and the journey as they come from the database, by reference.
pub(crate) struct Ours {
    templates: Vec<Template>,
    profile: Value,
    context: Value,
}

impl Ours {
    pub(crate) fn new(texts: &[Text]) -> Ours {
        let (profile, context) = data();
        let templates = texts.iter().map(|text| Template::parse(text.mustache).template);
        Ours {
            templates: templates.collect(),
            profile,
            context,
        }
    }
}

impl Engine for Ours {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn render(&self, at: usize) -> Result<String> {
        let scope = Scope::at(NOW).profile(&self.profile).context(&self.context);
        Ok(self.templates[at].render(&scope, &RenderOptions::default())?.text)
    }

    fn parse(&self, source: &str) -> Result<()> {
        let parsed = black_box(Template::parse(source));
        ensure!(parsed.is_valid(), "{:?}", parsed.findings);
        Ok(())
    }
}

/// The crate `handlebars`: templates registered, JSON wrapped once.
pub(crate) struct Peer {
    registry: Handlebars<'static>,
    data: Context,
}

impl Peer {
    pub(crate) fn new(texts: &[Text]) -> Result<Peer> {
        let mut registry = Handlebars::new();
        registry.register_escape_fn(no_escape);
        for (text, name) in texts.iter().zip(NAMES) {
            registry.register_template_string(name, text.mustache)?;
        }
        let (profile, context) = data();
        let data = Context::wraps(json!({"profile": profile, "context": context}))?;
        Ok(Peer { registry, data })
    }
}

impl Engine for Peer {
    fn name(&self) -> &'static str {
        "handlebars"
    }

    fn render(&self, at: usize) -> Result<String> {
        Ok(self.registry.render_with_context(NAMES[at], &self.data)?)
    }

    fn parse(&self, source: &str) -> Result<()> {
        black_box(handlebars::Template::compile(source)?);
        Ok(())
    }
}

/// The crate `minijinja`: templates looked up once, data made values of its own once, so that a rendering converts none.
pub(crate) struct Jinja<'e> {
    environment: &'e Environment<'e>,
    templates: Vec<minijinja::Template<'e, 'e>>,
    data: minijinja::Value,
}

/// An environment with the templates in it.
pub(crate) fn jinja(texts: &[Text]) -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    for (text, name) in texts.iter().zip(NAMES) {
        environment.add_template(name, text.jinja)?;
    }
    Ok(environment)
}

impl<'e> Jinja<'e> {
    pub(crate) fn new(environment: &'e Environment<'e>, texts: &[Text]) -> Result<Jinja<'e>> {
        let templates = NAMES[..texts.len()]
            .iter()
            .map(|name| environment.get_template(name));
        let (profile, context) = data();
        Ok(Jinja {
            environment,
            templates: templates.collect::<Result<_, _>>()?,
            data: Serde(json!({"profile": profile, "context": context})).into(),
        })
    }
}

impl Engine for Jinja<'_> {
    fn name(&self) -> &'static str {
        "minijinja"
    }

    fn render(&self, at: usize) -> Result<String> {
        Ok(self.templates[at].render(&self.data)?)
    }

    fn parse(&self, source: &str) -> Result<()> {
        black_box(self.environment.template_from_str(source)?);
        Ok(())
    }

    fn spelling(&self, text: Text) -> &'static str {
        text.jinja
    }
}

/// Names of the templates by their place.
const NAMES: [&str; 2] = ["first", "second"];
