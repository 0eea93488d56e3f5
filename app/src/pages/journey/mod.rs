//! The canvas of one journey.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// The canvas of one journey.
#[derive(Debug)]
pub struct Journey;

#[lazy_route]
impl LazyRoute for Journey {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Journey"/></Page> }.into_any()
    }
}
