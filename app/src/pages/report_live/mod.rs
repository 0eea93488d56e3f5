//! What happens now in one journey or message.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// What happens now in one journey or message.
#[derive(Debug)]
pub struct ReportLive;

#[lazy_route]
impl LazyRoute for ReportLive {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Live report"/></Page> }.into_any()
    }
}
