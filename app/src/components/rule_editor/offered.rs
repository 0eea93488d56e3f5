//! What the pickers of a rule offer: what is known from the start, and soon what this install has seen.

use heliograph_model::schema::{Catalogue, KnownField};
use leptos::prelude::*;

use super::TestedFields;
use crate::error::AppError;

/// What is known from the start, and what this install has seen.
#[server]
pub async fn known_to_rules() -> Result<Catalogue, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, fields};

    crate::session::require(Permission::ManageAudiences)?;
    Ok(fields::discovered(&mut expect_context::<Store>().read().await?).await?)
}

/// What the pickers offer, for all parts of one editor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offered(RwSignal<Catalogue>);

impl Offered {
    /// That of the editor around, or one of its own that is fetched.
    pub(super) fn take() -> Self {
        use_context::<Self>().unwrap_or_else(|| {
            let offered = Self(RwSignal::new(Catalogue::of(&[], &[], &[])));
            Effect::new(move |_| {
                leptos::task::spawn_local(async move {
                    // Where it can't be fetched, what is known from the start stays, and any path can be typed.
                    if let Ok(catalogue) = known_to_rules().await {
                        // The page may have been left meanwhile.
                        offered.0.try_set(catalogue);
                    }
                });
            });
            offered
        })
    }

    /// Reads the fields of a profile or of an event.
    pub(super) fn fields<T>(self, of: TestedFields, read: impl FnOnce(&[KnownField]) -> T) -> T {
        self.0.with(|catalogue| match of {
            TestedFields::Profile => read(&catalogue.attributes),
            TestedFields::Event => read(&catalogue.event_fields),
        })
    }

    /// The types of event and what they are called.
    pub(super) fn event_types(self) -> Vec<(String, String)> {
        self.0.with(|catalogue| {
            catalogue
                .event_types
                .iter()
                .map(|known| (known.event_type.clone(), known.title.clone()))
                .collect()
        })
    }
}
