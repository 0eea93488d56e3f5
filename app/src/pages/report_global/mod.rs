//! What happened over time in one journey or message.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// What happened over time in one journey or message.
#[derive(Debug)]
pub struct ReportGlobal;

#[lazy_route]
impl LazyRoute for ReportGlobal {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Global report"/></Page> }.into_any()
    }
}
