//! Every audience.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// Every audience.
#[derive(Debug)]
pub struct Audiences;

#[lazy_route]
impl LazyRoute for Audiences {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Audiences"/></Page> }.into_any()
    }
}
