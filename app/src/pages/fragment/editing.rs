//! The fragment while it is written, shared by all parts of its page.

use heliograph_model::fragment::{FragmentDraft, UsedBy, arguments, check};
use heliograph_model::ids::FragmentId;
use heliograph_model::personalize::{Argument, Finding, Severity};
use leptos::prelude::*;

use crate::components::{part, settled};
use crate::pages::writing::{Vocabulary, Words};

/// The draft and what follows from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Editing {
    /// Which fragment.
    pub(super) id: FragmentId,
    /// The name by which it is called.
    pub(super) name: RwSignal<String>,
    /// What is written.
    pub(super) draft: RwSignal<FragmentDraft>,
    /// Tells when what is written is to be read, checked and shown anew.
    pub(super) settled: RwSignal<()>,
    /// The newest published version.
    pub(super) version: RwSignal<Option<i64>>,
    /// What calls it.
    pub(super) used_by: RwSignal<Vec<UsedBy>>,
    /// What its text can name.
    pub(super) vocabulary: Vocabulary,
    /// What is wrong or unwise in its text.
    pub(super) findings: Memo<Vec<Finding>>,
    /// What its callers may give.
    pub(super) arguments: Memo<Vec<Argument>>,
}

/// What the page begins with.
#[derive(Debug, Clone)]
pub(super) struct Start {
    /// Which fragment.
    pub(super) id: FragmentId,
    /// The name by which it is called.
    pub(super) name: String,
    /// What is written.
    pub(super) draft: FragmentDraft,
    /// The newest published version.
    pub(super) version: Option<i64>,
    /// What calls it.
    pub(super) used_by: Vec<UsedBy>,
}

impl Editing {
    /// Makes it known to all parts.
    pub(super) fn provide(start: Start, words: &Words) -> Self {
        let vocabulary = Vocabulary::provide(words);
        let Vocabulary {
            fragments, schema, ..
        } = vocabulary;
        let name = RwSignal::new(start.name);
        let draft = RwSignal::new(start.draft);
        let settled = settled(move || draft.track());
        let text = Memo::new(move |_| {
            settled.track();
            draft.with_untracked(|draft| draft.text.clone())
        });
        let findings = move |_: Option<&Vec<Finding>>| {
            let (name, text) = (name.get(), text.get());
            fragments.with_value(|known| schema.with_value(|schema| check(&name, &text, known, schema)))
        };
        let arguments = move |_: Option<&Vec<Argument>>| {
            let (name, text) = (name.get(), text.get());
            fragments.with_value(|known| arguments(&name, &text, known))
        };
        let editing = Self {
            id: start.id,
            name,
            draft,
            settled,
            version: RwSignal::new(start.version),
            used_by: RwSignal::new(start.used_by),
            vocabulary,
            findings: Memo::new(findings),
            arguments: Memo::new(arguments),
        };
        provide_context(editing);
        editing
    }

    /// Does something call it that needs its name?
    pub(super) fn is_held(self) -> bool {
        self.used_by.with(|users| users.iter().any(UsedBy::holds))
    }

    /// How many errors and how many warnings there are.
    pub(super) fn counts(self) -> (usize, usize) {
        self.findings.with(|findings| {
            let errors = findings
                .iter()
                .filter(|finding| finding.severity == Severity::Error)
                .count();
            (errors, findings.len() - errors)
        })
    }

    /// A signal of one part of the draft, in step with it both ways.
    pub(super) fn part<T, R, W>(self, read: R, write: W) -> RwSignal<T>
    where
        T: Clone + PartialEq + Send + Sync + 'static,
        R: Fn(&FragmentDraft) -> T + Clone + 'static,
        W: Fn(&mut FragmentDraft, T) + 'static,
    {
        part(self.draft, read, write)
    }
}

/// The fragment that the page around this is about.
pub(super) fn use_editing() -> Editing {
    expect_context::<Editing>()
}
