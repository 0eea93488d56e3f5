//! What texts can name: fields, events and fragments.

#[cfg(feature = "ssr")]
use heliograph_model::ids::JourneyId;
use heliograph_model::personalize::{FragmentOffer, Fragments, Schema, Template};
use heliograph_model::schema::Catalogue;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::error::AppError;

/// What texts can name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// The fields there are.
    pub catalogue: Catalogue,
    /// The events that journeys begin with.
    pub entry_events: Vec<EntryEvent>,
    /// The published fragments.
    pub fragments: Vec<KnownFragment>,
    /// The names of those that were never published, so that they cannot be called yet.
    pub unpublished: Vec<String>,
}

/// An event that a journey begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryEvent {
    /// Its name in templates: `context.journey.events.<name>`.
    pub name: String,
    /// Its `xdm.eventType`.
    pub event_type: String,
}

/// A published fragment, as its newest version is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownFragment {
    /// The name by which it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its text.
    pub text: String,
    /// May it be called?
    pub offered: Offered,
}

/// May a fragment be called?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Offered {
    /// Yes.
    Yes,
    /// It is archived: where it is called already it goes on working.
    Archived,
}

impl Words {
    /// Reads them; the events of the journeys `first` come first.
    #[cfg(feature = "ssr")]
    pub(in crate::pages) async fn load(
        db: &mut impl heliograph_store::Database,
        first: &[JourneyId],
    ) -> Result<Self, AppError> {
        use heliograph_store::{fields, fragments};

        let published = fragments::published(db).await?.into_iter();
        Ok(Self {
            catalogue: fields::discovered(db).await?,
            entry_events: entry_events(db, first).await?,
            fragments: published
                .map(|one| KnownFragment {
                    name: one.name,
                    description: one.content.0.description,
                    text: one.content.0.text,
                    offered: match one.archived_at {
                        Some(_) => Offered::Archived,
                        None => Offered::Yes,
                    },
                })
                .collect(),
            unpublished: fragments::unpublished(db).await?,
        })
    }

    /// The fields that templates can name.
    pub fn schema(&self) -> Schema {
        self.catalogue
            .templates(self.entry_events.iter().map(|event| event.name.as_str()))
    }

    /// The fragments that templates can call.
    pub fn fragments(&self) -> Fragments {
        let mut known = Fragments::default();
        for one in &self.fragments {
            known.insert(&one.name, &one.text);
        }
        for name in &self.unpublished {
            known.note_unpublished(name);
        }
        known
    }

    /// The fragments that are offered while one types.
    fn offers(&self, known: &Fragments) -> Vec<FragmentOffer> {
        let offered = self.fragments.iter().filter(|one| one.offered == Offered::Yes);
        offered
            .map(|one| FragmentOffer {
                name: one.name.clone(),
                description: one.description.clone(),
                arguments: Template::parse_fragment(&one.name, &one.text, known)
                    .template
                    .arguments(),
            })
            .collect()
    }
}

/// The events that journeys begin with, those of the journeys `first` before the others.
#[cfg(feature = "ssr")]
async fn entry_events(
    db: &mut impl heliograph_store::Database,
    first: &[JourneyId],
) -> Result<Vec<EntryEvent>, AppError> {
    use heliograph_model::journey::Activity;
    use heliograph_store::journeys;

    /// The most journeys whose events are offered.
    const JOURNEYS: u32 = 200;
    let filter = journeys::Filter {
        limit: JOURNEYS,
        ..journeys::Filter::default()
    };
    let mut all = journeys::list(db, &filter).await?;
    all.sort_by_key(|journey| !first.contains(&journey.id));
    let mut entry_events = Vec::<EntryEvent>::new();
    for node in all.iter().flat_map(|journey| &journey.draft.graph.nodes) {
        if let Activity::Event { name, event_type, .. } = &node.activity
            && !name.trim().is_empty()
            && !entry_events.iter().any(|known| known.name == *name)
        {
            entry_events.push(EntryEvent {
                name: name.clone(),
                event_type: event_type.clone(),
            });
        }
    }
    Ok(entry_events)
}

/// What the fields of a page offer, and read their texts with.
#[derive(Debug, Clone, Copy)]
pub(in crate::pages) struct Vocabulary {
    /// The fields that templates can name.
    pub(in crate::pages) schema: StoredValue<Schema>,
    /// The fragments that they can call.
    pub(in crate::pages) fragments: StoredValue<Fragments>,
    /// Those that are offered.
    pub(in crate::pages) offers: StoredValue<Vec<FragmentOffer>>,
}

impl Vocabulary {
    /// Makes it known to all fields of the page.
    pub(in crate::pages) fn provide(words: &Words) -> Self {
        let fragments = words.fragments();
        let vocabulary = Self {
            schema: StoredValue::new(words.schema()),
            offers: StoredValue::new(words.offers(&fragments)),
            fragments: StoredValue::new(fragments),
        };
        provide_context(vocabulary);
        vocabulary
    }
}

/// What the fields of the page offer.
pub(super) fn use_vocabulary() -> Vocabulary {
    expect_context::<Vocabulary>()
}
