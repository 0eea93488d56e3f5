//! The draft while it is written, shared by all parts of the composer.

use heliograph_model::message::Content;
use heliograph_model::payload::{ContentField, ContentProblem, TargetApp, check_content};
use heliograph_model::personalize::Severity;
use leptos::prelude::*;

use super::api::Known;
use crate::components::part;
use crate::pages::writing::Vocabulary;

/// The draft and what follows from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft {
    /// What is written.
    pub(super) content: RwSignal<Content>,
    /// What is written, with the texts of the fragments that it can call: what is checked, shown and weighed.
    pub(super) whole: Memo<Content>,
    /// What it can refer to.
    pub(super) known: StoredValue<Known>,
    /// What is wrong or unwise.
    pub(super) problems: Memo<Vec<ContentProblem>>,
}

impl Draft {
    /// Makes it known to all parts.
    pub(super) fn provide(content: Content, known: Known) -> Self {
        let content = RwSignal::new(content);
        let Vocabulary {
            schema, fragments, ..
        } = Vocabulary::provide(&known.words);
        let whole = Memo::new(move |_| {
            let fragments = fragments.get_value();
            content.with(|content| content.clone().with_fragments(fragments))
        });
        let apps: Vec<TargetApp> = known.apps.iter().map(TargetApp::from).collect();
        let draft = Self {
            content,
            whole,
            known: StoredValue::new(known),
            problems: Memo::new(move |_| {
                whole.with(|content| schema.with_value(|schema| check_content(content, &apps, schema)))
            }),
        };
        provide_context(draft);
        draft
    }

    /// What is wrong with one field.
    pub(super) fn problems_of(self, field: ContentField) -> Signal<Vec<ContentProblem>> {
        let problems = self.problems;
        Memo::new(move |_| {
            problems.with(|all| {
                all.iter()
                    .filter(|problem| problem.field == field)
                    .cloned()
                    .collect()
            })
        })
        .into()
    }

    /// How many errors and how many warnings there are.
    pub(super) fn counts(self) -> (usize, usize) {
        self.problems.with(|problems| {
            let errors = problems
                .iter()
                .filter(|problem| problem.severity == Severity::Error)
                .count();
            (errors, problems.len() - errors)
        })
    }

    /// A signal of one part of the draft, in step with it both ways.
    pub(super) fn part<T, R, W>(self, read: R, write: W) -> RwSignal<T>
    where
        T: Clone + PartialEq + Send + Sync + 'static,
        R: Fn(&Content) -> T + Clone + 'static,
        W: Fn(&mut Content, T) + 'static,
    {
        part(self.content, read, write)
    }
}

/// The draft that the composer around this is about.
pub(super) fn use_draft() -> Draft {
    expect_context::<Draft>()
}
