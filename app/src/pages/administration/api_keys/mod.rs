//! The keys that other systems use.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::SectionHead;

/// The keys that other systems use.
#[derive(Debug)]
pub struct ApiKeys;

#[lazy_route]
impl LazyRoute for ApiKeys {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <SectionHead title="API keys"/> }.into_any()
    }
}
