//! Every change of configuration.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::SectionHead;

/// Every change of configuration.
#[derive(Debug)]
pub struct Audit;

#[lazy_route]
impl LazyRoute for Audit {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <SectionHead title="Audit log"/> }.into_any()
    }
}
