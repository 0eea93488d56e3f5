//! The texts of a message for one person.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    ids::DeliveryId,
    message::{Content, InterruptionLevel, Priority, TapAction, WhenEmpty},
    personalize::{
        Asks, Finding, Fragments, ParseOptions, Parsed, RenderError, RenderOptions, RenderWarning, Scope,
        Template, WarningKind,
    },
};

/// A field of a message's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "field", content = "index", rename_all = "snake_case")]
pub enum ContentField {
    /// The apps that it goes to.
    Apps,
    /// The title.
    Title,
    /// The second line on iOS.
    Subtitle,
    /// The text.
    Body,
    /// The picture's address.
    Image,
    /// Where a tap leads.
    Tap,
    /// The buttons as a whole.
    Buttons,
    /// What a button says; counted from 0.
    ButtonLabel(usize),
    /// Where a button leads; counted from 0.
    ButtonAction(usize),
    /// The iOS category.
    Category,
    /// The key of a piece of custom data; counted from 0.
    DataKey(usize),
    /// The value of a piece of custom data; counted from 0.
    DataValue(usize),
    /// The time to live.
    Ttl,
    /// The collapse key.
    CollapseKey,
    /// The number on the icon.
    Badge,
    /// When it goes out.
    Timing,
}

impl fmt::Display for ContentField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apps => f.write_str("Apps"),
            Self::Title => f.write_str("Title"),
            Self::Subtitle => f.write_str("Subtitle"),
            Self::Body => f.write_str("Body"),
            Self::Image => f.write_str("Picture"),
            Self::Tap => f.write_str("Tap action"),
            Self::Buttons => f.write_str("Buttons"),
            Self::ButtonLabel(index) => write!(f, "Button {}", index + 1),
            Self::ButtonAction(index) => write!(f, "Action of button {}", index + 1),
            Self::Category => f.write_str("Category"),
            Self::DataKey(index) => write!(f, "Key of custom data {}", index + 1),
            Self::DataValue(index) => write!(f, "Value of custom data {}", index + 1),
            Self::Ttl => f.write_str("Time to live"),
            Self::CollapseKey => f.write_str("Collapse key"),
            Self::Badge => f.write_str("Badge"),
            Self::Timing => f.write_str("When it goes out"),
        }
    }
}

/// Something that a text lacks for this person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentWarning {
    /// In which field.
    pub field: ContentField,
    /// What.
    pub warning: RenderWarning,
}

/// A button, rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedButton {
    /// What it says.
    pub label: String,
    /// What it does.
    pub action: TapAction,
}

/// What one person will see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedContent {
    /// Title; empty for none, as all texts here.
    pub title: String,
    /// Second line on iOS.
    pub subtitle: String,
    /// Text.
    pub body: String,
    /// Address of the picture.
    pub image: String,
    /// What a tap does.
    pub tap: TapAction,
    /// The buttons that have a label.
    pub buttons: Vec<RenderedButton>,
    /// The iOS category.
    pub category: String,
    /// Custom data.
    pub data: Vec<(String, String)>,
    /// Pushes with the same key replace one another; empty where it has a key of its own.
    pub collapse_key: String,
    /// Number on the icon.
    pub badge: Option<u32>,
    /// The sound's name, `default` for the system's.
    pub sound: String,
    /// Android's notification channel.
    pub channel: String,
    /// Its urgency.
    pub priority: Priority,
    /// How it may interrupt.
    pub interruption: InterruptionLevel,
    /// What the texts lack for this person.
    pub warnings: Vec<ContentWarning>,
}

/// Longest collapse identifier that Apple takes, in bytes.
pub(super) const COLLAPSE_MAX: usize = 64;

/// What makes pushes replace one another on the phone: the collapse key, or the delivery's own identifier. A key over
/// 64 bytes, Apple's limit, is replaced by its digest, which is the same for the same key.
pub fn collapse_id(key: &str, delivery: DeliveryId) -> String {
    let key = key.trim();
    if key.is_empty() {
        delivery.to_string()
    } else if key.len() > COLLAPSE_MAX || key.chars().any(char::is_control) {
        let digest = Sha256::digest(key.as_bytes());
        digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    } else {
        key.to_owned()
    }
}

impl RenderedContent {
    /// See [`collapse_id`].
    pub fn collapse_id(&self, delivery: DeliveryId) -> String {
        collapse_id(&self.collapse_key, delivery)
    }

    /// The fields of the person that a text wanted and that are empty, each once.
    pub fn empty_fields(&self) -> Vec<&str> {
        let mut fields: Vec<&str> = self
            .warnings
            .iter()
            .filter(|one| one.warning.kind == WarningKind::EmptyField)
            .map(|one| one.warning.field.as_str())
            .collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}

/// Why a message could not be made for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {error}")]
pub struct RenderFault {
    /// In which field.
    pub field: ContentField,
    /// Why.
    pub error: RenderError,
}

/// A message's content with its templates read, to be rendered often.
#[derive(Debug, Clone)]
pub struct CompiledContent {
    content: Content,
    templates: Vec<(ContentField, Parsed)>,
    asks: Asks,
}

impl CompiledContent {
    /// Reads the templates of a content, with its fragments. Whatever is wrong with them is in [`Self::findings`].
    pub fn new(content: Content) -> Self {
        let options = ParseOptions::default();
        let read = |(field, source)| {
            let parsed = Template::parse_with_fragments(source, &options, &content.fragments);
            (field, parsed)
        };
        let templates: Vec<(ContentField, Parsed)> = sources(&content).into_iter().map(read).collect();
        let mut asks = Asks::default();
        for (_, parsed) in &templates {
            asks.add(&parsed.template.asks());
        }
        Self {
            content,
            templates,
            asks,
        }
    }

