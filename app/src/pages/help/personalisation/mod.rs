//! The language of personalised texts, to read, to search and to try: the tables of
//! [`heliograph_model::personalize::reference`].

mod example;

use heliograph_model::personalize::reference::{self, Chapter, Entry};
use leptos::prelude::*;

use super::section::Section;
use crate::components::{
    CodeBlock, EmptyState, Icon, IconName, Page, PageHead, SearchBox, counted, use_searched,
};
use crate::pages::lazy_page;
use example::LiveExample;

lazy_page! {
    /// The language of personalised texts.
    Personalisation in composer
}

/// A chapter, with which of its entries fit what is searched for.
#[derive(Clone, Copy)]
struct Searched {
    chapter: StoredValue<Chapter>,
    /// For each entry, in order.
    fits: Memo<Vec<bool>>,
}

impl Searched {
    fn new(chapter: Chapter, words: Memo<String>) -> Self {
        let chapter = StoredValue::new(chapter);
        let fits = Memo::new(move |_| {
            let fit = |entry: &Entry| words.with(|words| entry.fits(words));
            chapter.with_value(|chapter| chapter.entries.iter().map(fit).collect())
        });
        Self { chapter, fits }
    }

    /// How many of its entries fit.
    fn count(self) -> usize {
        self.fits.with(|fits| fits.iter().filter(|fits| **fits).count())
    }
}

fn view() -> AnyView {
    let words = use_searched();
    let chapters: Vec<Searched> = reference::chapters()
        .into_iter()
        .map(|chapter| Searched::new(chapter, words))
        .collect();
    let all = StoredValue::new(chapters.clone());
    let count =
        Memo::new(move |_| all.with_value(|all| all.iter().map(|chapter| chapter.count()).sum::<usize>()));
    let found = move || {
        let searching = words.with(|words| !words.trim().is_empty());
        searching.then(|| counted(count.get() as u64, "entry", "entries"))
    };
    view! {
        <Page class="help">
            <PageHead
                title="Personalisation"
                lead="What the texts of a message can do, each with an example that you can change."
            />
            <div class="row wrap">
                <SearchBox label="Search personalisation"/>
                <span class="quiet t13" role="status">{found}</span>
            </div>
            <Sample/>
            <div class="with-contents">
                <Contents chapters=chapters.clone()/>
                <div class="stack wide">
                    {chapters.into_iter().map(|chapter| view! { <ChapterSection chapter/> }).collect_view()}
                    <Show when=move || count.get() == 0>
                        <EmptyState icon=IconName::Search title="Nothing fits"/>
                    </Show>
                </div>
            </div>
        </Page>
    }
    .into_any()
}

/// The data of all examples.
#[component]
fn Sample() -> impl IntoView {
    // The data are a constant, which is always JSON.
    let data = serde_json::to_string_pretty(reference::data()).unwrap_or_default();
    view! {
        <details class="sample">
            <summary class="t13">
                <Icon name=IconName::Right/>
                "In the examples it is 7 January 2025, 06:47 in UTC, and the push goes to Ada."
            </summary>
            <CodeBlock text=data label="Data of the examples"/>
        </details>
    }
}

/// The table of contents: the chapters in which something fits.
#[component]
fn Contents(chapters: Vec<Searched>) -> impl IntoView {
    let link = |chapter: Searched| {
        let (id, title) = chapter.chapter.with_value(|chapter| (chapter.id, chapter.title));
        view! {
            <li hidden=move || chapter.count() == 0>
                <a href=format!("#{id}") rel="external">
                    {title}
                    " "
                    <span class="quiet">{move || chapter.count()}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav class="contents" aria-label="Contents">
            <ul>{chapters.into_iter().map(link).collect_view()}</ul>
        </nav>
    }
}

/// A chapter. What does not fit is hidden rather than left out, so that an example that was changed stays as it is.
#[component]
fn ChapterSection(chapter: Searched) -> impl IntoView {
    let Chapter {
        id,
        title,
        about,
        entries,
    } = chapter.chapter.get_value();
    let entries = entries
        .into_iter()
        .enumerate()
        .map(|(place, entry)| {
            let hidden = Memo::new(move |_| chapter.fits.with(|fits| fits.get(place) == Some(&false)));
            view! { <EntryItem entry hidden/> }
        })
        .collect_view();
    view! {
        <div class="chapter" id=id hidden=move || chapter.count() == 0>
            <Section title about>{entries}</Section>
        </div>
    }
}

#[component]
fn EntryItem(entry: Entry, hidden: Memo<bool>) -> impl IntoView {
    let Entry {
        id,
        title,
        syntax,
        docs,
        example,
        zone,
    } = entry;
    let example = example.map(|example| {
        view! { <LiveExample id=id.clone() title=title.clone() example zone/> }
    });
    view! {
        <li id=id.clone() hidden=move || hidden.get()>
            <h3>
                <a href=format!("#{id}") rel="external">{title}</a>
            </h3>
            {syntax.map(|syntax| view! { <code>{syntax}</code> })}
            <p>{docs}</p>
            {example}
        </li>
    }
}
