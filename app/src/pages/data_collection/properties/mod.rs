//! Mobile properties and their environments.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::SectionHead;

/// Mobile properties and their environments.
#[derive(Debug)]
pub struct Properties;

#[lazy_route]
impl LazyRoute for Properties {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <SectionHead title="Properties"/> }.into_any()
    }
}
