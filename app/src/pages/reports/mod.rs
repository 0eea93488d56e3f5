//! Where to read about each journey and message.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// Where to read about each journey and message.
#[derive(Debug)]
pub struct Reports;

#[lazy_route]
impl LazyRoute for Reports {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Reports"/></Page> }.into_any()
    }
}
