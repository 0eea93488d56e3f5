//! One push, hop by hop.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// One push, hop by hop.
#[derive(Debug)]
pub struct Delivery;

#[lazy_route]
impl LazyRoute for Delivery {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Delivery"/></Page> }.into_any()
    }
}
