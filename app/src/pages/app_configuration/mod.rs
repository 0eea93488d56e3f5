//! One app: credential and channel settings.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// One app: credential and channel settings.
#[derive(Debug)]
pub struct AppConfiguration;

#[lazy_route]
impl LazyRoute for AppConfiguration {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="App configuration"/></Page> }.into_any()
    }
}
