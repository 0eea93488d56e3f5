//! What is wrong with a message, before it is published.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    ContentField,
    content::{COLLAPSE_MAX, CompiledContent, target},
    is_reserved_key,
};
use crate::{
    app_config::{AppConfiguration, PayloadStyle, Platform},
    ids::{AppId, AudienceId},
    message::{BUTTONS_MAX, Content, Purpose, TTL_MAX, TapAction},
    personalize::{AskedAudiences, Finding, Schema, Severity},
    timing::Timing,
};

/// Shortest time to live, in seconds: less would be over before the push is on its way.
pub const TTL_MIN: u32 = 60;

/// What is to be known of an app that messages can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetApp {
    /// Which.
    pub id: AppId,
    /// Its operating system.
    pub platform: Platform,
    /// How its payloads are written.
    pub style: PayloadStyle,
}

impl From<&AppConfiguration> for TargetApp {
    fn from(app: &AppConfiguration) -> Self {
        Self {
            id: app.id,
            platform: app.platform,
            style: app.style,
        }
    }
}

/// One thing that is wrong or unwise in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentProblem {
    /// In which field.
    pub field: ContentField,
    /// An error forbids publishing.
    pub severity: Severity,
    /// What it is and what to do, in a sentence.
    pub message: String,
    /// Where in the template, where it is about one.
    pub finding: Option<Finding>,
}

struct Problems(Vec<ContentProblem>);

impl Problems {
    fn error(&mut self, field: ContentField, message: impl Into<String>) {
        self.add(field, Severity::Error, message.into());
    }

    fn warning(&mut self, field: ContentField, message: impl Into<String>) {
        self.add(field, Severity::Warning, message.into());
    }

    fn add(&mut self, field: ContentField, severity: Severity, message: String) {
        self.0.push(ContentProblem {
            field,
            severity,
            message,
            finding: None,
        });
    }

    fn finding(&mut self, field: ContentField, finding: &Finding) {
        self.0.push(ContentProblem {
            field,
            severity: finding.severity,
            message: finding.message.clone(),
            finding: Some(finding.clone()),
        });
    }
}

/// Whatever is wrong or unwise in a message, by field; one error is enough to forbid publishing. `apps` and
/// `audiences` are those that exist.
pub fn check_content(
    content: &Content,
    apps: &[TargetApp],
    audiences: &[(AudienceId, String)],
    schema: &Schema,
) -> Vec<ContentProblem> {
    check_compiled(&CompiledContent::new(content.clone()), apps, audiences, schema)
}

/// As [`check_content`], of a content whose templates have been read.
pub fn check_compiled(
    compiled: &CompiledContent,
    apps: &[TargetApp],
    audiences: &[(AudienceId, String)],
    schema: &Schema,
) -> Vec<ContentProblem> {
    let mut problems = Problems(Vec::new());
    let content = compiled.content();
    let targets = targets(content, apps, &mut problems);
    if content.title.trim().is_empty() && content.body.trim().is_empty() {
        problems.error(
            ContentField::Title,
            "There is nothing to show: write a title or a text.",
        );
    }
    for (field, finding) in compiled.findings() {
        problems.finding(field, finding);
    }
    for (field, template) in compiled.templates() {
        for finding in template.check(schema) {
            problems.finding(field, &finding);
        }
        if let AskedAudiences::Named(ids) = template.asks().audiences {
            for id in ids {
                audience(field, &id, audiences, &mut problems);
            }
        }
    }
    web_address(ContentField::Image, &content.image, &mut problems);
    action(ContentField::Tap, &content.tap, &mut problems);
    buttons(content, &targets, &mut problems);
    data(content, &mut problems);
    if !(TTL_MIN..=TTL_MAX).contains(&content.ttl) {
        problems.error(
            ContentField::Ttl,
            "The time to live must be between one minute and 28 days.",
        );
    }
    timing(content, &mut problems);
    if is_fixed(&content.collapse_key) && content.collapse_key.trim().len() > COLLAPSE_MAX {
        problems.warning(
            ContentField::CollapseKey,
            "The collapse key has more than 64 bytes, so a digest of it is used instead.",
        );
    }
    let badge = content.badge.trim();
    if is_fixed(badge) && !badge.is_empty() && badge.parse::<u32>().is_err() {
        problems.error(ContentField::Badge, "The badge must be a whole number from 0.");
    }
    problems.0
}

fn timing(content: &Content, problems: &mut Problems) {
    let field = ContentField::Timing;
    if content.timing == Timing::AtOnce {
        return;
    }
    if content.purpose == Purpose::Transactional {
        problems.error(
            field,
            "A person waits for a transactional message, so it always goes at once. Choose “At once”.",
        );
    } else if let Some(problem) = content.timing.problem() {
        problems.error(field, problem);
    } else if content.timing.length() + Duration::from_secs(TTL_MIN.into())
        > Duration::from_secs(content.ttl.into())
    {
        problems.warning(
            field,
            "The time to live is no longer than this window, so the window ends a minute before it. Allow a longer time \
             to live.",
        );
    }
}

