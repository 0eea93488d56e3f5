//! Every journey.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// Every journey.
#[derive(Debug)]
pub struct Journeys;

#[lazy_route]
impl LazyRoute for Journeys {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Journeys"/></Page> }.into_any()
    }
}
