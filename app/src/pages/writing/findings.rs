//! What is wrong or unwise in a field, with the edit that mends it.

use heliograph_model::payload::ContentProblem;
use heliograph_model::personalize::{Finding, Fix, Severity};
use leptos::prelude::*;

use crate::components::{Icon, IconName};

/// Something that is wrong or unwise in a field.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::pages) struct Problem {
    /// Is it wrong?
    pub(in crate::pages) severity: Severity,
    pub(in crate::pages) message: String,
    finding: Option<Finding>,
}

impl From<ContentProblem> for Problem {
    fn from(problem: ContentProblem) -> Self {
        Self {
            severity: problem.severity,
            message: problem.message,
            finding: problem.finding,
        }
    }
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        Self {
            severity: finding.severity,
            message: finding.message.clone(),
            finding: Some(finding),
        }
    }
}

/// The findings of one field, under it.
#[component]
pub(in crate::pages) fn Findings(
    /// The id by which the field refers to them.
    #[prop(into)]
    id: String,
    /// What there is.
    problems: Signal<Vec<Problem>>,
    /// Mends one.
    #[prop(optional, into)]
    fix: Option<Callback<Fix>>,
) -> impl IntoView {
    let line = move |problem: Problem| {
        let (class, icon) = sign(problem.severity);
        let place = problem
            .finding
            .as_ref()
            .map(|finding| format!("Line {}, column {}: ", finding.line, finding.column));
        let mend = fix.zip(problem.finding.and_then(|finding| finding.fix)).map(|(apply, fix)| {
            let title = fix.title.clone();
            view! {
                <button class="link-button small" type="button" on:click=move |_| apply.run(fix.clone())>{title}</button>
            }
        });
        view! {
            <li class=class>
                <Icon name=icon/>
                <span>{place}{problem.message}" "{mend}</span>
            </li>
        }
    };
    view! {
        <ul class="findings" id=id>
            {move || problems.get().into_iter().map(line).collect_view()}
        </ul>
    }
}

/// The class and the icon of a problem.
pub(in crate::pages) const fn sign(severity: Severity) -> (&'static str, IconName) {
    match severity {
        Severity::Error => ("bad", IconName::Bad),
        Severity::Warning => ("warn", IconName::Warn),
    }
}