/// Warns where a text asks for an audience that there is not: nobody is in it.
fn audience(field: ContentField, id: &str, audiences: &[(AudienceId, String)], problems: &mut Problems) {
    if audiences.iter().any(|(known, _)| known.to_string() == id) {
        return;
    }
    let meant = audiences
        .iter()
        .find(|(known, name)| name.trim().eq_ignore_ascii_case(id.trim()) || id.parse() == Ok(*known));
    problems.warning(
        field,
        match meant {
            Some((known, name)) => {
                format!("Texts ask for audiences by identifier: write {known} for “{name}”.")
            }
            None => format!("No audience has the identifier “{id}”. Copy it from the audience's page."),
        },
    );
}

/// Does a template say the same to everyone?
fn is_fixed(template: &str) -> bool {
    !template.contains("{{") && !template.contains("{%")
}

fn targets<'a>(content: &Content, apps: &'a [TargetApp], problems: &mut Problems) -> Vec<&'a TargetApp> {
    if content.apps.is_empty() {
        problems.error(ContentField::Apps, "Choose at least one app.");
    }
    let targets: Vec<_> = apps.iter().filter(|app| content.apps.contains(&app.id)).collect();
    if targets.len() < content.apps.len() {
        problems.error(
            ContentField::Apps,
            "An app that was chosen has been deleted. Choose again.",
        );
    }
    targets
}

fn web_address(field: ContentField, template: &str, problems: &mut Problems) {
    let address = template.trim();
    // What a template begins with may hold the whole address.
    if address.is_empty() || address.starts_with("{{") || address.starts_with("{%") {
        return;
    }
    let host = address.strip_prefix("https://");
    if host.is_none_or(|host| host.is_empty() || host.starts_with(['/', '?', '#'])) {
        problems.error(field, "The address must begin with https:// and a host name.");
    } else if is_fixed(address) && address.contains(char::is_whitespace) {
        problems.error(field, "The address must not have spaces in it.");
    }
}

fn action(field: ContentField, action: &TapAction, problems: &mut Problems) {
    let address = target(action).trim();
    match action {
        TapAction::OpenApp => {}
        TapAction::DeepLink { .. } | TapAction::Web { .. } if address.is_empty() => {
            problems.error(field, "Say where it leads, or choose “Open the app”.");
        }
        TapAction::Web { .. } => web_address(field, address, problems),
        TapAction::DeepLink { .. } => {
            if address.starts_with("{{") || address.starts_with("{%") {
                return;
            }
            // RFC 3986, section 3.1: a letter, then letters, digits, “+”, “-” and “.”.
            let scheme = address.split_once(':').map(|(scheme, _)| scheme);
            let fits = scheme.is_some_and(|scheme| {
                scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                    && scheme
                        .chars()
                        .all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
            });
            if !fits {
                problems.error(
                    field,
                    "A deep link begins with the app's scheme, such as myshop://cart.",
                );
            }
        }
    }
}

fn buttons(content: &Content, targets: &[&TargetApp], problems: &mut Problems) {
    if content.buttons.len() > BUTTONS_MAX {
        problems.error(
            ContentField::Buttons,
            format!("A notification has at most {BUTTONS_MAX} buttons."),
        );
    }
    for (index, button) in content.buttons.iter().enumerate() {
        if button.label.trim().is_empty() {
            problems.error(ContentField::ButtonLabel(index), "Say what the button says.");
        }
        action(ContentField::ButtonAction(index), &button.action, problems);
    }
    if content.buttons.is_empty() {
        return;
    }
    let any = |platform| targets.iter().any(|app| app.platform == platform);
    if any(Platform::Ios) && content.category.trim().is_empty() {
        problems.warning(
            ContentField::Category,
            "iPhones show buttons only by a category that the app has registered. Name it, or they will show none.",
        );
    }
    if targets
        .iter()
        .any(|app| app.platform == Platform::Android && app.style == PayloadStyle::Standard)
    {
        problems.warning(
            ContentField::Buttons,
            "Android apps without Adobe's Messaging extension show no buttons.",
        );
    }
}

fn data(content: &Content, problems: &mut Problems) {
    for (index, (key, _)) in content.data.iter().enumerate() {
        let (key, field) = (key.trim(), ContentField::DataKey(index));
        if key.is_empty() {
            problems.error(field, "Custom data needs a key.");
        } else if is_reserved_key(key) {
            problems.error(
                field,
                format!("“{key}” is reserved by Apple, Google or the SDK. Choose another key."),
            );
        } else if content.data[..index].iter().any(|(other, _)| other.trim() == key) {
            problems.error(field, format!("The key “{key}” is there twice."));
        }
    }
}
