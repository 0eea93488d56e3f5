//! The doors that events come in by.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::SectionHead;

/// The doors that events come in by.
#[derive(Debug)]
pub struct Datastreams;

#[lazy_route]
impl LazyRoute for Datastreams {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <SectionHead title="Datastreams"/> }.into_any()
    }
}
