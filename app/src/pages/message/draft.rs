//! The draft while it is written, shared by all parts of the composer.

use heliograph_model::message::Content;
use heliograph_model::payload::{CompiledContent, ContentField, ContentProblem, TargetApp, check_compiled};
use heliograph_model::personalize::Severity;
use leptos::prelude::*;

use super::api::Known;
use crate::components::{part, settled};
use crate::pages::writing::Vocabulary;
use crate::zones::Zones;

/// The draft and what follows from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft {
    /// What is written.
    pub(super) content: RwSignal<Content>,
    /// Tells when what is written is to be read, checked and shown anew.
    pub(super) settled: RwSignal<()>,
    /// What is written, with its templates and the fragments that they can call read: once when the keys pause, however many
    /// parts ask. It is what is checked, shown and weighed.
    pub(super) compiled: Memo<CompiledContent>,
    /// What it can refer to.
    pub(super) known: StoredValue<Known>,
    /// The time zones that the browser has learned.
    pub(super) zones: Zones,
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
        let apps: Vec<TargetApp> = known.apps.iter().map(TargetApp::from).collect();
        let audiences = known.audiences.clone();
        let zones = Zones::new();
        let settled = settled(move || content.track());
        let compiled = Memo::new_with_compare(
            move |_| {
                zones.track();
                settled.track();
                CompiledContent::new(content.get_untracked().with_fragments(fragments.get_value()))
            },
            // It is made anew only when the content has changed, or what its names of zones stand for.
            |_, _| true,
        );
        let draft = Self {
            content,
            settled,
            compiled,
            zones,
            known: StoredValue::new(known),
            problems: Memo::new(move |_| {
                compiled.with(|compiled| {
                    schema.with_value(|schema| check_compiled(compiled, &apps, &audiences, schema))
                })
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
