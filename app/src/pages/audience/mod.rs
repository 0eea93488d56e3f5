//! The rule builder of one audience, with its count and sample.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// The rule builder of one audience, with its count and sample.
#[derive(Debug)]
pub struct Audience;

#[lazy_route]
impl LazyRoute for Audience {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Audience"/></Page> }.into_any()
    }
}
