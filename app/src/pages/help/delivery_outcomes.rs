//! Every way in which a push can end, what it means and what to do: the table of [`heliograph_model::delivery`], to read.

use heliograph_model::delivery::{Class, Exclusion, Outcome};
use heliograph_model::report::Figure;
use leptos::prelude::*;

use super::section::Section;
use crate::components::{EmptyState, IconName, Page, PageHead, SearchBox, outcome_id, use_searched};
use crate::pages::lazy_page;

lazy_page! {
    /// Every way in which a push can end.
    DeliveryOutcomes in console
}

fn view() -> AnyView {
    let words = use_searched();
    view! {
        <Page class="help">
            <PageHead
                title="Delivery outcomes"
                lead="Every way in which a push can end, what it means, and what to do about it."
            />
            <div class="row wrap"><SearchBox label="Search outcomes"/></div>
            {move || found(&words.get())}
        </Page>
    }
    .into_any()
}

/// One way in which a push can end.
struct Entry {
    figure: Figure,
    code: &'static str,
    title: &'static str,
    words: Option<&'static str>,
    advice: &'static str,
    retry: Option<String>,
}

impl Entry {
    fn fits(&self, words: &str) -> bool {
        [self.code, self.title, self.words.unwrap_or_default(), self.advice]
            .iter()
            .any(|text| text.to_lowercase().contains(words))
    }
}

impl From<Outcome> for Entry {
    fn from(outcome: Outcome) -> Self {
        Self {
            figure: Figure::Failed,
            code: outcome.as_str(),
            title: outcome.title(),
            words: Some(outcome.words()),
            advice: outcome.advice(),
            retry: Some(outcome.retry().in_words()),
        }
    }
}

impl From<Exclusion> for Entry {
    fn from(exclusion: Exclusion) -> Self {
        Self {
            figure: Figure::Excluded,
            code: exclusion.code(),
            title: exclusion.title(),
            words: None,
            advice: exclusion.advice(),
            retry: None,
        }
    }
}

/// What somebody has to look at comes first.
const ORDER: [(Class, &str); 7] = [
    (
        Class::Configuration,
        "A key or a setting is wrong. What waits for it, as is said below, is sent once it is put right.",
    ),
    (
        Class::Payload,
        "The message can't be sent as it is, to this person or to anyone.",
    ),
    (
        Class::Retire,
        "The phone can't be reached under this push token any more.",
    ),
    (
        Class::Throttled,
        "It is held back for a while, or for good where its time to live ends first.",
    ),
    (
        Class::Retry,
        "It did not work this time; it is tried again by itself.",
    ),
    (Class::Unknown, "Nobody knows whether it arrived."),
    (
        Class::Accepted,
        "The provider took it. Only the phone knows whether it was shown.",
    ),
];

fn found(words: &str) -> AnyView {
    let excluded: Vec<Entry> = Exclusion::ALL.map(Entry::from).into();
    let sections: Vec<_> = ORDER
        .into_iter()
        .map(|(class, about)| {
            let entries = Outcome::ALL
                .iter()
                .filter(|outcome| outcome.class() == class)
                .map(|outcome| Entry::from(*outcome))
                .collect();
            (class.title(), about, entries)
        })
        .chain([(
            "Excluded",
            "It was kept back before it was sent: nothing went to Apple or Google.",
            excluded,
        )])
        .map(|(title, about, entries): (_, _, Vec<Entry>)| {
            let entries: Vec<Entry> = entries.into_iter().filter(|entry| entry.fits(words)).collect();
            (title, about, entries)
        })
        .filter(|(_, _, entries)| !entries.is_empty())
        .collect();
    if sections.is_empty() {
        return view! { <EmptyState icon=IconName::Search title="No outcome fits"/> }.into_any();
    }
    sections
        .into_iter()
        .map(|(title, about, entries)| {
            view! { <Section title about>{entries.into_iter().map(entry).collect_view()}</Section> }
        })
        .collect_view()
        .into_any()
}

fn entry(entry: Entry) -> impl IntoView {
    view! {
        <li id=outcome_id(entry.figure, entry.code)>
            <h3>{entry.title}</h3>
            <code>{entry.code}</code>
            <p>{entry.words} " " {entry.advice}</p>
            {entry.retry.map(|retry| view! { <p class="quiet">{retry}</p> })}
        </li>
    }
}
