//! Every app, with the state of its credentials.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// Every app, with the state of its credentials.
#[derive(Debug)]
pub struct AppConfigurations;

#[lazy_route]
impl LazyRoute for AppConfigurations {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="App configurations"/></Page> }.into_any()
    }
}
