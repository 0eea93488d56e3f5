//! What is wrong or unwise in a field or a template, with the edit that mends it and the way to what explains it.

use std::ops::Range;

use heliograph_model::payload::ContentProblem;
use heliograph_model::personalize::{Finding, FindingCode, Fix, Severity};
use leptos::prelude::*;

use super::{Icon, IconName};

/// The page that explains the language of templates; its entries are reached by their anchors.
pub const PERSONALISATION: &str = "/help/personalisation";

/// One thing that is wrong or unwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    severity: Severity,
    /// Line and column, where it has a place in a text.
    place: Option<(usize, usize)>,
    /// The part of the text that it is about, in bytes.
    part: Option<Range<usize>>,
    message: String,
    /// Is it about a field that may be empty?
    is_gap: bool,
    fix: Option<Fix>,
    /// The entry of the reference that says more.
    entry: Option<String>,
}

impl Remark {
    /// Must it be put right?
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The part of the text that it is about, in bytes, where it has a place in one, and how much it matters.
    pub fn mark(&self) -> Option<(Range<usize>, Severity)> {
        Some((self.part.clone()?, self.severity))
    }

    /// The part of the text that names a field which may be empty, where it is about one.
    pub fn gap(&self) -> Option<Range<usize>> {
        self.part.clone().filter(|_| self.is_gap)
    }

    /// The same, and a sentence more.
    pub fn and(mut self, sentence: &str) -> Self {
        self.message.push(' ');
        self.message.push_str(sentence);
        self
    }
}

impl From<Finding> for Remark {
    fn from(finding: Finding) -> Self {
        Self {
            severity: finding.severity,
            place: Some((finding.line, finding.column)),
            part: Some(finding.offset..finding.offset + finding.length),
            message: finding.message,
            is_gap: finding.code == FindingCode::MissingFallback,
            fix: finding.fix,
            entry: finding.entry,
        }
    }
}

impl From<ContentProblem> for Remark {
    fn from(problem: ContentProblem) -> Self {
        match problem.finding {
            Some(finding) => Self::from(finding),
            None => Self {
                severity: problem.severity,
                place: None,
                part: None,
                message: problem.message,
                is_gap: false,
                fix: None,
                entry: None,
            },
        }
    }
}

/// The findings of one field, under it.
#[component]
pub fn Findings<T: Into<Remark> + Clone + Send + Sync + 'static>(
    /// The id by which the field refers to them.
    #[prop(into)]
    id: String,
    /// What there is.
    #[prop(into)]
    problems: Signal<Vec<T>>,
    /// Mends one.
    #[prop(optional, into)]
    fix: Option<Callback<Fix>>,
) -> impl IntoView {
    view! {
        <ul class="findings" id=id>
            {move || problems.get().into_iter().map(|problem| line(problem.into(), fix)).collect_view()}
        </ul>
    }
}

fn line(remark: Remark, fix: Option<Callback<Fix>>) -> impl IntoView {
    let (class, icon) = sign(remark.severity);
    let place = remark
        .place
        .map(|(line, column)| format!("Line {line}, column {column}: "));
    let mend = fix.zip(remark.fix).map(|(apply, fix)| {
        let title = fix.title.clone();
        view! {
            <button class="link-button small" type="button" on:click=move |_| apply.run(fix.clone())>{title}</button>
        }
    });
    view! {
        <li class=class>
            <Icon name=icon/>
            <span>
                {place}{remark.message}" "{mend}" "
                {remark.entry.map(|entry| view! { <ReferenceLink entry/> })}
            </span>
        </li>
    }
}

/// The way to an entry of the reference of the language, in a tab of its own so that nothing typed is left behind.
#[component]
pub fn ReferenceLink(
    /// The anchor of the entry: the name of a function.
    #[prop(into)]
    entry: String,
) -> impl IntoView {
    let href = format!("{PERSONALISATION}#{entry}");
    view! {
        <a class="link reference-link" href=href target="_blank" rel="noopener">
            "About "
            {entry}
            <span class="unseen">" (opens in a new tab)"</span>
        </a>
    }
}

/// The class and the icon of a problem.
pub(crate) const fn sign(severity: Severity) -> (&'static str, IconName) {
    match severity {
        Severity::Error => ("bad", IconName::Bad),
        Severity::Warning => ("warn", IconName::Warn),
    }
}
