//! What texts can name: fields, events and fragments.

#[cfg(feature = "ssr")]
use std::collections::HashMap;

use heliograph_model::ids::AudienceId;
#[cfg(feature = "ssr")]
use heliograph_model::ids::JourneyId;
use heliograph_model::personalize::{FragmentOffer, Fragments, Schema, Template};
use heliograph_model::schema::{Catalogue, Filled};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::error::AppError;

/// What texts can name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// The fields there are.
    pub catalogue: Catalogue,
    /// What journeys begin with.
    pub entries: Entries,
    /// The published fragments.
    pub fragments: Vec<KnownFragment>,
    /// The names of those that were never published, so that they cannot be called yet.
    pub unpublished: Vec<String>,
}

/// What journeys begin with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// The events.
    pub events: Vec<EntryEvent>,
    /// The audiences, with their names.
    pub audiences: Vec<(AudienceId, String)>,
    /// The audience with which a text is previewed first: the one that the first journey begins with, if it is one.
    pub first: Option<AudienceId>,
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
    /// Reads them; what the journeys `first` begin with comes first.
    #[cfg(feature = "ssr")]
    pub(in crate::pages) async fn load(
        db: &mut impl heliograph_store::Database,
        first: &[JourneyId],
    ) -> Result<Self, AppError> {
        use heliograph_store::{fields, fragments};

        let published = fragments::published(db).await?.into_iter();
        Ok(Self {
            catalogue: fields::discovered(db).await?,
            entries: Entries::load(db, first).await?,
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
            .templates(self.entries.events.iter().map(|event| event.name.as_str()))
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

#[cfg(feature = "ssr")]
impl Entries {
    /// Reads them; what the journeys `first` begin with comes before the others.
    async fn load(db: &mut impl heliograph_store::Database, first: &[JourneyId]) -> Result<Self, AppError> {
        use heliograph_model::journey::Activity;
        use heliograph_store::{audiences, journeys};

        /// The most journeys whose events and audiences are offered.
        const JOURNEYS: u32 = 200;
        let filter = journeys::Filter {
            limit: JOURNEYS,
            ..journeys::Filter::default()
        };
        let mut all = journeys::list(db, &filter).await?;
        all.sort_by_key(|journey| !first.contains(&journey.id));
        let mut found = Self::default();
        let mut read = Vec::new();
        for journey in &all {
            for node in &journey.draft.graph.nodes {
                match &node.activity {
                    Activity::Event { name, event_type, .. }
                        if !name.trim().is_empty()
                            && !found.events.iter().any(|known| known.name == *name) =>
                    {
                        found.events.push(EntryEvent {
                            name: name.clone(),
                            event_type: event_type.clone(),
                        });
                    }
                    Activity::ReadAudience {
                        audience: Some(id), ..
                    } if !read.contains(id) => {
                        if found.events.is_empty() && read.is_empty() && first.contains(&journey.id) {
                            found.first = Some(*id);
                        }
                        read.push(*id);
                    }
                    _ => {}
                }
            }
        }
        if !read.is_empty() {
            let mut known: HashMap<_, _> = audiences::list(db)
                .await?
                .into_iter()
                .map(|audience| (audience.id, audience.name))
                .collect();
            found.audiences = read
                .into_iter()
                .filter_map(|id| known.remove(&id).map(|name| (id, name)))
                .collect();
        }
        Ok(found)
    }
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
    /// How often profiles have the attributes.
    pub(in crate::pages) filled: StoredValue<Filled>,
}

impl Vocabulary {
    /// Makes it known to all fields of the page.
    pub(in crate::pages) fn provide(words: &Words) -> Self {
        let fragments = words.fragments();
        let vocabulary = Self {
            schema: StoredValue::new(words.schema()),
            offers: StoredValue::new(words.offers(&fragments)),
            fragments: StoredValue::new(fragments),
            filled: StoredValue::new(words.catalogue.filled.clone()),
        };
        provide_context(vocabulary);
        vocabulary
    }
}

/// What the fields of the page offer.
pub(super) fn use_vocabulary() -> Vocabulary {
    expect_context::<Vocabulary>()
}