    /// The content as it was written.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What its templates ask of a person beyond the attributes.
    pub fn asks(&self) -> &Asks {
        &self.asks
    }

    /// The content with those fragments alone that its templates call, through others as well.
    pub fn frozen(self) -> Content {
        let called = self
            .templates
            .iter()
            .flat_map(|(_, parsed)| parsed.template.fragments());
        let fragments = self.content.fragments.only(called);
        self.content.with_fragments(fragments)
    }

    /// Is nothing to be sent to a person for whom a field is empty?
    pub fn needs_all_fields(&self) -> bool {
        self.content.when_empty == WhenEmpty::DoNotSend
    }

    /// The templates by field.
    pub(super) fn templates(&self) -> impl Iterator<Item = (ContentField, &Template)> {
        self.templates
            .iter()
            .map(|(field, parsed)| (*field, &parsed.template))
    }

    /// What is wrong or unwise in the templates, by field.
    pub fn findings(&self) -> impl Iterator<Item = (ContentField, &Finding)> {
        self.templates
            .iter()
            .flat_map(|(field, parsed)| parsed.findings.iter().map(move |finding| (*field, finding)))
    }

    /// What one person will see.
    ///
    /// # Errors
    /// Where a template has errors, or grows beyond a limit for this person.
    pub fn render(&self, scope: &Scope<'_>) -> Result<RenderedContent, RenderFault> {
        let mut warnings = Vec::new();
        let options = RenderOptions::default();
        let mut texts = self.templates.iter();
        // The fields come in the order of `sources`.
        let mut next = || -> Result<String, RenderFault> {
            let Some((field, parsed)) = texts.next() else {
                return Ok(String::new());
            };
            let rendered = parsed
                .template
                .render(scope, &options)
                .map_err(|error| RenderFault { field: *field, error })?;
            warnings.extend(rendered.warnings.into_iter().map(|warning| ContentWarning {
                field: *field,
                warning,
            }));
            Ok(rendered.text)
        };
        let content = &self.content;
        let title = next()?;
        let subtitle = next()?;
        let body = next()?;
        let image = next()?.trim().to_owned();
        let tap = action(&content.tap, next()?);
        let mut buttons = Vec::with_capacity(content.buttons.len());
        for button in &content.buttons {
            let (label, target) = (next()?, next()?);
            if !label.trim().is_empty() {
                let action = action(&button.action, target);
                buttons.push(RenderedButton { label, action });
            }
        }
        let mut data = Vec::with_capacity(content.data.len());
        for (key, _) in &content.data {
            data.push((key.trim().to_owned(), next()?));
        }
        let collapse_key = next()?;
        let badge = next()?;
        let number = badge.trim().parse().ok();
        if number.is_none() && !badge.trim().is_empty() {
            warnings.push(ContentWarning {
                field: ContentField::Badge,
                warning: RenderWarning {
                    kind: WarningKind::FailedConversion,
                    field: content.badge.clone(),
                    offset: 0,
                    length: content.badge.len(),
                    message: format!(
                        "“{}” is not a whole number, so the icon keeps its number.",
                        badge.trim()
                    ),
                },
            });
        }
        Ok(RenderedContent {
            title,
            subtitle,
            body,
            image,
            tap,
            buttons,
            category: content.category.trim().to_owned(),
            data,
            collapse_key,
            badge: number,
            sound: content.sound.trim().to_owned(),
            channel: content.channel.trim().to_owned(),
            priority: content.priority,
            interruption: content.interruption,
            warnings,
        })
    }
}

/// The templates of a content as they were written, by field.
fn sources(content: &Content) -> Vec<(ContentField, &str)> {
    let mut sources = vec![
        (ContentField::Title, content.title.as_str()),
        (ContentField::Subtitle, &content.subtitle),
        (ContentField::Body, &content.body),
        (ContentField::Image, &content.image),
        (ContentField::Tap, target(&content.tap)),
    ];
    for (index, button) in content.buttons.iter().enumerate() {
        sources.push((ContentField::ButtonLabel(index), &button.label));
        sources.push((ContentField::ButtonAction(index), target(&button.action)));
    }
    for (index, (_, value)) in content.data.iter().enumerate() {
        sources.push((ContentField::DataValue(index), value));
    }
    sources.push((ContentField::CollapseKey, &content.collapse_key));
    sources.push((ContentField::Badge, &content.badge));
    sources
}

/// The names of the fragments that a content calls, through others as well. `known` are the fragments that there are.
pub fn called_fragments(content: &Content, known: &Fragments) -> BTreeSet<String> {
    let options = ParseOptions::default();
    sources(content)
        .into_iter()
        .flat_map(|(_, source)| {
            let template = Template::parse_with_fragments(source, &options, known).template;
            template.fragments().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// What one person will see of a content: for one rendering; see [`CompiledContent`] for many.
///
/// # Errors
/// As [`CompiledContent::render`].
pub fn render_content(content: &Content, scope: &Scope<'_>) -> Result<RenderedContent, RenderFault> {
    CompiledContent::new(content.clone()).render(scope)
}

/// The template of where an action leads; empty where it only opens the app.
pub(super) fn target(action: &TapAction) -> &str {
    match action {
        TapAction::OpenApp => "",
        TapAction::DeepLink { uri } => uri,
        TapAction::Web { url } => url,
    }
}

/// The action with its target rendered. Without a target all that is left is to open the app.
fn action(kind: &TapAction, target: String) -> TapAction {
    let target = target.trim().to_owned();
    match kind {
        _ if target.is_empty() => TapAction::OpenApp,
        TapAction::OpenApp => TapAction::OpenApp,
        TapAction::DeepLink { .. } => TapAction::DeepLink { uri: target },
        TapAction::Web { .. } => TapAction::Web { url: target },
    }
}
