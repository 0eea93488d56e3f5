//! The demo's phones: see them, tap them.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// The demo's phones: see them, tap them.
#[derive(Debug)]
pub struct Simulator;

#[lazy_route]
impl LazyRoute for Simulator {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Simulator"/></Page> }.into_any()
    }
}
