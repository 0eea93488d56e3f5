//! What profiles and events look like.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::SectionHead;

/// What profiles and events look like.
#[derive(Debug)]
pub struct Schemas;

#[lazy_route]
impl LazyRoute for Schemas {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <SectionHead title="Schemas"/> }.into_any()
    }
}
