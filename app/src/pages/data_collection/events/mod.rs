//! What arrives, live, with what was done with it.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::SectionHead;

/// What arrives, live, with what was done with it.
#[derive(Debug)]
pub struct Events;

#[lazy_route]
impl LazyRoute for Events {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <SectionHead title="Events"/> }.into_any()
    }
}
